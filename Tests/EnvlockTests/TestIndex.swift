import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import Synchronization

/// A wheel index on loopback with what a test puts into it, and with the faults that it asks for.
///
/// An index lies below a root such as "/simple/"; several may lie on one server. Files lie apart from the pages, as
/// with most indexes: those of "/simple/" below "/files/simple/". Everything not set by a test is answered by 404.
final class TestIndex: Sendable {
  typealias Request = LoopbackServer.Request
  typealias Response = LoopbackServer.Response

  /// How pages are written.
  enum Form: Sendable {
    /// PEP 691.
    case json
    /// PEP 503.
    case html
  }

  /// What becomes of a request for the METADATA file beside a wheel.
  enum Metadata: Sendable {
    /// The page says that it is there, and it is.
    case announced
    /// The page says nothing, and it is there.
    case unannounced
    /// The page says that it is there, and it is not.
    case announcedOnly
    /// The page says nothing, and it is not there: the wheel itself has to be read.
    case none
  }

  /// A wheel, or with `tag` nil a source distribution.
  struct File: Sendable {
    var project: String
    var version: String
    /// The project's name as files spell it.
    var spelling: String
    var tag: String? = "py3-none-any"
    var build: String?
    var headers: [String] = []
    /// What METADATA says of the project, where that is not what the file name says.
    var inner: (name: String, version: String)?
    var requiresPython: String?
    var uploaded: String? = "2026-01-01T00:00:00Z"
    var metadata = Metadata.announced
    var yanked: String?
    /// Whether the page states a SHA-256.
    var isHashed = true
    /// Whether the page states the size.
    var isSized = true
    /// Bytes in front of METADATA, so that the wheel is worth not fetching whole.
    var padding = 0

    var name: String {
      guard let tag else { return "\(spelling)-\(version).tar.gz" }
      return [spelling, version, build, tag].compactMap { $0 }.joined(separator: "-") + ".whl"
    }

    var lines: [String] { (requiresPython.map { ["Requires-Python: \($0)"] } ?? []) + headers }

    var bytes: [UInt8] {
      guard let tag else { return Array("a source distribution".utf8) }
      var builder = WheelBuilder(
        name: spelling, version: version, tag: tag, headers: lines, padding: padding)
      if inner != nil {
        for place in builder.members.indices where builder.members[place].path.hasSuffix("/METADATA") {
          builder.members[place].content = Array(metadataText.utf8)
        }
      }
      return builder.build()
    }

    var metadataText: String {
      WheelBuilder.metadata(name: inner?.name ?? project, version: inner?.version ?? version, headers: lines)
    }
  }

  private struct State {
    var files: [String: [File]] = [:]
    var form = Form.json
    var routes: [String: @Sendable (Request) -> Response] = [:]
    /// What is asked before everything else.
    var gate: (@Sendable (Request) -> Response?)?
  }

  /// Shared with the server's threads, which must not keep the index alive.
  private final class Shared: Sendable {
    let state = Mutex(State())
  }

  let server: LoopbackServer
  private let shared: Shared

  init() throws {
    let shared = Shared()
    self.shared = shared
    server = try LoopbackServer { request in Self.answer(request, shared.state.withLock { $0 }) }
  }

  deinit { server.stop() }

  /// The URL of an index.
  func url(_ root: String = "/simple/", user: String? = nil) -> String { server.url(root, user: user) }

  // MARK: Contents

  /// Adds a wheel; `needs` are requirements, `change` sets whatever else.
  @discardableResult
  func add(
    _ project: String, _ version: String, needs: [String] = [], tag: String? = "py3-none-any",
    extras: [String] = [], root: String = "/simple/", _ change: (inout File) -> Void = { _ in }
  ) -> Self {
    var file = File(
      project: project, version: version, spelling: project.replacing("-", with: "_"), tag: tag)
    file.headers = extras.map { "Provides-Extra: \($0)" } + needs.map { "Requires-Dist: \($0)" }
    change(&file)
    shared.state.withLock { $0.files["\(root)\(project)/", default: []].append(file) }
    return self
  }

