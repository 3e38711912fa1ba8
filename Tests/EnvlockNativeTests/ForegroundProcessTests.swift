import EnvlockNative
import Testing

@Suite(.serialized) struct ForegroundProcessTests {
  private func run(_ script: String, seconds: Int? = nil) -> ForegroundProcess.End {
    ForegroundProcess.run("/bin/sh", ["-c", script], seconds: seconds)
  }

  @Test func `the status of a program is told`() {
    #expect(run("exit 0") == .exited(0))
    #expect(run("exit 42") == .exited(42))
    #expect(run("kill -KILL $$") == .signalled(9))
  }

  @Test func `a program that is not there was not started`() {
    #expect(ForegroundProcess.run("/no/such/program", []) == .notStarted(2))
    #expect(ForegroundProcess.run("/bin/sh", ["-c", "a\0b"]) == .notStarted(22))
  }

  @Test func `variables are those that are given`() {
    let end = ForegroundProcess.run(
      "/bin/sh", ["-c", "test \"$A\" = \"it's \\$B\" && test -z \"$HOME\""], environment: ["A": "it's $B"])
    #expect(end == .exited(0))
  }

  @Test func `a signal that is sent to this process reaches the program`() {
    // The program sends it to whoever started it, which sends it on; sometimes before that one knows the program's number.
    for _ in 0..<50 {
      let end = run("trap 'exit 7' USR1; kill -USR1 $PPID; while :; do sleep 0.01; done", seconds: 600)
      #expect(end == .exited(7))
    }
  }

  @Test func `a program whose time is up is asked to end`() {
    #expect(run("trap 'exit 0' TERM; while :; do sleep 0.01; done", seconds: 1) == .timedOut)
    #expect(run("exit 3", seconds: 60) == .exited(3))
  }
}
