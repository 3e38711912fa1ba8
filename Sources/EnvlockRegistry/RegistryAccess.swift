import Dispatch
import EnvlockImage
import EnvlockModel
import EnvlockNative
import EnvlockStore

/// Gets a repository's registry to let requests in: remembers what works, and gets it anew where it expires.
///
/// The first request goes without anything; the registry's answer says what it wants. Credentials go to the registry
/// and to the token service that it names, and nowhere else; to the service only over TLS, unless the registry itself
/// is spoken to without.
///
/// Source: OCI distribution-spec 1.1; the Distribution project's "Token Authentication Specification" and "OAuth2 Token
/// Authentication".
actor RegistryAccess: ArtifactAuthority {
  private let reference: ImageReference
  private let endpoint: RegistryEndpoint
  private let engine: TransferEngine
  private let search: CredentialSearch
  /// What tokens are to allow.
  private let scopes: [TokenScope]
  private var searched: CredentialSearch.Result?
  private var challenges: [String] = []
  private var grant: Grant?
  private var flight: Task<Result<Grant, RegistryError>, Never>?
  /// How many in a row were refused at their first use.
  private var refusals = 0

  /// Something that a registry may accept.
  private struct Grant: Sendable {
    let authorization: TransferAuthorization
    /// When it ends; nil for never.
    var end: ContinuousClock.Instant?

    var isFresh: Bool { end.map { .now < $0 } ?? true }
  }

  /// Nothing is asked yet. Tokens are to allow `scopes`; nil: to read the repository.
  init(
    _ reference: ImageReference, _ endpoint: RegistryEndpoint, _ engine: TransferEngine,
    _ search: CredentialSearch, scopes: [TokenScope]? = nil
  ) {
    self.reference = reference
    self.endpoint = endpoint
    self.engine = engine
    self.search = search
    self.scopes = scopes ?? [.pull(endpoint.repository)]
  }

  private init(widening other: RegistryAccess, by scope: TokenScope, _ known: Known) {
    reference = other.reference
    endpoint = other.endpoint
    engine = other.engine
    search = other.search
    scopes = other.scopes + [scope]
    searched = known.searched
    challenges = known.challenges
  }

  /// What another access to the same registry need not find out again.
  private struct Known: Sendable {
    let searched: CredentialSearch.Result?
    let challenges: [String]
  }

  /// The same, and another repository of the registry may be read.
  func widened(toRead repository: String) -> RegistryAccess {
    RegistryAccess(
      widening: self, by: .pull(repository), Known(searched: searched, challenges: challenges))
  }

  /// For files of the store.
  func authorization(
    after refusal: AuthorizationRefusal?
  ) async throws(FetchError) -> TransferAuthorization? {
    do throws(RegistryError) { return try await authorize(after: refusal) } catch {
      throw error.fetchError(endpoint.url(""))
    }
  }

  /// What the next request shows.
  ///
  /// - Parameter refusal: what was refused just now; nil before the first request.
  /// - Returns: nil to ask without.
  /// - Throws: `RegistryError` where nothing else can be shown.
  func authorize(after refusal: AuthorizationRefusal?) async throws(RegistryError) -> TransferAuthorization? {
    if let refusal {
      // Another request may have been refused before, and what it got instead be here already.
      if let grant, grant.authorization != refusal.shown, grant.isFresh { return grant.authorization }
      challenges = refusal.challenges
      if let grant, grant.authorization == refusal.shown { try take(refusalOf: grant) }
    } else {
      // Whoever begins anew was let in before.
      refusals = 0
      if let grant, grant.isFresh { return grant.authorization }
      // What the registry wants is not known before it was asked.
      if challenges.isEmpty { return nil }
    }
    let flight = flight ?? Task { await self.renew() }
    self.flight = flight
    return try await flight.value.get().authorization
  }

  /// Whether credentials are shown.
  var hasCredentials: Bool { searched?.credentials != nil }
  /// What was wrong where they were looked for.
  var notes: [String] { searched?.notes ?? [] }

  /// - Throws: `RegistryError` where asking for another one is no use.
  private func take(refusalOf grant: Grant) throws(RegistryError) {
    refusals += 1
    guard refusals < 2, grant.end != nil else { throw refused() }
  }

  private func refused() -> RegistryError {
    guard let credentials = searched?.credentials else { return failure(.noCredentials) }
    return failure(.credentialsRefused(source: credentials.source))
  }

  private func failure(_ cause: RegistryError.Cause) -> RegistryError {
    var error = RegistryError(reference, at: endpoint, cause)
    error.notes += notes
    return error
  }

  // MARK: asking

  private func renew() async -> Result<Grant, RegistryError> {
    defer { flight = nil }
    do throws(RegistryError) {
      let fresh = try await renewed()
      grant = fresh
      return .success(fresh)
    } catch {
      return .failure(error)
    }
  }

  private func renewed() async throws(RegistryError) -> Grant {
    let wanted = AuthenticationChallenge.read(challenges)
    let credentials = await findCredentials()
    if let bearer = wanted.first(where: { $0.scheme == "bearer" && $0.parameters["realm"] != nil }) {
      if case .registryToken(let token) = credentials?.value { return Grant(authorization: .bearer(token)) }
      return try await token(bearer, credentials)
    }
    guard wanted.contains(where: { $0.scheme == "basic" }) else {
      throw failure(.unknownAuthentication(wanted.map(\.scheme)))
    }
    switch credentials?.value {
    case .basic(let credentials): return Grant(authorization: .basic(credentials))
    case .registryToken(let token): return Grant(authorization: .bearer(token))
    case .identityToken, nil: throw failure(.noCredentials)
    }
  }

  private func findCredentials() async -> RegistryCredentials? {
    if let searched { return searched.credentials }
    let (search, key) = (search, endpoint.credentialKey)
    // A helper may take its time, which the threads of tasks are too few for.
    let result = await withCheckedContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(returning: search.find(key)) }
    }
    searched = result
    return result.credentials
  }

  private func token(
    _ challenge: AuthenticationChallenge, _ credentials: RegistryCredentials?
  ) async throws(RegistryError) -> Grant {
    let realm = challenge.parameters["realm"] ?? ""
    let shown = redact(realm)
    guard let address = try? WebAddress(realm) else {
      throw failure(.badTokenService(shown, reason: "it has no URL"))
    }
    guard address.scheme == "https" || endpoint.isInsecure else {
      throw failure(.badTokenService(shown, reason: "it is spoken to without TLS"))
    }
    var fields: [(String, String)] = []
    if let service = challenge.parameters["service"] { fields.append(("service", service)) }
    var request: TransferRequest
    if case .identityToken(let token) = credentials?.value {
      request = TransferRequest(address.text)
      // OAuth2 wants one list of scopes, and the older way a parameter for each.
      fields.append(("scope", scopes.map(\.text).joined(separator: " ")))
      fields += [("grant_type", "refresh_token"), ("client_id", "envlock"), ("refresh_token", token)]
      request.form = FormFields.encoded(fields)
    } else {
      fields += scopes.map { ("scope", $0.text) }
      let mark = address.text.contains("?") ? "&" : "?"
      request = TransferRequest(address.text + mark + FormFields.encoded(fields))
      if case .basic(let credentials) = credentials?.value { request.authorization = .basic(credentials) }
    }
    request.bodyLimit = 1 << 20
    let response: TransferResponse
    do { response = try await engine.perform(request) } catch {
      throw failure(.fetch(FetchError(shown, .transfer(error))))
    }
    switch response.status {
    case 200: break
    case 400 where credentials != nil, 401, 403: throw refused()
    case 429:
      let seconds = response.headers.retryAfter
      throw failure(.rateLimited(seconds: seconds, hasCredentials: credentials != nil))
    default: throw failure(.fetch(FetchError(shown, .status(response.status))))
    }
    guard let answer = try? JSONValue(parsing: response.body).objectValue,
      let token = answer["token"]?.stringValue ?? answer["access_token"]?.stringValue, !token.isEmpty
    else { throw failure(.badTokenService(shown, reason: "it gives no token")) }
    // Shorter than it says, so that it does not end on the way. A minute is what an answer means that does not say.
    let lifetime = min(max(answer["expires_in"]?.integerValue ?? 60, 10), 86_400)
    return Grant(authorization: .bearer(token), end: .now + .seconds(lifetime * 9 / 10))
  }
}

/// What a token is to allow: "repository:team/app:pull".
///
/// It is what is needed, never what a registry asks for: whoever may name the scope could get a token for another
/// repository.
///
/// Source: the Distribution project's "Token Scope Documentation".
struct TokenScope: Hashable, Sendable {
  let repository: String
  let actions: String

  /// To read a repository.
  static func pull(_ repository: String) -> TokenScope { TokenScope(repository: repository, actions: "pull") }

  /// To write to a repository; whoever writes looks what is there before.
  static func push(_ repository: String) -> TokenScope {
    TokenScope(repository: repository, actions: "pull,push")
  }

  /// As token services want it.
  var text: String { "repository:\(repository):\(actions)" }
}

/// Names and values as URLs and forms carry them: `application/x-www-form-urlencoded`.
enum FormFields {
  static func encoded(_ fields: [(String, String)]) -> String {
    fields.map { "\($0)=\(encoded($1))" }.joined(separator: "&")
  }

  private static func encoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "-._~:/,".utf8.contains(byte)
      {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
