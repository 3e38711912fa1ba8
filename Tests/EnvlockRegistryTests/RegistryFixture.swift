import EnvlockImage
import EnvlockModel
import EnvlockNative
import EnvlockRegistry
import EnvlockStore
import EnvlockTestSupport
import Foundation
import Synchronization

/// A registry on loopback that holds what a test puts into it.
final class RegistryFixture: Sendable {
  struct Content: Sendable {
    var manifests: [String: (type: String, bytes: [UInt8])] = [:]
    var blobs: [Digest: [UInt8]] = [:]
    /// Answers before anything else does, where it answers.
    var front: (@Sendable (LoopbackServer.Request) -> LoopbackServer.Response?)?
  }

  let content = Mutex(Content())
  let folder: Scratch
  let server: LoopbackServer

  static let repository = "team/app"

  init() throws {
    folder = try Scratch()
    let box = Box()
    server = try LoopbackServer { request in box.fixture()?.answer(request) ?? .notFound }
    box.set(self)
  }

  /// Lets the server, which is made first, find its content.
  private final class Box: Sendable {
    private struct Reference {
      weak var fixture: RegistryFixture?
    }
    private let reference = Mutex(Reference())

    func set(_ fixture: RegistryFixture) { reference.withLock { $0.fixture = fixture } }
    func fixture() -> RegistryFixture? { reference.withLock { $0.fixture } }
  }

  private func answer(_ request: LoopbackServer.Request) -> LoopbackServer.Response {
    let content = content.withLock { $0 }
    if let response = content.front?(request) { return response }
    let start = "/v2/\(Self.repository)/"
    guard request.path.hasPrefix(start) else { return Self.refusal(404, "NAME_UNKNOWN") }
    let parts = request.path.dropFirst(start.count).split(separator: "/").map(String.init)
    switch parts.first {
    case "manifests" where parts.count == 2:
      guard let manifest = content.manifests[parts[1]] else { return Self.refusal(404, "MANIFEST_UNKNOWN") }
      return LoopbackServer.Response(
        headers: ["Content-Type": manifest.type, "Docker-Content-Digest": "\(sha256(manifest.bytes))"],
        body: manifest.bytes)
    case "blobs" where parts.count == 2:
      guard let digest = try? Digest(parts[1]), let blob = content.blobs[digest] else {
        return Self.refusal(404, "BLOB_UNKNOWN")
      }
      return .file(blob, for: request)
    case "tags":
      let tags = content.manifests.keys.filter { !$0.hasPrefix("sha256:") }.sorted()
      return .text("{\"name\":\"\",\"tags\":[\(tags.map { "\"\($0)\"" }.joined(separator: ","))]}")
    default: return .notFound
    }
  }

  /// An answer in the registry's own words.
  static func refusal(
    _ status: Int, _ code: String, headers: [String: String] = [:]
  ) -> LoopbackServer.Response {
    .init(
      status: status, headers: headers,
      body: Array("{\"errors\":[{\"code\":\"\(code)\",\"message\":\"no\"}]}".utf8))
  }

  // MARK: content

  var host: String { "127.0.0.1:\(server.port)" }

  func reference(_ rest: String = ":1") throws -> ImageReference {
    try ImageReference("\(host)/\(Self.repository)\(rest)")
  }

  func intercept(_ front: @escaping @Sendable (LoopbackServer.Request) -> LoopbackServer.Response?) {
    content.withLock { $0.front = front }
  }

  @discardableResult
  func put(blob: [UInt8]) -> Digest {
    let digest = sha256(blob)
    content.withLock { $0.blobs[digest] = blob }
    return digest
  }

  /// Puts a manifest in under its digest, and under a tag.
  @discardableResult
  func put(manifest: [UInt8], type: String, tag: String? = nil) -> ImageDescriptor {
    let digest = sha256(manifest)
    content.withLock {
      $0.manifests["\(digest)"] = (type, manifest)
      if let tag { $0.manifests[tag] = (type, manifest) }
    }
    return ImageDescriptor(mediaType: type, digest: digest, size: manifest.count)
  }

  /// Puts an image in.
  @discardableResult
  func put(
    image layers: [[UInt8]], architecture: String = "amd64", tag: String? = nil, diffIDs: Int? = nil,
    type: String = MediaType.manifest, layerType: String = MediaType.layer
  ) -> ImageDescriptor {
    let config = ImageConfig(
      platform: ImagePlatform(os: "linux", architecture: architecture),
      diffIDs: layers.prefix(diffIDs ?? layers.count).map { sha256($0) })
    put(blob: config.bytes)
    for layer in layers { put(blob: layer) }
    let manifest = ImageManifest(
      config: ImageDescriptor(of: config.bytes, mediaType: MediaType.config),
      layers: layers.map { ImageDescriptor(of: $0, mediaType: layerType) })
    var text = String(decoding: manifest.bytes, as: UTF8.self)
    if type == MediaType.dockerManifest {
      text.replace(MediaType.manifest, with: MediaType.dockerManifest)
      text.replace(MediaType.config, with: MediaType.dockerConfig)
    }
    var descriptor = put(manifest: Array(text.utf8), type: type, tag: tag)
    descriptor.platform = ImagePlatform(os: "linux", architecture: architecture)
    return descriptor
  }

  // MARK: asking

  /// A client without anything remembered, unless it has a cache.
  func client(
    _ variables: [String: String] = [:], cache: Bool = false, offline: Bool = false
  ) -> (client: RegistryClient, store: ArtifactStore) {
    var options = TransferOptions()
    options.backoff = [.milliseconds(1), .milliseconds(2)]
    let http = HTTPClient(cache: cache ? HTTPCache(folder: folder("cache")) : nil, options: options)
    let environment = ["HOME": folder("home"), "PATH": folder("bin")].merging(variables) { $1 }
    return (
      RegistryClient(http: http, environment: environment, offline: offline),
      ArtifactStore(folder: folder("store"), client: http, backoff: [.milliseconds(1), .milliseconds(2)])
    )
  }

  /// What a request asks for, without the beginning that all share.
  var asked: [String] {
    server.requests.map { $0.path.replacing("/v2/\(Self.repository)/", with: "") }
  }
}

/// A folder that goes with its last reference.
final class Scratch: Sendable {
  let path = NSTemporaryDirectory() + "envlock-registry-\(UInt64.random(in: 0 ... .max))"

  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file, with the folders that it lies in.
  @discardableResult
  func put(_ bytes: some Sequence<UInt8>, _ name: String, mode: Int = 0o600) throws -> String {
    let place = URL(fileURLWithPath: self(name))
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: place)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: place.path)
    return place.path
  }
}
