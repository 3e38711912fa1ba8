import EnvlockSolver
import EnvlockVersions

/// A small world of packages, in which everything is known.
struct Universe: PackageSource {
  /// What one version is.
  struct Release {
    var requirements: [Requirement]
    /// Why it cannot be used, if it cannot.
    var fault: String?
  }

  private(set) var names: [String] = ["root"]
  private var numbers: [String: Int] = ["root": 0]
  private(set) var releases: [String: [Version: Release]] = [:]
  private(set) var facts: [String] = []
  private(set) var root: [Requirement] = []
  var tiers: [String: Int] = [:]
  /// Versions to try before the newest.
  var preferences: [String: Version] = [:]
  /// Packages whose only possible version is given by circumstances, and the words for it.
  private(set) var fixed: [String: String] = [:]
  /// Words of an edge between two packages, instead of "depends on".
  var verbs: [String: String] = [:]
  var ranks: [String: Int] = [:]
  /// Whether words look at the versions that exist.
  var knowsVersions = false
  /// Requirements of the user that go without saying.
  var obvious: Set<String> = []

  // MARK: Making it

  mutating func require(_ requirements: Requirement...) { root += requirements }

  mutating func require(_ requirements: [Requirement]) { root += requirements }

  /// Adds a version, as "a 1.0".
  mutating func serve(_ release: String, _ requirements: Requirement...) {
    serve(release, needing: requirements)
  }

  mutating func serve(_ release: String, needing requirements: [Requirement]) {
    update(release) { $0.requirements = requirements }
  }

  /// Makes a version unusable: "a 1.0", "has no wheel".
  mutating func spoil(_ release: String, _ fault: String) {
    update(release) { $0.fault = fault }
  }

  /// Makes circumstances decide on a version: "driver 570", "the target's driver is 570".
  mutating func fix(_ release: String, _ words: String) {
    serve(release)
    fixed[String(release.prefix { $0 != " " })] = words
  }

  private mutating func update(_ release: String, _ change: (inout Release) -> Void) {
    let parts = release.split(separator: " ")
    let name = String(parts[0])
    _ = number(name)
    change(&releases[name, default: [:]][Version(short: parts[1]), default: Release(requirements: [])])
  }

  /// The same world, with words that do not look at which versions exist.
  var withoutKnowledge: Universe {
    var universe = self
    universe.knowsVersions = false
    return universe
  }

  // MARK: Numbers

  /// Gives every package that is spoken of a number, and every reason.
  mutating func number() {
    for requirement in root { _ = number(requirement.package) }
    for (name, versions) in releases.sorted(by: { $0.key < $1.key }) {
      _ = number(name)
      for (_, release) in versions.sorted(by: { $0.key < $1.key }) {
        for requirement in release.requirements { _ = number(requirement.package) }
        if let fault = release.fault, !facts.contains(fault) { facts.append(fault) }
      }
    }
  }

  private mutating func number(_ name: String) -> PackageID {
    if let known = numbers[name] { return PackageID(known) }
    numbers[name] = names.count
    names.append(name)
    return PackageID(names.count - 1)
  }

  func id(_ name: String) -> PackageID { PackageID(numbers[name] ?? Int.max / 2) }

  func name(_ id: PackageID) -> String { names[id.rawValue] }

  func release(_ package: PackageID, _ version: Version) -> Release? { releases[name(package)]?[version] }

  /// The fact that there is no version, for every package.
  static let absence = FactID(-1)
  static let fixedByCircumstances = FactID(-2)

  // MARK: Asking it

  func pick(_ package: PackageID, in allowed: VersionSet) -> Pick {
    let name = name(package)
    let known = releases[name] ?? [:]
    if let preferred = preferences[name], allowed.contains(preferred), known[preferred] != nil {
      return .version(preferred)
    }
    guard let version = known.keys.filter(allowed.contains).max() else {
      return .nothing(fixed[name] == nil ? Self.absence : Self.fixedByCircumstances)
    }
    return .version(version)
  }

  func dependencies(of package: PackageID, at version: Version) -> Dependencies {
    guard let release = release(package, version) else { return .known([]) }
    if let fault = release.fault, let fact = facts.firstIndex(of: fault) { return .unusable(FactID(fact)) }
    return .known(release.requirements.map(dependency))
  }

