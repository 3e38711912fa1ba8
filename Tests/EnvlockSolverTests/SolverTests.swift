import EnvlockVersions
import Testing

@testable import EnvlockSolver

@Suite struct SolverTests {
  private func world(_ make: (inout Universe) -> Void) -> Universe {
    var universe = Universe()
    make(&universe)
    universe.number()
    return universe
  }

  private func solution(_ make: (inout Universe) -> Void) -> [String: String]? {
    world(make).solve().versions?.mapValues(\.description)
  }

  // MARK: Basic graph

  @Test func `nothing is asked, nothing is chosen`() {
    #expect(solution { _ in } == [:])
  }

  @Test func `the preferred version of everything that is needed, and nothing else`() {
    let chosen = solution { world in
      world.require("a", "b^1")
      world.serve("a 1.0", "c")
      world.serve("a 2.0", "d>=1")
      world.serve("b 1.0")
      world.serve("b 1.5")
      world.serve("b 2.0")
      world.serve("c 1.0")
      world.serve("d 1.0")
    }
    #expect(chosen == ["a": "2.0", "b": "1.5", "d": "1.0"])
  }

  @Test func `a shared dependency gets a version that serves both`() {
    let chosen = solution { world in
      world.require("a", "b")
      world.serve("a 1.0", "c>=2,<4")
      world.serve("b 1.0", "c>=3,<5")
      for version in 1...5 { world.serve("c \(version).0") }
    }
    #expect(chosen == ["a": "1.0", "b": "1.0", "c": "3.0"])
  }

  @Test func `packages that need each other`() {
    let chosen = solution { world in
      world.require("a")
      world.serve("a 1.0")
      world.serve("a 2.0", "b^1")
      world.serve("b 1.0", "a^2")
      world.serve("b 2.0", "a^1")
    }
    #expect(chosen == ["a": "2.0", "b": "1.0"])
  }

  @Test func `a preference is kept where it fits, and only there`() {
    let chosen = solution { world in
      world.require("a", "b>=2")
      for version in 1...3 { world.serve("a \(version)"); world.serve("b \(version)") }
      world.preferences = ["a": Version(release: [1]), "b": Version(release: [1])]
    }
    #expect(chosen == ["a": "1", "b": "3"])
  }

  @Test func `an unusable version is passed over`() {
    let chosen = solution { world in
      world.require("a")
      world.serve("a 1.0")
      world.serve("a 2.0")
      world.spoil("a 2.0", "has no wheel")
    }
    #expect(chosen == ["a": "1.0"])
  }

  // MARK: Backtracking

  @Test func `an older version that fits is found`() {
    let chosen = solution { world in
      world.require("a", "b")
      world.serve("a 1.0")
      world.serve("a 2.0", "c^1")
      world.serve("b 1.0", "c^2")
      world.serve("c 1.0")
      world.serve("c 2.0")
    }
    #expect(chosen == ["a": "1.0", "b": "1.0", "c": "2.0"])
  }

  @Test func `a choice is only taken back if it is part of the conflict`() {
    let outcome = world { world in
      world.require("a", "innocent", "b")
      world.serve("a 1.0")
      world.serve("a 2.0", "x^1")
      for version in 1...9 { world.serve("innocent \(version).0") }
      world.serve("b 1.0", "c")
      world.serve("c 1.0", "x^2")
      world.serve("x 1.0")
      world.serve("x 2.0")
    }.solve()
    #expect(outcome.versions?["innocent"]?.description == "9.0")
    #expect(outcome.versions?["a"]?.description == "1.0")
    #expect(outcome.statistics.decisions < 15)
  }

  @Test func `what was decided after a jump back is met in the end`() {
    // The newest `b` needs a `c` that only an old `a` allows; every other way is closed.
    let chosen = solution { world in
      world.require("a", "b>=2")
      world.serve("a 1.0", "c<2")
      world.serve("a 2.0", "c>=2")
      world.serve("b 1.0")
      world.serve("b 2.0", "c<2", "d")
      world.serve("c 1.0", "d<5")
      world.serve("c 2.0")
      for version in 1...6 { world.serve("d \(version).0") }
    }
    #expect(chosen == ["a": "1.0", "b": "2.0", "c": "1.0", "d": "4.0"])
  }

  // MARK: Order of decisions

  @Test func `a higher tier is decided first, so that others give way`() {
    func make(_ world: inout Universe) {
      world.require("a", "b")
      world.serve("a 1.0")
      world.serve("a 2.0", "b<2")
      world.serve("b 1.0")
      world.serve("b 2.0")
    }
    #expect(solution(make) == ["a": "2.0", "b": "1.0"])
    let pinned = solution { world in
      make(&world)
      world.tiers["b"] = 1
    }
    #expect(pinned == ["a": "1.0", "b": "2.0"])
  }

