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

/// The packages that a set of Debian packages needs.
///
/// Pre-Depends and Depends are followed, Recommends are not. Of alternatives the first is taken that is chosen already,
/// else the first that can be had; a virtual package is provided by one that is chosen already, else by the real package
/// of that name, else by the first provider by priority and name. Of a package the newest version is taken that every
/// asker so far accepts; a later asker that does not accept it is a contradiction and is told (deb-control(5); Debian
/// Policy, chapter 7).
public struct DebianClosure: Sendable {
  private let index: DebianPackageIndex

  /// The closures within one suite.
  public init(_ index: DebianPackageIndex) { self.index = index }

  /// The closure of what is named.
  ///
  /// - Parameter roots: the packages; each may be a dependency such as "python3.11 (>= 3.11.2)".
  /// - Returns: the packages, each after those that it needs as far as there are no circles, and otherwise sorted by name.
  /// - Throws: `UnsatisfiableDebianPackage` for what cannot be had, `MalformedText` for a malformed index.
  public func packages(for roots: [DebianDependency]) throws -> [DebianPackage] {
    var search = Search(index: index)
    // What is named is fixed before the choices that its dependencies leave.
    for root in roots { try search.choose(root, chain: []) }
    for root in roots { try search.follow(root, chain: []) }
    return search.ordered
  }

  private struct Search {
    let index: DebianPackageIndex
    var chosen: [String: DebianPackage] = [:]
    var provided: [String: [DebianPackage]] = [:]
    var followed: Set<String> = []
    var ordered: [DebianPackage] = []

    /// Goes through what a dependency leads to, depth first.
    mutating func follow(_ dependency: DebianDependency, chain: [String]) throws {
      let package = try choose(dependency, chain: chain)
      guard followed.insert(package.name).inserted else { return }
      let chain = chain + [package.name]
      let needed = (package.preDepends + package.depends).sorted { $0.description < $1.description }
      // First those without a choice, so that alternatives find what is there anyway.
      for dependency in needed where dependency.alternatives.count == 1 {
        try follow(dependency, chain: chain)
      }
      for dependency in needed where dependency.alternatives.count > 1 {
        try follow(dependency, chain: chain)
      }
      ordered.append(package)
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
