import EnvlockModel
import EnvlockNative
import Foundation
import Testing

@testable import EnvlockCLI

/// With git itself, and the program that is built beside the tests.
@Suite(.enabled(if: Repository.git != nil, "git is not installed")) struct GitTests {
  private func lock(lib: String = "1", tool: String = "1") throws -> String {
    try EnvlockCLITests.lock([
      try answer(
        roots: ["app"],
        wheels: [
          try wheel("app", "1", needs: ["lib", "tool"]), try wheel("lib", lib), try wheel("tool", tool),
        ])
    ]).canonicalText()
  }

  /// A repository whose branches `one` and `two` have these locks, with `one` checked out.
  private func repository(_ one: String, _ two: String) throws -> Repository {
    let repository = try Repository()
    try repository.commit("envlock.lock", try lock())
    try repository.git("checkout", "-q", "-b", "two")
    try repository.commit("envlock.lock", two)
    try repository.git("checkout", "-q", "-b", "one", "main")
    try repository.commit("envlock.lock", one)
    return repository
  }

  @Test func `diff reads revisions, the index and paths in them`() throws {
    let repository = try repository(try lock(lib: "2"), try lock(tool: "2"))
    for (words, line) in [
      (["main", "HEAD"], "main → HEAD"), (["main:envlock.lock"], "main:envlock.lock → envlock.lock"),
      (["HEAD~1", ":envlock.lock"], "HEAD~1 → :envlock.lock"), (["main", "one"], "main → one"),
    ] {
      let (status, output) = try repository.envlock(["diff"] + words)
      #expect(status == 0)
      #expect(output.hasPrefix(line + "\n"))
      #expect(output.contains("lib   1 → 2") || output.contains("lib  1 → 2"))
    }
    #expect(try repository.envlock(["diff", "--exit-code"]).status == 0)
    #expect(try repository.envlock(["diff", "main", "--exit-code"]).status == 1)
    // Also from a folder below.
    try FileManager.default.createDirectory(
      atPath: repository.path + "/sub", withIntermediateDirectories: true)
    let below = try repository.envlock(["diff", "main", "--lock", "../envlock.lock", "--directory", "sub"])
    #expect(below.status == 0 && below.output.contains("1 → 2"))
  }

  @Test func `a revision alone means the lock whose absolute path is named, from wherever`() throws {
    let repository = try repository(try lock(lib: "2"), try lock(tool: "2"))
    try FileManager.default.createDirectory(
      atPath: repository.path + "/sub/deep", withIntermediateDirectories: true)
    try repository.commit("sub/x.lock", try lock(lib: "2"))
    try repository.commit("sub/x.lock", try lock(lib: "3"))
    let outside = try Repository(isInitialised: false)
    for (place, folder) in [(repository, "."), (repository, "sub/deep"), (outside, ".")] {
      let whole = repository.path + "/envlock.lock"
      let top = try place.envlock(["diff", "main", "--lock", whole, "--directory", folder])
      #expect(top.status == 0 && top.output.contains("1 → 2"), "\(top.output)")
      let below = try place.envlock(
        ["diff", "HEAD~1", "--lock", repository.path + "/sub/x.lock", "--directory", folder])
      #expect(below.status == 0 && below.output.contains("2 → 3"), "\(below.output)")
    }
    let missing = try repository.envlock(["diff", "main", "--lock", repository.path + "/sub/x.lock"])
    #expect(missing.status == 2 && missing.output.contains("main has no x.lock"), "\(missing.output)")
    let file = outside.path + "/envlock.lock"
    try outside.put("envlock.lock", try lock())
    let (status, output) = try repository.envlock(["diff", "main", "--lock", file])
    #expect(status == 2)
    #expect(output.contains("\(outside.path) is in no git repository"), "\(output)")
  }

  @Test func `expressions are never options, and errors say what is missing`() throws {
    let repository = try Repository()
    try repository.commit("envlock.lock", try lock())
    for (words, message) in [
      (["nope"], "there is neither a file nor a git revision nope"),
      (["HEAD:nope.lock"], "HEAD has no nope.lock"), (["HEAD:"], "git has a tree there"),
      (["--", "--help"], "there is neither a file nor a git revision --help"),
      (["a\nHEAD"], "there is neither a file nor a git revision"),
    ] {
      let (status, output) = try repository.envlock(["diff"] + words)
      #expect(status == 2)
      #expect(output.contains(message), "\(words): \(output)")
    }
    let outside = try Repository(isInitialised: false)
    let (status, output) = try outside.envlock(["diff"])
    #expect(status == 2)
    #expect(output.contains("in no git repository"))
  }

  @Test func `git shows locks a line for each artifact`() throws {
    let repository = try repository(try lock(lib: "2"), try lock(tool: "2"))
    try repository.git("config", "diff.envlock.textconv", "\(Repository.program) diff --textconv")
    try repository.put(".gitattributes", "envlock.lock diff=envlock\n")
    let output = try repository.git("diff", "main", "one", "--", "envlock.lock")
    #expect(output.contains("\n-wheel lib 1 lib-1-py3-none-any.whl"))
    #expect(output.contains("\n+wheel lib 2 lib-2-py3-none-any.whl"))
    #expect(!output.contains("\"version\""))
  }

  @Test func `git merges locks that can be, and leaves a conflict where they cannot`() throws {
    let good = try repository(try lock(lib: "2"), try lock(tool: "2"))
    let bad = try repository(try lock(lib: "2"), try lock(lib: "3"))
    for repository in [good, bad] {
      try repository.git("config", "merge.envlock.driver", "\(Repository.program) merge-lock %O %A %B %P")
      try repository.put(".gitattributes", "envlock.lock merge=envlock\n")
    }
    try good.git("merge", "-q", "--no-edit", "two")
    #expect(try good.text("envlock.lock") == lock(lib: "2", tool: "2"))
    #expect(throws: Repository.Failure.self) { try bad.git("merge", "-q", "--no-edit", "two") }
    #expect(try bad.git("status", "--short", "envlock.lock").hasPrefix("UU"))
    let (status, output) = try bad.envlock(["tree"])
    #expect(status == 2)
    #expect(output.contains("envlock.lock holds a merge conflict"))
  }
}

