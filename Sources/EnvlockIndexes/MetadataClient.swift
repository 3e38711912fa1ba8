package import EnvlockModel
import EnvlockNative
package import EnvlockStore
import EnvlockVersions
import Synchronization

/// The METADATA of wheels: from the cache, from the file beside the wheel (PEP 658), or from the end of the wheel itself;
/// never the whole of a large wheel.
package final class MetadataClient: Sendable {
  let http: HTTPClient
  let isOffline: Bool
  private let warn: @Sendable (String) -> Void
  /// How many more files beside wheels were missing than were there, of those that nobody had announced; by index
  /// and server.
  private let misses = Mutex<[String: Int]>([:])

  /// From here on an index is not asked for more of them: a miss costs a round trip, often a slow one.
  private static let missLimit = 2
  private static let missKind = "no-metadata-1"
  /// The longest wheel that is fetched whole from a server that ignores ranges.
  private static let wholeLimit = 64 << 20

  /// Does nothing yet.
  ///
  /// - Parameters:
  ///   - http: fetches and remembers.
  ///   - freshness: only `.offline` matters: the METADATA of a wheel never changes.
  ///   - warn: told what the person at the terminal should know.
  package init(
    http: HTTPClient, freshness: Freshness, warn: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.http = http
    isOffline = freshness == .offline
    self.warn = warn
  }

  /// What is known of a wheel without asking a server; nil when one has to be asked.
  package func cached(_ wheel: Wheel) -> MetadataAnswer? {
    if let path = LocalFiles.path(of: wheel.file.url) { return LocalFiles.metadata(of: wheel.name, at: path) }
    guard
      case .found(let payload)? = http.cached(
        MetadataClient.sideURL(wheel), kind: MetadataCodec.kind, freshness: isOffline ? .offline : .immutable),
      let metadata = MetadataCodec.decode(payload, of: wheel.file.sha256)
    else { return isOffline ? .offline : nil }
    return wheel.name.answer(metadata)
  }

  /// The METADATA of a wheel.
  ///
  /// - Parameters:
  ///   - wheel: a wheel of a page, or of a direct reference.
  ///   - index: the name of the index that listed it; what is learnt of one index is not believed of another.
  /// - Returns: an answer in every case.
  package func metadata(of wheel: Wheel, index: String) async -> MetadataAnswer {
    if let known = cached(wheel) { return known }
    switch wheel.file.metadata {
    case .offered(let digest):
      if let answer = await side(wheel, digest: digest, isAnnounced: true) { return answer }
    case .unknown:
      // Many servers have the file without announcing it; asking costs less than reading the wheel.
      let key = MetadataClient.missKey(wheel, index)
      if mayHave(key), let answer = await side(wheel, digest: nil, isAnnounced: false, missKey: key) {
        return answer
      }
    case .absent: break
    }
    return await tail(wheel)
  }

  // MARK: the file beside the wheel

  /// The URL of the file beside the wheel; a query stays at the end.
  private static func sideURL(_ wheel: Wheel) -> String {
    let url = wheel.file.url
    guard let mark = url.utf8.firstIndex(of: UInt8(ascii: "?")) else { return url + ".metadata" }
    return url[..<mark] + ".metadata" + url[mark...]
  }

  /// Thrown when an unannounced file turns out to be something else, such as a page that says "not found".
  private struct SomethingElse: Error {}

  /// Nil when there is none, and the wheel itself has to be read.
  private func side(
    _ wheel: Wheel, digest: Digest?, isAnnounced: Bool, missKey: String? = nil
  ) async -> MetadataAnswer? {
    let wheelDigest = wheel.file.sha256
    let url = MetadataClient.sideURL(wheel)
    // What the cache has was not this wheel's, or `cached` would have found it; but that it is missing may be known.
    var freshness = Freshness.immutable
    if case .found? = http.cached(url, kind: MetadataCodec.kind, freshness: .immutable) {
      freshness = .refresh
    }
    let result = await http.fetch(
      url, kind: MetadataCodec.kind, freshness: freshness, bodyLimit: WheelTail.metadataLimit
    ) { body, _, _ in
      if let digest, sha256(body) != digest {
        throw WheelFailure(message: "its SHA-256 is not \(digest.hex), as the index says")
      }
      guard (try? CoreMetadata(parsing: body)) != nil else {
        if isAnnounced { throw WheelFailure(message: "not a METADATA file") }
        throw SomethingElse()
      }
      return MetadataCodec.encode(body, of: wheelDigest)
    }
    switch result {
    case .found(let fetched):
      if let warning = fetched.warning { warn(warning) }
      guard let metadata = MetadataCodec.decode(fetched.payload, of: wheelDigest) else { return nil }
      if let missKey { note(missKey, isMiss: false) }
      return wheel.name.answer(metadata)
    case .failed(let error):
      if !isAnnounced, case .unreadable = error.cause { fallthrough }
      return .failed(error)
    case .notFound, .unauthorized, .offlineMissing:
      // A server that guards or hides what it never announced says nothing about the wheel.
      if let missKey { note(missKey, isMiss: true) }
      return nil
    }
  }

  // MARK: servers without such files

  private static func missKey(_ wheel: Wheel, _ index: String) -> String {
    "\((try? WebAddress(wheel.file.url))?.origin ?? "https://files.invalid")/?index=\(URLReference.encodePath(index))"
  }

  private func mayHave(_ key: String) -> Bool {
    if let count = misses.withLock({ $0[key] }) { return count < MetadataClient.missLimit }
    let isKnown = http.cached(key, kind: MetadataClient.missKind, freshness: .normal) != nil
    return misses.withLock { misses in
      if misses[key] == nil { misses[key] = isKnown ? MetadataClient.missLimit : 0 }
      return !isKnown
    }
  }

  private func note(_ key: String, isMiss: Bool) {
    let count = misses.withLock { misses in
      misses[key, default: 0] += isMiss ? 1 : -1
      return misses[key, default: 0]
    }
    // Asked again in a later run, after a while: servers learn.
    if isMiss, count == MetadataClient.missLimit { http.keep([], url: key, kind: MetadataClient.missKind) }
  }

  // MARK: the wheel itself

  private func tail(_ wheel: Wheel) async -> MetadataAnswer {
    var tail = WheelTail(wheel.name)
    var url = wheel.file.url
    do {
      while true {
        let range: TransferRequest.ByteRange
        switch try tail.step() {
        case .readLast(let count):
          // Not every server knows ranges that are counted from the end.
          if let size = wheel.file.size, size > 0 {
            range = .bytes(from: max(0, size - count), through: size - 1)
          } else {
            range = .last(count)
          }
        case .read(let wanted): range = .bytes(from: wanted.lowerBound, through: wanted.upperBound - 1)
        case .metadata(let bytes): return try keep(bytes, of: wheel)
        }
        switch await http.range(url, range, wholeLimit: MetadataClient.wholeLimit) {
        case .partial(let part):
          try tail.add(part.bytes, at: part.offset, total: part.total)
          url = part.url
        case .whole(let bytes):
          if let digest = wheel.file.sha256, sha256(bytes) != digest {
            throw WheelFault(reason: "is not what its index says: its SHA-256 is another")
          }
          try tail.add(bytes, at: 0, total: bytes.count)
        case .unsupported:
          return .failed(
            WheelFailure(
              message:
                "cannot read the metadata of \(wheel.name.fileName): \(host(wheel)) neither offers it as a file "
                + "nor serves parts of files, and the wheel is too large to be fetched for it"))
        case .notFound: return .unusable("is listed by its index, but its server does not have it")
        case .unauthorized: return .unauthorized(host: host(wheel))
        case .failed(let error): return .failed(error)
        }
      }
    } catch let fault as WheelFault {
      return .unusable(fault.reason)
    } catch {
      return .unusable(
        "has a METADATA that cannot be read: \((error as? MalformedText)?.reason ?? "\(error)")")
    }
  }

  private func keep(_ metadata: [UInt8], of wheel: Wheel) throws -> MetadataAnswer {
    let known = try CoreMetadata(parsing: metadata)
    let payload = MetadataCodec.encode(metadata, of: wheel.file.sha256)
    // In the place of the file beside the wheel, so that there is one place to look.
    let url = MetadataClient.sideURL(wheel)
    if let warning = http.keep(payload, url: url, kind: MetadataCodec.kind) { warn(warning) }
    return wheel.name.answer(known)
  }

  func host(_ wheel: Wheel) -> String {
    (try? WebAddress(wheel.file.url))?.hostAndPort ?? redact(wheel.file.url)
  }
}
