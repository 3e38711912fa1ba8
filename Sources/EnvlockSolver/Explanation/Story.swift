/// A proof without what nobody wants to hear: that `a[extra]` depends on `a`, and whatever the vocabulary has no
/// words for.
struct Story {
  /// What follows from what; the last one is the contradiction. Empty if nothing is worth telling.
  private(set) var steps: [Step] = []

  struct Step {
    /// What must not all be true; nothing at all for the contradiction.
    var terms: [Term]
    let premises: [Premise]
    /// How many steps rest on this one.
    var uses = 0
  }

  enum Premise: Hashable {
    case leaf(Leaf)
    /// The place of a step.
    case step(Int)
  }

  init(_ proof: Proof, _ wording: Wording<some Vocabulary>) {
    let uses = Self.uses(proof)
    // What is left of each step of the proof, and whether no other step is told by the same.
    var remains: [(premise: Premise?, isAlone: Bool)] = []
    for step in proof.steps {
      guard case .derived(let left, let right, _) = step.origin else {
        if case .leaf(let leaf) = step.origin {
          remains.append((wording.isSilent(leaf) ? nil : .leaf(leaf), true))
        }
        continue
      }
      let (first, second) = (remains[left].premise, remains[right].premise)
      if let first, let second {
        steps.append(Step(terms: step.terms, premises: [first, second]))
        remains.append((.step(steps.count - 1), true))
        continue
      }
      let speaker = first == nil ? right : left
      let isAlone = remains[speaker].isAlone && uses[speaker] == 1
      // What `a` needs, `a[extra]` now needs too, unless others use it as it is.
      if isAlone, wording.isProxyLink(proof.steps[speaker == left ? right : left]),
        case .step(let target)? = first ?? second
      {
        steps[target].terms = step.terms
      }
      remains.append((first ?? second, isAlone))
    }
    finish(with: remains.last?.premise)
  }

  private static func uses(_ proof: Proof) -> [Int] {
    var uses = [Int](repeating: 0, count: proof.steps.count)
    for case .derived(let left, let right, _) in proof.steps.map(\.origin) {
      uses[left] += 1
      uses[right] += 1
    }
    return uses
  }

  private mutating func finish(with conclusion: Premise?) {
    switch conclusion {
    case nil: steps = []
    case .leaf(let leaf)?: steps = [Step(terms: [], premises: [.leaf(leaf)])]
    case .step(let last)?:
      steps.removeSubrange((last + 1)...)
      steps[last].terms = []
      countUses()
    }
  }

  /// Counts only what leads to the contradiction.
  private mutating func countUses() {
    guard !steps.isEmpty else { return }
    steps[steps.count - 1].uses = 1
    for place in steps.indices.reversed() where steps[place].uses > 0 {
      for case .step(let premise) in Set(steps[place].premises) { steps[premise].uses += 1 }
    }
  }
}
