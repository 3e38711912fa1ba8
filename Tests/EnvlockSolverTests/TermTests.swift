import EnvlockVersions
import Testing

@testable import EnvlockSolver

/// A term in short: "a^1", "not a^1" or "a none"; `a` is package 1.
private func term(_ text: String) -> Term {
  let isNegative = text.hasPrefix("not ")
  if text == "a none" { return Term(PackageID(1), .none) }
  let requirement = Requirement(stringLiteral: String(isNegative ? text.dropFirst(4) : text[...]))
  let letter = requirement.package.unicodeScalars.first.map { Int($0.value) } ?? 97
  return Term(package: PackageID(letter - 96), isPositive: !isNegative, versions: requirement.versions)
}

@Suite struct TermTests {
  @Test(arguments: [
    ("a^1", "a>=1", true), ("a>=1", "a^1", false), ("a^1", "a^1", true),
    ("a^1", "not a^2", true), ("a^1", "not a^1", false), ("a>=1", "not a=1.5", false),
    ("not a^1", "a^2", false), ("not a", "a", false),
    ("not a>=1", "not a^1", true), ("not a^1", "not a>=1", false),
  ])
  func `a term is part of another`(_ part: String, _ whole: String, _ isSubset: Bool) {
    #expect(term(part).isSubset(of: term(whole)) == isSubset)
  }

  @Test(arguments: [
    ("a^1", "a>=1.5", "a>=1.5,<2"), ("a^1", "not a>=1.5", "a>=1,<1.5"), ("not a>=1.5", "a^1", "a>=1,<1.5"),
    ("not a^1", "not a^2", "not a>=1,<3"), ("a^1", "a^2", "a none"),
  ])
  func `two terms are true together`(_ one: String, _ other: String, _ both: String) {
    #expect(term(one).intersection(term(other)) == term(both))
    #expect(term(one).inverse.union(term(other).inverse) == term(both).inverse)
  }

  @Test(arguments: [
    ("a^1", "a^1", Relation.satisfied), ("a^1", "a>=1", .inconclusive), ("a^1", "a^2", .contradicted),
    ("not a^1", "a^2", .satisfied), ("not a^1", "a=1.5", .contradicted), ("not a^1", "a>=1", .inconclusive),
    ("a^1", "not a>=0", .contradicted), ("a^1", "not a=1.5", .inconclusive),
    ("not a^1", "not a>=1", .satisfied), ("not a>=1", "not a^1", .inconclusive),
  ])
  func `what is known decides a term, or not yet`(_ text: String, _ known: String, _ relation: Relation) {
    #expect(term(text).relation(given: term(known)) == relation)
  }

  @Test func `a term that excludes nothing is always true`() {
    #expect(Term(package: PackageID(1), isPositive: false, versions: .none).isAlwaysTrue)
    #expect(!term("not a^1").isAlwaysTrue && !term("a").isAlwaysTrue)
  }

  @Test(arguments: [
    (["a^1", "not b^1"], ["b^1", "not c^1"], 2, ["a^1", "not c^1"]),
    (["a^1", "not b>=1"], ["b^1"], 2, ["a^1", "not b>=2"]),
    (["a^1", "b^1"], ["a^2", "not b>=1"], 2, ["a none", "not b>=2"]),
    (["not b^1"], ["b^1"], 2, []),
  ])
  func `what follows from two incompatibilities`(
    _ one: [String], _ other: [String], _ pivot: Int, _ result: [String]
  ) {
    let combined = Resolution.combine(one.map(term), other.map(term), on: PackageID(pivot))
    #expect(combined == result.map(term))
  }

  @Test func `versions that do not exist are not asked for, unless no others are`() {
    let absent = Requirement(stringLiteral: "b>=3").versions
    let needs = [term("a^1"), term("not b>=2")]
    #expect(Resolution.combine(needs, [term("b^2")], on: PackageID(2), absent: absent) == [term("a^1")])
    let needsAbsent = [term("a^1"), term("not b>=4")]
    #expect(Resolution.combine(needsAbsent, [term("b^2")], on: PackageID(2), absent: absent).count == 2)
  }
}
