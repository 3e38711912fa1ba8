import EnvlockImage
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import EnvlockVersions
import Foundation
import Testing

@testable import Envlock

/// The Python of this machine, which stands in for those of images.
private struct MachinePython {
  let path: String
  let version: PythonVersion
  /// What it calls its compiled files: "cpython-311".
  let tag: String
  /// Its standard library.
  let library: String

  /// Nil where there is none that envlock knows.
  static let found: MachinePython? = {
    let question =
      "import sys, sysconfig; print(sys.executable, '%d.%d' % sys.version_info[:2], sys.implementation.cache_tag, "
      + "sysconfig.get_path('stdlib'), sep='\\n')"
    guard let output = try? run("/usr/bin/env", ["python3", "-I", "-c", question]) else { return nil }
    let lines = String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    guard lines.count == 4, lines[2].hasPrefix("cpython-"), let version = try? PythonVersion(lines[1]) else {
      return nil
    }
    return MachinePython(path: lines[0], version: version, tag: lines[2], library: lines[3])
  }()

  struct Failure: Error {}

  static func run(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], in folder: String = "/"
  ) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"].merging(
      environment
    ) { $1 }
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure() }
    return Array(data)
  }

  /// Compiles modules as an image's Python does.
  func compile(
    _ sources: [ModuleCompiler.Source], environment: [String: String] = [:], in folder: String = "/"
  ) throws -> ModuleCompiler.Answer {
    let place = try TemporaryFolder()
    try place.put(ModuleCompiler.question(sources), "question")
    let variables = ModuleCompiler.environment(home: nil).merging(environment) { $1 }
    let output = try Self.run(
      path, ModuleCompiler.arguments(place("question")), environment: variables, in: folder)
    return try #require(try ModuleCompiler.answer(output, count: sources.count, python: version))
  }
}

