import Envlock
import EnvlockModel

/// What commands ask of images that lie on the disk. A value, so that tests bring their own.
struct ImageReading: Sendable {
  typealias Verify =
    @Sendable (
      _ path: String, _ configuration: Configuration, _ request: BuildRequest, _ isWhole: Bool,
      _ status: @escaping @Sendable (String) -> Void
    ) async throws -> ImageVerification

  /// The platforms of the images in a layout or archive, sorted.
  let platforms: @Sendable (_ path: String) throws -> [Platform]
  /// The lock of the images in a layout or archive, as far as their labels tell it.
  let lock: @Sendable (_ path: String) throws -> Lockfile
  /// What an image in a layout or archive says of itself.
  let laid: @Sendable (_ path: String, _ platform: Platform) throws -> LaidImage
  /// Holds the images of a layout or archive against what a request would build.
  let verify: Verify
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

/// Says what is fetched.
private struct FetchStatus: BuildProgress {
  let status: @Sendable (String) -> Void

  func report(_ event: BuildEvent) {
    guard case .fetching(let name, let count, let size) = event else { return }
    let whole = size.map { " of \(Quantity.bytes($0))" } ?? ""
    status("fetching \(Printable.text(name)): \(Quantity.bytes(count))\(whole)")
  }
}
