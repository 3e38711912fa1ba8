import EnvlockModel
import EnvlockNative

/// Uploads one blob: in one request where that goes well, and from where the registry has got to where it does not.
///
/// After a break the registry is asked how much of it arrived, and the rest is sent in pieces. A registry that has lost
/// the upload is asked whether it has the blob, since the answer may be all that got lost; then it begins anew.
///
/// Source: OCI distribution-spec 1.1, "Pushing blobs" and "Pushing a blob in chunks".
struct BlobUpload: Sendable {
  let writer: RegistryWriter
  let blob: PushBlob
  let body: TransferBody
  let progress: @Sendable (Int) -> Void

  /// How far an upload is.
  private struct State {
    /// Where it goes on; nil where it has to begin.
    var place: String?
    /// Bytes that the registry has.
    var offset = 0
    /// The most that it ever had.
    var best = 0
    /// Tries in a row that got no further.
    var failures = 0
    /// Whether anything went wrong.
    var hasStumbled = false
    /// Bytes that a request may carry; nil for all.
    var chunk: Int?
    /// Bytes that one must carry, except the last, as the registry says.
    var minimum = 0
    /// Where it refused a piece.
    var refused: Int?
    /// Whether the registry is known to take no pieces.
    var isWholeOnly = false
  }

  private enum Step {
    case done
    case further
    /// It got no further; whether the upload is still there may be asked.
    case broken(PushError.Cause, wait: Int?)
    /// The registry no longer knows the upload, or has spoilt it.
    case lost(PushError)
  }

  /// Bytes of the smallest request that is tried where larger ones are refused.
  private static let smallestChunk = 1 << 20

  /// Uploads it.
  ///
  /// - Parameter place: where an upload that was begun goes on; nil where none was.
  /// - Throws: `PushError`.
  func run(_ place: String?) async throws(PushError) {
    var state = State(place: place, chunk: writer.settings.chunkSize)
    while true {
      switch try await step(&state) {
      case .done:
        // What was patched together is looked at before anything refers to it.
        if state.hasStumbled {
          guard try await writer.has(blob.digest, size: blob.size, name: blob.name) else {
            throw writer.failure(.lost(blob.name))
          }
        }
        return
      case .further: break
      case .broken(let cause, let wait):
        try await stumble(&state, cause, wait)
        if try await resume(&state) { return }
      case .lost(let error):
        try await stumble(&state, error.cause, nil, error)
        state.place = nil
      }
    }
  }

  /// - Throws: `PushError` where nothing more is tried.
  private func stumble(
    _ state: inout State, _ cause: PushError.Cause, _ wait: Int?, _ error: PushError? = nil
  ) async throws(PushError) {
    state.hasStumbled = true
    if let error, state.failures >= writer.settings.backoff.count { throw error }
    try await writer.pause(state.failures, cause, wait)
    state.failures += 1
  }

  // MARK: Sending

  private func step(_ state: inout State) async throws(PushError) -> Step {
    guard let place = state.place else { return try await begin(&state) }
    let rest = blob.size - state.offset
    let limit = state.isWholeOnly ? nil : state.chunk.map { max($0, state.minimum) }
    if state.offset == 0, limit.map({ blob.size <= $0 }) ?? true {
      return try await put(&state, place, whole: true)
    }
    if rest == 0 { return try await put(&state, place, whole: false) }
    return try await patch(&state, place, count: min(rest, limit ?? rest))
  }

  private func begin(_ state: inout State) async throws(PushError) -> Step {
    var request = TransferRequest(writer.endpoint.url("blobs/uploads/"))
    request.method = .post
    switch try await writer.once(request, blob.name) {
    case .passing(let cause, let wait): return .broken(cause, wait: wait)
    case .answer(let response):
      guard response.status == 202 else { throw writer.refusal(response, blob.name, size: blob.size) }
      state.place = try writer.place(in: response)
      state.offset = 0
      state.minimum = response.headers["oci-chunk-min-length"].flatMap { Int($0) } ?? 0
      return .further
    }
  }

  /// Sends all of it, or says that all was sent.
  private func put(_ state: inout State, _ place: String, whole: Bool) async throws(PushError) -> Step {
    var request = TransferRequest(place + (place.contains("?") ? "&" : "?") + "digest=\(blob.digest)")
    request.method = .put
    request.headers = [("Content-Type", "application/octet-stream")]
    if whole {
      request.body = body
      request.sent = progress
    }
    // A registry may have to put the pieces together, or to compute the digest, before it answers.
    request.stallTimeout = writer.engine.options.stallTimeout * 4
    switch try await writer.once(request, blob.name) {
    case .passing(let cause, let wait): return .broken(cause, wait: wait)
    case .answer(let response):
      switch response.status {
      case 200, 201, 204:
        if let stated = response.statedDigest, stated != blob.digest {
          throw writer.failure(.otherDigest(blob.name, expected: blob.digest, found: stated))
        }
        progress(blob.size)
        return .done
      case 413 where whole: return try shrink(&state, response)
      // Gone, or put together wrongly: a range that does not fit, a digest that differs.
      case 400, 404, 410, 416: return .lost(writer.refusal(response, blob.name, size: blob.size))
      default: throw writer.refusal(response, blob.name, size: blob.size)
      }
    }
  }

