public import EnvlockModel

/// A Debian package that cannot be had, with the chain of packages that asks for it.
public struct UnsatisfiableDebianPackage: UserFacingError, Hashable {
  /// What is asked for.
  public let dependency: DebianDependency
  /// Who asks for it, from what the user named down to the last package; empty for what the user named.
  public let chain: [String]
  /// Why each alternative will not do, a clause each, in the order of the alternatives.
  public let reasons: [String]
  /// Names of packages that look like it.
  public let near: [String]

  /// What cannot be had.
  public var message: String {
    chain.isEmpty
      ? "the Debian package \(dependency) cannot be had"
      : "\(chain.joined(separator: " needs ")) needs \(dependency), which cannot be had"
  }

  /// Why.
  public var details: [String] { reasons }

  /// What to write instead.
  public var hints: [String] { near.isEmpty ? [] : ["did you mean \(near.joined(separator: ", "))?"] }

  /// Such a suite is an honest no.
  public var kind: ErrorKind { .answerIsNo }
}

/// A Debian package of a closure, with what it needs of the others.
public struct DebianMember: Hashable, Sendable {
  /// The package.
  public let package: DebianPackage
  /// The names of the packages of the closure that meet its dependencies, sorted.
  public let dependencies: [String]

  /// The package as it stands in a lock.
  public var locked: LockedDebianPackage {
    LockedDebianPackage(
      name: package.name, version: package.version, architecture: package.architecture,
      archive: package.archive, path: package.path, sha256: package.sha256, size: package.size,
      dependencies: dependencies)
  }
}

/// Debian packages of a closure that must not be there together.
public struct ConflictingDebianPackages: UserFacingError, Hashable {
  /// The package that says so, with its version.
  public let package: String
  /// The package that it excludes, with its version.
  public let other: String
  /// What it says: "exim4 (<< 4.9)".
  public let relation: DebianRelation

  /// Which they are.
  public var message: String { "the Debian packages \(package) and \(other) exclude each other" }

  /// Who says so.
  public var details: [String] { ["\(package) conflicts with \(relation)"] }

  /// Such a pair is an honest no.
  public var kind: ErrorKind { .answerIsNo }
}

/// The packages that a set of Debian packages needs.
///
/// Pre-Depends and Depends are followed, Recommends are not. Of alternatives the first is taken that is chosen already,
/// else the first that can be had; a virtual package is provided by one that is chosen already, else by the real package
/// of that name, else by the first provider by priority and name. Of a package the newest version is taken that every
/// asker so far accepts; a later asker that does not accept it is a contradiction and is told. Conflicts and Breaks
/// within the closure are told, too (deb-control(5); Debian Policy, chapter 7).
public struct DebianClosure: Sendable {
  private let index: DebianPackageIndex
  private let ignored: DebianScriptNeeds

  /// The closures within one suite.
  ///
  /// - Parameters:
  ///   - index: the packages.
  ///   - ignored: the dependencies that are not followed.
  public init(_ index: DebianPackageIndex, ignoring ignored: DebianScriptNeeds = .none) {
    self.index = index
    self.ignored = ignored
  }

  /// The closure of what is named.
  ///
  /// - Parameter roots: the packages; each may be a dependency such as "python3.11 (>= 3.11.2)".
  /// - Returns: the packages, each after those that it needs as far as there are no circles, and otherwise sorted by name.
  /// - Throws: `UnsatisfiableDebianPackage` for what cannot be had, `ConflictingDebianPackages` for what must not be
  ///   there together, `MalformedText` for a malformed index.
  public func packages(for roots: [DebianDependency]) throws -> [DebianPackage] {
    try members(for: roots).map(\.package)
  }

  /// The closure of what is named, with who needs whom.
  ///
  /// - Parameter roots: the packages; each may be a dependency such as "python3.11 (>= 3.11.2)".
  /// - Returns: the packages in the order of ``packages(for:)``.
  /// - Throws: what ``packages(for:)`` throws.
  public func members(for roots: [DebianDependency]) throws -> [DebianMember] {
    // What the user names is needed for itself.
    let named = Set(roots.flatMap(\.alternatives).map(\.name))
    var search = Search(index: index, ignored: ignored, named: named)
    // What is named is fixed before the choices that its dependencies leave.
    for root in roots { try search.choose(root, chain: []) }
    for root in roots { try search.follow(root, chain: []) }
    try search.refuseConflicts()
    return search.ordered.map { package in
      let dependencies = search.edges[package.name] ?? []
      return DebianMember(package: package, dependencies: dependencies.sorted())
    }
  }

