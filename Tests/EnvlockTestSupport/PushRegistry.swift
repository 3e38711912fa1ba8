import Foundation
import Synchronization

/// A registry in memory that takes pushes, and misbehaves on demand.
///
/// Source: OCI distribution-spec 1.1.
public final class PushRegistry: Sendable {
  /// A request to it.
  public typealias Request = LoopbackServer.Request
  /// An answer of it.
  public typealias Response = LoopbackServer.Response

  /// What it can do.
  public struct Manners: Sendable {
    /// Whether blobs can be taken over from other repositories.
    public var mounts = true
    /// Whether it lists what refers to an image.
    public var referrers = true
    /// Whether it takes a blob in pieces.
    public var pieces = true
    /// Whether it keeps what came of a request that broke.
    public var keepsParts = true
    /// Whether it looks what a manifest refers to before it takes it.
    public var looksAtManifests = true
    /// The least bytes of a piece that is not the last.
    public var leastPiece: Int?
    /// The most bytes of a request's body.
    public var mostBody = Int.max
    /// The host that uploads go to; nil for its own, by a path.
    public var uploadHost: String?
    /// What it says of the digest of a blob or manifest that it has taken; nil for the truth.
    public var claim: String?

    /// A registry that can do all.
    public init() {}
  }

  /// What goes wrong with a request.
  public enum Mischief: Hashable, Sendable {
    /// Nothing.
    case none
    /// It is answered with this status, and nothing done.
    case status(Int, retryAfter: Int? = nil)
    /// The connection is reset before anything is done.
    case reset
    /// It is done, and the answer lost.
    case loseAnswer
  }

  /// What is in it.
  public struct Content: Sendable {
    /// Blobs by repository and digest.
    public var blobs: [String: [String: [UInt8]]] = [:]
    /// Manifests by repository and digest.
    public var manifests: [String: [String: [UInt8]]] = [:]
    /// Types of manifests by digest.
    public var types: [String: String] = [:]
    /// Digests by repository and tag.
    public var tags: [String: [String: String]] = [:]
    /// What is not yet whole, by its number.
    public var uploads: [Int: [UInt8]] = [:]
    /// Bytes of bodies that came.
    public var received = 0
    /// Each tag that stood for something that was not whole.
    public var halfTags: [String] = []
    var lastUpload = 0
  }

  fileprivate final class Shared: Sendable {
    let content = Mutex(Content())
    let manners: Mutex<Manners>
    let front = Mutex<(@Sendable (Request) -> Response?)?>(nil)
    let mischief = Mutex<(@Sendable (Request) -> Mischief)?>(nil)
    let cuts = Mutex<LoopbackServer.Cut?>(nil)
    let digest: @Sendable ([UInt8]) -> String

    init(_ manners: Manners, _ digest: @escaping @Sendable ([UInt8]) -> String) {
      self.manners = Mutex(manners)
      self.digest = digest
    }
  }

  /// The server.
  public let server: LoopbackServer
  private let shared: Shared

  /// Starts one.
  ///
  /// - Parameters:
  ///   - manners: what it can do.
  ///   - digest: the digest of bytes: "sha256:…".
  /// - Throws: `LoopbackServer.SetupFailure`.
  public init(_ manners: Manners = Manners(), digest: @escaping @Sendable ([UInt8]) -> String) throws {
    let shared = Shared(manners, digest)
    self.shared = shared
    server = try LoopbackServer(
      cut: { request in shared.cuts.withLock { $0 }?(request) },
      { request in
        if request.isCut {
          _ = shared.answer(request)
          return Response(fault: .reset)
        }
        switch shared.mischief.withLock({ $0 })?(request) ?? .none {
        case .none: return shared.answer(request)
        case .status(let status, let seconds):
          return Response(status: status, headers: seconds.map { ["Retry-After": "\($0)"] } ?? [:])
        case .reset: return Response(fault: .reset)
        case .loseAnswer:
          _ = shared.answer(request)
          return Response(fault: .reset)
        }
      })
  }

  deinit { server.stop() }

  /// Its name in references.
  public var host: String { "127.0.0.1:\(server.port)" }

  /// What is in it now.
  public var content: Content { shared.content.withLock { $0 } }

  /// Changes what is in it.
  public func change(_ body: (inout Content) -> Void) { shared.content.withLock { body(&$0) } }

  /// Changes what it can do.
  public func behave(_ body: (inout Manners) -> Void) { shared.manners.withLock { body(&$0) } }

  /// Answers before it does, where it answers.
  public func intercept(_ front: (@Sendable (Request) -> Response?)?) { shared.front.withLock { $0 = front } }

  /// Decides which requests are cut off in the middle of their body.
  public func cut(_ cut: LoopbackServer.Cut?) { shared.cuts.withLock { $0 = cut } }

