package import EnvlockModel
import EnvlockNative
import EnvlockStore

extension MetadataClient {
  /// How much of a wheel is asked for at once.
  private static let pieceLength = 16 << 20
  private static let digestKind = "digest-1"

  /// The digest of a wheel of which its index states none, so that a lock can pin it. A file on a server has to be
  /// fetched whole for it, piece by piece; it is kept nowhere, only its digest, for a while.
  package func digest(of wheel: Wheel) async -> DigestAnswer {
    let url = wheel.file.url
    if let path = LocalFiles.path(of: url) {
      do {
        let (digest, size) = try LocalFiles(http: http).digest(path)
        return .known(digest, size: size)
      } catch {
        return .failed(error)
      }
    }
    if case .found(let kept)? = http.cached(
      url, kind: MetadataClient.digestKind, freshness: isOffline ? .offline : .normal)
    {
      let words = String(decoding: kept, as: UTF8.self).split(separator: " ")
      if words.count == 2, let digest = try? Digest(sha256Hex: words[0]), let size = Int(words[1]) {
        return .known(digest, size: size)
      }
    }
    if isOffline { return .offline }
    return await fetchDigest(wheel)
  }

  private func fetchDigest(_ wheel: Wheel) async -> DigestAnswer {
    var stream = SHA256Stream()
    var offset = 0
    var total = 1
    var url = wheel.file.url
    while offset < total {
      let range = TransferRequest.ByteRange.bytes(
        from: offset, through: offset + MetadataClient.pieceLength - 1)
      switch await http.range(url, range, wholeLimit: 1 << 30) {
      case .partial(let part):
        guard part.offset == offset, !part.bytes.isEmpty, offset == 0 || part.total == total else {
          return .failed(failure(wheel, "it changed while it was read"))
        }
        stream.update(part.bytes)
        offset += part.bytes.count
        total = part.total
        url = part.url
      case .whole(let bytes):
        stream = SHA256Stream()
        stream.update(bytes)
        total = bytes.count
        offset = total
      case .notFound: return .failed(failure(wheel, "\(host(wheel)) does not have it"))
      case .unauthorized(let error), .failed(let error): return .failed(error)
      case .unsupported: return .failed(failure(wheel, "\(host(wheel)) does not serve parts of files"))
      }
    }
    let digest = stream.digest()
    http.keep(Array("\(digest.hex) \(total)".utf8), url: wheel.file.url, kind: MetadataClient.digestKind)
    return .known(digest, size: total)
  }

  private func failure(_ wheel: Wheel, _ reason: String) -> WheelFailure {
    WheelFailure(
      message:
        "cannot compute the SHA-256 of \(wheel.name.fileName), which its index does not state: \(reason)")
  }
}