  private struct Search {
    let index: DebianPackageIndex
    let ignored: DebianScriptNeeds
    let named: Set<String>
    var chosen: [String: DebianPackage] = [:]
    var provided: [String: [DebianPackage]] = [:]
    var followed: Set<String> = []
    var ordered: [DebianPackage] = []
    var edges: [String: Set<String>] = [:]

    /// Goes through what a dependency leads to, depth first.
    @discardableResult
    mutating func follow(_ dependency: DebianDependency, chain: [String]) throws -> DebianPackage {
      let package = try choose(dependency, chain: chain)
      guard followed.insert(package.name).inserted else { return package }
      let chain = chain + [package.name]
      let needed = (package.preDepends + package.depends)
        .filter { !ignored.contains($0, of: package.name, named: named) }
        .sorted { $0.description < $1.description }
      // First those without a choice, so that alternatives find what is there anyway.
      for dependency in needed.filter({ $0.alternatives.count == 1 })
        + needed.filter({ $0.alternatives.count > 1 })
      {
        let other = try follow(dependency, chain: chain)
        if other.name != package.name { edges[package.name, default: []].insert(other.name) }
      }
      ordered.append(package)
      return package
    }

    /// Looks for packages that another one excludes.
    func refuseConflicts() throws(ConflictingDebianPackages) {
      for package in ordered {
        for relation in package.excludes {
          let real = chosen[relation.name].flatMap { accepts(relation, $0) ? $0 : nil }
          // A package may provide what it conflicts with, to be the only one (Policy 7.6.2).
          let other =
            [real].compactMap(\.self) + (provided[relation.name] ?? []).filter { stands($0, for: relation) }
          guard let other = other.first(where: { $0.name != package.name }) else { continue }
          throw ConflictingDebianPackages(
            package: "\(package.name) \(package.version)", other: "\(other.name) \(other.version)",
            relation: relation)
        }
      }
    }

    /// The package that meets a dependency.
    @discardableResult
    mutating func choose(_ dependency: DebianDependency, chain: [String]) throws -> DebianPackage {
      for relation in dependency.alternatives {
        if let package = present(relation) { return package }
      }
      var reasons: [String] = []
      for relation in dependency.alternatives {
        switch try candidate(relation) {
        case .found(let package):
          chosen[package.name] = package
          for other in package.provides { provided[other.name, default: []].append(package) }
          return package
        case .none(let reason): reasons.append(reason)
        }
      }
      let names = dependency.alternatives.map(\.name)
      let near = names.count == 1 && chain.isEmpty ? NearestName.of(names[0], among: index.names) : nil
      throw UnsatisfiableDebianPackage(
        dependency: dependency, chain: chain, reasons: reasons, near: near.map { [$0] } ?? [])
    }

    private func present(_ relation: DebianRelation) -> DebianPackage? {
      if let package = chosen[relation.name], accepts(relation, package) { return package }
      return provided[relation.name]?.first { stands($0, for: relation) }
    }

    private enum Candidate {
      case found(DebianPackage)
      case none(reason: String)
    }

    private func candidate(_ relation: DebianRelation) throws -> Candidate {
      if let package = chosen[relation.name] {
        return .none(reason: "\(relation): version \(package.version) is needed by another package")
      }
      let real = try index.packages(named: relation.name)
      if let package = real.first(where: { accepts(relation, $0) }) { return .found(package) }
      let standIns = try index.providers(of: relation.name).filter {
        chosen[$0.name] == nil && stands($0, for: relation)
      }
      if let package = standIns.min(by: { rank($0) < rank($1) }) { return .found(package) }
      guard let newest = real.first else {
        return .none(reason: "\(relation): the suite has no such package")
      }
      return .none(reason: "\(relation): the suite has version \(newest.version)")
    }

    private func accepts(_ relation: DebianRelation, _ package: DebianPackage) -> Bool {
      relation.constraint?.contains(package.version) ?? true
    }

    /// Whether a package provides what is asked for; one that names no version provides none (Policy 7.5).
    private func stands(_ package: DebianPackage, for relation: DebianRelation) -> Bool {
      package.provides.contains { provided in
        guard provided.name == relation.name else { return false }
        guard let wanted = relation.constraint else { return true }
        guard let version = provided.constraint?.version else { return false }
        return wanted.contains(version)
      }
    }

    /// Important packages first, then by name.
    private func rank(_ package: DebianPackage) -> (Int, String) {
      let order = ["required", "important", "standard", "optional", "extra"]
      return (package.priority.flatMap { order.firstIndex(of: $0) } ?? order.count, package.name)
    }
  }
}
