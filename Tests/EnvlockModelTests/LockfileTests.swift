import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

@Suite struct LockfileTests {
  private static func lock() throws -> Lockfile {
    let digest = try Digest(sha256Hex: String(repeating: "ab", count: 32))
    func wheel(_ name: String, _ version: String, _ needs: [String] = []) throws -> LockedWheel {
      LockedWheel(
        name: try ProjectName(name), version: try Version(version),
        fileName: "\(name)-\(version)-py3-none-any.whl",
        sha256: digest, size: 1234, index: "default", url: nil,
        dependencies: try needs.map { try LockedEdge($0) })
    }
    let direct = LockedWheel(
      name: try ProjectName("zipped"), version: try Version("1.0"), fileName: "zipped-1.0-py3-none-any.whl",
      sha256: digest, size: nil, index: nil, url: "https://files.test/zipped-1.0-py3-none-any.whl",
      dependencies: [])
    let strata = Strata(
      frameworks: [
        FrameworkStratum(
          name: try ProjectName("torch"), version: try Version("2.9.1"), cuda: try CUDAVersion("12.8"),
          kernels: try ["7.0", "9.0"].map { try ComputeCapability($0) }, ptx: [], added: [])
      ],
      cuda: try CUDAVersion("12.8"), cudnn: try Version("9.10.2.21"), nccl: nil, glibc: try Version("2.28"),
      driver: DriverFloor(
        full: try DriverVersion("570.26"), minorCompatibility: try DriverVersion("525.60.13")))
    let target = LockedTarget(
      name: "lab", driver: try DriverVersion("550.54.15"), gpus: ["A100"], compatibility: .minorVersion)
    let answer = PlatformLock(
      platform: .linuxAMD64, python: try PythonVersion("3.11"), strata: strata, targets: [target],
      roots: try ["torch[x]", "zipped"].map { try LockedEdge($0) },
      wheels: [try wheel("numpy", "2.0"), try wheel("torch", "2.9.1", ["numpy"]), direct])
    return Lockfile(
      manifest: digest, matrix: digest, request: ["requirements": ["torch==2.9.1"]], platforms: [answer])
  }

  @Test func `reads what it writes`() throws {
    let lock = try Self.lock()
    let text = lock.canonicalText()
    #expect(try Lockfile(parsing: Array(text.utf8)) == lock)
    #expect(try Lockfile(parsing: Array(text.utf8)).canonicalText() == text)
  }

  @Test func `is written in a form that diffs well`() throws {
    try expectGolden(try Self.lock().canonicalText(), "lock.json")
  }

  /// Each edit a person or a merge could have made, and what the reader says.
  @Test func `says what is wrong with a lock, and where`() throws {
    let text = try Self.lock().canonicalText()
    let edits: [(what: String, from: String, to: String)] = [
      ("a newer envlock wrote it", "\"version\": 1\n}", "\"version\": 2\n}"),
      ("a conflict was not resolved", "{\n  \"manifest\"", "<<<<<<< ours\n{\n  \"manifest\""),
      ("a digest lost a digit", "\"manifest\": \"sha256:a", "\"manifest\": \"sha256:"),
      ("a version was changed by hand", "\"version\": \"2.0\"", "\"version\": \"2.1\""),
      ("a wheel was deleted", "\"name\": \"numpy\"", "\"name\": \"numpyy\""),
      ("a type is wrong", "\"size\": 1234", "\"size\": \"1234\""),
      ("a key is missing", "\"python\": \"3.11\",", ""),
      ("a Python is impossible", "\"python\": \"3.11\"", "\"python\": \"4\""),
      ("a platform is unknown", "linux/amd64", "windows/amd64"),
      ("the end is missing", "  \"version\": 1\n}\n", ""),
    ]
    var report = ""
    for edit in edits {
      let edited = text.split(separator: edit.from, omittingEmptySubsequences: false).joined(
        separator: edit.to)
      #expect(edited != text, "nothing was edited: \(edit.what)")
      do {
        _ = try Lockfile(parsing: Array(edited.utf8))
        report += "\(edit.what): accepted\n"
      } catch {
        report +=
          "\(edit.what):\n  error: \(error.message)\n" + error.hints.map { "  hint: \($0)\n" }.joined()
      }
    }
    try expectGolden(report, "lock-errors.txt")
  }

  @Test func `never traps on a lock with bytes changed`() throws {
    let bytes = Array(try Self.lock().canonicalText().utf8)
    var random = SplitMix64(seed: 7)
    var accepted = 0
    for _ in 0..<2000 {
      var mutated = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        mutated[Int.random(in: mutated.indices, using: &random)] = UInt8.random(in: 32...126, using: &random)
      }
      if (try? Lockfile(parsing: mutated)) != nil { accepted += 1 }
    }
    // Some digit of a digest or a size may well be another one.
    #expect(accepted < 1900)
  }

  @Test func `finds wheels by name`() throws {
    let answer = try Self.lock().platform(.linuxAMD64)
    #expect(answer?.wheel(try ProjectName("torch"))?.version.description == "2.9.1")
    #expect(answer?.wheel(try ProjectName("absent")) == nil)
    #expect(answer?.bytes == 2468)
    #expect(try Self.lock().platform(.linuxARM64) == nil)
  }

  @Test(arguments: ["torch", "a[b]", "a[b,c]"])
  func `edges read what they write`(text: String) throws {
    #expect(try LockedEdge(text).description == text)
  }
}
