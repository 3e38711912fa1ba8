package import EnvlockNative

import Synchronization

/// What was learnt of a server in this run.
struct HostFacts: Hashable, Sendable {
  /// It answers ranges with the whole file.
  var ignoresRanges = false
  /// It understands "from … to", but not "the last …".
  var lacksSuffixRanges = false
}

extension HTTPClient {
  /// Some bytes of a file, never the whole of a long one. Nothing is read from the cache or kept in it.
  ///
  /// A server that ignores ranges is cut off after its headers, and not asked for another range in this run. One that
  /// does not know ranges counted from the end is asked for the size and then for the bytes.
  /// - Parameters:
  ///   - url: an http or https URL.
  ///   - wanted: which bytes; those beyond the end are left out.
  ///   - wholeLimit: how long a file may be, in bytes, that is taken whole from a server that ignores ranges.
  /// - Returns: the bytes, or why there are none.
  package func range(_ url: String, _ wanted: TransferRequest.ByteRange, wholeLimit: Int = 1 << 20) async
    -> RangeResult
  {
    let host: String
    do { host = try WebAddress(url).origin } catch { return .failed(FetchError(url, .transfer(error))) }
    let facts = hosts.withLock { $0[host] ?? HostFacts() }
    // A short file would still be taken, but that it is short is known only by asking.
    if facts.ignoresRanges && wholeLimit <= 0 { return .unsupported }
    var size: Int?
    if case .last = wanted, facts.lacksSuffixRanges {
      // Asked below.
    } else {
      switch await part(url, wanted, wholeLimit) {
      case .answer(let result): return result
      case .refused(let stated):
        guard case .last = wanted, !facts.ignoresRanges else { return note(host) { $0.ignoresRanges = true } }
        size = stated
      }
    }
    guard case .last(let count) = wanted else { return .unsupported }
    if size == nil {
      switch await sizeOf(url) {
      case .success(let stated): size = stated
      case .failure(let result): return result.value
      }
    }
    guard let size, size > 0, count > 0 else { return .unsupported }
    switch await part(url, .bytes(from: max(0, size - count), through: size - 1), wholeLimit) {
    case .answer(let result):
      if case .partial = result { _ = note(host) { $0.lacksSuffixRanges = true } }
      return result
    case .refused: return note(host) { $0.ignoresRanges = true }
    }
  }

  private func note(_ host: String, _ change: (inout HostFacts) -> Void) -> RangeResult {
    hosts.withLock { change(&$0[host, default: HostFacts()]) }
    return .unsupported
  }

  private enum Part {
    case answer(RangeResult)
    /// The server does not serve this kind of range; the size of the file, where it said so.
    case refused(size: Int?)
  }

  private func part(_ url: String, _ wanted: TransferRequest.ByteRange, _ wholeLimit: Int) async -> Part {
    var request = TransferRequest(url)
    request.range = wanted
    request.wholeLimit = wholeLimit
    let response: TransferResponse
    do {
      response = try await engine.perform(request)
    } catch {
      return .answer(.failed(FetchError(url, .transfer(error))))
    }
    switch response.status {
    case 206:
      guard let place = ContentRange(response.headers["content-range"]),
        place.fits(response.body.count, wanted)
      else { return .refused(size: nil) }
      return .answer(
        .partial(FilePart(bytes: response.body, offset: place.from, total: place.total, url: response.url)))
    case 200 where !response.isCut: return .answer(.whole(response.body))
    case 200: return .refused(size: response.headers.contentLength)
    case 416, 501: return .refused(size: nil)
    default: return .answer(Self.failure(url, response.status))
    }
  }

  private struct Refusal: Error { let value: RangeResult }

  private func sizeOf(_ url: String) async -> Result<Int?, Refusal> {
    var request = TransferRequest(url)
    request.headersOnly = true
    do {
      let response = try await engine.perform(request)
      guard response.status == 200 else {
        return .failure(Refusal(value: Self.failure(url, response.status)))
      }
      return .success(response.headers.contentLength)
    } catch {
      return .failure(Refusal(value: .failed(FetchError(url, .transfer(error)))))
    }
  }

  private static func failure(_ url: String, _ status: Int) -> RangeResult {
    switch status {
    case 404, 410: .notFound
    case 401, 403: .unauthorized(FetchError(url, .status(status)))
    default: .failed(FetchError(url, .status(status)))
    }
  }
}

/// "bytes 0-9/200": where a part lies in its file. Source: RFC 9110, section 14.4.
private struct ContentRange {
  let from: Int
  let through: Int
  let total: Int

  /// Nil for anything else, such as an unknown total.
  init?(_ text: String?) {
    guard let text, text.lowercased().hasPrefix("bytes ") else { return nil }
    let numbers = text.dropFirst(6).split { $0 == "-" || $0 == "/" || $0 == " " }.map { Int($0) }
    guard numbers.count == 3, let from = numbers[0], let through = numbers[1], let total = numbers[2],
      from >= 0, from <= through, through < total
    else { return nil }
    self.from = from
    self.through = through
    self.total = total
  }

  /// Whether so many bytes are what was asked for.
  func fits(_ count: Int, _ wanted: TransferRequest.ByteRange) -> Bool {
    guard count == through - from + 1 else { return false }
    switch wanted {
    case .bytes(let first, let last): return from == first && through == min(last, total - 1)
    case .last(let length): return through == total - 1 && from == max(0, total - length)
    case .rest(let first): return from == first && through == total - 1
    }
  }
}
