import EnvlockImage
import EnvlockModel
import EnvlockNative
import EnvlockStore

/// A document of an image as it lies in a registry: manifest, index or configuration.
struct RegistryDocument: Hashable, Sendable {
  /// What it is, by `MediaType`; what the registry said where the document does not.
  let mediaType: String
  let bytes: [UInt8]

  var digest: Digest { sha256(bytes) }
}

/// Reads the documents of one repository.
///
/// What was read once is kept beside other answers of servers: by digest it never changes, and what a tag stood for is
/// there for runs that may not ask.
struct RegistryDocuments: Sendable {
  let reference: ImageReference
  let endpoint: RegistryEndpoint
  let access: RegistryAccess
  let http: HTTPClient
  let isOffline: Bool

  /// More than any real manifest has. Source: OCI distribution-spec 1.1, "Pushing Manifests", wants so much to be taken.
  private static let limit = 4 << 20
  /// How long a registry that was asked too often is waited for, each time; one that wants more is not.
  private static let longestPause = 30
  private static let cacheKind = "oci-document-1"
  /// The types of manifests that are understood, and those that are refused with a reason.
  private static let accepted = [
    MediaType.index, MediaType.manifest, MediaType.dockerIndex, MediaType.dockerManifest,
  ].joined(separator: ", ")

  /// The manifest or index of a tag, or of a digest.
  ///
  /// - Throws: `RegistryError`; also where it is another than the digest says.
  func manifest(tag: String) async throws(RegistryError) -> RegistryDocument {
    let url = endpoint.url("manifests/\(tag)")
    if isOffline {
      guard let known = cached(url, .offline) else { throw failure(.offline) }
      return known
    }
    let (document, stated) = try await fetch(url, "the manifest", accept: Self.accepted, isByTag: true)
    if let stated, stated != document.digest {
      throw failure(.wrongDigest("the manifest", expected: stated, found: document.digest))
    }
    keep(document, url)
    keep(document, endpoint.url("manifests/\(document.digest)"))
    return document
  }

  /// The manifest or index of this digest.
  ///
  /// - Throws: `RegistryError`; also where it is another.
  func manifest(digest: Digest, size: Int? = nil) async throws(RegistryError) -> RegistryDocument {
    try await document(
      "manifests/\(digest)", "the manifest", digest: digest, size: size, accept: Self.accepted)
  }

  /// The configuration that a manifest names.
  ///
  /// - Throws: `RegistryError`; also where it is another.
  func configuration(_ descriptor: ImageDescriptor) async throws(RegistryError) -> RegistryDocument {
    try await blob(descriptor, "the configuration")
  }

  /// A small blob, which is called so in errors.
  ///
  /// - Throws: `RegistryError`; also where it is another.
  func blob(_ descriptor: ImageDescriptor, _ what: String) async throws(RegistryError) -> RegistryDocument {
    try await document(
      "blobs/\(descriptor.digest)", what, digest: descriptor.digest, size: descriptor.size, accept: nil)
  }

  private func document(
    _ path: String, _ what: String, digest: Digest, size: Int?, accept: String?
  ) async throws(RegistryError) -> RegistryDocument {
    let url = endpoint.url(path)
    if let known = cached(url, isOffline ? .offline : .immutable), known.digest == digest { return known }
    if isOffline { throw failure(.offline) }
    let (document, _) = try await fetch(url, what, accept: accept, isByTag: false)
    guard document.digest == digest else {
      throw failure(.wrongDigest(what, expected: digest, found: document.digest))
    }
    if let size, size != document.bytes.count {
      throw failure(.wrongSize(what, expected: size, found: document.bytes.count))
    }
    keep(document, url)
    return document
  }

  func failure(_ cause: RegistryError.Cause) -> RegistryError {
    RegistryError(reference, at: endpoint, cause)
  }

  // MARK: asking

  /// - Returns: the document, and the digest that the registry states for it.
  private func fetch(
    _ url: String, _ what: String, accept: String?, isByTag: Bool
  ) async throws(RegistryError) -> (RegistryDocument, stated: Digest?) {
    let response = try await ask(url, accept: accept) { response, access in
      switch response.status {
      case 404, 410: await absence(response, what, isByTag: isByTag)
      default: nil
      }
    }
    let stated = response.headers["docker-content-digest"].flatMap { try? Digest($0) }
    let document = (try? JSONValue(parsing: response.body))?.objectValue
    guard !Self.isAmbiguous(document) else { throw failure(.ambiguous) }
    return (
      RegistryDocument(
        mediaType: Self.mediaType(response.headers["content-type"], document), bytes: response.body),
      stated
    )
  }

