package import EnvlockModel
import EnvlockSolver
import EnvlockVersions

/// What a solve chose.
package struct Solution {
  let universe: Universe
  private let versions: [StackPackage: Version]

  init(universe: Universe, versions: [PackageID: Version]) {
    self.universe = universe
    self.versions = Dictionary(
      uniqueKeysWithValues: versions.map { (universe.package($0.key), $0.value) })
  }

  /// The chosen wheels, sorted by project name.
  package var candidates: [(project: ProjectName, candidate: Candidate)] {
    versions.keys.compactMap { package -> ProjectName? in
      guard case .project(let name) = package else { return nil }
      return name
    }.sorted().compactMap { name in
      versions[.project(name)].flatMap { universe.candidate(name, $0) }.map { (name, $0) }
    }
  }

  /// The answer as one platform of a lock.
  ///
  /// - Throws: `MissingDigest` when an index gives no SHA-256 for a chosen wheel.
  package func platformLock() throws(MissingDigest) -> PlatformLock {
    var wheels: [LockedWheel] = []
    for (project, candidate) in candidates {
      wheels.append(try lockedWheel(project, candidate))
    }
    let question = universe.question
    return PlatformLock(
      platform: question.platform, python: question.python, strata: strata,
      targets: question.targets.map(lockedTarget), roots: roots, wheels: wheels)
  }

  private func lockedWheel(
    _ project: ProjectName, _ candidate: Candidate
  ) throws(MissingDigest) -> LockedWheel {
    let file = candidate.wheel.file
    guard let sha256 = file.sha256 else { throw MissingDigest(fileName: file.fileName) }
    let direct = candidate.index == DirectReference.indexName
    return LockedWheel(
      name: project, version: candidate.version, fileName: candidate.wheel.name.fileName,
      sha256: sha256, size: file.size, index: direct ? nil : candidate.index,
      url: direct ? file.url : nil, dependencies: edges(from: project))
  }

  /// The extras of `project` that are part of the answer, sorted.
  func extras(of project: ProjectName) -> [ExtraName] {
    versions.keys.compactMap { package in
      guard case .extra(project, let extra) = package else { return nil }
      return extra
    }.sorted()
  }

  // MARK: Edges

  private var roots: [LockedEdge] { edges(universe.rootDependencies) }

  private func edges(from project: ProjectName) -> [LockedEdge] {
    var dependencies: [StackDependency] = []
    let own = versions.keys.filter { $0.project == project }.map { ($0, universe.number(of: $0)) }
      .sorted { $0.1 < $1.1 }.map(\.0)
    for package in own {
      guard let version = versions[package], case .known(let list) = universe.expand(package, version)
      else { continue }
      dependencies += list.filter { $0.package != .project(project) }
    }
    return edges(dependencies).filter { $0.name != project }
  }

  private func edges(_ dependencies: [StackDependency]) -> [LockedEdge] {
    var extras: [ProjectName: Set<ExtraName>] = [:]
    for dependency in dependencies {
      switch dependency.package {
      case .project(let name): extras[name, default: []].formUnion([])
      case .extra(let name, let extra): extras[name, default: []].insert(extra)
      default: break
      }
    }
    return extras.map { LockedEdge(name: $0.key, extras: $0.value.sorted()) }.sorted()
  }

  // MARK: Strata

  private var frameworks: [FrameworkStratum] {
    candidates.compactMap { project, candidate in
      guard universe.matrix.isFramework(project) else { return nil }
      let build = universe.hardware.build(of: project, candidate)
      return FrameworkStratum(
        name: project, version: candidate.version, cuda: build?.cuda,
        kernels: build?.kernels ?? [], ptx: build?.ptx,
        added: universe.hardware.additions(to: project, candidate).map(\.name).sorted())
    }
  }

  private var strata: Strata {
    let cuda = versions[.cuda].flatMap(Hardware.toolkit)
    let need = cuda.map { universe.matrix.driverNeeded(for: $0) }
    return Strata(
      frameworks: frameworks, cuda: cuda, cudnn: versions[.cudnn], nccl: versions[.nccl],
      glibc: universe.question.glibc,
      driver: need.map { DriverFloor(full: $0.full, minorCompatibility: $0.minorCompatibility) })
  }

  private func lockedTarget(_ target: Question.Target) -> LockedTarget {
    var compatibility: DriverCompatibility?
    if let driver = target.driver, let cuda = versions[.cuda].flatMap(Hardware.toolkit) {
      let full = universe.matrix.driverNeeded(for: cuda).full
      compatibility = full.map { driver >= $0 ? .full : .minorVersion }
    }
    return LockedTarget(
      name: target.name, driver: target.driver, gpus: target.gpus.map(\.label),
      compatibility: compatibility)
  }
}

/// An index gives no SHA-256 for a wheel, so it can't be pinned.
package struct MissingDigest: Error, Hashable, Sendable {
  /// The wheel.
  package let fileName: String

  package init(fileName: String) { self.fileName = fileName }
}