  @Test func `a package that keeps being ruled out is decided before what rules it out`() {
    // `a` comes first, and its newest version suits no recent `z`. Sticking to that order would end with a `z`
    // from long ago, after a conflict with every later one.
    let outcome = world { world in
      world.require("a", "z")
      for version in 1...50 {
        world.serve("a \(version)")
        // No two say the same, or they would be ruled out together.
        let fitting = VersionSet(Version(release: [1])).union(VersionSet(Version(release: [0, version])))
        world.serve("z \(version)", needing: version == 1 ? [] : [Requirement("a", fitting)])
      }
    }.solve()
    #expect(outcome.versions?.mapValues(\.description) == ["a": "1", "z": "50"])
    #expect(outcome.statistics.conflicts == Priorities.conflictThreshold)
  }

  // MARK: Resuming

  @Test func `the first run says what it needs, and asks for all of it at once`() {
    let universe = world { world in
      world.require("a", "b", "c")
      world.serve("a 1.0", "d")
      for name in ["b 1.0", "c 1.0", "d 1.0"] { world.serve(name) }
    }
    var source = Gathered(universe)
    var solver = Solver(root: universe.rootDependencies)
    let (a, b, c, d) = (universe.id("a"), universe.id("b"), universe.id("c"), universe.id("d"))
    let one = Version(short: "1.0")
    #expect(solver.run(source) == .needs([.candidates(a), .candidates(b), .candidates(c)]))
    // Nothing new, nothing lost.
    #expect(solver.run(source) == .needs([.candidates(a), .candidates(b), .candidates(c)]))
    source.gather([.candidates(b)])
    #expect(solver.run(source) == .needs([.candidates(a), .dependencies(b, one), .candidates(c)]))
    source.gather([.candidates(a), .candidates(c)])
    #expect(
      solver.run(source) == .needs([.dependencies(a, one), .dependencies(b, one), .dependencies(c, one)]))
    source.gather([.dependencies(a, one), .dependencies(b, one), .dependencies(c, one)])
    #expect(solver.run(source) == .needs([.candidates(d)]))
    source.gather([.candidates(d), .dependencies(d, one)])
    let answer = Solver.Step.solved([a: one, b: one, c: one, d: one])
    #expect(solver.run(source) == answer)
    // A solve that has its answer keeps it.
    #expect(solver.run(source) == answer)
  }

  @Test func `a later package is not decided because its facts came first`() {
    let universe = world { world in
      world.require("a", "b")
      world.serve("a 1.0")
      world.serve("a 2.0", "b<2")
      world.serve("b 1.0")
      world.serve("b 2.0", "a<2")
    }
    var source = Gathered(universe)
    source.gather([.candidates(universe.id("b")), .dependencies(universe.id("b"), Version(short: "2.0"))])
    let outcome = universe.solve(source) { source, needs in source.gather(needs.prefix(1)) }
    #expect(outcome == universe.solve())
    #expect(outcome.versions?["a"]?.description == "2.0")
  }

  // MARK: Without a solution

  @Test func `the leaves of a proof are what the source said, each once`() throws {
    let universe = world { world in
      world.require("a", "c>=2")
      world.serve("a 1.0", "c<2")
      world.serve("a 1.1", "c<2")
      world.serve("a 1.2")
      world.spoil("a 1.2", "has no wheel")
      world.serve("c 1.0")
      world.serve("c 2.0")
      world.serve("unrelated 1.0")
    }
    let failure = try #require(universe.solve().failure)
    let (a, c) = (universe.id("a"), universe.id("c"))
    let dependencies = failure.leaves.filter { if case .dependency(a, _, _, _) = $0 { true } else { false } }
    let both = VersionSet(Version(short: "1.0")).union(VersionSet(Version(short: "1.1")))
    #expect(dependencies == [.dependency(a, both, on: c, required: .below(Version(short: "2")))])
    #expect(failure.leaves.contains(.fact(a, VersionSet(Version(short: "1.2")), FactID(0))))
    #expect(failure.leaves.contains(.dependency(.root, .all, on: c, required: .atLeast(Version(short: "2")))))
    #expect(failure.involves(a) && failure.involves(c) && !failure.involves(universe.id("unrelated")))
  }

  @Test func `a requirement on no version at all fails at once`() throws {
    var solver = Solver(root: [Dependency(package: PackageID(7), versions: .none)])
    let universe = Universe()
    guard case .unsolvable(let failure) = solver.run(universe) else {
      Issue.record("it has an answer")
      return
    }
    #expect(failure.leaves == [.dependency(.root, .all, on: PackageID(7), required: .none)])
  }
}
