import Envlock
import EnvlockImage
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import EnvlockVersions
import Foundation
import Synchronization

/// A mirror of Debian and an index of wheels on loopback. What is added to it comes back as a lock names it.
final class BuildMirror: Sendable {
  typealias Request = LoopbackServer.Request
  typealias Response = LoopbackServer.Response

  private struct State {
    var files: [String: [UInt8]] = [:]
    var pages: [String: [(name: String, digest: Digest)]] = [:]
    var routes: [String: @Sendable (Request) -> Response] = [:]
  }

  /// Shared with the server's threads, which must not keep the mirror alive.
  private final class Shared: Sendable {
    let state = Mutex(State())
  }

  let server: LoopbackServer
  private let shared: Shared

  init() throws {
    let shared = Shared()
    self.shared = shared
    server = try LoopbackServer { request in
      let state = shared.state.withLock { $0 }
      if let route = state.routes[request.path] { return route(request) }
      if let page = state.pages[request.path] { return BuildMirror.page(page) }
      return state.files[request.path].map { .file($0, for: request) } ?? .notFound
    }
  }

  deinit { server.stop() }

  private static func page(_ files: [(name: String, digest: Digest)]) -> Response {
    let anchors = files.map { "<a href=\"/files/\($0.name)#sha256=\($0.digest.hex)\">\($0.name)</a>\n" }
    return .text("<!DOCTYPE html><html><body>\n\(anchors.joined())</body></html>\n", type: "text/html")
  }

  /// Answers `path` so from now on; nil as at first.
  func serve(_ path: String, _ answer: (@Sendable (Request) -> Response)?) {
    shared.state.withLock { $0.routes[path] = answer }
  }

  /// The paths of all requests so far, in their order.
  var paths: [String] { server.requests.map(\.path) }

  // MARK: Wheels

  /// Where a wheel lies.
  static func path(_ wheel: LockedWheel) -> String { "/files/\(wheel.fileName)" }

  /// Adds a wheel: these bytes, or one of a module that says its version.
  @discardableResult
  func wheel(
    _ project: String, _ version: String = "1.0", _ bytes: [UInt8]? = nil, needs: [String] = [],
    isSized: Bool = true
  ) throws -> LockedWheel {
    let bytes = bytes ?? WheelBuilder(name: project, version: version).recorded.build()
    let name = "\(project)-\(version)-py3-none-any.whl"
    shared.state.withLock { state in
      state.files["/files/\(name)"] = bytes
      state.pages["/simple/\(project)/", default: []].append((name, sha256(bytes)))
    }
    return LockedWheel(
      name: try ProjectName(project), version: try Version(version), fileName: name, sha256: sha256(bytes),
      size: isSized ? bytes.count : nil, index: "default", url: nil,
      dependencies: try needs.map { LockedEdge(name: try ProjectName($0)) })
  }

  /// Adds a file of a project, or puts another in its place.
  func file(_ project: String, _ name: String, _ bytes: [UInt8]) {
    shared.state.withLock { state in
      state.files["/files/\(name)"] = bytes
      state.pages["/simple/\(project)/", default: []].removeAll { $0.name == name }
      state.pages["/simple/\(project)/", default: []].append((name, sha256(bytes)))
    }
  }

  // MARK: Packages

  /// Where a package lies.
  static func path(_ package: LockedDebianPackage) -> String {
    "/\(package.archive.rawValue)/\(package.path)"
  }

  /// Adds a package: of these members, or these bytes.
  @discardableResult
  func package(
    _ name: String, _ version: String = "1.0-1", needs: [String] = [], data: [TarBuilder.Member] = [],
    bytes: [UInt8]? = nil, archive: LockedDebianPackage.Archive = .main
  ) throws -> LockedDebianPackage {
    let control = "Package: \(name)\nVersion: \(version)\nArchitecture: all\n"
    let bytes = bytes ?? DebianBuilder(data, control: [.file("./control", control)]).build()
    let package = LockedDebianPackage(
      name: name, version: try DebianVersion(version), architecture: "all", archive: archive,
      path: "pool/main/\(name)/\(name)_\(version)_all.deb", sha256: sha256(bytes), size: bytes.count,
      dependencies: needs)
    shared.state.withLock { $0.files[BuildMirror.path(package)] = bytes }
    return package
  }

  /// The smallest system that is taken for one, with these packages added.
  func base(_ further: [LockedDebianPackage] = []) throws -> LockedBase {
    let packages = [
      try package(
        "base-files", "12.4",
        data: [
          .folder("./"), .folder("./etc/"), .folder("./usr/"), .folder("./usr/lib/"),
          .file("./usr/lib/os-release", "ID=debian\n"), .link("./etc/os-release", "../usr/lib/os-release"),
        ]),
      try package("libc6", "2.36-9", data: [.folder("./lib/"), .file("./lib/libc.so.6", "the C library")]),
      try package(
        "python3.11", "3.11.2-6", needs: ["libc6"],
        data: [
          .folder("./usr/"), .folder("./usr/bin/"),
          .file("./usr/bin/python3.11", "an interpreter", mode: 0o755),
        ]),
    ]
    return LockedBase(
      system: .debian(
        LockedDebian(
          suite: "bookworm", security: false, essential: ["base-files", "libc6"], requested: [],
          packages: packages + further)),
      interpreter: LockedInterpreter(
        version: try Version("3.11.2"), origin: .debian(package: "python3.11")))
  }