  /// Decides what goes wrong.
  public func trouble(_ mischief: (@Sendable (Request) -> Mischief)?) {
    shared.mischief.withLock { $0 = mischief }
  }

  /// Each request so far: "PUT blobs/uploads/1", without registry and query.
  public var asked: [String] {
    server.requests.map { request in
      let path = request.path.prefix { $0 != "?" }
      return "\(request.method) \(path.split(separator: "/").dropFirst(3).joined(separator: "/"))"
    }
  }
}

extension PushRegistry.Shared {
  /// Splits "/v2/team/app/blobs/sha256:…?query".
  private func parts(_ path: String) -> (
    repository: String, kind: String, rest: [String], query: [String: String]
  )? {
    let halves = path.split(separator: "?", maxSplits: 1).map(String.init)
    var query: [String: String] = [:]
    for pair in (halves.count > 1 ? halves[1] : "").split(separator: "&") {
      let sides = pair.split(separator: "=", maxSplits: 1).map(String.init)
      if sides.count == 2 { query[sides[0]] = sides[1].removingPercentEncoding }
    }
    let words = halves[0].split(separator: "/").map(String.init)
    guard words.first == "v2",
      let place = words.firstIndex(where: { ["blobs", "manifests", "referrers"].contains($0) })
    else { return nil }
    return (words[1..<place].joined(separator: "/"), words[place], Array(words[(place + 1)...]), query)
  }

  static func refusal(_ status: Int, _ code: String, _ headers: [String: String] = [:])
    -> PushRegistry.Response
  {
    .init(
      status: status, headers: headers,
      body: Array("{\"errors\":[{\"code\":\"\(code)\",\"message\":\"no\"}]}".utf8))
  }

