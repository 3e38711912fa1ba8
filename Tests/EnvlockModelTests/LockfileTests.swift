import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

@Suite struct LockfileTests {
  static func lock() throws -> Lockfile {
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

  @Test func `reads how a wheel was built, and refuses what cannot be`() throws {
    let lock = try Self.lock()
    let answer = try #require(lock.platforms.first)
    let numpy = try #require(answer.wheels.first)
    let build = LockedBuild(
      fileName: "numpy-2.0.tar.gz", sha256: numpy.sha256, size: 99, epoch: 1_600_000_000,
      platform: .linuxARM64,
      requirements: [numpy])
    let built = LockedWheel(
      name: numpy.name, version: numpy.version, fileName: numpy.fileName, sha256: numpy.sha256,
      size: numpy.size,
      index: numpy.index, url: nil, dependencies: [], built: build)
    let changed = PlatformLock(
      platform: answer.platform, python: answer.python, strata: answer.strata, targets: answer.targets,
      roots: answer.roots, wheels: [built] + answer.wheels.dropFirst())
    let text = Lockfile(
      manifest: lock.manifest, matrix: lock.matrix, request: lock.request, platforms: [changed]
    ).canonicalText()
    #expect(try Lockfile(parsing: Array(text.utf8)).platforms == [changed])
    #expect(text.contains("\"revision\": 3") && !lock.canonicalText().contains("\"revision\": 3"))
    for (from, to, why) in [
      ("numpy-2.0.tar.gz", "numpy-2.1.tar.gz", "numpy-2.1.tar.gz is no source distribution of numpy 2.0"),
      ("1600000000", "-1", "-1 is no time of a build"),
      ("\"source\"", "\"sauce\"", "source"),
    ] {
      let error = #expect(throws: LockfileError.self) {
        _ = try Lockfile(parsing: Array(text.replacing(from, with: to).utf8))
      }
      #expect(error?.message.contains(why) == true, "\(error?.message ?? "")")
    }
  }

  /// A package, a base of Debian's and one of an image.
  static func bases() throws -> [LockedBase] {
    let digest = try Digest(sha256Hex: String(repeating: "cd", count: 32))
    func package(_ name: String, _ needs: [String]) throws -> LockedDebianPackage {
      LockedDebianPackage(
        name: name, version: try DebianVersion("1:2.36-9+deb12u10"), architecture: "amd64",
        archive: name == "libc6" ? .security : .main, path: "pool/main/x/\(name)_2.36_amd64.deb",
        sha256: digest, size: 12, dependencies: needs)
    }
    let debian = LockedDebian(
      suite: "bookworm", security: true, essential: ["libc6"], requested: ["git (>= 1)"],
      packages: [
        try package("python3.11", ["libc6"]), try package("git", ["libc6"]), try package("libc6", []),
      ])
    let blob = LockedImage.Blob(
      mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: digest, size: 3)
    let image = LockedImage(
      reference: "registry.example/lab/base:1", manifest: blob, config: blob,
      layers: [LockedImage.Layer(blob: blob, diffID: digest)], glibc: try Version("2.39"))
    let build = LockedInterpreter.Build(
      release: "20260814", file: "cpython-3.12.1+20260814.tar.gz", sha256: digest)
    return [
      LockedBase(
        system: .debian(debian),
        interpreter: LockedInterpreter(version: try Version("3.11.2"), origin: .debian(package: "python3.11"))
      ),
      LockedBase(
        system: .image(image),
        interpreter: LockedInterpreter(version: try Version("3.12.1"), origin: .build(build))),
    ]
  }

  @Test func `reads the bases that it writes`() throws {
    for base in try Self.bases() {
      let plain = try Self.lock()
      var answer = plain.platforms[0]
      answer.base = base
      let lock = Lockfile(
        manifest: plain.manifest, matrix: plain.matrix, request: plain.request, platforms: [answer])
      let text = lock.canonicalText()
      #expect(text.contains("\"revision\": 1"))
      #expect(try Lockfile(parsing: Array(text.utf8)) == lock)
    }
    #expect(try Self.lock().canonicalText().contains("\"revision\": 0"))
  }

  @Test func `knows the glibc and the closures of a base`() throws {
    let base = try Self.bases()[0]
    #expect(base.glibc == (try Version("2.36")))
    guard case .debian(let debian) = base.system else { return }
    #expect(debian.closure(of: ["git"]).map(\.name) == ["git", "libc6"])
    #expect(debian.closure(of: ["nothing"]).isEmpty)
  }

  @Test(arguments: [
    ("pool/main/x/git_2.36_amd64.deb", "../git_2.36_amd64.deb", "leaves the archive"),
    ("\"suite\": \"bookworm\"", "\"suite\": \"a/b\"", "is no name"),
    ("\"package\": \"python3.11\"", "\"package\": \"python3.12\"", "not in the lock"),
    ("\"archive\": \"debian-security\"", "\"archive\": \"other\"", "expected debian"),
    ("\"name\": \"git\"", "\"name\": \"zlib\"", "sorted by name"),
  ])
  func `refuses a base that somebody broke`(from: String, to: String, why: String) throws {
    let plain = try Self.lock()
    var answer = plain.platforms[0]
    answer.base = try Self.bases()[0]
    let text = Lockfile(
      manifest: plain.manifest, matrix: plain.matrix, request: plain.request, platforms: [answer]
    ).canonicalText()
    let broken = text.replacing(from, with: to)
    #expect(broken != text)
    let error = #expect(throws: LockfileError.self) { try Lockfile(parsing: Array(broken.utf8)) }
    #expect(error?.message.contains(why) == true)
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
