import EnvlockVersions
import Testing

@testable import EnvlockSolver

/// The parts of a solve, each on its own.
@Suite struct PartsTests {
  private let a = PackageID(1)
  private let b = PackageID(2)
  private func set(_ text: String) -> VersionSet { Requirement(stringLiteral: "x\(text)").versions }
  private func add(to store: inout IncompatibilityStore, _ leaf: Leaf) throws -> IncompatibilityID {
    let id = store.add(leaf)
    return try #require(id)
  }
  private func version(_ text: String) -> Version { Version(short: text) }

  @Test func `dependencies of several versions on the same become one`() throws {
    var store = IncompatibilityStore()
    let first = try add(to: &store, .dependency(a, set("=2"), on: b, required: set("^1")))
    let again = try add(to: &store, .dependency(a, set("=2"), on: b, required: set("^1")))
    #expect(again == first)
    let both = try add(to: &store, .dependency(a, set("=1"), on: b, required: set("^1")))
    #expect(store.term(of: a, in: both)?.versions == set("=1").union(set("=2")))
    #expect(store.term(of: a, in: first)?.versions == set("=2"))
    // Only the newer one is looked at.
    let needed = try #require(store[both].terms.first { store.terms.package(of: $0) == b })
    #expect(store.watcherCount(of: needed) == 1 && store.watcher(0, of: needed) == both)
    // Another requirement is another incompatibility.
    let other = try add(to: &store, .dependency(a, set("=1"), on: b, required: set("^2")))
    #expect(store.term(of: a, in: other)?.versions == set("=1"))
  }

  @Test
  func `a version that needs itself rules nothing out, one that needs another version of itself cannot be`()
    throws
  {
    var store = IncompatibilityStore()
    let nothing = store.add(.dependency(a, set("=1"), on: a, required: set("^1")))
    #expect(nothing == nil)
    let id = try add(to: &store, .dependency(a, set("=1"), on: a, required: set("^2")))
    #expect(store[id].terms.map { store.terms[$0] } == [Term(a, set("=1"))])
  }

  @Test func `going back forgets what came later, and says why it was believed`() throws {
    var store = IncompatibilityStore()
    let rule = try add(to: &store, .dependency(a, set("=1"), on: b, required: set("^1")))
    var solution = PartialSolution()
    solution.derive(Term(b, set(">=1")), from: rule)
    let stamp = solution.stamp(of: b)
    solution.decide(a, version("1"))
    solution.derive(Term(b, set("^1")), from: rule)
    #expect(solution.level == 1 && solution.known(b) == Term(b, set("^1")) && solution.choice(of: a) == nil)
    #expect(solution.stamp(of: b) != stamp)
    #expect(solution.backtrack(to: 0) == [rule])
    #expect(solution.level == 0 && solution.known(a) == nil && solution.decision(a) == nil)
    #expect(solution.choice(of: b) == set(">=1") && solution.stamp(of: b) == stamp)
  }

  @Test func `the satisfier is the step that made the last term true`() throws {
    var store = IncompatibilityStore()
    let rule = try add(to: &store, .dependency(a, set("=1"), on: b, required: set("^1")))
    var solution = PartialSolution()
    solution.decide(b, version("2"))
    #expect(solution.satisfier(of: rule, in: store) == nil)
    solution.decide(a, version("1"))
    let satisfier = try #require(solution.satisfier(of: rule, in: store))
    #expect(satisfier.step.package == a && satisfier.step.level == 2 && satisfier.previousLevel == 1)
    #expect(
      store.terms.package(of: satisfier.term) == a && store.terms.package(of: satisfier.previousTerm) == b)
  }

  @Test func `a package is promoted by its fifth conflict, and what stands in its way comes after it`() {
    struct Flat: PackageSource {
      func pick(_ package: PackageID, in allowed: VersionSet) -> Pick { .notYet }
      func dependencies(of package: PackageID, at version: Version) -> Dependencies { .notYet }
      func tier(of package: PackageID, allowed: VersionSet) -> Int { package.rawValue == 33 ? 1 : 0 }
    }
    var numbering = Numbering()
    let packages = (1...3).map { numbering.meet(PackageID($0 * 11)) }
    var solution = PartialSolution()
    for package in packages { solution.derive(Term(package, .all), from: IncompatibilityID(index: 0)) }
    var priorities = Priorities()
    func next() -> PackageID? { priorities.next(in: solution, numbering, Flat()) }
    func takeDemoted() -> [PackageID] { priorities.takeDemoted() }
    #expect(next() == packages[2])
    solution.decide(packages[2], version("1"))
    #expect(next() == packages[0])
    for _ in 1..<Priorities.conflictThreshold {
      priorities.count(affected: packages[1], culprits: [packages[0]])
    }
    #expect(next() == packages[0])
    #expect(takeDemoted() == [])
    priorities.count(affected: packages[1], culprits: [packages[0]])
    #expect(next() == packages[1])
    #expect(takeDemoted() == [packages[0]])
    // Once decided early, it is not demoted: two packages could take turns for ever.
    for _ in 1...5 { priorities.count(affected: packages[0], culprits: [packages[1]]) }
    #expect(takeDemoted() == [])
  }

  @Test func `a sentence stands on one line if it fits, and otherwise breaks before its parts`() {
    let short = Sentence(isContinuation: false, premises: ["a", "b", "c"], conclusion: "d", number: 1)
    #expect(short.lines == ["Because a, b and c, d (1)."])
    let long = String(repeating: "word ", count: 12).dropLast()
    let broken = Sentence(isContinuation: true, premises: ["\(long)", "\(long)"], conclusion: "d")
    #expect(broken.lines == ["And because \(long)", "and \(long),", "d."])
    let veryLong = Sentence(isContinuation: false, premises: ["\(long) \(long)"], conclusion: "d")
    #expect(veryLong.lines.count == 3 && veryLong.lines.allSatisfy { $0.count <= Sentence.width })
    #expect(Sentence(isContinuation: true, premises: [], conclusion: "d").lines == ["So d."])
    #expect(Sentence(isContinuation: false, premises: [], conclusion: "d").lines == ["D."])
  }

  @Test func `a proof of thousands of steps is collected and told without deep recursion`() throws {
    var universe = Universe()
    var numbering = Numbering()
    var store = IncompatibilityStore()
    let count = 4000
    for place in 0...count { universe.serve("p\(place) 1") }
    universe.number()
    func package(_ place: Int) -> PackageID { numbering.meet(universe.id("p\(place)")) }
    var proof = try add(to: &store, .dependency(.root, .all, on: package(0), required: .all))
    for place in 0..<count {
      let link = try add(
        to: &store, .dependency(package(place), .all, on: package(place + 1), required: .all))
      proof = store.derive(from: proof, and: link, on: package(place))
    }
    let absence = try add(to: &store, .fact(package(count), .all, Universe.absence))
    proof = store.derive(from: proof, and: absence, on: package(count))
    let failure = Unsolvable(proof, in: store, numbering)
    #expect(failure.leaves.count == count + 2)
    let lines = explain(failure, Words(universe: universe), limit: 3)
    #expect(
      lines == [
        "The proof has 2001 sentences. It ends like this:",
        "And because p3995 depends on p3996 and p3996 depends on p3997, p3997 is required.",
        "And because p3997 depends on p3998 and p3998 depends on p3999, p3999 is required.",
        "And because p3999 depends on p4000 and there is no p4000, there is no solution.",
      ])
  }
}
