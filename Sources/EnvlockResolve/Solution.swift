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

  /// The platform that it is for.
  package var platform: Platform { universe.question.platform }
  /// The Python that it is for.
  package var python: PythonVersion { universe.question.python }

  /// The chosen wheels, sorted by project name.
  package var candidates: [(project: ProjectName, candidate: Candidate)] {
    versions.keys.compactMap { package -> ProjectName? in
      guard case .project(let name) = package else { return nil }
      return name
    }.sorted().compactMap { name in
      versions[.project(name)].flatMap { universe.candidate(name, $0) }.map { (name, $0) }
    }
  }

  /// The wheels of which no index states a digest, and which cannot be pinned before somebody computes it.
  package var withoutDigest: [Wheel] {
    candidates.map(\.candidate.wheel).filter { $0.file.sha256 == nil && !$0.isSource }
  }

  /// A wheel that was built of a source distribution.
  package struct BuiltWheel: Hashable, Sendable {
    /// Its file name.
    package let fileName: String
    /// The digest of its bytes.
    package let sha256: Digest
    /// Its size in bytes; nil where an earlier lock did not say.
    package let size: Int?
    /// How it was made.
    package let build: LockedBuild

    package init(fileName: String, sha256: Digest, size: Int?, build: LockedBuild) {
      self.fileName = fileName
      self.sha256 = sha256
      self.size = size
      self.build = build
    }
  }

  /// The answer as one platform of a lock.
  ///
  /// - Parameters:
  ///   - digests: The digest and the size of each wheel in `withoutDigest`, by file name.
  ///   - built: What came of the source distributions that were chosen.
  ///   - origin: What the lock says of where a wheel of an index comes from.
  /// - Returns: The answer; a wheel whose digest nobody knows is left out, and a source of which no wheel was built.
  package func platformLock(
    digests: [String: (sha256: Digest, size: Int)] = [:], built: [Candidate: BuiltWheel] = [:],
    origin: (Candidate) -> String = { $0.index }
  ) -> PlatformLock {
    let wheels = candidates.compactMap { project, candidate -> LockedWheel? in
      if candidate.wheel.isSource {
        return built[candidate].map { wheel in
          LockedWheel(
            name: project, version: candidate.version, fileName: wheel.fileName, sha256: wheel.sha256,
            size: wheel.size, index: origin(candidate), url: nil, dependencies: edges(from: project),
            built: wheel.build)
        }
      }
      let file = candidate.wheel.file
      let name = candidate.wheel.name.fileName
      guard let sha256 = file.sha256 ?? digests[name]?.sha256 else { return nil }
      let direct = candidate.index == DirectReference.indexName
      return LockedWheel(
        name: project, version: candidate.version, fileName: name, sha256: sha256,
        size: file.size ?? digests[name]?.size, index: direct ? nil : origin(candidate),
        url: direct ? URLCredentials.redacted(file.url) : nil, dependencies: edges(from: project))
    }
    let question = universe.question
    return PlatformLock(
      platform: question.platform, python: question.python, strata: strata,
      targets: question.targets.map(lockedTarget), roots: roots, wheels: wheels)
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
