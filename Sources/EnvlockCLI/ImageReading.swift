import Envlock
import EnvlockModel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What commands ask of images that lie on the disk or in a registry. A value, so that tests bring their own.
struct ImageReading: Sendable {
  typealias Verify =
    @Sendable (
      _ path: String, _ configuration: Configuration, _ request: BuildRequest, _ isWhole: Bool,
      _ status: @escaping @Sendable (String) -> Void
    ) async throws -> ImageVerification

  /// What lies at a path.
  enum Kind: Hashable, Sendable {
    /// Nothing.
    case missing
    /// A folder, or an archive.
    case image
    /// Any other file.
    case file
  }

  /// What lies at a path, as far as its first bytes tell; "-" is standard input, a file.
  var kind: @Sendable (_ path: String) -> Kind = { ImageReading.kind($0) }
  /// The platforms of the images in a layout or archive, sorted.
  let platforms: @Sendable (_ path: String) throws -> [Platform]
  /// The lock of the images in a layout or archive, as far as their labels tell it.
  let lock: @Sendable (_ path: String) throws -> Lockfile
  /// The lock that a bundle or the images of a layout or archive were made of, whole where they hold it.
  var told: @Sendable (_ path: String) throws -> ToldLock = { try ImageInspector.lock(path: $0) }
  /// What an image in a layout or archive says of itself.
  let laid: @Sendable (_ path: String, _ platform: Platform) throws -> LaidImage
  /// Holds the images of a layout or archive against what a request would build.
  let verify: Verify
  /// Whether there is a file or folder.
  var exists: @Sendable (_ path: String) -> Bool = { access($0, F_OK) == 0 }
  /// What the images in a layout or archive say of themselves.
  var inspect: @Sendable (_ path: String, _ platforms: [Platform]?) throws -> ImageInspection = {
    try ImageInspector.inspect(path: $0, platforms: $1)
  }
  /// The same of images in registries.
  var registry = RegistryReading.live
}

/// What commands ask of registries.
struct RegistryReading: Sendable {
  typealias Inspect =
    @Sendable (
      _ reference: ImageReference, _ platforms: ImagePlatforms?, _ configuration: Configuration
    ) async throws -> ImageInspection
  typealias Pull =
    @Sendable (
      _ invocation: PullInvocation, _ configuration: Configuration, _ progress: any PullProgress
    ) async throws -> PulledImage

  typealias WithLayout =
    @Sendable (
      _ reference: ImageReference, _ platforms: [Platform]?, _ configuration: Configuration,
      _ progress: any PullProgress, _ body: (_ path: String) async throws -> Void
    ) async throws -> Void

  /// The lock of an image, as far as its labels tell it.
  let lock: @Sendable (_ reference: ImageReference, _ configuration: Configuration) async throws -> Lockfile
  /// The lock that a bundle or an image was made of, whole where it holds it.
  var told: @Sendable (_ reference: ImageReference, _ configuration: Configuration) async throws -> ToldLock =
    {
      try await ImageInspector($1).lock($0)
    }
  /// What images say of themselves.
  let inspect: Inspect
  /// Brings images onto the disk.
  let pull: Pull
  /// Brings images onto the disk for as long as something is done with them.
  var withLayout: WithLayout = { reference, platforms, configuration, progress, body in
    try await ImagePuller(configuration).withLayout(
      of: reference, platforms: platforms, progress: progress, body)
  }
  /// What is installed in an image.
  var inventory:
    @Sendable (
      _ reference: ImageReference, _ platform: Platform?, _ configuration: Configuration,
      _ progress: any PullProgress
    ) async throws -> ImageInventory = { reference, platform, configuration, progress in
      try await ImagePuller(configuration).inventory(of: reference, platform: platform, progress: progress)
    }
  /// What the image of a platform says of itself, and nothing of what refers to it.
  var image:
    @Sendable (
      _ reference: ImageReference, _ platform: Platform, _ configuration: Configuration
    ) async throws -> ImageInspection = { reference, platform, configuration in
      try await ImageInspector(configuration).inspect(
        reference, platforms: [platform], asksForReferrers: false)
    }
}

extension RegistryReading {
  /// The network.
  static let live = RegistryReading(
    lock: { try await ImageInspector($1).labelledLock($0) },
    inspect: { reference, platforms, configuration in
      let inspector = try ImageInspector(configuration)
      return switch platforms {
      case .all: try await inspector.inspect(reference, isWhole: true)
      case .only(let platforms): try await inspector.inspect(reference, platforms: platforms)
      case nil: try await inspector.inspect(reference)
      }
    },
    pull: { invocation, configuration, progress in
      try await ImagePuller(configuration).pull(
        invocation.reference, platforms: invocation.platforms, to: invocation.output,
        as: invocation.format, bundle: (invocation.bundleOutput, invocation.bundleFormat), progress: progress)
    })
}

extension ImageReading {
  /// The disk.
  static let live = ImageReading(
    platforms: { try ImageVerifier($0).platforms }, lock: { try ImageVerifier($0).labelledLock() },
    laid: { try LaidImage($0, platform: $1) },
    verify: { path, configuration, request, isWhole, status in
      let verifier = try ImageVerifier(path)
      let expectations = try await ImageBuilder(configuration).expectations(
        request, progress: FetchStatus(status: status))
      return try await verifier.verify(expectations, isWhole: isWhole) { count, size in
        status("verifying: \(Quantity.bytes(count)) of \(Quantity.bytes(size))")
      }
    })
}

extension ImageReading {
  /// Archives begin with the name of a member, or with the mark of a compression: neither is what JSON begins with.
  private static func kind(_ path: String) -> Kind {
    if path == "-" { return .file }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return errno == ENOENT || errno == ENOTDIR ? .missing : .file }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return .file }
    if status.st_mode & S_IFMT == S_IFDIR { return .image }
    // A pipe, as `<(git show …)` makes it, gives its bytes once.
    guard status.st_mode & S_IFMT == S_IFREG else { return .file }
    var head = [UInt8](repeating: 0, count: 512)
    let count = read(descriptor, &head, head.count)
    let mark = Array("ustar".utf8)
    let isTar = count == 512 && Array(head[257..<262]) == mark
    let marks: [[UInt8]] = [[0x1F, 0x8B], [0x28, 0xB5, 0x2F, 0xFD]]
    return isTar || marks.contains { head.starts(with: $0) } ? .image : .file
  }
}

/// Says what is fetched.
private struct FetchStatus: BuildProgress {
  let status: @Sendable (String) -> Void

  func report(_ event: BuildEvent) {
    guard case .fetching(let name, let count, let size) = event else { return }
    let whole = size.map { " of \(Quantity.bytes($0))" } ?? ""
    status("fetching \(Printable.text(name)): \(Quantity.bytes(count))\(whole)")
  }
}
