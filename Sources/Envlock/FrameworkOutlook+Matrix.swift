import EnvlockCheck
import EnvlockDiff
import EnvlockModel
import EnvlockNodeFacts
import EnvlockVersions

extension FrameworkOutlook {
  /// The outlook for every framework of an answer of which the compatibility data know a newer release.
  static func all(_ answer: PlatformLock, matrix: Matrix) -> [FrameworkOutlook] {
    let stated = answer.strata.frameworks.map { ($0.name, $0.version) }
    // JAX has no stratum: it compiles its kernels on the node.
    let jax = answer.strata.cuda == nil ? [] : answer.wheels.filter { $0.name.text == "jax" }
    return (stated + jax.map { ($0.name, $0.version) }).compactMap { name, version in
      let outlook = FrameworkOutlook(name, version, answer, matrix)
      return outlook.releases.isEmpty ? nil : outlook
    }
  }

  private init(_ name: ProjectName, _ locked: Version, _ answer: PlatformLock, _ matrix: Matrix) {
    self.name = name
    self.locked = locked
    let old = answer.strata.frameworks.first { $0.name == name }
    let own = matrix.builds(of: name, version: locked, platform: answer.platform)
    let ownBuild = own.first { $0.indexName != nil && $0.row?.variant == locked.local?.description }
    let checker = Checker(matrix: matrix)
    let floor = answer.strata.driver?.lowest
    releases = matrix.buildVersions(of: name).filter { !$0.isPrerelease && $0 > locked.publicVersion }
      .compactMap { version in
        let builds = matrix.builds(of: name, version: version, platform: answer.platform)
        guard let build = builds.first(where: { $0.isLike(ownBuild, cuda: answer.strata.cuda) }) else {
          return nil
        }
        let need = build.cuda.map { matrix.driverNeeded(for: $0) }
        let driver = [need?.full, need?.minorCompatibility].compactMap { $0 }.min()
        let unfit = answer.targets.filter { target in
          guard
            let facts = try? NodeFacts.declared(
              driver: target.driver?.description, gpus: target.gpus, platform: answer.platform)
          else { return false }
          return !checker.answer(build, on: facts).runs
        }
        return Release(
          version: version, cuda: build.cuda, driver: driver,
          needsNewerDriver: driver.map { needed in floor.map { needed > $0 } ?? false } ?? false,
          lostCapabilities: old.map { build.lost(from: $0) } ?? [], unfitTargets: unfit.map(\.name))
      }
  }
}

extension MatrixBuild {
  /// Whether it is what somebody would get who asks as for the lock's build: from the same index, or with the same extra.
  fileprivate func isLike(_ own: MatrixBuild?, cuda: CUDAVersion?) -> Bool {
    if jax != nil { return self.cuda?.major == cuda?.major }
    return indexName == own?.indexName
  }

  /// The compute capabilities that another build has code for and this one has not.
  fileprivate func lost(from old: FrameworkStratum) -> [ComputeCapability] {
    let new = FrameworkStratum(
      name: project, version: version, cuda: cuda, kernels: kernels, ptx: ptx, added: [])
    guard old.hasKnownCode, new.hasKnownCode else { return [] }
    return Set(old.kernels + (old.ptx ?? [])).sorted().filter {
      old.hasCode(for: $0) && !new.hasCode(for: $0)
    }
  }
}
