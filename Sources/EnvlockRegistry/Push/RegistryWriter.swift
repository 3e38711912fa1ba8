import EnvlockImage
package import EnvlockModel
import EnvlockNative
package import EnvlockStore
import Synchronization

/// Writes to one repository of a registry.
///
/// What may pass is tried again, a bounded number of times: connections that break, statuses 408, 425, 429 and 5xx; a
/// registry that says when to come again is left alone until then. Credentials go to the registry and to its token
/// service only, also where it has bytes uploaded to another host.
///
/// Source: OCI distribution-spec 1.1, "Push" and "Referrers API".
package struct RegistryWriter: Sendable {
  let reference: ImageReference
  let endpoint: RegistryEndpoint
  let access: RegistryAccess
  let settings: PushSettings
  let engine: TransferEngine
  let places: BlobPlaces
  let mounts = WidenedAccesses()

  /// - Parameters:
  ///   - reference: whose repository.
  ///   - http: whose connections are used, and whose cache remembers where blobs are.
  ///   - environment: where credentials and registries without TLS are named. Mirrors are not looked at: what is pushed
  ///     to a mirror does not arrive.
  ///   - settings: how it is done.
  /// - Throws: `PushError` where a variable makes no sense.
  package init(
    _ reference: ImageReference, http: HTTPClient, environment: [String: String],
    settings: PushSettings = PushSettings()
  ) throws(PushError) {
    self.reference = reference
    self.settings = settings
    engine = http.engine
    let own = environment.filter { !$0.key.hasPrefix(RegistryEndpoint.mirrorPrefix) }
    do { endpoint = try RegistryEndpoint(reference, environment: own) } catch {
      throw PushError(reference, .access(error.cause))
    }
    access = RegistryAccess(
      reference, endpoint, engine, CredentialSearch(environment: own), scopes: [.push(endpoint.repository)])
    places = BlobPlaces(http: http, origin: endpoint.origin)
  }

  // MARK: Asking

  /// An answer, or why there is none yet.
  enum Outcome: Sendable {
    /// The registry has answered.
    case answer(TransferResponse)
    /// It may answer later, in so many seconds where it says so.
    case passing(PushError.Cause, wait: Int?)
  }

  /// Asks once, with whatever it takes to be let in.
  ///
  /// - Parameters:
  ///   - request: the request.
  ///   - what: what it is about, for errors.
  ///   - access: whose right it is; nil: the writer's.
  /// - Returns: what came of it.
  /// - Throws: `PushError` where asking again is no use.
  func once(
    _ request: TransferRequest, _ what: String, _ access: RegistryAccess? = nil
  ) async throws(PushError) -> Outcome {
    let access = access ?? self.access
    let isOwn = WebAddress.haveOneOrigin(request.url, endpoint.origin)
    var request = request
    // Tries are counted here: those of the engine would multiply them.
    request.isTriedOnce = true
    var refusal: AuthorizationRefusal?
    var refusals = 0
    while true {
      if isOwn {
        do throws(RegistryError) { request.authorization = try await access.authorize(after: refusal) } catch
        {
          return try await passing(error, access)
        }
      }
      let response: TransferResponse
      do throws(TransferError) { response = try await engine.perform(request) } catch {
        guard error.mayPass else { throw failure(.transfer(error)) }
        return .passing(.transfer(error), wait: nil)
      }
      // Another host that the registry leads to has its own reasons.
      let isRegistry = isOwn && WebAddress.haveOneOrigin(response.url, endpoint.origin)
      switch response.status {
      case 401 where isRegistry && refusals < 4:
        refusals += 1
        refusal = AuthorizationRefusal(
          shown: request.authorization, challenges: response.headers.values("www-authenticate"))
      case 401 where isRegistry, 403 where isRegistry:
        var error = failure(.denied(hasCredentials: await access.hasCredentials))
        error.said = RegistryAnswer(response.body).lines
        error.notes = await access.notes
        throw error
      case 429:
        let seconds = response.headers.retryAfter
        return .passing(.rateLimited(seconds: seconds), wait: seconds)
      case 408, 425, 500, 502, 503, 504:
        return .passing(.failed(what, status: response.status), wait: response.headers.retryAfter)
      default: return .answer(response)
      }
    }
  }

  /// Asks until there is an answer, for requests that may be made twice.
  func repeated(
    _ request: TransferRequest, _ what: String, _ access: RegistryAccess? = nil
  ) async throws(PushError) -> TransferResponse {
    var failures = 0
    while true {
      switch try await once(request, what, access) {
      case .answer(let response): return response
      case .passing(let cause, let wait):
        try await pause(failures, cause, wait)
        failures += 1
      }
    }
  }

  /// Waits before a further try.
  ///
  /// - Parameters:
  ///   - failures: how many tries in a row got no further before this one.
  ///   - cause: why it did not.
  ///   - wait: how many seconds the registry wants to be left alone.
  /// - Throws: `PushError` where there will be no further try.
  func pause(_ failures: Int, _ cause: PushError.Cause, _ wait: Int?) async throws(PushError) {
    guard failures < settings.backoff.count else { throw failure(cause) }
    var pause = settings.backoff[failures]
    if let wait {
      guard .seconds(wait) <= settings.longestWait else { throw failure(cause) }
      pause = max(pause, .seconds(wait))
    }
    do { try await Task.sleep(for: pause) } catch { throw failure(.transfer(.cancelled)) }
  }

  private func passing(_ error: RegistryError, _ access: RegistryAccess) async throws(PushError) -> Outcome {
    switch error.cause {
    case .rateLimited(let seconds, _): return .passing(.rateLimited(seconds: seconds), wait: seconds)
    case .fetch(let fetch):
      switch fetch.cause {
      case .transfer(let transfer) where transfer.mayPass: return .passing(.transfer(transfer), wait: nil)
      case .transfer(let transfer): throw failure(.transfer(transfer))
      case .status(let status) where status >= 500:
        return .passing(.failed("token service", status: status), wait: nil)
      default: break
      }
    default: break
    }
    var failed = failure(.access(error.cause))
    failed.notes = await access.notes
    throw failed
  }

  // MARK: Errors

  /// That the reference names another image.
  package func otherImage(_ expected: Digest, found: Digest) -> PushError {
    failure(.otherImage(expected: expected, found: found))
  }

  func failure(_ cause: PushError.Cause) -> PushError { PushError(reference, cause) }

  /// What an answer with an error status means.
  ///
  /// - Parameters:
  ///   - response: the answer.
  ///   - what: what was to be written: "layer torch 2.9.1".
  ///   - size: its bytes.
  /// - Returns: the error.
  func refusal(_ response: TransferResponse, _ what: String, size: Int) -> PushError {
    let answer = RegistryAnswer(response.body)
    let cause: PushError.Cause =
      switch response.status {
      case 413, 507: .tooLarge(what, size: size)
      case _ where answer.isAboutRoom: .tooLarge(what, size: size)
      case 405, 501: .readOnly
      case _ where answer.codes.contains("UNSUPPORTED"): .readOnly
      case _ where answer.codes.contains("DENIED"): .denied(hasCredentials: true)
      case _ where answer.codes.contains("NAME_UNKNOWN"): .noRepository
      case _ where answer.codes.contains("MANIFEST_BLOB_UNKNOWN"): .lost(what)
      case _ where answer.codes.contains("BLOB_UNKNOWN"): .lost(what)
      default: .refused(what, status: response.status)
      }
    var error = failure(cause)
    error.said = answer.lines
    return error
  }
}

/// The right to read other repositories of the registry too, each asked for once.
final class WidenedAccesses: Sendable {
  private let bySource = Mutex<[String: RegistryAccess]>([:])

  func access(_ access: RegistryAccess, toRead source: String) async -> RegistryAccess {
    if let known = bySource.withLock({ $0[source] }) { return known }
    let fresh = await access.widened(toRead: source)
    return bySource.withLock { known in
      let access = known[source] ?? fresh
      known[source] = access
      return access
    }
  }
}

extension TransferResponse {
  /// The digest that a registry states for what it has.
  var statedDigest: Digest? { headers["docker-content-digest"].flatMap { try? Digest($0) } }
}

extension TransferError {
  /// Whether it may go better the next time.
  fileprivate var mayPass: Bool {
    switch self {
    case .timedOut, .truncated: true
    default: isTransient
    }
  }
}