  /// Asks until there is an answer that counts; `explain` says what another status than 200 means, where it means
  /// something else than everywhere.
  func ask(
    _ url: String, accept: String?,
    explain: (TransferResponse, RegistryAccess) async -> RegistryError.Cause?
  ) async throws(RegistryError) -> TransferResponse {
    var refusal: AuthorizationRefusal?
    var failures = 0
    var refusals = 0
    while true {
      var request = TransferRequest(url)
      request.bodyLimit = Self.limit
      if let accept { request.headers.append((name: "Accept", value: accept)) }
      request.authorization = try await access.authorize(after: refusal)
      let shown = request.authorization
      let response: TransferResponse
      do { response = try await http.engine.perform(request) } catch {
        throw failure(.fetch(FetchError(url, .transfer(error))))
      }
      if response.status == 200 { return response }
      if let cause = await explain(response, access) { throw failure(cause) }
      let hasCredentials = await access.hasCredentials
      switch response.status {
      case 401 where WebAddress.haveOneOrigin(url, response.url) && refusals < 4:
        refusals += 1
        refusal = AuthorizationRefusal(
          shown: shown, challenges: response.headers.values("www-authenticate"))
      case 403:
        throw await failure(.forbidden(hasCredentials: hasCredentials), response)
      case 429:
        let seconds = response.headers.retryAfter
        // The engine below this has waited for short times already.
        guard let seconds, (1...Self.longestPause).contains(seconds), failures < Self.patience else {
          throw await failure(.rateLimited(seconds: seconds, hasCredentials: hasCredentials), response)
        }
        do { try await Task.sleep(for: .seconds(seconds)) } catch {
          throw failure(.fetch(FetchError(url, .transfer(.cancelled))))
        }
        failures += 1
        refusal = nil
      case 408, 425,
        500 where failures < http.engine.options.backoff.count:
        // The other failures that may pass are tried again below this.
        do { try await Task.sleep(for: http.engine.options.backoff[failures]) } catch {
          throw failure(.fetch(FetchError(url, .transfer(.cancelled))))
        }
        failures += 1
        refusal = nil
      default: throw await failure(.fetch(FetchError(url, .status(response.status))), response)
      }
    }
  }

  /// How often a registry that was asked too often is waited for.
  private static let patience = 2

  /// A failure, with what the registry says of it.
  ///
  /// Its sentences are shown only where it was shown no credentials: it might repeat them.
  private func failure(
    _ cause: RegistryError.Cause, _ response: TransferResponse
  ) async -> RegistryError {
    var error = failure(cause)
    let hasCredentials = await access.hasCredentials
    error.notes += await access.notes
    for (code, message) in Self.errors(response.body).prefix(3) {
      let sentence = hasCredentials || message.isEmpty ? "" : ": \(Quoted.text(message))"
      error.notes.append("\(endpoint.shownHost) says \(code)\(sentence)")
    }
    return error
  }

  /// What "not found" means: the registry's own words for it are the only way to know.
  private func absence(
    _ response: TransferResponse, _ what: String, isByTag: Bool
  ) async -> RegistryError.Cause {
    if Self.errors(response.body).contains(where: { $0.code == "NAME_UNKNOWN" }) { return .noRepository }
    guard isByTag || what == "the manifest" else { return .noPart(what) }
    guard isByTag, let tag = reference.tag else { return .noManifest(nearest: nil) }
    return .noManifest(nearest: NearestName.of(tag, among: await tags()))
  }

  /// Some tags of the repository, for a hint; none where they cannot be had.
  private func tags() async -> [String] {
    var request = TransferRequest(endpoint.url("tags/list?n=1000"))
    request.authorization = try? await access.authorize(after: nil)
    guard let response = try? await http.engine.perform(request), response.status == 200,
      let list = try? JSONValue(parsing: response.body).objectValue?["tags"]?.arrayValue
    else { return [] }
    return list.compactMap(\.stringValue)
  }

  /// The errors in an answer, each with its code and a sentence for people. Source: OCI distribution-spec 1.1, "Error
  /// Codes".
  private static func errors(_ body: [UInt8]) -> [(code: String, message: String)] {
    guard let errors = try? JSONValue(parsing: body).objectValue?["errors"]?.arrayValue else { return [] }
    return errors.compactMap { error in
      guard let code = error["code"]?.stringValue, code.utf8.count <= 40,
        code.utf8.allSatisfy({ (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F })
      else { return nil }
      return (code, error["message"]?.stringValue ?? "")
    }
  }

  /// Whether a document can be read as a manifest and as an index. Source: the OCI's advisory CVE-2021-41190.
  private static func isAmbiguous(_ document: JSONObject?) -> Bool {
    document?["manifests"] != nil && (document?["layers"] != nil || document?["config"] != nil)
  }

  /// What a document says that it is; what its server says where it does not.
  private static func mediaType(_ contentType: String?, _ document: JSONObject?) -> String {
    let stated = (contentType ?? "").prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased()
    if let own = document?["mediaType"]?.stringValue { return own }
    if document?["schemaVersion"]?.integerValue == 1 { return Self.schema1 }
    if stated.hasPrefix("application/vnd.") { return stated }
    if document?["manifests"] != nil { return MediaType.index }
    if document?["layers"] != nil { return MediaType.manifest }
    return stated
  }

  /// What manifests were called until 2017; they are signed, or not.
  static let schema1 = "application/vnd.docker.distribution.manifest.v1+json"

  // MARK: keeping

  private func cached(_ url: String, _ freshness: Freshness) -> RegistryDocument? {
    guard case .found(let payload) = http.cached(url, kind: Self.cacheKind, freshness: freshness),
      let end = payload.firstIndex(of: 0x0A)
    else { return nil }
    return RegistryDocument(
      mediaType: String(decoding: payload[..<end], as: UTF8.self), bytes: Array(payload[(end + 1)...]))
  }

  private func keep(_ document: RegistryDocument, _ url: String) {
    http.keep(Array(document.mediaType.utf8) + [0x0A] + document.bytes, url: url, kind: Self.cacheKind)
  }
}
