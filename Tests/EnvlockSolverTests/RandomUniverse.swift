import EnvlockSolver
import EnvlockTestSupport
import EnvlockVersions

extension Universe {
  /// A small world made at random: up to `packages` packages of up to `versions` versions.
  static func random(
    packages: Int, versions: Int, density: Double = 0.4, using generator: inout SplitMix64
  ) -> Universe {
    var universe = Universe()
    let names = (0..<packages).map { "p\($0)" }
    for (place, name) in names.enumerated() {
      for version in 1...Int.random(in: 1...versions, using: &generator) {
        var requirements: [Requirement] = []
        // Also backwards and on itself, but mostly forwards.
        for (other, target) in names.enumerated()
        where Double.random(in: 0..<1, using: &generator) < density * (other > place ? 1 : 0.15) {
          requirements.append(.random(target, upTo: versions, using: &generator))
        }
        universe.serve("\(name) \(version)", needing: requirements)
        if Int.random(in: 0..<12, using: &generator) == 0 {
          universe.spoil("\(name) \(version)", Bool.random(using: &generator) ? "is broken" : "has no wheel")
        }
      }
      universe.tiers[name] = Int.random(in: 0..<8, using: &generator) == 0 ? 1 : 0
    }
    for _ in 0..<Int.random(in: 1...3, using: &generator) {
      let name = names[Int.random(in: 0..<min(packages, 4), using: &generator)]
      universe.require(.random(name, upTo: versions, using: &generator))
    }
    universe.number()
    return universe
  }

  /// The same world, told in another order, with other numbers.
  func shuffled(using generator: inout SplitMix64) -> Universe {
    var universe = Universe()
    universe.tiers = tiers
    universe.require(root.shuffled(using: &generator).canonical)
    for name in names.dropFirst().sorted().shuffled(using: &generator) {
      for (version, release) in (releases[name] ?? [:]).sorted(by: { $0.key < $1.key }).shuffled(
        using: &generator)
      {
        universe.serve(
          "\(name) \(version)", needing: release.requirements.shuffled(using: &generator).canonical)
        if let fault = release.fault { universe.spoil("\(name) \(version)", fault) }
      }
    }
    universe.number()
    return universe
  }

  /// Whether any choice of versions fits, found out by trying them all.
  var hasSolution: Bool { canComplete([:], root) }

  private func canComplete(_ chosen: [String: Version], _ open: [Requirement]) -> Bool {
    guard let requirement = open.first else { return true }
    let rest = Array(open.dropFirst())
    if let version = chosen[requirement.package] {
      return requirement.versions.contains(version) && canComplete(chosen, rest)
    }
    for (version, release) in releases[requirement.package] ?? [:]
    where release.fault == nil && requirement.versions.contains(version) {
      var next = chosen
      next[requirement.package] = version
      if canComplete(next, rest + release.requirements) { return true }
    }
    return false
  }

  /// What is wrong with a solution; nil if nothing is.
  func fault(of solution: [String: Version]) -> String? {
    var needed: Set<String> = []
    func check(_ requirement: Requirement, of owner: String) -> String? {
      needed.insert(requirement.package)
      guard let version = solution[requirement.package] else {
        return "\(owner) lacks \(requirement.package)"
      }
      return requirement.versions.contains(version)
        ? nil : "\(owner) does not fit \(requirement.package) \(version)"
    }
    for requirement in root { if let fault = check(requirement, of: "root") { return fault } }
    for (name, version) in solution {
      guard let release = releases[name]?[version] else { return "\(name) \(version) does not exist" }
      if release.fault != nil { return "\(name) \(version) cannot be used" }
      for requirement in release.requirements { if let fault = check(requirement, of: name) { return fault } }
    }
    // A ring of packages that need each other but are needed by nothing else passes; the solver makes none.
    return solution.keys.first { !needed.contains($0) }.map { "nothing needs \($0)" }
  }
}

extension Requirement {
  static func random(_ package: String, upTo versions: Int, using generator: inout SplitMix64) -> Requirement
  {
    let version = Version(release: [Int.random(in: 1...versions, using: &generator)])
    let set: VersionSet =
      switch Int.random(in: 0..<7, using: &generator) {
      case 0: .all
      case 1: VersionSet(version)
      case 2, 3: .atLeast(version)
      case 4, 5: .atMost(version)
      default: VersionSet(version).complement
      }
    return Requirement(package, set)
  }
}

extension [Requirement] {
  /// By name, and by the text of the versions where one name stands twice.
  var canonical: [Requirement] {
    sorted { ($0.package, $0.versions.description) < ($1.package, $1.versions.description) }
  }
}
