import EnvlockImage
import EnvlockIndexes
import EnvlockManifest
import EnvlockModel
import EnvlockStore
import EnvlockVersions
import Synchronization

/// Builds wheels of source distributions: inside an image of the lock's own base with what the build needs and nothing else,
/// without network, as nobody special, with a clock that stands still.
struct SourceBuilder: Sendable {
  let configuration: Configuration
  /// The indexes that the manifest declares.
  let indexes: [IndexDeclaration]
  let artifacts: ArtifactStore

  /// What is to be built.
  struct Order: Sendable {
    let project: ProjectName
    let version: Version
    /// The source distribution's own name, and where it lies.
    let fileName: String
    let source: StoredArtifact
  }

  /// What came of it.
  struct Product: Sendable {
    let wheel: WheelName
    let stored: StoredArtifact
    let metadata: CoreMetadata
    /// The time that the build saw, in seconds since 1970.
    let epoch: Int
    /// What it ran with.
    let environment: PlatformLock
  }

  /// What is locked for a build: the wheels for these requirements.
  typealias Lock = (_ requirements: [SourcedRequirement]) async throws -> PlatformLock

  /// Builds a wheel with what its source asks for.
  ///
  /// - Parameters:
  ///   - order: What is to be built.
  ///   - lock: Locks what the build needs.
  /// - Returns: The wheel, in the store.
  /// - Throws: `SourceBuildError`, and whatever is wrong with what the build needs.
  func build(_ order: Order, lock: Lock) async throws -> Product {
    let archive = try await SourceArchive(order.source.path, fileName: order.fileName)
    var requirements = archive.buildSystem.requirements
    let environment = try await lock(requirements)
    let room = try await BuildRoom(environment, self)
    let frontend = BuildFrontend(archive: archive, epoch: nil)
    let (more, epoch) = try await room.call(frontend, .requirements, order.source)
    // A backend may say only now what it needs (PEP 517, "get_requires_for_build_wheel").
    let further = try more.map { text in
      do {
        return SourcedRequirement(try Requirement(text), origin: "the build of \(order.fileName)")
      } catch {
        throw SourceBuildError("the build of \(order.fileName) asks for `\(text)`, which is no requirement")
      }
    }.filter { !environment.meets($0.requirement) }
    guard !further.isEmpty else {
      return try await finish(order, room, frontend, environment, epoch)
    }
    requirements += further
    let wider = try await lock(requirements)
    return try await finish(order, try await BuildRoom(wider, self), frontend, wider, epoch)
  }

  /// Builds the wheel of a lock again, with what it was built with.
  ///
  /// - Parameters:
  ///   - order: What is to be built.
  ///   - build: How it was.
  ///   - answer: The lock's answer for the platform that it was built on.
  /// - Returns: The wheel, in the store; whoever wants the same one compares its digest.
  /// - Throws: `SourceBuildError`.
  func rebuild(_ order: Order, _ build: LockedBuild, in answer: PlatformLock) async throws -> Product {
    let archive = try await SourceArchive(order.source.path, fileName: order.fileName)
    let environment = PlatformLock(
      answer.platform, answer.python, glibc: answer.strata.glibc, wheels: build.requirements,
      base: answer.base)
    return try await finish(
      order, try await BuildRoom(environment, self), BuildFrontend(archive: archive, epoch: build.epoch),
      environment,
      build.epoch)
  }

  private func finish(
    _ order: Order, _ room: BuildRoom, _ frontend: BuildFrontend, _ environment: PlatformLock, _ epoch: Int
  ) async throws -> Product {
    let (answer, _) = try await room.call(frontend, .wheel, order.source)
    let path = "\(room.build)/\(BuildFrontend.wheelFolder)/\(answer.first ?? "")"
    let what = "the build of \(order.fileName)"
    guard let name = answer.first, let wheel = try? WheelName(name), !name.contains("/"),
      PlainFile.isThere(path)
    else {
      throw SourceBuildError("\(what) made no wheel")
    }
    guard wheel.project == order.project, wheel.version == order.version else {
      throw SourceBuildError("\(what) made \(name), which is no wheel of \(order.project) \(order.version)")
    }
    let tags = TagSet(
      python: environment.python, platform: environment.platform, glibc: environment.strata.glibc)
    guard tags.rank(of: wheel) != nil else {
      throw SourceBuildError("\(what) made \(name), which is for another environment than it was built in")
    }
    let stored = try await artifacts.fetch(Artifact(name: name, origin: .file(path), digest: nil))
    let metadata = try SourceBuilder.metadata(of: wheel, at: stored.path)
    return Product(wheel: wheel, stored: stored, metadata: metadata, epoch: epoch, environment: environment)
  }

