import Synchronization

/// Fetches over HTTP: many transfers at once, by one thread, over as few connections as the servers allow.
///
/// HTTP/2 servers get one connection for about a hundred transfers. Connections are kept and used again for as long as
/// the engine lives. libcurl is loaded when the first transfer begins, or by `prepare()`.
package final class TransferEngine: Sendable {
  /// What all transfers have in common.
  package let options: TransferOptions
  private let queue = TransferQueue()
  private let received = Atomic<Int>(0)
  private let made = Atomic<Int>(0)

  /// Does nothing yet: no library, no thread.
  package init(_ options: TransferOptions = TransferOptions()) { self.options = options }

  deinit { queue.close() }

  /// Bytes of bodies that came so far, as they were sent.
  package var bytesReceived: Int { received.load(ordering: .relaxed) }

  /// Requests sent so far, redirects and further tries included.
  package var requestsMade: Int { made.load(ordering: .relaxed) }

  /// Loads libcurl in the background, so that the first transfer need not wait for it.
  package func prepare() { queue.start(options) }

  /// Fetches one resource, or sends one, following redirects, and trying again where that may help.
  ///
  /// Cancelling the task cancels the transfer. A request with a sink, or of another method than GET, is tried
  /// once, as one that says so.
  /// - Throws: `TransferError` when no answer came. An answer with an error status is an answer.
  package func perform(_ request: TransferRequest) async throws(TransferError) -> TransferResponse {
    var address = try WebAddress(request.url)
    var credentials = address.credentials ?? options.credentials[address]
    var headers = request.headers
    if let authorization = request.authorization {
      credentials = authorization.credentials
      if let header = authorization.header { headers.append((name: "Authorization", value: header)) }
    }
    var bytesOnWire = 0
    for _ in 0...options.redirectLimit {
      let hop = try await hopWithRetries(
        Hop(address: address, credentials: credentials, headers: headers, request: request))
      bytesOnWire += hop.bytesOnWire
      let isFollowed = request.method == .get || hop.status == 307 || hop.status == 308
      guard let target = hop.redirect, request.form == nil, isFollowed else {
        return TransferResponse(
          status: hop.status, headers: hop.headers, body: hop.body, isCut: hop.isCut, url: address.text,
          bytesOnWire: bytesOnWire, isMultiplexed: hop.isMultiplexed)
      }
      guard let next = try? WebAddress(target), next.scheme == "https" || address.scheme == "http" else {
        throw .refusedRedirect(from: address.shown, to: redact(target))
      }
      if !address.sharesSecrets(with: next) {
        credentials = nil
        headers.removeAll { Self.secretHeaders.contains($0.name.lowercased()) }
      }
      credentials = next.credentials ?? credentials ?? options.credentials[next]
      address = next
    }
    throw .tooManyRedirects(url: redact(request.url), limit: options.redirectLimit)
  }

  private static let secretHeaders: Set = ["authorization", "cookie", "proxy-authorization"]

  /// One request; up to two more after a failure that may pass.
  private func hopWithRetries(_ hop: Hop) async throws(TransferError) -> HopResponse {
    let request = hop.request
    let isRepeated = request.sink == nil && request.method == .get && !request.isTriedOnce
    for pause in isRepeated ? options.backoff : [] {
      var pause = pause
      do {
        let response = try await single(hop)
        guard [429, 502, 503, 504].contains(response.status) else { return response }
        if let wanted = response.headers.retryAfter {
          // A server that wants more than this is not waited for: the person at the terminal is told instead.
          guard wanted <= 5 else { return response }
          pause = max(pause, .seconds(wanted))
        }
      } catch {
        guard error.isTransient else { throw error }
      }
      do { try await Task.sleep(for: pause) } catch { throw .cancelled }
    }
    return try await single(hop)
  }

  private func single(_ hop: Hop) async throws(TransferError) -> HopResponse {
    made.add(1, ordering: .relaxed)
    queue.start(options)
    let number = queue.reserve()
    let result: Result<HopResponse, TransferError> = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        queue.submit(number, hop) { continuation.resume(returning: $0) }
      }
    } onCancel: {
      queue.cancel(number)
    }
    if case .success(let response) = result { received.add(response.bytesOnWire, ordering: .relaxed) }
    return try result.get()
  }
}

/// One request without redirects.
struct Hop: Sendable {
  let address: WebAddress
  let credentials: BasicCredentials?
  let headers: [(name: String, value: String)]
  let request: TransferRequest
}

/// The answer to one request.
struct HopResponse: Sendable {
  var status = 0
  var headers = HeaderFields()
  var body: [UInt8] = []
  var isCut = false
  /// The absolute URL of a redirect that wants to be followed; it may hold user information.
  var redirect: String?
  var bytesOnWire = 0
  var isMultiplexed = false
}

extension WebAddress {
  /// As it may be shown.
  var shown: String { redact(text) }
}
