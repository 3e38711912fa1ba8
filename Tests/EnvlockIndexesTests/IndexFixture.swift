import EnvlockIndexes
import EnvlockModel
import EnvlockNative
import EnvlockStore
import EnvlockTestSupport
import EnvlockVersions
import Foundation
import Synchronization

/// A server whose answers a test sets, a client of it, and a cache in a folder of its own.
final class IndexFixture: Sendable {
  typealias Response = LoopbackServer.Response

  let folder: String
  let server: LoopbackServer
  let http: HTTPClient
  private let routes: Routes

  private final class Routes: Sendable {
    let byPath = Mutex<[String: @Sendable (LoopbackServer.Request) -> Response]>([:])
  }

  init() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("envlock-\(UUID().uuidString)")
      .path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let routes = Routes()
    server = try LoopbackServer { request in
      routes.byPath.withLock { $0[request.path] }.map { $0(request) } ?? .notFound
    }
    self.folder = folder
    self.routes = routes
    http = HTTPClient(cache: HTTPCache(folder: folder + "/cache"))
  }

  deinit {
    server.stop()
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// Answers `path` so from now on.
  func serve(_ path: String, _ answer: @escaping @Sendable (LoopbackServer.Request) -> Response) {
    routes.byPath.withLock { $0[path] = answer }
  }

  /// Answers `path` with JSON as indexes do.
  func serveJSON(_ path: String, _ body: String) {
    serve(path) { _ in .text(body, type: "application/vnd.pypi.simple.v1+json") }
  }

  /// Serves a page of `project` with these wheels, which are served too; `keys` stand with each file.
  func servePage(
    _ project: String, _ wheels: [String: [UInt8]], index: String = "/simple/", keys: String = ""
  ) throws {
    let files = wheels.sorted { $0.key < $1.key }.map { name, bytes in
      #"{"filename": "\#(name)", "url": "../../files/\#(name)", "size": \#(bytes.count), "#
        + #""hashes": {"sha256": "\#(sha256(bytes).hex)"}\#(keys)}"#
    }
    serveJSON(
      "\(index)\(project)/", #"{"meta": {"api-version": "1.1"}, "files": [\#(files.joined(separator: ","))]}"#
    )
    for (name, bytes) in wheels { serve("/files/\(name)") { .file(bytes, for: $0) } }
  }

  /// A client of the index at `path`.
  func index(_ path: String = "/simple/", freshness: Freshness = .normal, user: String? = nil) -> IndexClient
  {
    IndexClient(name: "test", url: server.url(path, user: user), http: http, freshness: freshness)
  }

  /// A set of the indexes at these paths.
  func set(
    _ entries: [(name: String, path: String, packages: Set<ProjectName>?)], findLinks: [String] = [],
    freshness: Freshness = .normal
  ) -> EnvlockIndexes.IndexSet {
    // Foundation has a type of this name.
    EnvlockIndexes.IndexSet(
      entries: entries.map { .init(name: $0.name, url: server.url($0.path), packages: $0.packages) },
      findLinks: findLinks, http: http, freshness: freshness)
  }

  /// Writes a file below the fixture's folder, and returns its path.
  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let path = folder + "/" + name
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }
}

extension PageAnswer {
  /// In a word, for tests.
  var summary: String {
    switch self {
    case .page(let page): "page " + page.allWheels.map(\.file.fileName).joined(separator: " ")
    case .noSuchProject: "no such project"
    case .unauthorized: "unauthorized"
    case .offline: "offline"
    case .failed(let error): "failed: \(error.message)"
    }
  }

  var page: ProjectPage? {
    if case .page(let page) = self { page } else { nil }
  }
}

extension MetadataAnswer {
  /// In a word, for tests.
  var summary: String {
    switch self {
    case .known(let metadata):
      "known " + metadata.requiresDist.map(\.description).joined(separator: ", ")
    case .unusable(let reason): "unusable: \(reason)"
    case .unauthorized: "unauthorized"
    case .offline: "offline"
    case .failed(let error): "failed: \(error.message)"
    }
  }
}
