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
    let caller = numbering.callers(package)
    switch source.pick(caller, in: allowed) {
    case .notYet: return .candidates(caller)
    case .nothing(let fact): add(.fact(package, allowed, fact))
    case .version(let version):
      // A version outside could be offered again for ever.
      precondition(allowed.contains(version), "pick must return a version inside `allowed`")
      guard expand(package, version, source) else { return .dependencies(caller, version) }
      if let conflict = conflict(of: package, at: version) {
        // It is cheaper not to choose it than to go back; propagation rules it out.
        statistics.conflicts += 1
        count(conflict, affected: package, source)
        unexamined.append(conflict)
      } else {
        statistics.decisions += 1
        solution.decide(package, version)
        changed.append(package)
      }
    }
    return nil
  }

  /// Adds what a version needs.
  ///
  /// - Returns: false if that is not gathered yet.
  private mutating func expand(_ package: PackageID, _ version: Version, _ source: some PackageSource) -> Bool
  {
    if expanded[package]?.contains(version) == true { return true }
    switch source.dependencies(of: numbering.callers(package), at: version) {
    case .notYet: return false
    case .unusable(let fact): add(.fact(package, VersionSet(version), fact))
    case .known(let dependencies):
      for dependency in dependencies {
        let on = numbering.meet(dependency.package)
        add(.dependency(package, VersionSet(version), on: on, required: dependency.versions))
      }
    }
    expanded[package, default: []].insert(version)
    return true
  }

  /// An incompatibility that would be satisfied at once if the version were chosen.
  private mutating func conflict(of package: PackageID, at version: Version) -> IncompatibilityID? {
    for place in 0..<store.termCount(of: package) {
      let term = store.term(place, of: package)
      guard store.watcherCount(of: term) > 0, store.terms.holds(term, at: version) else { continue }
      // Its term of this package is the only one that is not true, so it is watched.
      for watcher in 0..<store.watcherCount(of: term) {
        let id = store.watcher(watcher, of: term)
        if isTrue(store[id].terms, besides: term) { return id }
      }
    }
    return nil
  }

  private mutating func isTrue(_ terms: [TermID], besides exception: TermID) -> Bool {
    for term in terms where term != exception {
      if store.relation(of: term, in: solution) != .satisfied { return false }
    }
    return true
  }

  /// All that is known to be missing: the first need, and those of every other package that must be decided.
  func needs(first: Need, _ source: some PackageSource) -> [Need] {
    var needs = [first]
    for place in 1..<numbering.count {
      guard let need = need(PackageID(place), source), need != first else { continue }
      needs.append(need)
    }
    return needs
  }

  private func need(_ package: PackageID, _ source: some PackageSource) -> Need? {
    guard let allowed = solution.choice(of: package) else { return nil }
    let caller = numbering.callers(package)
    switch source.pick(caller, in: allowed) {
    case .notYet: return .candidates(caller)
    case .nothing: return nil
    case .version(let version):
      if expanded[package]?.contains(version) == true { return nil }
      return source.knowsDependencies(of: caller, at: version) ? nil : .dependencies(caller, version)
    }
  }
}
