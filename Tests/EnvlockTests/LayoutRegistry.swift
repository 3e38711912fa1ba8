import EnvlockImage
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import Foundation
import Synchronization

/// A registry on loopback that holds the blobs of layouts, and gives each layout a tag.
final class LayoutRegistry: Sendable {
  struct Content: Sendable {
    var blobs: [Digest: [UInt8]] = [:]
    /// What is a manifest or an index: its type.
    var types: [Digest: String] = [:]
    var tags: [String: Digest] = [:]
    /// Answers before anything else does, where it answers.
    var front: (@Sendable (LoopbackServer.Request) -> LoopbackServer.Response?)?
  }

  private final class Box: Sendable {
    let content = Mutex(Content())
  }

  private let box = Box()
  let server: LoopbackServer

  init() throws {
    let box = box
    server = try LoopbackServer { Self.answer($0, box.content.withLock { $0 }) }
  }

  private static func answer(
    _ request: LoopbackServer.Request, _ content: Content
  ) -> LoopbackServer.Response {
    if let response = content.front?(request) { return response }
    let start = "/v2/team/app/"
    let parts = request.path.dropFirst(start.count).split(separator: "/").map(String.init)
    guard request.path.hasPrefix(start), parts.count == 2, ["manifests", "blobs"].contains(parts[0]),
      let digest = content.tags[parts[1]] ?? (try? Digest(parts[1])), let bytes = content.blobs[digest]
    else { return .notFound }
    if parts[0] == "blobs" { return .file(bytes, for: request) }
    guard let type = content.types[digest] else { return .notFound }
    return .init(headers: ["Content-Type": type], body: bytes)
  }

  /// What the reference is.
  func reference(_ rest: String = ":1") throws -> ImageReference {
    try ImageReference("127.0.0.1:\(server.port)/team/app\(rest)")
  }

  func intercept(_ front: @escaping @Sendable (LoopbackServer.Request) -> LoopbackServer.Response?) {
    box.content.withLock { $0.front = front }
  }

  /// What was asked for, without the beginning that all share.
  var asked: [String] { server.requests.map { $0.path.replacing("/v2/team/app/", with: "") } }

  /// The blobs that were asked for.
  var askedBlobs: [String] { asked.filter { $0.hasPrefix("blobs/") } }

  @discardableResult
  func put(_ bytes: [UInt8], type: String? = nil, tag: String? = nil) -> Digest {
    let digest = sha256(bytes)
    box.content.withLock { content in
      content.blobs[digest] = bytes
      if let type { content.types[digest] = type }
      if let tag { content.tags[tag] = digest }
    }
    return digest
  }

  /// Puts what a layout holds in; the tag is for the document that its index names.
  @discardableResult
  func put(layout path: String, tag: String) throws -> ImageDescriptor {
    for name in try FileManager.default.contentsOfDirectory(atPath: path + "/blobs/sha256") {
      put(Array(try Data(contentsOf: URL(filePath: "\(path)/blobs/sha256/\(name)"))))
    }
    let index = try ImageIndex(
      bytes: Array(try Data(contentsOf: URL(filePath: path + "/index.json"))), name: "index")
    let root = index.manifests[0]
    try name(root)
    box.content.withLock { $0.tags[tag] = root.digest }
    return root
  }

  /// Says of a document, and of those below it, what they are.
  private func name(_ descriptor: ImageDescriptor) throws {
    let bytes = box.content.withLock { content in
      content.types[descriptor.digest] = descriptor.mediaType
      return content.blobs[descriptor.digest] ?? []
    }
    guard MediaType.standard(descriptor.mediaType) == MediaType.index else { return }
    for child in try ImageIndex(bytes: bytes, name: "index").manifests { try name(child) }
  }

  /// Puts an image in.
  ///
  /// - Returns: its manifest.
  @discardableResult
  func put(
    image layers: [[UInt8]], architecture: String = "amd64", labels: [String: String] = [:],
    layerType: String = MediaType.layer, tag: String? = nil
  ) -> ImageDescriptor {
    var config = ImageConfig(
      platform: ImagePlatform(os: "linux", architecture: architecture), diffIDs: layers.map { sha256($0) },
      history: [ImageConfig.History(createdBy: "ENV A=B", isEmptyLayer: true)]
        + layers.indices.map { ImageConfig.History(createdBy: "/bin/sh -c make  layer\t\($0) # buildkit") })
    config.process.labels = labels
    let manifest = ImageManifest(
      config: ImageDescriptor(of: config.bytes, mediaType: MediaType.config),
      layers: layers.map { ImageDescriptor(of: $0, mediaType: layerType) })
    for blob in layers + [config.bytes] { put(blob) }
    put(manifest.bytes, type: MediaType.manifest, tag: tag)
    return ImageDescriptor(of: manifest.bytes, mediaType: MediaType.manifest, platform: config.platform)
  }

  /// Puts an index in.
  @discardableResult
  func put(index manifests: [ImageDescriptor], tag: String) -> Digest {
    put(ImageIndex(manifests: manifests).bytes, type: MediaType.index, tag: tag)
  }
}
