import EnvlockModel
import EnvlockStore

/// Remembers which repositories of a registry have a blob, so that it can be taken over from one to another.
///
/// It lies beside the answers of servers, and may be wrong: a registry that no longer has it there says so.
struct BlobPlaces: Sendable {
  private let http: HTTPClient
  private let origin: String

  private static let kind = "oci-place-1"
  /// How many repositories are remembered for a blob.
  private static let limit = 2

  /// - Parameters:
  ///   - http: whose cache it is.
  ///   - origin: the registry.
  init(http: HTTPClient, origin: String) {
    self.http = http
    self.origin = origin
  }

  /// The repositories that had a blob, the one that was seen last first.
  func repositories(with digest: Digest) -> [String] {
    guard case .found(let bytes) = http.cached(key(digest), kind: Self.kind, freshness: .immutable) else {
      return []
    }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// Takes note of a repository that has a blob.
  func note(_ digest: Digest, in repository: String) {
    let known = repositories(with: digest)
    guard known.first != repository else { return }
    let all = [repository] + known.filter { $0 != repository }
    http.keep(Array(all.prefix(Self.limit).joined(separator: "\n").utf8), url: key(digest), kind: Self.kind)
  }

  /// A name that no document of a registry has.
  private func key(_ digest: Digest) -> String { "\(origin)/v2/?blob=\(digest)" }
}