  /// Writes every page in this form from now on.
  func write(_ form: Form) { shared.state.withLock { $0.form = form } }

  /// Answers `path` so from now on, whatever the index holds.
  func serve(_ path: String, _ answer: @escaping @Sendable (Request) -> Response) {
    shared.state.withLock { $0.routes[path] = answer }
  }

  /// Asks `gate` before everything else; nil lets a request through.
  func guardAll(_ gate: (@Sendable (Request) -> Response?)?) { shared.state.withLock { $0.gate = gate } }

  // MARK: What was asked

  /// The paths of all requests so far, in their order.
  var paths: [String] { server.requests.map(\.path) }

  /// The requests for a wheel itself, not for what lies beside it.
  var wheelRequests: [Request] { server.requests.filter { $0.path.hasSuffix(".whl") } }

  // MARK: Answering

  /// What this index would answer to a request, past its gate.
  func answerUngated(_ request: Request) -> Response {
    var state = shared.state.withLock { $0 }
    state.gate = nil
    return Self.answer(request, state)
  }

  private static func answer(_ request: Request, _ state: State) -> Response {
    if let response = state.gate?(request) { return response }
    if let route = state.routes[request.path] { return route(request) }
    if let files = state.files[request.path] { return page(files, at: request.path, state.form) }
    for (page, files) in state.files {
      for file in files where request.path.hasPrefix(folder(page) + file.name) {
        switch (request.path.dropFirst((folder(page) + file.name).count), file.metadata) {
        case ("", _): return .file(file.bytes, for: request)
        case (".metadata", .announced), (".metadata", .unannounced): return .text(file.metadataText)
        default: return .notFound
        }
      }
    }
    return .notFound
  }

  /// "/files/simple/" for the page "/simple/torch/".
  private static func folder(_ page: String) -> String {
    "/files/" + page.split(separator: "/").dropLast().joined(separator: "/") + "/"
  }

  private static func page(_ files: [File], at path: String, _ form: Form) -> Response {
    let up = String(repeating: "../", count: path.split(separator: "/").count)
    let folder = up + folder(path).dropFirst()
    switch form {
    case .json:
      let entries = files.map { file in
        var keys = [#""filename": "\#(file.name)""#, #""url": "\#(folder)\#(file.name)""#]
        keys.append(#""hashes": {\#(file.isHashed ? #""sha256": "\#(sha256(file.bytes).hex)""# : "")}"#)
        if file.isSized { keys.append(#""size": \#(file.bytes.count)"#) }
        if let python = file.requiresPython { keys.append(#""requires-python": "\#(python)""#) }
        if let uploaded = file.uploaded { keys.append(#""upload-time": "\#(uploaded)""#) }
        if let reason = file.yanked { keys.append(#""yanked": "\#(reason)""#) }
        switch file.metadata {
        case .announced, .announcedOnly: keys.append(#""core-metadata": true"#)
        case .unannounced, .none: break
        }
        return "{\(keys.joined(separator: ", "))}"
      }
      return .text(
        #"{"meta": {"api-version": "1.1"}, "files": [\#(entries.joined(separator: ",\n"))]}"#,
        type: "application/vnd.pypi.simple.v1+json")
    case .html:
      let anchors = files.map { file in
        var tag = #"<a href="\#(folder)\#(file.name)"#
        if file.isHashed { tag += "#sha256=\(sha256(file.bytes).hex)" }
        tag += "\""
        if let python = file.requiresPython {
          tag +=
            #" data-requires-python="\#(python.replacing("<", with: "&lt;").replacing(">", with: "&gt;"))""#
        }
        if let reason = file.yanked { tag += #" data-yanked="\#(reason)""# }
        switch file.metadata {
        case .announced, .announcedOnly: tag += #" data-core-metadata="true""#
        case .unannounced, .none: break
        }
        return "\(tag)>\(file.name)</a><br>"
      }
      return .text(
        "<!DOCTYPE html><html><body>\n\(anchors.joined(separator: "\n"))\n</body></html>\n", type: "text/html"
      )
    }
  }
}