  private func patch(_ state: inout State, _ place: String, count: Int) async throws(PushError) -> Step {
    let offset = state.offset
    var request = TransferRequest(place)
    request.method = .patch
    request.headers = [
      ("Content-Type", "application/octet-stream"), ("Content-Range", "\(offset)-\(offset + count - 1)"),
    ]
    request.body = body.part(offset, count)
    request.sent = { [progress] in progress(offset + $0) }
    request.stallTimeout = writer.engine.options.stallTimeout * 4
    switch try await writer.once(request, blob.name) {
    case .passing(let cause, let wait): return .broken(cause, wait: wait)
    case .answer(let response):
      switch response.status {
      case 200..<300:
        state.place = try writer.place(in: response)
        let end = UploadRange.end(response) ?? 0
        advance(&state, to: end > 0 ? end : offset + count)
        return .further
      case 413: return try shrink(&state, response)
      case 416:
        state.refused = offset
        return .broken(.refused(blob.name, status: 416), wait: nil)
      case 405, 501:
        // It takes a blob in one request only.
        guard !state.isWholeOnly else { throw writer.refusal(response, blob.name, size: blob.size) }
        state.isWholeOnly = true
        return .lost(writer.refusal(response, blob.name, size: blob.size))
      case 400, 404, 410: return .lost(writer.refusal(response, blob.name, size: blob.size))
      default: throw writer.refusal(response, blob.name, size: blob.size)
      }
    }
  }

  /// Tries smaller requests after one was too large, mostly for a proxy.
  private func shrink(_ state: inout State, _ response: TransferResponse) throws(PushError) -> Step {
    let refusal = writer.refusal(response, blob.name, size: blob.size)
    let last = min(state.chunk ?? blob.size, blob.size)
    guard last > Self.smallestChunk, last > state.minimum, !state.isWholeOnly else { throw refusal }
    state.chunk = max(min(last / 8, 64 << 20), Self.smallestChunk)
    state.place = nil
    return .further
  }

  // MARK: Going on

  /// Finds out how far the upload is after it broke.
  ///
  /// - Returns: whether the registry has the blob by now.
  private func resume(_ state: inout State) async throws(PushError) -> Bool {
    guard let place = state.place else { return false }
    switch try await writer.once(TransferRequest(place), blob.name) {
    case .passing: return false
    case .answer(let response) where (200..<300).contains(response.status):
      // Some registries answer this without a place: then it is the one that was asked.
      if response.headers["location"] != nil { state.place = try writer.place(in: response) }
      // Where it goes on must be another place than the one that it has just refused.
      guard let end = UploadRange.end(response), end != state.refused, !state.isWholeOnly else {
        state.place = nil
        state.refused = nil
        return false
      }
      advance(&state, to: end)
      return false
    case .answer:
      state.place = nil
      return try await writer.has(blob.digest, size: blob.size, name: blob.name)
    }
  }

  /// The registry has so many bytes.
  private func advance(_ state: inout State, to end: Int) {
    guard (0...blob.size).contains(end) else {
      // It has more than there is: not this upload's.
      state.place = nil
      return
    }
    state.offset = end
    if end > state.best {
      state.best = end
      state.failures = 0
    }
    progress(end)
  }
}

/// "0-1023": what a registry has of an upload.
///
/// Source: OCI distribution-spec 1.1, "Pushing a blob in chunks".
enum UploadRange {
  /// How many bytes it has; nil where the answer does not say.
  static func end(_ response: TransferResponse) -> Int? {
    guard let text = response.headers["range"] else { return nil }
    let numbers = text.drop { !$0.isNumber }.split(separator: "-").map { Int($0) }
    guard numbers.count == 2, numbers[0] == 0, let last = numbers[1], last >= 0, last < .max else {
      return nil
    }
    // What has nothing says the same as what has one byte: the Distribution project's does.
    return last == 0 ? 0 : last + 1
  }
}

extension TransferBody {
  /// So many bytes from an offset on.
  fileprivate func part(_ offset: Int, _ count: Int) -> TransferBody {
    switch self {
    case .bytes(let bytes): .bytes(Array(bytes[offset..<offset + count]))
    case .file(let path, let start, _): .file(path: path, offset: start + offset, count: count)
    }
  }
}
