/// Tells a story: decides what makes one sentence, and in which order sentences come.
///
/// A step that rests on leaves alone is one sentence. A chain of steps, each adding one leaf to the one before,
/// becomes "Because A and B, C. And because D and E, F." Where two long branches meet, the end of the first one
/// bears a number, and is cited after the second one.
struct Narrator<Words: Vocabulary> {
  let story: Story
  let wording: Wording<Words>
  private var told: [Telling] = []
  /// The place of the sentence that concludes a step.
  private var sentenceOfStep: [Int: Int] = [:]

  init(story: Story, wording: Wording<Words>) {
    self.story = story
    self.wording = wording
  }

  /// A sentence whose citations have no numbers yet.
  private struct Telling {
    let isContinuation: Bool
    let premises: [Phrase]
    let conclusion: String
  }

  private struct Phrase {
    let text: String
    /// The sentence that it cites.
    let cites: Int?
  }

  /// A step that is being told: what it rests on, apart from steps that are still to be told.
  private struct Task {
    let step: Int
    var leaves: [Leaf] = []
    var steps: [Int] = []

    var size: Int { leaves.count + steps.count }
  }

  /// How many leaves a sentence takes so as not to spell out a step between.
  private static var leafLimit: Int { 2 }
  /// The same where that step would be hard to read.
  private static var longLeafLimit: Int { 4 }

  /// All sentences, numbered where they are cited.
  mutating func sentences() -> [Sentence] {
    guard !story.steps.isEmpty else {
      return [Sentence(isContinuation: false, premises: [], conclusion: wording.conclusion([]))]
    }
    // Not recursive: a chain may be thousands of steps long.
    var tasks = [task(story.steps.count - 1)]
    while let last = tasks.last {
      let task = withInlinedSteps(last)
      tasks[tasks.count - 1] = task
      if let next = next(of: task) {
        tasks.append(self.task(next))
      } else {
        tell(task)
        tasks.removeLast()
      }
    }
    return numbered()
  }

  private func task(_ step: Int) -> Task {
    var task = Task(step: step)
    add(story.steps[step].premises, to: &task)
    return task
  }

  private func add(_ premises: [Story.Premise], to task: inout Task) {
    for premise in premises {
      switch premise {
      case .leaf(let leaf): if !task.leaves.contains(leaf) { task.leaves.append(leaf) }
      case .step(let step): if !task.steps.contains(step) { task.steps.append(step) }
      }
    }
  }

  // MARK: What makes a sentence

  /// Takes the premises of steps that need no sentence of their own into this one.
  private func withInlinedSteps(_ task: Task) -> Task {
    var task = task
    while let step = task.steps.last(where: { canInline($0, into: task) }) {
      task.steps.removeAll { $0 == step }
      add(story.steps[step].premises, to: &task)
    }
    return task
  }

  private func canInline(_ step: Int, into task: Task) -> Bool {
    guard story.steps[step].uses == 1, sentenceOfStep[step] == nil else { return false }
    let inner = self.task(step)
    let isHardToRead = story.steps[step].terms.count > 2 || isInterim(step, within: task)
    let limit = isHardToRead ? Self.longLeafLimit : Self.leafLimit
    // A sentence of its own needs another sentence to stand beside; what rests on leaves alone begins a chain.
    if inner.steps.isEmpty, task.steps.count == 1, !isHardToRead { return false }
    // What comes between two branches that meet would tear them apart.
    guard inner.steps.isEmpty || task.steps.count == 1 else { return false }
    if inner.steps.count > 1 { return task.leaves.count + inner.leaves.count < 2 }
    return task.leaves.count + inner.leaves.count <= limit
  }

  /// Whether a step only names the versions that several facts then rule out one by one.
  private func isInterim(_ step: Int, within task: Task) -> Bool {
    story.steps[step].terms.contains { term in
      guard !term.isPositive else { return false }
      let facts = task.leaves.filter { leaf in
        if case .fact(term.package, _, _) = leaf { true } else { false }
      }
      return facts.count > 1
    }
  }

  /// The step to be told before a sentence can be.
  private func next(of task: Task) -> Int? {
    let open = task.steps.filter { sentenceOfStep[$0] == nil }
    // From the hardware up.
    return open.min { rank($0) < rank($1) }
  }

  private func rank(_ step: Int) -> Int {
    story.steps[step].terms.map { wording.vocabulary.rank($0.package) }.min() ?? 0
  }

  // MARK: Sentences

  private mutating func tell(_ task: Task) {
    let conclusion = wording.conclusion(story.steps[task.step].terms)
    let previous = task.steps.first { sentenceOfStep[$0] == told.count - 1 }
    // Nothing new to a reader, who does not see sets.
    if previous != nil, told.last?.conclusion == conclusion {
      sentenceOfStep[task.step] = told.count - 1
      return
    }
    var premises: [Ordering.Item] = task.leaves.map { leaf in
      Ordering.Item(text: wording.phrase(leaf), cites: nil, leaf: leaf, terms: leaf.terms)
    }
    for step in task.steps where step != previous {
      guard let sentence = sentenceOfStep[step] else { continue }
      premises.append(
        Ordering.Item(
          text: told[sentence].conclusion, cites: sentence, leaf: nil,
          terms: wording.ordered(story.steps[step].terms) { -$0 }))
    }
    var phrases: [Phrase] = []
    for item in Ordering.ordered(premises, rank: { wording.vocabulary.rank($0) })
    where item.text != conclusion && !phrases.contains(where: { $0.text == item.text }) {
      phrases.append(Phrase(text: item.text, cites: item.cites))
    }
    sentenceOfStep[task.step] = told.count
    told.append(Telling(isContinuation: previous != nil, premises: phrases, conclusion: conclusion))
  }

  private func numbered() -> [Sentence] {
    let cited = Set(told.flatMap(\.premises).compactMap(\.cites))
    var numbers: [Int: Int] = [:]
    for place in told.indices where cited.contains(place) { numbers[place] = numbers.count + 1 }
    return told.enumerated().map { place, telling in
      Sentence(
        isContinuation: telling.isContinuation,
        premises: telling.premises.map { phrase in
          guard let number = phrase.cites.flatMap({ numbers[$0] }) else { return phrase.text }
          return "\(phrase.text) (\(number))"
        },
        conclusion: telling.conclusion, number: numbers[place])
    }
  }
}
