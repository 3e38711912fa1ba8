import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockSolver

@Suite struct PropertyTests {
  /// Many small worlds, about half of them without a solution.
  static func worlds(_ count: Int, seed: UInt64, _ body: (Universe, inout SplitMix64) throws -> Void) rethrows
  {
    var generator = SplitMix64(seed: seed)
    for _ in 0..<count {
      let packages = Int.random(in: 2...6, using: &generator)
      let universe = Universe.random(packages: packages, versions: 4, using: &generator)
      try body(universe, &generator)
    }
  }

  @Test func `every solution satisfies every constraint, every refusal is confirmed by trying everything`() {
    var solved = 0
    Self.worlds(2000, seed: 1) { universe, _ in
      let outcome = universe.solve()
      if let versions = outcome.versions {
        solved += 1
        let fault = universe.fault(of: versions)
        #expect(fault == nil)
      } else {
        #expect(!universe.hasSolution)
      }
    }
    // The worlds are neither all easy nor all hopeless.
    #expect((400...1600).contains(solved))
  }

  @Test func `every proof holds, and so does the shorter one that is told`() {
    Self.worlds(600, seed: 2) { universe, _ in
      guard let failure = universe.solve().failure else { return }
      let proof = Proof(failure)
      expectSound(proof, universe)
      expectSound(proof.withMergedVersions(absent: [:]), universe)
      let absent = Absence.collect(proof.leaves) { leaf in
        if case .fact(_, _, Universe.absence) = leaf { true } else { false }
      }
      let shorter = proof.shortened(absent: absent)
      expectSound(shorter, universe, absent: absent)
      #expect(shorter.steps.count <= proof.steps.count)
    }
  }

  @Test func `the result and its proof do not depend on the order of input or the numbers of packages`() {
    Self.worlds(400, seed: 3) { universe, generator in
      let one = universe.shuffled(using: &generator).solve()
      let other = universe.shuffled(using: &generator).solve()
      #expect(one.versions == other.versions)
      #expect(one.text == other.text)
      #expect(one.statistics == other.statistics)
    }
  }

  @Test func `a solve that was interrupted for every fact ends like one that knew all`() {
    Self.worlds(300, seed: 4) { universe, generator in
      let whole = universe.solve()
      let oneByOne = universe.solve(Gathered(universe)) { source, needs in source.gather(needs.prefix(1)) }
      #expect(oneByOne == whole)
      let together = universe.solve(Gathered(universe)) { source, needs in source.gather(needs) }
      #expect(together == whole)
      let anyhow = universe.solve(Gathered(universe)) { source, needs in
        source.gather(needs.filter { _ in Bool.random(using: &generator) })
      }
      #expect(anyhow == whole)
    }
  }

  @Test func `every line is short enough, and every sentence finished`() {
    Self.worlds(600, seed: 5) { universe, _ in
      let outcome = universe.solve()
      guard outcome.failure != nil else { return }
      let lines = outcome.text.split(separator: "\n")
      #expect(lines.allSatisfy { $0.count <= 98 })
      #expect(outcome.text.hasSuffix("there is no solution.\n"))
      #expect(
        !outcome.text.contains("  ") && !outcome.text.contains(" ,") && !outcome.text.contains("because ,"))
    }
  }

  private func expectSound(_ proof: Proof, _ universe: Universe, absent: [PackageID: Absence] = [:]) {
    for step in proof.steps {
      switch step.origin {
      case .leaf(let leaf):
        #expect(step.terms == leaf.terms)
        #expect(universe.isTrue(leaf))
      case .derived(let left, let right, let pivot):
        let combined = Resolution.combine(
          proof.steps[left].terms, proof.steps[right].terms, on: pivot,
          absent: absent[pivot]?.versions ?? .none)
        #expect(combined == step.terms)
      }
    }
    #expect(proof.steps.last?.terms.isEmpty == true)
  }
}

extension Universe {
  /// Whether a leaf of a proof is true in this world.
  func isTrue(_ leaf: Leaf) -> Bool {
    switch leaf {
    case .dependency(.root, _, let on, let required):
      return root.contains { id($0.package) == on && $0.versions.isSubset(of: required) }
    case .dependency(let package, let versions, let on, let required):
      return (releases[name(package)] ?? [:]).filter { versions.contains($0.key) }.values.allSatisfy {
        release in
        release.requirements.contains { id($0.package) == on && $0.versions.isSubset(of: required) }
      }
    case .fact(let package, let versions, Universe.absence):
      return (releases[name(package)] ?? [:]).keys.allSatisfy { !versions.contains($0) }
    case .fact(let package, let versions, let fact):
      return (releases[name(package)] ?? [:]).filter { versions.contains($0.key) }.values.allSatisfy {
        release in
        release.fault == facts[fact.rawValue]
      }
    }
  }
}
