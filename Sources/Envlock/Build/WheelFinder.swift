public import EnvlockModel
import EnvlockNative
import EnvlockStore

/// Finds where the wheels of a lock are: a lock names their indexes, which the machine knows.
public struct WheelFinder: Sendable {
  private let configuration: Configuration

  /// Where a wheel is.
  public enum Place: Hashable, Sendable {
    /// An address, without credentials.
    case url(String)
    /// A file on this machine.
    case path(String)
  }

  /// Opens nothing yet.
  public init(_ configuration: Configuration) { self.configuration = configuration }

  /// Asks the indexes, or what the cache knows of them; fetches no wheel.
  ///
  /// - Parameters:
  ///   - lock: The lock.
  ///   - wheels: Those of its wheels that are meant.
  ///   - indexes: The indexes that the manifest declares.
  /// - Returns: The wheels' places, by the digest of the file; of one that was built, the place and digest of its source.
  /// - Throws: A `UserFacingError` where an index no longer has a wheel, or cannot be asked.
  public func places(
    of lock: Lockfile, wheels: [LockedWheel], indexes: [IndexDeclaration]
  ) async throws -> [Digest: Place] {
    let built = Set(wheels.filter { $0.built != nil }.map(\.name))
    let site = try BuildSite(
      configuration, BuildRequest(lock: lock, indexes: indexes, buildSdist: built),
      progress: NoBuildProgress())
    return try await withThrowingTaskGroup(of: (Digest, Place).self) { group in
      for wheel in wheels {
        group.addTask {
          let digest = wheel.built?.sha256 ?? wheel.sha256
          switch try await site.origin(of: wheel) {
          case .file(let path): return (digest, .path(path))
          // An index names whole files.
          case .part(let place): return (digest, .path(place.path))
          case .url(let url):
            return (digest, .url((try? WebAddress(url))?.text ?? URLCredentials.redacted(url)))
          }
        }
      }
      var places: [Digest: Place] = [:]
      for try await (digest, place) in group { places[digest] = place }
      return places
    }
  }
}