/// A repository of a test's own that no configuration of this machine reaches.
private final class Repository: Sendable {
  struct Failure: Error {
    let said: String
  }

  static let git = ["/usr/bin/git", "/usr/local/bin/git", "/bin/git"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }
  static let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("envlock").path

  let path: String

  init(isInitialised: Bool = true) throws {
    path = FileManager.default.temporaryDirectory.appending(path: "envlock-git-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    if isInitialised { try git("init", "-q", "-b", "main", ".") }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  private var environment: [String: String] {
    [
      "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": path, "GIT_CONFIG_NOSYSTEM": "1",
      "GIT_CONFIG_GLOBAL": "/dev/null",
      "GIT_CEILING_DIRECTORIES": (path as NSString).deletingLastPathComponent,
      "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "a",
      "GIT_COMMITTER_EMAIL": "a@example.com", "XDG_CACHE_HOME": path + "/cache",
    ]
  }

  @discardableResult func git(_ words: String...) throws -> String {
    let outcome = ChildProcess.run(
      ChildCommand(
        program: Self.git ?? "git", arguments: ["-C", path] + words, environment: environment,
        timeLimit: .seconds(600)))
    let text = String(decoding: outcome.output + outcome.errorOutput, as: UTF8.self)
    guard outcome.isSuccess else { throw Failure(said: "\(words): \(text)") }
    return text
  }

  /// Runs the program in the repository; gives its exit code and all that it printed.
  func envlock(_ words: [String]) throws -> (status: Int32, output: String) {
    var words = words
    // A folder that is named is one of the repository.
    if let place = words.firstIndex(of: "--directory") {
      words[place + 1] = path + "/" + words[place + 1]
    } else {
      words.insert(contentsOf: ["--directory", path], at: 1)
    }
    let outcome = ChildProcess.run(
      ChildCommand(
        program: Self.program, arguments: words, environment: environment, timeLimit: .seconds(600)))
    guard case .exited(let status) = outcome.end else { throw Failure(said: "\(outcome.end)") }
    return (status, String(decoding: outcome.output + outcome.errorOutput, as: UTF8.self))
  }

  func put(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name))
  }

  func text(_ name: String) throws -> String {
    try String(contentsOfFile: path + "/" + name, encoding: .utf8)
  }

  func commit(_ name: String, _ text: String) throws {
    try put(name, text)
    try git("add", name)
    try git("commit", "-q", "-m", name)
  }
}
