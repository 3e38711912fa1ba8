import EnvlockNative
import Glibc
import Testing

/// Programs that are run, within bounds.
@Suite struct ChildProcessTests {
  private func shell(
    _ script: String, limit: Duration = .seconds(20), bytes: Int = 1 << 20,
    environment: [String: String]? = nil
  ) -> ChildCommand {
    ChildCommand(
      program: "/bin/sh", arguments: ["-c", script], environment: environment, timeLimit: limit,
      outputLimit: bytes)
  }

  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  @Test func `status, output and errors are told apart`() {
    let outcome = ChildProcess.run(shell("echo out; echo err >&2; exit 7"))
    #expect(outcome.end == .exited(7))
    #expect(text(outcome.output) == "out\n")
    #expect(text(outcome.errorOutput) == "err\n")
    #expect(!outcome.isSuccess)
  }

  @Test func `arguments are passed as they are`() {
    let outcome = ChildProcess.run(
      ChildCommand(program: "/bin/echo", arguments: ["a b", "$HOME", "'", "*"]))
    #expect(text(outcome.output) == "a b $HOME ' *\n")
    #expect(outcome.isSuccess)
  }

  @Test func `the environment is the given one`() {
    let outcome = ChildProcess.run(shell("echo $A-$HOME", environment: ["A": "1"]))
    #expect(text(outcome.output) == "1-\n")
  }

  @Test func `there is nothing to read`() {
    #expect(text(ChildProcess.run(shell("cat; echo end")).output) == "end\n")
  }

  @Test func `a program gets none of the files that happen to be open here`() {
    // As a library opens them that does not care.
    let descriptor = open("/dev/null", O_RDONLY)
    defer { close(descriptor) }
    #expect(fcntl(descriptor, F_GETFD) == 0)
    #expect(ChildProcess.run(shell("test -e /proc/self/fd/\(descriptor)")).end == .exited(1))
    #expect(ChildProcess.run(shell("test -e /proc/self/fd/2")).end == .exited(0))
  }

  @Test func `a signal is named by its number`() {
    #expect(ChildProcess.run(shell("kill -SEGV $$")).end == .signalled(SIGSEGV))
  }

  @Test func `time is bounded, also for the children's children`() {
    let start = ContinuousClock.now
    let outcome = ChildProcess.run(shell("sleep 60 & echo $!; sleep 60", limit: .milliseconds(300)))
    #expect(outcome.end == .timedOut)
    #expect(ContinuousClock.now - start < .seconds(20))
    let grandchild = pid_t(text(outcome.output).prefix { $0 != "\n" }) ?? 0
    #expect(grandchild > 0)
    // Killed with the group; whoever adopts it may not have waited for it yet.
    for _ in 0..<200 where isAlive(grandchild) { usleep(10_000) }
    #expect(!isAlive(grandchild))
  }

  @Test func `a program whose answer nobody wants any more is killed`() {
    var asked = 0
    let outcome = ChildProcess.run(shell("echo begun; sleep 60")) {
      asked += 1
      return asked > 3
    }
    #expect(outcome.end == .cancelled)
    #expect(ChildProcess.run(shell("echo done")) { false }.isSuccess)
  }

  private func isAlive(_ pid: pid_t) -> Bool {
    guard kill(pid, 0) == 0, let file = fopen("/proc/\(pid)/stat", "r") else { return false }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 512)
    guard fgets(&line, 512, file) != nil else { return false }
    return !String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).contains(
      ") Z")
  }

  @Test func `a daemon that keeps the pipes does not hold the answer up`() {
    let start = ContinuousClock.now
    let outcome = ChildProcess.run(shell("sleep 30 & echo $!"))
    #expect(outcome.isSuccess)
    #expect(ContinuousClock.now - start < .seconds(20))
    if let daemon = pid_t(text(outcome.output).prefix { $0 != "\n" }) { kill(daemon, SIGKILL) }
  }

  @Test func `output is bounded`() {
    let outcome = ChildProcess.run(shell("while :; do echo 0123456789abcdef; done", bytes: 1000))
    #expect(outcome.end == .wroteTooMuch)
    #expect(outcome.output.count == 1000)
  }

  @Test func `much output arrives whole`() {
    let outcome = ChildProcess.run(
      shell("head -c 3000000 /dev/zero; head -c 5 /dev/zero >&2", bytes: 1 << 22))
    #expect(outcome.isSuccess)
    #expect(outcome.output.count == 3_000_000)
    #expect(outcome.errorOutput.count == 5)
  }

  @Test func `many run at once, and answer in order`() {
    let commands = (0..<12).map { shell("sleep 0.\($0 % 3); echo \($0)") }
    #expect(ChildProcess.run(commands).map { text($0.output) } == (0..<12).map { "\($0)\n" })
    #expect(ChildProcess.run([]) == [])
  }

  @Test(arguments: [("/no/such/program", ENOENT), ("/etc", EACCES), ("", ENOENT)])
  func `what cannot be started says why`(program: String, code: Int32) {
    #expect(ChildProcess.run(ChildCommand(program: program)).end == .notStarted(code))
  }

  @Test func `a text with a zero byte is refused`() {
    #expect(
      ChildProcess.run(ChildCommand(program: "/bin/echo", arguments: ["a\0b"])).end == .notStarted(EINVAL))
  }

  @Test func `no descriptor is left open`() {
    func count() -> Int {
      guard let folder = opendir("/proc/self/fd") else { return 0 }
      defer { closedir(folder) }
      var count = 0
      while readdir(folder) != nil { count += 1 }
      return count
    }
    // Other tests open files at the same time: only a leak grows with each run.
    let before = count()
    for _ in 0..<100 { _ = ChildProcess.run(shell(":")) }
    #expect(count() < before + 100)
  }
}
