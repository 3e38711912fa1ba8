package import EnvlockNative

import Glibc
import Synchronization

/// Fetches over HTTP through a cache of compact forms.
///
/// A body is turned into its compact form once, when it arrives; later runs read that form only. What is in the cache
/// and fresh is answered without a request, and without loading libcurl.
package final class HTTPClient: Sendable {
  /// Makes the compact form of a body; nothing but these three may decide it, besides the kind.
  /// - Parameters:
  ///   - body: the bytes as they came, decompressed.
  ///   - contentType: the header Content-Type.
  ///   - url: where the body came from after redirects; relative links in it start there.
  package typealias Transform =
    @Sendable (_ body: [UInt8], _ contentType: String?, _ url: String) throws -> [UInt8]

  /// What was done so far.
  package struct Statistics: Hashable, Sendable {
    /// Requests sent, redirects and further tries included.
    package var requests: Int
    /// Bytes of bodies as they were sent.
    package var bytes: Int
    /// Questions that the cache answered without a request.
    package var cacheHits: Int
  }

  /// What it fetches with; for requests that its cache knows nothing of.
  package let engine: TransferEngine
  private let cache: HTTPCache?
  private let now: @Sendable () -> Int
  private let cacheHits = Atomic<Int>(0)
  private let hasWarned = Atomic<Bool>(false)
  private let flights = Mutex<[FlightKey: Flight]>([:])
  let hosts = Mutex<[String: HostFacts]>([:])

  /// - Parameters:
  ///   - cache: where answers are kept; nil keeps none.
  ///   - options: time-outs, certificates, proxies and credentials.
  ///   - now: the time in seconds since 1970.
  package init(
    cache: HTTPCache?, options: TransferOptions = TransferOptions(),
    now: @escaping @Sendable () -> Int = { time(nil) }
  ) {
    self.cache = cache
    self.now = now
    engine = TransferEngine(options)
  }

  /// What was done so far.
  package var statistics: Statistics {
    Statistics(
      requests: engine.requestsMade, bytes: engine.bytesReceived,
      cacheHits: cacheHits.load(ordering: .relaxed))
  }

  /// Loads libcurl in the background, where it is clear that it will be needed.
  package func prepare() { engine.prepare() }

  /// What the cache knows, at once, if it is fresh enough.
  /// - Parameters:
  ///   - url: user information in it is ignored.
  ///   - kind: what is made of the body, with the version of that form, such as "page-1"; lower-case letters, digits
  ///     and "-".
  ///   - freshness: how old it may be.
  /// - Returns: nil when the server would have to be asked.
  package func cached(_ url: String, kind: String, freshness: Freshness = .normal) -> CachedAnswer? {
    guard freshness != .refresh, let cache, let address = try? WebAddress(url) else { return nil }
    guard let entry = cache.read(cache.path(kind: kind, url: address.text), url: address.text) else {
      return nil
    }
    return answer(entry, freshness)
  }

  /// Keeps something that was not fetched by `fetch`, as if its server had said that it never changes.
  /// - Parameters:
  ///   - payload: what `cached` will bring with `Freshness.immutable`.
  ///   - url: user information in it is ignored.
  ///   - kind: as in `cached`.
  /// - Returns: something that the person at the terminal should know, once per run; mostly nil.
  @discardableResult
  package func keep(_ payload: [UInt8], url: String, kind: String) -> String? {
    guard let address = try? WebAddress(url) else { return nil }
    let time = now()
    let entry = CacheEntry(
      url: address.text, status: 200, times: .init(fetchedAt: time, freshUntil: time + 600), payload: payload)
    return store(entry, kind: kind)
  }

  /// A resource from the cache or its server.
  ///
  /// Equal questions at the same time are asked once. Cancelling the task cancels the transfer, unless others wait for
  /// it too.
  /// - Parameters:
  ///   - url: an http or https URL; user information in it is sent to its host and kept nowhere.
  ///   - kind: as in `cached`.
  ///   - freshness: how old an answer of the cache may be.
  ///   - accept: the header Accept.
  ///   - bodyLimit: the longest body that is taken, in bytes.
  ///   - transform: makes the compact form; what it throws comes back as `FetchError.Cause.unreadable`.
  /// - Returns: the compact form, or why there is none.
  package func fetch(
    _ url: String, kind: String, freshness: Freshness = .normal, accept: String? = nil,
    bodyLimit: Int = 64 << 20, transform: @escaping Transform
  ) async -> FetchResult {
    let address: WebAddress
    do { address = try WebAddress(url) } catch { return .failed(FetchError(url, .transfer(error))) }
    var known: CacheEntry?
    if let cache {
      known = cache.read(cache.path(kind: kind, url: address.text), url: address.text)
      if let known, let answer = answer(known, freshness) {
        switch answer {
        case .found(let payload): return .found(Fetched(payload: payload, fromCache: true, warning: nil))
        case .notFound: return .notFound
        }
      }
    }
    if freshness == .offline { return .offlineMissing }
    var request = TransferRequest(url)
    request.bodyLimit = bodyLimit
    if let accept { request.headers.append(("Accept", accept)) }
    if freshness == .refresh { request.headers.append(("Cache-Control", "max-age=0")) }
    if let known, known.status == 200 {
      if let tag = known.entityTag { request.headers.append(("If-None-Match", tag)) }
      if let date = known.lastModified { request.headers.append(("If-Modified-Since", date)) }
    }
    let question = Question(
      request: request, address: address, kind: kind, known: known, transform: transform)
    return await share(FlightKey(url: url, kind: kind, freshness: freshness)) { await self.ask(question) }
  }

  // MARK: Asking

  private struct Question: Sendable {
    var request: TransferRequest
    let address: WebAddress
    let kind: String
    let known: CacheEntry?
    let transform: Transform
  }

  private func ask(_ question: Question) async -> FetchResult {
    let url = question.request.url
    let response: TransferResponse
    do {
      response = try await engine.perform(question.request)
    } catch {
      return .failed(FetchError(url, .transfer(error)))
    }
    let keeping = Keeping(response.headers)
    let time = now()
    let times = CacheEntry.Times(fetchedAt: time, freshUntil: time + keeping.lifetime)
    switch response.status {
    case 200:
      let type = response.headers["content-type"]
      var entry = CacheEntry(
        url: question.address.text, status: 200, times: times, entityTag: response.headers["etag"],
        lastModified: response.headers["last-modified"],
        body: CacheEntry.BodyMark(response.body, contentType: type, url: response.url), payload: [])
      let known = question.known.flatMap { $0.status == 200 && $0.body == entry.body ? $0 : nil }
      if let known {
        entry.payload = known.payload
      } else {
        do {
          entry.payload = try question.transform(response.body, type, response.url)
        } catch {
          return .failed(FetchError(url, unreadable: error))
        }
      }
      let warning = keeping.isAllowed ? store(entry, over: known, kind: question.kind) : nil
      return .found(Fetched(payload: entry.payload, fromCache: false, warning: warning))
    case 304:
      guard let known = question.known else { return .failed(FetchError(url, .status(304))) }
      var entry = known
      entry.times = times
      let warning = store(entry, over: known, kind: question.kind)
      return .found(Fetched(payload: known.payload, fromCache: true, warning: warning))
    case 404, 410:
      let entry = CacheEntry(url: question.address.text, status: 404, times: times, payload: [])
      if keeping.isAllowed { store(entry, kind: question.kind) }
      return .notFound
    case 401, 403: return .unauthorized(FetchError(url, .status(response.status)))
    default: return .failed(FetchError(url, .status(response.status)))
    }
  }

  private func answer(_ entry: CacheEntry, _ freshness: Freshness) -> CachedAnswer? {
    guard freshness.accepts(entry, now: now()) else { return nil }
    cacheHits.add(1, ordering: .relaxed)
    return entry.status == 200 ? .found(entry.payload) : .notFound
  }

  // MARK: Keeping

  /// Writes an entry; only its times where `known`, which lies there already, differs in nothing else.
  @discardableResult
  private func store(_ entry: CacheEntry, over known: CacheEntry? = nil, kind: String) -> String? {
    guard let cache else { return nil }
    let path = cache.path(kind: kind, url: entry.url)
    do {
      if let known, known.entityTag == entry.entityTag, known.lastModified == entry.lastModified {
        do {
          try cache.refresh(entry.times, at: path)
          return nil
        } catch  where error.code == ENOENT {
          // The cache was emptied meanwhile.
        }
      }
      try cache.write(entry, to: path)
      return nil
    } catch {
      return warn(error)
    }
  }

  /// The first time, what to tell the person at the terminal.
  private func warn(_ failure: FileFailure) -> String? {
    guard let cache, !hasWarned.exchange(true, ordering: .relaxed) else { return nil }
    return "the cache `\(cache.folder)` cannot be written (\(failure.reason)); what is fetched is not kept"
  }

  // MARK: Sharing

  /// What makes two questions equal. User information counts: it may change the answer.
  private struct FlightKey: Hashable {
    let url: String
    let kind: String
    let freshness: Freshness
  }

  /// A question on its way, and how many wait for it.
  private struct Flight {
    let task: Task<FetchResult, Never>
    var waiting: Int
  }

  private func share(_ key: FlightKey, _ work: @escaping @Sendable () async -> FetchResult) async
    -> FetchResult
  {
    let task = flights.withLock { flights in
      if let flight = flights[key], !flight.task.isCancelled {
        flights[key]?.waiting += 1
        return flight.task
      }
      let task = Task { await work() }
      flights[key] = Flight(task: task, waiting: 1)
      return task
    }
    // Whoever waits leaves once: when cancelled, or else in the end. The last one to leave turns off the light.
    let hasLeft = Atomic<Bool>(false)
    let leave = { @Sendable [self] in
      if !hasLeft.exchange(true, ordering: .relaxed) { self.leave(key, task) }
    }
    return await withTaskCancellationHandler {
      let result = await task.value
      leave()
      return result
    } onCancel: {
      leave()
    }
  }

  private func leave(_ key: FlightKey, _ task: Task<FetchResult, Never>) {
    let isLast = flights.withLock { flights in
      guard var flight = flights[key], flight.task == task else { return false }
      flight.waiting -= 1
      flights[key] = flight.waiting == 0 ? nil : flight
      return flight.waiting == 0
    }
    // Without effect on one that has ended.
    if isLast { task.cancel() }
  }
}