  func dependency(_ requirement: Requirement) -> Dependency {
    Dependency(package: id(requirement.package), versions: requirement.versions)
  }

  func tier(of package: PackageID, allowed: VersionSet) -> Int { tiers[name(package)] ?? 0 }

  var rootDependencies: [Dependency] { root.map(dependency) }

  // MARK: Solving

  /// The outcome of a solve of this world, with names instead of numbers.
  struct Outcome: Equatable {
    var versions: [String: Version]?
    var failure: Unsolvable?
    var text: String = ""
    var statistics = Solver.Statistics()
  }

  /// Solves with everything known from the start.
  func solve() -> Outcome { solve(self) { _ in } }

  /// Solves with another source, which may lack facts; `gather` is called with what is missing.
  func solve<Source: PackageSource>(_ start: Source, gather: (inout Source, [Solver.Need]) -> Void) -> Outcome
  {
    var source = start
    var solver = Solver(root: rootDependencies)
    while true {
      switch solver.run(source) {
      case .needs(let needs): gather(&source, needs)
      case .solved(let versions):
        let named = versions.map { (name($0.key), $0.value) }
        return Outcome(
          versions: Dictionary(uniqueKeysWithValues: named), statistics: solver.statistics)
      case .unsolvable(let failure):
        let lines = explain(failure, Words(universe: self))
        return Outcome(
          failure: failure, text: lines.joined(separator: "\n") + "\n", statistics: solver.statistics)
      }
    }
  }

  private func solve(_ source: Universe, _ ignored: ([Solver.Need]) -> Void) -> Outcome {
    solve(source) { _, needs in ignored(needs) }
  }
}

/// The words for a small world.
struct Words: Vocabulary {
  let universe: Universe

  func term(_ package: PackageID, _ versions: VersionSet) -> String {
    let name = universe.name(package)
    if versions.isAll { return name }
    if name == "driver", let floor = versions.ranges.first?.lower, case .including(let lowest) = floor,
      versions.singleton == nil
    {
      return "driver \(lowest) or newer"
    }
    if let only = versions.singleton { return "\(name) \(only)" }
    guard universe.knowsVersions, let existing = universe.releases[name]?.keys.sorted() else {
      return "\(name) \(versions)"
    }
    let inside = existing.filter(versions.contains)
    guard let first = inside.first, let last = inside.last else { return "\(name) \(versions)" }
    if inside.count == existing.count { return name }
    if existing.filter({ $0 >= first && $0 <= last }).count == inside.count, inside.count > 2 {
      return "\(name) \(first) to \(last)"
    }
    let texts = inside.map(\.description)
    return inside.count == 1
      ? "\(name) \(first)" : "\(name) \(texts.dropLast().joined(separator: ", ")) and \(last)"
  }

  func dependency(
    _ package: PackageID, _ versions: VersionSet, on other: PackageID, _ required: VersionSet
  ) -> String {
    let object = Words(universe: universe.withoutKnowledge).term(other, required)
    if package == .root { return universe.obvious.contains(object) ? "" : "you require \(object)" }
    let verb =
      universe.verbs["\(universe.name(package)) \(universe.name(other))"]
      ?? universe.verbs[universe.name(other)]
    return "\(term(package, versions)) \(verb ?? "depends on") \(object)"
  }

  func fact(_ package: PackageID, _ versions: VersionSet, _ fact: FactID) -> String {
    switch fact {
    case Universe.absence: "there is no \(term(package, versions))"
    case Universe.fixedByCircumstances: universe.fixed[universe.name(package)] ?? ""
    default: "\(term(package, versions)) \(universe.facts[fact.rawValue])"
    }
  }

  func rank(_ package: PackageID) -> Int { universe.ranks[universe.name(package)] ?? 9 }

  func isProxy(_ package: PackageID) -> PackageID? {
    let name = universe.name(package)
    guard let bracket = name.firstIndex(of: "[") else { return nil }
    return universe.id(String(name[..<bracket]))
  }

  func isAbsence(_ package: PackageID, _ versions: VersionSet, _ fact: FactID) -> Bool {
    fact == Universe.absence
  }
}