  // MARK: Locks

  /// A lock of these wheels, for each of these platforms.
  func lock(
    _ wheels: [LockedWheel], over base: LockedBase? = nil, platforms: [Platform] = [.linuxAMD64]
  ) throws -> Lockfile {
    let base = try base ?? self.base()
    return try BuildMirror.lock(platforms.map { try BuildMirror.answer(wheels, over: base, platform: $0) })
  }

  /// A lock of these answers.
  static func lock(_ answers: [PlatformLock]) throws -> Lockfile {
    Lockfile(
      manifest: sha256("a manifest".utf8), matrix: sha256("a matrix".utf8), request: .object([:]),
      platforms: answers)
  }

  /// An answer of these wheels.
  static func answer(
    _ wheels: [LockedWheel], over base: LockedBase?, platform: Platform = .linuxAMD64, target: String? = nil
  ) throws -> PlatformLock {
    let wheels = wheels.sorted { $0.name < $1.name }
    return PlatformLock(
      platform: platform, python: try PythonVersion("3.11"),
      strata: Strata(
        frameworks: [], cuda: nil, cudnn: nil, nccl: nil, glibc: try Version("2.17"), driver: nil),
      targets: target.map { [LockedTarget(name: $0, driver: nil, gpus: [], compatibility: nil)] } ?? [],
      roots: wheels.map { LockedEdge(name: $0.name) }, wheels: wheels, base: base)
  }
}

extension WheelBuilder {
  /// The same wheel with a RECORD that is right.
  var recorded: WheelBuilder {
    var builder = self
    guard let place = members.firstIndex(where: { $0.path.hasSuffix(".dist-info/RECORD") }) else {
      return self
    }
    let rows = members.enumerated().map { index, member in
      index == place
        ? WheelRecord.Row(path: member.path, hash: nil, size: nil)
        : WheelRecord.Row(
          path: member.path, hash: .sha256(sha256(member.content)), size: member.content.count)
    }
    builder.members[place].content = WheelRecord(rows: rows).bytes
    return builder
  }
}

/// A place to build images in: a mirror, a store and a folder for what comes out.
struct BuildPlace: Sendable {
  let mirror: BuildMirror
  let folder: TemporaryFolder

  init() throws {
    mirror = try BuildMirror()
    folder = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder("out"), withIntermediateDirectories: true)
  }

  /// Where images go.
  func out(_ name: String) -> String { folder("out/\(name)") }

  /// A builder with a store of this name.
  func builder(_ store: String = "store", change: (inout Configuration) -> Void = { _ in }) -> ImageBuilder {
    var configuration = Configuration(
      cacheDirectory: folder(store), indexURL: mirror.server.url("/simple/"),
      debianMirror: mirror.server.url("/debian"), debianSecurityMirror: mirror.server.url("/debian-security"),
      environment: [:])
    change(&configuration)
    return ImageBuilder(configuration)
  }

  /// Builds, and writes a folder.
  @discardableResult
  func build(
    _ request: BuildRequest, to name: String = "image", store: String = "store",
    progress: any BuildProgress = NoBuildProgress(), change: (inout Configuration) -> Void = { _ in }
  ) async throws -> BuiltImages {
    let images = try await builder(store, change: change).build(request, progress: progress)
    try images.write(to: out(name), as: .oci)
    return images
  }

  /// What is not as a store has to be when nobody works with it: half files, unpacked archives, and files that are not
  /// what their names say.
  func faults(of store: String = "store") throws -> [String] {
    var faults: [String] = []
    for file in folder.files(in: store) {
      let parts = file.split(separator: "/").map(String.init)
      if parts.contains("partial") || parts.first == "packs" || file.hasSuffix(".tmp")
        || file.hasSuffix(".part")
      {
        faults.append("\(file) is left")
      } else if parts.dropLast().last == "sha256",
        try sha256(file: folder("\(store)/\(file)")).digest.hex != parts.last
      {
        faults.append("\(file) is another file")
      }
    }
    return faults
  }
}

/// Remembers what happened.
final class BuildEvents: BuildProgress {
  private let events = Mutex<[BuildEvent]>([])

  func report(_ event: BuildEvent) { events.withLock { $0.append(event) } }

  /// The titles of the layers that were made, in the order in which that happened; those that were there are left out.
  var made: [String] {
    events.withLock { events in
      events.compactMap { event in
        if case .made(_, let layer, _, wasThere: false) = event { layer.title } else { nil }
      }
    }
  }

  /// The names of the artifacts that were fetched, sorted.
  var fetched: [String] {
    events.withLock { events in
      events.compactMap { event in
        if case .fetched(let name, _, _) = event { name } else { nil }
      }.sorted()
    }
  }
}
