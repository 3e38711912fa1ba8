import EnvlockVersions

// Decision making: choosing a version where nothing forces one.
extension Solver {
  /// Chooses a version of a package, or learns why it cannot be chosen.
  ///
  /// - Parameters:
  ///   - package: a package of which a version is needed.
  ///   - source: the facts gathered so far.
  /// - Returns: the fact that is missing, in which case nothing has changed; otherwise nil.
  mutating func decide(_ package: PackageID, _ source: some PackageSource) -> Need? {
    guard let allowed = solution.choice(of: package) else { return nil }
    switch source.pick(package, in: allowed) {
    case .notYet: return .candidates(package)
    case .nothing(let fact):
      _ = store.add(.fact(package, allowed, fact))
      changed.append(package)
    case .version(let version):
      // A version outside could be offered again for ever.
      precondition(allowed.contains(version), "pick must return a version inside `allowed`")
      guard expand(package, version, source) else { return .dependencies(package, version) }
      if let conflict = conflict(of: package, at: version) {
        // It is cheaper not to choose it than to go back; propagation rules it out.
        statistics.conflicts += 1
        count(conflict, affected: package, source)
      } else {
        statistics.decisions += 1
        solution.decide(package, version)
      }
      changed.append(package)
    }
    return nil
  }

  /// Adds what a version needs.
  ///
  /// - Returns: false if that is not gathered yet.
  private mutating func expand(_ package: PackageID, _ version: Version, _ source: some PackageSource) -> Bool
  {
    if expanded[package]?.contains(version) == true { return true }
    switch source.dependencies(of: package, at: version) {
    case .notYet: return false
    case .unusable(let fact): _ = store.add(.fact(package, VersionSet(version), fact))
    case .known(let dependencies):
      for dependency in dependencies {
        priorities.meet(dependency.package)
        _ = store.add(
          .dependency(
            package, VersionSet(version), on: dependency.package, required: dependency.versions))
      }
    }
    expanded[package, default: []].insert(version)
    return true
  }

  /// An incompatibility that would be satisfied at once if the version were chosen.
  private mutating func conflict(of package: PackageID, at version: Version) -> IncompatibilityID? {
    for id in store.incompatibilities(of: package) where !settled.contains(id) {
      var isConflict = true
      for term in store[id].terms where isConflict {
        let content = store.terms[term]
        isConflict =
          content.package == package
          ? content.versions.contains(version) == content.isPositive
          : store.relation(of: term, in: solution) == .satisfied
      }
      if isConflict { return id }
    }
    return nil
  }

  /// All that is known to be missing: the first need, and those of every other package that must be decided.
  func needs(first: Need, _ source: some PackageSource) -> [Need] {
    var needs = [first]
    for package in priorities.met {
      guard let allowed = solution.choice(of: package), let need = need(package, allowed, source),
        need != first
      else { continue }
      needs.append(need)
    }
    return needs
  }

  private func need(_ package: PackageID, _ allowed: VersionSet, _ source: some PackageSource) -> Need? {
    switch source.pick(package, in: allowed) {
    case .notYet: return .candidates(package)
    case .nothing: return nil
    case .version(let version):
      if expanded[package]?.contains(version) == true { return nil }
      return source.knowsDependencies(of: package, at: version) ? nil : .dependencies(package, version)
    }
  }
}