  func answer(_ request: PushRegistry.Request) -> PushRegistry.Response {
    if let response = front.withLock({ $0 })?(request) { return response }
    let manners = manners.withLock { $0 }
    guard let (repository, kind, rest, query) = parts(request.path) else { return .notFound }
    return content.withLock { content in
      content.received += request.body.count
      switch (kind, request.method) {
      case ("blobs", "HEAD"), ("blobs", "GET"):
        if rest.first == "uploads" { return status(rest, &content, repository, manners, request) }
        guard let digest = rest.first, let blob = content.blobs[repository]?[digest] else {
          return Self.refusal(404, "BLOB_UNKNOWN")
        }
        return .init(headers: ["Docker-Content-Digest": digest], body: blob)
      case ("blobs", "POST"):
        if manners.mounts, let digest = query["mount"], let from = query["from"],
          let blob = content.blobs[from]?[digest]
        {
          content.blobs[repository, default: [:]][digest] = blob
          return .init(status: 201, headers: ["Location": "/v2/\(repository)/blobs/\(digest)"])
        }
        content.lastUpload += 1
        content.uploads[content.lastUpload] = []
        var headers = ["Location": place(repository, content.lastUpload, manners, request), "Range": "0-0"]
        if let least = manners.leastPiece { headers["OCI-Chunk-Min-Length"] = "\(least)" }
        return .init(status: 202, headers: headers)
      case ("blobs", "PATCH"), ("blobs", "PUT"):
        return upload(rest, query, &content, repository, manners, request)
      case ("manifests", "PUT"): return put(rest, &content, repository, manners, request)
      case ("manifests", _):
        let digest = rest.first.map { content.tags[repository]?[$0] ?? $0 } ?? ""
        guard let manifest = content.manifests[repository]?[digest] else {
          return Self.refusal(404, "MANIFEST_UNKNOWN")
        }
        return .init(
          headers: ["Docker-Content-Digest": digest, "Content-Type": content.types[digest] ?? ""],
          body: manifest)
      case ("referrers", "GET"):
        guard manners.referrers, let subject = rest.first else { return .notFound }
        let found = (content.manifests[repository] ?? [:]).sorted { $0.key < $1.key }.filter {
          (Self.object($0.value)["subject"] as? [String: Any])?["digest"] as? String == subject
        }
        let entries = found.map { digest, bytes in
          "{\"mediaType\":\"\(content.types[digest] ?? "")\",\"digest\":\"\(digest)\",\"size\":\(bytes.count),"
            + "\"artifactType\":\"\(Self.object(bytes)["artifactType"] as? String ?? "")\"}"
        }
        return .text(
          "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":["
            + entries.joined(separator: ",") + "]}", type: "application/vnd.oci.image.index.v1+json")
      default: return .init(status: 405)
      }
    }
  }

  // MARK: Uploads

  private func place(
    _ repository: String, _ number: Int, _ manners: PushRegistry.Manners, _ request: PushRegistry.Request
  ) -> String {
    let port = request["host"]?.split(separator: ":").last ?? ""
    return (manners.uploadHost.map { "http://\($0):\(port)" } ?? "")
      + "/v2/\(repository)/blobs/uploads/\(number)?state=x"
  }

  private func range(_ count: Int) -> String { "0-\(max(0, count - 1))" }

  private func status(
    _ rest: [String], _ content: inout PushRegistry.Content, _ repository: String,
    _ manners: PushRegistry.Manners, _ request: PushRegistry.Request
  ) -> PushRegistry.Response {
    guard rest.count == 2, let number = Int(rest[1]), let bytes = content.uploads[number] else {
      return Self.refusal(404, "BLOB_UPLOAD_UNKNOWN")
    }
    return .init(
      status: 204,
      headers: ["Range": range(bytes.count), "Location": place(repository, number, manners, request)])
  }

  private func upload(
    _ rest: [String], _ query: [String: String], _ content: inout PushRegistry.Content, _ repository: String,
    _ manners: PushRegistry.Manners, _ request: PushRegistry.Request
  ) -> PushRegistry.Response {
    guard rest.count == 2, let number = Int(rest[1]), let bytes = content.uploads[number] else {
      return Self.refusal(404, "BLOB_UPLOAD_UNKNOWN")
    }
    let stated = request["content-length"].flatMap { Int($0) } ?? 0
    if stated > manners.mostBody { return .init(status: 413) }
    if request.method == "PATCH" {
      guard manners.pieces else { return Self.refusal(405, "UNSUPPORTED") }
      let start = request["content-range"].flatMap { Int($0.prefix { $0 != "-" }) } ?? bytes.count
      guard start == bytes.count else {
        return Self.refusal(416, "BLOB_UPLOAD_INVALID", ["Range": range(bytes.count)])
      }
    }
    if request.isCut, !manners.keepsParts { return .init(status: 500) }
    content.uploads[number] = bytes + request.body
    if request.isCut { return .init(status: 500) }
    guard request.method == "PUT" else {
      return .init(
        status: 202,
        headers: [
          "Range": range(bytes.count + request.body.count),
          "Location": place(repository, number, manners, request),
        ])
    }
    let whole = bytes + request.body
    content.uploads[number] = nil
    guard let wanted = query["digest"], wanted == digest(whole) else {
      return Self.refusal(400, "DIGEST_INVALID")
    }
    content.blobs[repository, default: [:]][wanted] = whole
    return .init(
      status: 201,
      headers: [
        "Docker-Content-Digest": manners.claim ?? wanted, "Location": "/v2/\(repository)/blobs/\(wanted)",
      ])
  }

  // MARK: Manifests

  private static func object(_ bytes: [UInt8]) -> [String: Any] {
    (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any] ?? [:]
  }

  private func put(
    _ rest: [String], _ content: inout PushRegistry.Content, _ repository: String,
    _ manners: PushRegistry.Manners, _ request: PushRegistry.Request
  ) -> PushRegistry.Response {
    let found = digest(request.body)
    guard let name = rest.first else { return .notFound }
    if name.hasPrefix("sha256:"), name != found { return Self.refusal(400, "DIGEST_INVALID") }
    let isWhole = isWhole(request.body, in: repository, content)
    if !isWhole, manners.looksAtManifests { return Self.refusal(404, "MANIFEST_BLOB_UNKNOWN") }
    content.manifests[repository, default: [:]][found] = request.body
    content.types[found] = request["content-type"] ?? ""
    if !name.hasPrefix("sha256:") {
      content.tags[repository, default: [:]][name] = found
      if !isWhole { content.halfTags.append(name) }
    }
    var headers = ["Docker-Content-Digest": manners.claim ?? found]
    if manners.referrers, let subject = Self.object(request.body)["subject"] as? [String: Any] {
      headers["OCI-Subject"] = subject["digest"] as? String
    }
    return .init(status: 201, headers: headers)
  }

  /// Whether all that a document refers to is there.
  private func isWhole(_ bytes: [UInt8], in repository: String, _ content: PushRegistry.Content) -> Bool {
    let object = Self.object(bytes)
    func digests(_ key: String) -> [String] {
      ((object[key] as? [[String: Any]]) ?? []).compactMap { $0["digest"] as? String }
    }
    let config = (object["config"] as? [String: Any])?["digest"] as? String
    let blobs = digests("layers") + [config].compactMap { $0 }
    guard blobs.allSatisfy({ content.blobs[repository]?[$0] != nil }) else { return false }
    return digests("manifests").allSatisfy { digest in
      content.manifests[repository]?[digest].map { isWhole($0, in: repository, content) } ?? false
    }
  }
}