  /// The METADATA of a wheel of the store.
  static func metadata(of wheel: WheelName, at path: String) throws -> CoreMetadata {
    switch IndexSet.metadata(of: wheel, at: path) {
    case .known(let metadata): return metadata
    case .unusable(let why): throw SourceBuildError("the wheel \(wheel.fileName) that was built \(why)")
    case .failed(let error): throw error
    case .offline, .unauthorized:
      preconditionFailure("nobody is asked for a file on the disk")
    }
  }
}

extension PlatformLock {
  /// What a build runs with: these wheels on a base, and nothing that is asked of a node.
  init(
    _ platform: Platform, _ python: PythonVersion, glibc: Version, wheels: [LockedWheel], base: LockedBase?
  ) {
    self.init(
      platform: platform, python: python,
      strata: Strata(frameworks: [], cuda: nil, cudnn: nil, nccl: nil, glibc: glibc, driver: nil),
      targets: [], roots: [], wheels: wheels, base: base)
  }

  /// Whether what is locked does for a requirement; one for another environment does not matter.
  fileprivate func meets(_ requirement: Requirement) -> Bool {
    let environment = MarkerEnvironment(python: python, platform: platform)
    guard requirement.marker?.evaluate(environment, extra: nil) ?? true else { return true }
    return wheel(requirement.name).map { requirement.specifiers.contains($0.version) } ?? false
  }
}

/// An unpacked image for a build, and the folder that the build may write to; both go with this.
private final class BuildRoom: Sendable {
  /// The folder that the build may write to: an absolute path.
  let build: String
  private let root: String
  private let folder: ScratchFolder

  /// Makes the image and unpacks it.
  ///
  /// - Throws: What is wrong with what the build needs, or out of reach.
  init(_ environment: PlatformLock, _ builder: SourceBuilder) async throws {
    let configuration = builder.configuration
    guard let cache = configuration.cacheDirectory else {
      throw SourceBuildError(
        "there is no folder to build in", hints: ["name one with `--cache-dir`"], kind: .badInput)
    }
    let nothing = sha256([])
    let lock = Lockfile(manifest: nothing, matrix: nothing, request: .object([:]), platforms: [environment])
    let images = try await ImageBuilder(configuration).build(
      BuildRequest(lock: lock, indexes: builder.indexes))
    folder = try ArchivePacker(folder: cache).scratchFolder()
    let path = try folder.absolutePath()
    (root, build) = (path + "/root", path + "/build")
    try images.write(to: path + "/image", as: .oci)
    _ = try await LaidImage(path + "/image", platform: environment.platform).unpack(to: root)
    for place in ["root\(BuildFrontend.folder)", "root/dev", "root/proc", "root/tmp", "build"] {
      try folder.makeFolder(try ImagePath(place))
    }
  }

  deinit {
    // A build may have made folders that a plain removal does not get into.
    for path in [root, build] { try? LaidImage.removeUnpacked(path) }
  }

  /// Calls a hook of the backend, on a thread of its own.
  func call(
    _ frontend: BuildFrontend, _ hook: BuildFrontend.Hook, _ source: StoredArtifact
  ) async throws -> (answer: [String], epoch: Int) {
    let place = "\(build)/\(BuildFrontend.archiveName)"
    if !PlainFile.isThere(place) {
      try folder.copy(source.path, to: try ImagePath("build/\(BuildFrontend.archiveName)"))
    }
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
      try await onThread {
        try frontend.call(hook, root: self.root, build: self.build) {
          cancellation.isThere.load(ordering: .relaxed)
        }
      }
    } onCancel: {
      cancellation.isThere.store(true, ordering: .relaxed)
    }
  }

  private final class Cancellation: Sendable {
    let isThere = Atomic<Bool>(false)
  }
}
