import EnvlockImage
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import Envlock

/// A place to build images in whose Python is that of this machine.
struct BytecodePlace {
  let place: BuildPlace

  init() throws { place = try BuildPlace() }

  private var mirror: BuildMirror { place.mirror }

  /// A dynamic loader that starts this machine's Python: a script, called with
  /// `--inhibit-cache --library-path FOLDER PROGRAM`.
  func loader() throws -> String {
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
  func base(_ loader: String? = nil) throws -> LockedBase {
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
  func imageBase() throws -> LockedBase {
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

  func wheel(_ project: String, _ files: [(String, String)]) throws -> LockedWheel {
    var builder = WheelBuilder(name: project, version: "1.0")
    builder.members += files.map { WheelBuilder.Member($0.0, $0.1) }
    return try mirror.wheel(project, "1.0", builder.recorded.build())
  }

  func request(
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

  func faults(_ name: String, _ request: BuildRequest) async throws -> [String] {
    let expectations = try await place.builder().expectations(request)
    return try await ImageVerifier(place.out(name)).verify(expectations).lines
  }

  /// The files of the layers of compiled modules.
  func files(_ request: BuildRequest) async throws -> [String] {
    let expectation = try #require(try await place.builder().expectations(request).first)
    return expectation.layers.filter { $0.title.hasPrefix("bytecode") }.flatMap { layer -> [String] in
      guard case .entries(let entries) = layer.content else { return [] }
      return entries.map(\.path.text).sorted()
    }
  }
}