/// Modules of images, compiled by the Python of this machine where it takes one.
@Suite(.timeLimit(.minutes(10))) struct BytecodeTests {
  private let place: BuildPlace

  init() throws { place = try BuildPlace() }

  private var mirror: BuildMirror { place.mirror }

  // MARK: Compiling

  private static let names = [
    "argparse.py", "ast.py", "collections/__init__.py", "dataclasses.py", "datetime.py", "decimal.py",
    "doctest.py",
    "email/message.py", "enum.py", "inspect.py", "json/decoder.py", "logging/__init__.py", "pickle.py",
    "pydoc.py",
    "subprocess.py", "tarfile.py", "tokenize.py", "typing.py", "unittest/mock.py", "xml/dom/minidom.py",
  ]

  /// Sets whose order depends on hashes, a constant that is used twice, names of every kind.
  private static let awkward = """
    \"\"\"naïve\"\"\"
    def f(a, b=1.5, *c, d="a text", **e):
        if a in {None, 1, "x", (None, 2), 3.5, b"b", "y y", ...}: return lambda: {**e}
        class C[0:2] if False else object: pass
        return [i for i in "abc" if i in {"q", "w", None}], f"{a!r} {b:>10}", 10 ** 30, 2j, b"", "", ()
    """

  private func sources(_ python: MachinePython) throws -> [ModuleCompiler.Source] {
    var sources = try Self.names.compactMap { name -> ModuleCompiler.Source? in
      guard let content = FileManager.default.contents(atPath: "\(python.library)/\(name)") else {
        return nil
      }
      return ModuleCompiler.Source(path: try ImagePath("usr/lib/python/\(name)"), content: Array(content))
    }
    let awkward = Self.awkward.replacing("class C[0:2] if False else object: pass", with: "class C: x = f")
    sources.append(
      ModuleCompiler.Source(path: try ImagePath("opt/a b/awkward.py"), content: Array(awkward.utf8)))
    return sources
  }

  @Test(.enabled(if: MachinePython.found != nil))
  func `nothing of a run shows in what is compiled`() throws {
    let python = try #require(MachinePython.found)
    let sources = try sources(python)
    let first = try python.compile(sources)
    #expect(first.tag == python.tag)
    #expect(first.modules.count == sources.count && !first.modules.contains(nil))
    var random = SplitMix64(seed: 5)
    for seed in ["0", "1", "77"] {
      // Other hashes, which images' Pythons never have; another order, other neighbours, other surroundings.
      let order = sources.indices.shuffled(using: &random)
      let chosen = order.prefix(Int.random(in: 1...sources.count, using: &random))
      let answer = try python.compile(
        chosen.map { sources[$0] },
        environment: [
          "PYTHONHASHSEED": seed, "TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8", "LANG": "tr_TR.UTF-8",
        ],
        in: place.folder.path)
      #expect(answer.modules == chosen.map { first.modules[$0] })
    }
  }

  @Test(.enabled(if: MachinePython.found != nil))
  func `what Python loads is equal to what it compiles`() throws {
    let python = try #require(MachinePython.found)
    let sources = try sources(python)
    let folder = try TemporaryFolder()
    for (index, module) in try python.compile(sources).modules.enumerated() {
      try folder.put(sources[index].content, "\(index).py")
      try folder.put(try #require(module), "\(index).pyc")
    }
    let paths = sources.map { "/\($0.path)" }.joined(separator: "\n")
    try folder.put(Array(paths.utf8), "paths")
    let program = """
      import importlib.util, marshal
      for index, path in enumerate(open("paths").read().split("\\n")):
          source, module = open("%d.py" % index, "rb").read(), open("%d.pyc" % index, "rb").read()
          assert module[:8] == importlib.util.MAGIC_NUMBER + bytes([1, 0, 0, 0]), path
          assert module[8:16] == importlib.util.source_hash(source), path
          code = marshal.loads(module[16:])
          assert code == compile(source, path, "exec", dont_inherit=True), path
          assert code.co_filename == path, path
      print("equal")
      """
    let output = try MachinePython.run(python.path, ["-W", "ignore", "-c", program], in: folder.path)
    #expect(String(decoding: output, as: UTF8.self) == "equal\n")
  }

  @Test(.enabled(if: MachinePython.found != nil))
  func `what Python cannot compile has no code`() throws {
    let python = try #require(MachinePython.found)
    let texts = [
      "x = (", "print 1", "x = 1\n", "# -*- coding: nonsense -*-\n", "\u{0}", "", "x = '\u{e4}'\n",
      String(repeating: "(", count: 5000),
    ]
    let sources = try texts.enumerated().map {
      ModuleCompiler.Source(path: try ImagePath("m\($0).py"), content: Array($1.utf8))
    }
    let modules = try python.compile(sources).modules
    #expect(modules.map { $0 != nil } == [false, false, true, false, false, true, true, false])
    #expect(try python.compile([]).modules == [])
  }

  @Test func `an answer that is not whole is none`() throws {
    let python = try PythonVersion("3.11")
    let magic: [UInt8] = [0xA7, 0x0D, 0x0D, 0x0A]
    let hash: [UInt8] = Array(1...8)
    let whole =
      Array("cpython-311\n".utf8) + magic + hash + [1, 0, 0, 0, 0, 0, 0, 0, UInt8(ascii: "N")] + hash
      + [UInt8](repeating: 0, count: 8)
    let answer = try ModuleCompiler.answer(whole, count: 2, python: python)
    #expect(
      answer
        == ModuleCompiler.Answer(
          tag: "cpython-311", modules: [magic + [1, 0, 0, 0] + hash + [UInt8(ascii: "N")], nil]))
    for count in 0..<whole.count {
      #expect(try ModuleCompiler.answer(Array(whole.prefix(count)), count: 2, python: python) == nil)
    }
    #expect(try ModuleCompiler.answer(whole + [0], count: 2, python: python) == nil)
    #expect(try ModuleCompiler.answer(whole, count: 3, python: python) == nil)
    // A size beyond all bounds.
    let endless = Array("cpython-311\n".utf8) + magic + hash + [UInt8](repeating: 0xFF, count: 8)
    #expect(try ModuleCompiler.answer(endless, count: 1, python: python) == nil)
  }

  // MARK: Images

  /// A dynamic loader that starts this machine's Python: a script, called with
  /// `--inhibit-cache --library-path FOLDER PROGRAM`.
  private func loader() throws -> String {
    let python = try #require(MachinePython.found)
    return """
      #!/bin/sh
      test "$1 $2" = "--inhibit-cache --library-path" || exit 9
      test -f "$3/libc.so.6" && test -x "$4" || exit 9
      test -f "$PYTHONHOME/lib/\(EnvironmentLayout.binaryName(python.version))/answer.py" || exit 9
      shift 4
      unset PYTHONHOME
      exec "\(python.path)" "$@"
      """
  }

  /// A base of packages, with such a loader or another.
  private func base(_ loader: String? = nil) throws -> LockedBase {
    let python = try #require(MachinePython.found)
    let name = EnvironmentLayout.binaryName(python.version)
    let script = try loader ?? self.loader()
    let folders: [TarBuilder.Member] = [.folder("./usr/"), .folder("./usr/lib/"), .folder("./usr/lib64/")]
    let packages = [
      try mirror.package(
        "base-files", "12.4", data: folders + [.file("./usr/lib/os-release", "ID=debian\n")]),
      try mirror.package(
        "libc6", "2.36-9",
        data: folders + [
          .file("./usr/lib/libc-2.36.so", "the C library"), .link("./usr/lib/libc.so.6", "libc-2.36.so"),
          .file("./usr/lib/ld-2.36.so", script, mode: 0o755),
          .link("./usr/lib64/ld-linux-x86-64.so.2", "/usr/lib/ld-2.36.so"),
          .link("./usr/lib64/ld-linux-aarch64.so.1", "/usr/lib/ld-2.36.so"),
        ]),
      try mirror.package(
        name, "\(python.version).2-6", needs: ["libc6"],
        data: folders + [
          .folder("./usr/bin/"), .folder("./usr/lib/\(name)/"), .folder("./usr/lib/\(name)/json/"),
          .folder("./usr/lib/\(name)/dist-packages/"),
          .file("./usr/bin/\(name)", "an interpreter", mode: 0o755),
          .file("./usr/lib/\(name)/answer.py", "answer = 42\n"),
          .file("./usr/lib/\(name)/json/__init__.py", "x = 1\n"),
          .file("./usr/lib/\(name)/dist-packages/other.py", "y = 1\n"),
          .link("./usr/lib/\(name)/sitecustomize.py", "/etc/sitecustomize.py"),
        ]),
    ]
    return LockedBase(
      system: .debian(
        LockedDebian(
          suite: "bookworm", security: false, essential: ["base-files", "libc6"], requested: [],
          packages: packages)),
      interpreter: LockedInterpreter(
        version: try Version("\(python.version).2"), origin: .debian(package: name)))
  }

  /// A base that is an image with a C library, and a build of CPython on it; all of it is in the store.
  private func imageBase() throws -> LockedBase {
    let python = try #require(MachinePython.found)
    let name = EnvironmentLayout.binaryName(python.version)
    func store(_ bytes: [UInt8]) throws -> LockedImage.Blob {
      let digest = sha256(bytes)
      try place.folder.put(bytes, "store/artifacts/sha256/\(digest.hex)")
      return LockedImage.Blob(mediaType: MediaType.layer, digest: digest, size: bytes.count)
    }
    let libraries = "lib/x86_64-linux-gnu"
    let lower = TarBuilder([
      .file("\(libraries)/libc.so.6", "an old C library"),
      .file("\(libraries)/libcuda.so.1", "no part of it"),
      .file("\(libraries)/ld-2.36.so", "an old loader"),
      .link("lib64/ld-linux-x86-64.so.2", "/\(libraries)/ld-2.36.so"),
    ]).build()
    let upper = TarBuilder([
      .folder("./lib/"), .file("./\(libraries)/ld-2.36.so", try loader(), mode: 0o755),
      .file("./\(libraries)/.wh.libcuda.so.1", ""),
    ]).build()
    let layers = try [lower, upper].map { LockedImage.Layer(blob: try store($0), diffID: sha256($0)) }
    let config = ImageConfig(platform: ImagePlatform(os: "linux", architecture: "amd64"))
    let build = try store(
      TarBuilder([
        .folder("python/"), .file("python/bin/\(name)", "an interpreter", mode: 0o755),
        .file("python/lib/\(name)/answer.py", "answer = 42\n"),
        .file("python/lib/\(name)/site-packages/pip/__init__.py", "x = 1\n"),
      ]).build())
    return LockedBase(
      system: .image(
        LockedImage(
          reference: "registry.example.com/base:1", manifest: try store(Array("{}".utf8)),
          config: try store(config.bytes), layers: layers)),
      interpreter: LockedInterpreter(
        version: try Version("\(python.version).2"),
        origin: .build(LockedInterpreter.Build(release: "1", file: "cpython.tar", sha256: build.digest))))
  }

  private func wheel(_ project: String, _ files: [(String, String)]) throws -> LockedWheel {
    var builder = WheelBuilder(name: project, version: "1.0")
    builder.members += files.map { WheelBuilder.Member($0.0, $0.1) }
    return try mirror.wheel(project, "1.0", builder.recorded.build())
  }

  private func request(
    _ wheels: [LockedWheel], over base: LockedBase, bytecode: Bool = true, platform: Platform = .linuxAMD64
  ) throws -> BuildRequest {
    let python = try #require(MachinePython.found)
    let wheels = wheels.sorted { $0.name < $1.name }
    let answer = PlatformLock(
      platform: platform, python: python.version,
      strata: Strata(
        frameworks: [], cuda: nil, cudnn: nil, nccl: nil, glibc: try Version("2.17"), driver: nil),
      targets: [], roots: wheels.map { LockedEdge(name: $0.name) }, wheels: wheels, base: base)
    return BuildRequest(lock: try BuildMirror.lock([answer]), image: ImageDeclaration(bytecode: bytecode))
  }

  private func faults(_ name: String, _ request: BuildRequest) async throws -> [String] {
    let expectations = try await place.builder().expectations(request)
    return try await ImageVerifier(place.out(name)).verify(expectations).lines
  }

  /// The files of the layers of compiled modules.
  private func files(_ request: BuildRequest) async throws -> [String] {
    let expectation = try #require(try await place.builder().expectations(request).first)
    return expectation.layers.filter { $0.title.hasPrefix("bytecode") }.flatMap { layer -> [String] in
      guard case .entries(let entries) = layer.content else { return [] }
      return entries.map(\.path.text).sorted()
    }
  }

  @Test(.enabled(if: MachinePython.found != nil))
  func `an image has the modules that its Python compiled, the same each time`() async throws {
    let python = try #require(MachinePython.found)
    let wheels = try [
      wheel("alpha", [("alpha/deep/module.py", "import json\n"), ("alpha/data.txt", "x = 1\n")]),
      wheel("beta", []),
    ]
    let base = try base()
    let request = try request(wheels, over: base)
    let first = try await place.build(request) { $0.jobs = 1 }
    let layers = try #require(first.images.first?.layers)
    #expect(
      layers.map(\.title) == [
        "bookworm, 2 packages", "python\(python.version) (Debian)", "library cache", "environment",
        "beta 1.0",
        "alpha 1.0", "bytecode of python \(python.version).2", "bytecode of beta 1.0",
        "bytecode of alpha 1.0", "lock",
      ])
    #expect(layers.map(\.stratum)[6...8].allSatisfy { $0 == .bytecode })
    #expect(first.notes == [])
    let name = EnvironmentLayout.binaryName(python.version)
    let site = "opt/env/lib/\(name)/site-packages"
    #expect(
      try await files(request) == [
        "usr/lib/\(name)/__pycache__/answer.\(python.tag).pyc",
        "usr/lib/\(name)/json/__pycache__/__init__.\(python.tag).pyc",
        "\(site)/beta/__pycache__/__init__.\(python.tag).pyc",
        "\(site)/alpha/__pycache__/__init__.\(python.tag).pyc",
        "\(site)/alpha/deep/__pycache__/module.\(python.tag).pyc",
      ])
    let second = try await place.build(request, to: "other", store: "other") { $0.jobs = 8 }
    #expect(second.digest == first.digest)
    #expect(try await faults("image", request) == [])
    #expect(try place.faults() == [])
    #expect(try place.faults(of: "other") == [])
    // Nothing is compiled again.
    let events = BuildEvents()
    #expect(try await place.build(request, progress: events).digest == first.digest)
    #expect(events.made == [])
    // All else is as it is without.
    let plain = try await place.build(
      self.request(wheels, over: base, bytecode: false), to: "plain", store: "plain")
    #expect(
      plain.images.first?.layers.map { $0.made?.digest }
        == layers.filter { $0.stratum != .bytecode }.map { $0.made?.digest })
  }

  @Test(.enabled(if: MachinePython.found != nil))
  func `a build of CPython runs on the libraries of the image below`() async throws {
    let python = try #require(MachinePython.found)
    let request = try request([wheel("alpha", [])], over: imageBase())
    try await place.build(request)
    let name = EnvironmentLayout.binaryName(python.version)
    #expect(
      try await files(request) == [
        "opt/python/lib/\(name)/__pycache__/answer.\(python.tag).pyc",
        "opt/env/lib/\(name)/site-packages/alpha/__pycache__/__init__.\(python.tag).pyc",
      ])
    #expect(try await faults("image", request) == [])
    #expect(try place.faults() == [])
  }

  @Test(.enabled(if: MachinePython.found != nil))
  func `another compiled module is found`() async throws {
    let request = try request([wheel("alpha", [])], over: base())
    try await place.build(request)
    var expectations = try await place.builder().expectations(request)
    let index = try #require(expectations[0].layers.firstIndex { $0.title == "bytecode of alpha 1.0" })
    guard case .entries(var entries) = expectations[0].layers[index].content,
      case .splice(var splice) = entries[0].content
    else { return }
    splice.expected = .sha256(sha256("another module".utf8))
    entries[0].content = .splice(splice)
    expectations[0].layers[index].content = .entries(entries)
    let lines = try await ImageVerifier(place.out("image")).verify(expectations).lines
    #expect(lines == ["bytecode of alpha 1.0: content: \(entries[0].path) has other content"])
  }

  @Test(.enabled(if: MachinePython.found != nil))
  func `what cannot be compiled is counted`() async throws {
    let python = try #require(MachinePython.found)
    let request = try request(
      [wheel("alpha", [("alpha/bad.py", "x = (\n"), ("alpha/old.py", "print 1\n")])], over: base())
    let images = try await place.build(request)
    let site = "/opt/env/lib/\(EnvironmentLayout.binaryName(python.version))/site-packages"
    #expect(
      images.notes == [
        "bytecode of alpha 1.0: Python \(python.version) cannot compile 2 of 3 modules, the first is \(site)/alpha/bad.py"
      ])
    #expect(try await files(request).count { $0.hasPrefix("opt/env") } == 1)
    #expect(try await faults("image", request) == [])
  }

  @Test(.enabled(if: MachinePython.found != nil), arguments: [false, true])
  func `wheels without modules have empty layers`(isLazy: Bool) async throws {
    let wheels = try ["alpha", "beta"].map { project in
      var builder = WheelBuilder(name: project, version: "1.0")
      builder.members.removeAll { $0.path.hasSuffix(".py") }
      return try mirror.wheel(project, "1.0", builder.recorded.build())
    }
    var request = try request(wheels, over: base())
    request.stargz = isLazy
    let images = try await place.build(request)
    #expect(images.notes == [])
    #expect(try await !files(request).contains { $0.hasPrefix("opt/env") })
    #expect(try await faults("image", request) == [])
  }

  @Test(.enabled(if: MachinePython.found != nil))
  func `a wheel's own compiled module stays`() async throws {
    let python = try #require(MachinePython.found)
    let request = try request(
      [
        wheel(
          "alpha",
          [("alpha/own.py", "x = 1\n"), ("alpha/__pycache__/own.\(python.tag).pyc", "compiled by its maker")])
      ], over: base())
    try await place.build(request)
    #expect(try await !files(request).contains { $0.hasSuffix("own.\(python.tag).pyc") })
    #expect(try await faults("image", request) == [])
  }

  @Test(.enabled(if: MachinePython.found != nil))
  func `where the user puts another module, none is compiled`() async throws {
    let python = try #require(MachinePython.found)
    let site = "opt/env/lib/\(EnvironmentLayout.binaryName(python.version))/site-packages"
    try place.folder.put(Array("x = 2\n".utf8), "project/alpha/module.py")
    var request = try request(
      [wheel("alpha", [("alpha/module.py", "x = 1\n")]), wheel("beta", [])], over: base())
    let whole = try await place.build(request)
    request.image.copy = ["alpha"]
    request.image.workdir = "/\(site)"
    request.folder = place.folder("project")
    let events = BuildEvents()
    let images = try await place.build(request, progress: events)
    let compiled = try await files(request).filter { $0.hasPrefix(site) }
    #expect(
      compiled
        == ["beta/__pycache__/__init__", "alpha/__pycache__/__init__"].map {
          "\(site)/\($0).\(python.tag).pyc"
        })
    #expect(whole.digest != images.digest)
    #expect(try await faults("image", request) == [])
  }

  @Test func `an image has no more layers than can be mounted`() async throws {
    let wheels = try (0..<120).map { number in
      LockedWheel(
        name: try ProjectName("wheel\(number)"), version: try Version("1.0"),
        fileName: "wheel\(number)-1.0-py3-none-any.whl", sha256: sha256("\(number)".utf8), size: 9 << 20,
        index: "default", url: nil, dependencies: [])
    }
    for isCompiled in [false, true] {
      let request = BuildRequest(
        lock: try mirror.lock(wheels), image: ImageDeclaration(bytecode: isCompiled))
      let layers = try #require(try await place.builder().plan(request).images.first?.layers)
      #expect(layers.count <= 127)
      #expect(layers.count > 100)
      let groups = layers.count { $0.stratum == .wheels }
      #expect(layers.count { $0.stratum == .bytecode } == (isCompiled ? groups + 1 : 0))
    }
  }

  // MARK: What goes wrong

  private func failure(_ request: BuildRequest) async throws -> any UserFacingError {
    let error = await #expect(throws: (any Error).self) { try await self.place.build(request) }
    #expect(try place.faults() == [])
    return try #require(error as? any UserFacingError)
  }

  @Test(.enabled(if: MachinePython.found != nil))
  func `a machine that cannot run the image's Python says so`() async throws {
    // As a program of another architecture, it is none of this one.
    let error = try await failure(
      request([wheel("alpha", [])], over: base("\u{7F}ELF of another kind"), platform: .linuxARM64))
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
    let error = try await failure(request([wheel("alpha", [])], over: base(script)))
    #expect(
      error.message
        == "modules cannot be compiled: the image's own Python fails: libz.so.1: cannot open shared object file"
    )
    let silent = try await failure(request([wheel("alpha", [])], over: base("#!/bin/sh\nexit 0\n")))
    #expect(silent.message == "modules cannot be compiled: the image's own Python fails")
  }

  @Test(.enabled(if: MachinePython.found != nil))
  func `a build that is cancelled ends soon and leaves nothing`() async throws {
    let request = try request([wheel("alpha", [])], over: base("#!/bin/sh\nexec sleep 600\n"))
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
