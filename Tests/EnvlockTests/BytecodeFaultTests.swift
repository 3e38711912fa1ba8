import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import Envlock

/// What keeps modules of images from being compiled.
@Suite(.timeLimit(.minutes(10))) struct BytecodeFaultTests {
  private let made: BytecodePlace
  private var place: BuildPlace { made.place }

  init() throws { made = try BytecodePlace() }

  private func failure(_ request: BuildRequest) async throws -> any UserFacingError {
    let error = await #expect(throws: (any Error).self) { try await self.place.build(request) }
    #expect(try place.faults() == [])
    return try #require(error as? any UserFacingError)
  }

  @Test(.enabled(if: MachinePython.found != nil))
  func `a machine that cannot run the image's Python says so`() async throws {
    // As a program of another architecture, it is none of this one.
    let error = try await failure(
      made.request(
        [made.wheel("alpha", [])], over: made.base("\u{7F}ELF of another kind"), platform: .linuxARM64))
    #expect(
      error.message
        == "modules cannot be compiled: this machine does not run programs of linux/arm64, and the image's own Python has to do it"
    )
    #expect(
      error.hints == [
        "build on a machine of that kind, or let qemu-user run such programs (binfmt_misc)",
        "leave `bytecode` out of [image], and Python compiles what it uses when it starts",
      ])
    #expect(error.kind == .couldNotFindOut)
  }

  @Test(.enabled(if: MachinePython.found != nil))
  func `a Python that fails is quoted`() async throws {
    let script = "#!/bin/sh\necho 'libz.so.1: cannot open shared object file' >&2\nexit 127\n"
    let error = try await failure(made.request([made.wheel("alpha", [])], over: made.base(script)))
    #expect(
      error.message
        == "modules cannot be compiled: the image's own Python fails: libz.so.1: cannot open shared object file"
    )
    let silent = try await failure(
      made.request([made.wheel("alpha", [])], over: made.base("#!/bin/sh\nexit 0\n")))
    #expect(silent.message == "modules cannot be compiled: the image's own Python fails")
  }

  @Test(.enabled(if: MachinePython.found != nil))
  func `a build that is cancelled ends soon and leaves nothing`() async throws {
    let request = try made.request([made.wheel("alpha", [])], over: made.base("#!/bin/sh\nexec sleep 600\n"))
    let task = Task { try await place.build(request) }
    let started = try await place.waits(for: "question-1")
    #expect(started)
    task.cancel()
    await #expect(throws: (any Error).self) { try await task.value }
    #expect(try place.faults() == [])
  }
}

extension BuildPlace {
  /// Waits until the store has a file of this name.
  fileprivate func waits(for name: String) async throws -> Bool {
    for _ in 0..<60_000 {
      if folder.files(in: "store").contains(where: { $0.hasSuffix(name) }) { return true }
      try await Task.sleep(for: .milliseconds(10))
    }
    return false
  }
}
