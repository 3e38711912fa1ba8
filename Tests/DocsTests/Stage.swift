import EnvlockModel
import EnvlockNative
import EnvlockStore
import EnvlockTestSupport
import Foundation

/// Where the commands of the pages are run: a project with a lock, an image and a git repository; an index, a mirror of
/// Debian and a registry on loopback; programs that stand for those that a test cannot have.
final class Stage: Sendable {
  /// How a command ended.
  struct Outcome {
    let status: Int32
    /// Standard output and standard error, as a terminal shows them.
    let output: String
  }

  struct Failure: Error, CustomStringConvertible { let description: String }

  /// Made once; each page works in a copy.
  static let shared: Result<Stage, any Error> = {
    // Nobody lets go of it before the process ends.
    atexit { if case .success(let stage) = Stage.shared { stage.remove() } }
    return Result { try Stage() }
  }()

  private let folder: String
  private let server: LoopbackServer
  private let registry: PushRegistry
  /// The digest of the image in the registry.
  private let digest: String
  /// What the registry had when all was made.
  private let content: PushRegistry.Content?

  private init() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "envlock-docs-\(UUID().uuidString)")
      .path
    let index = try StageIndex().files
    let server = try LoopbackServer(lifetime: 1800) { request in
      guard let file = index[request.path.replacing("%2B", with: "+")] else { return .notFound }
      let isPage = request.path.hasPrefix("/simple/")
      return .file(
        file, for: request, type: isPage ? "application/vnd.pypi.simple.v1+json" : "application/octet-stream")
    }
    let registry = try PushRegistry { "\(sha256($0))" }
    let names = Names(index: server.url("/simple/"), registry: registry.host, digest: nil)
    try Self.copy("bin", names, to: folder + "/bin")
    try Self.copy("project", names, to: folder + "/project/work")
    (self.folder, self.server, self.registry) = (folder, server, registry)
    var digest = ""
    let place = Place(stage: folder, mirror: server.url("/"), names: names, project: "project")
    for line in try Steps.read().atFirst {
      let outcome = place.run(line)
      guard outcome.status == 0 else { throw Failure(description: "\(line)\n\(outcome.output)") }
      digest =
        outcome.output.split(separator: "\n").last { $0.hasPrefix("sha256:") }.map(String.init) ?? digest
    }
    self.digest = digest
    var content: PushRegistry.Content?
    registry.change { content = $0 }
    self.content = content
  }

  private func remove() { try? FileManager.default.removeItem(atPath: folder) }

  /// A copy of the project, with a registry as it was at first: one after the other.
  func place(_ name: String) throws -> Place {
    registry.change { $0 = content ?? $0 }
    let copy = "\(folder)/\(name)"
    try FileManager.default.copyItem(atPath: folder + "/project", toPath: copy)
    return Place(
      stage: folder, mirror: server.url("/"),
      names: Names(index: server.url("/simple/"), registry: registry.host, digest: digest), project: name)
  }

  /// Copies a folder of the fixtures, in the stage's names.
  private static func copy(_ name: String, _ names: Names, to target: String) throws {
    let source = "\(Steps.folder)/\(name)"
    let files = FileManager.default
    try files.createDirectory(
      atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try files.copyItem(atPath: source, toPath: target)
    for path in try files.subpathsOfDirectory(atPath: source) {
      guard let text = try? String(contentsOfFile: "\(source)/\(path)", encoding: .utf8) else { continue }
      try Data(names.local(text).utf8).write(to: URL(fileURLWithPath: "\(target)/\(path)"))
    }
  }
}

extension Stage {
  /// What pages call by other names than the stage.
  struct Names: Sendable {
    let index: String
    let registry: String
    let digest: String?

    /// A text of a page in the stage's names.
    func local(_ text: String) -> String {
      let text = text.replacing("registry.example.com", with: registry)
        .replacing("https://mirror.example.com/simple", with: index)
      return digest.map { text.replacing("sha256:…", with: $0) } ?? text
    }

    /// What a command printed, in the pages' names.
    func shown(_ text: String) -> String {
      text.replacing(index, with: "https://mirror.example.com/simple")
        .replacing(registry, with: "registry.example.com")
    }
  }

  /// A copy of the project.
  struct Place: Sendable {
    fileprivate let stage: String
    fileprivate let mirror: String
    fileprivate let names: Names
    fileprivate let project: String

    private static let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().path

    /// Runs a line of a shell.
    func run(_ line: String) -> Outcome {
      let script =
        "cd '\(stage)/\(project)/work' && exec 2>&1 </dev/null\nset -o pipefail\n\(names.local(line))\n"
      let outcome = ChildProcess.run(
        ChildCommand(
          program: "/bin/bash", arguments: ["-c", script],
          environment: [
            "PATH": "\(stage)/bin:\(Self.program):/usr/local/bin:/usr/bin:/bin",
            "HOME": "\(stage)/\(project)/home",
            "LC_ALL": "C.UTF-8", "XDG_CACHE_HOME": "\(stage)/\(project)/cache",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com",
            "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com",
            "ENVLOCK_INDEX_URL": names.index,
            "ENVLOCK_DEBIAN_MIRROR": mirror + "debian", "ENVLOCK_DEBIAN_KEYRING": "/dev/null",
            "ENVLOCK_NVML": "/nonexistent/nvml", "NO_PROXY": "127.0.0.1",
            // Nothing but the loopback answers.
            "HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9",
          ], timeLimit: .seconds(600)))
      let output = names.shown(String(decoding: outcome.output, as: UTF8.self))
      guard case .exited(let status) = outcome.end else {
        return Outcome(status: -1, output: "\(outcome.end)\n\(output)")
      }
      return Outcome(status: status, output: output)
    }
  }
}
