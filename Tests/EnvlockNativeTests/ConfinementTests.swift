import EnvlockNative
import EnvlockTestSupport
import Foundation
import Testing

/// Starts the shell of this machine in a root made of nothing but the folders that it needs.
private struct ConfinedShell {
  let folder: URL
  let confinement: Confinement

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("confined-\(UUID().uuidString)")
    let root = folder.appendingPathComponent("root")
    for name in ["dev", "proc", "tmp", "usr", "place"] {
      try FileManager.default.createDirectory(
        at: root.appendingPathComponent(name), withIntermediateDirectories: true)
    }
    let place = folder.appendingPathComponent("place")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    for name in ["bin", "lib", "lib64"] {
      try FileManager.default.createSymbolicLink(
        atPath: root.appendingPathComponent(name).path, withDestinationPath: "usr/\(name)")
    }
    confinement = Confinement(
      root: root.path, folders: [.init("/usr", at: "/usr"), .init(place.path, at: "/place")],
      directory: "/place")
  }

  func run(_ script: String, limit: Duration = .seconds(600)) -> ChildOutcome {
    var command = ChildCommand(
      program: "/bin/sh", arguments: ["-c", script], environment: ["PATH": "/bin", "GREETING": "a b"],
      timeLimit: limit)
    command.confinement = confinement
    return ChildProcess.run(command)
  }

  func text(_ script: String) -> String {
    let outcome = run(script)
    return String(decoding: outcome.output + outcome.errorOutput, as: UTF8.self)
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }

  /// Whether the system lets this user make namespaces, as far as a test of it can tell.
  static let isPossible: Bool = {
    guard let shell = try? ConfinedShell() else { return false }
    defer { shell.remove() }
    switch shell.run("true").end {
    case .notConfined(.namespaces, _), .notConfined(.user, _), .notConfined(.folders, _): return false
    default: return true
    }
  }()
}

@Suite(.enabled(if: ConfinedShell.isPossible, "user namespaces are not to be had here"))
struct ConfinementTests {
  @Test func `a confined program has its words, variables, folder and exit status`() throws {
    let shell = try ConfinedShell()
    defer { shell.remove() }
    let outcome = shell.run("echo \"$GREETING\"; pwd; echo oops >&2; exit 7")
    #expect(outcome.end == .exited(7))
    #expect(String(decoding: outcome.output, as: UTF8.self) == "a b\n/place\n")
    #expect(String(decoding: outcome.errorOutput, as: UTF8.self) == "oops\n")
  }

  @Test func `it is nobody special, and has no network and no other process`() throws {
    let shell = try ConfinedShell()
    defer { shell.remove() }
    #expect(shell.text("id -u; id -g; echo $$") == "1000\n1000\n1\n")
    // Only the loopback interface, which is down.
    #expect(shell.text("ls /sys 2>&1 || echo none").contains("none"))
    let interfaces = shell.text("test -e /proc/net/dev && tail -n +3 /proc/net/dev | cut -d: -f1")
    #expect(["", "    lo\n"].contains(interfaces))
    #expect(shell.text("chown 0 /place 2>/dev/null || echo refused") == "refused\n")
    #expect(shell.text("mount -t tmpfs none /place 2>/dev/null || echo refused") == "refused\n")
  }

  @Test func `it writes to its folders and to a temporary one, and nowhere else`() throws {
    let shell = try ConfinedShell()
    defer { shell.remove() }
    #expect(shell.text("echo kept > /place/file; echo gone > /tmp/file; cat /tmp/file") == "gone\n")
    let written = shell.folder.appendingPathComponent("place/file")
    #expect(try String(contentsOf: written, encoding: .utf8) == "kept\n")
    #expect(shell.text("(echo x > /file) 2>/dev/null || echo refused") == "refused\n")
    #expect(shell.text("mkdir /dev/shm2 2>/dev/null; head -c 3 /dev/zero | wc -c") == "3\n")
    #expect(
      shell.text("ls /").split(separator: "\n").sorted() == [
        "bin", "dev", "lib", "lib64", "place", "proc", "tmp", "usr",
      ])
    let root = shell.folder.appendingPathComponent("root")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent("tmp").path).isEmpty)
  }

  @Test func `it is gone with all that it started when its time is up`() throws {
    let shell = try ConfinedShell()
    defer { shell.remove() }
    let outcome = shell.run(
      "(while true; do echo more > /place/alive; done) & sleep 1000", limit: .seconds(1))
    #expect(outcome.end == .timedOut)
    let alive = shell.folder.appendingPathComponent("place/alive")
    try? FileManager.default.removeItem(at: alive)
    #expect(shell.text("sleep 0.2; test -e /place/alive || echo quiet") == "quiet\n")
  }

  @Test func `what is wrong with the folders or the program is told apart`() throws {
    let shell = try ConfinedShell()
    defer { shell.remove() }
    var command = ChildCommand(program: "/bin/no-such-program")
    command.confinement = shell.confinement
    #expect(ChildProcess.run(command).end == .notConfined(.program, 2))
    command.confinement = Confinement(
      root: shell.confinement.root, folders: [.init("/no/such/folder", at: "/place")], directory: "/place")
    #expect(ChildProcess.run(command).end == .notConfined(.folders, 2))
    command.arguments = ["a\0b"]
    #expect(ChildProcess.run(command).end == .notStarted(22))
  }
}
