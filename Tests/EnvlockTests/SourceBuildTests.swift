import EnvlockImage
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import EnvlockVersions
import Foundation
import Testing

@testable import Envlock

/// Wheels that are built of source distributions: resolved, built again, refused.
@Suite(.enabled(if: RealPython.confined != nil, "no Python can be confined here"), .timeLimit(.minutes(10)))
struct SourceBuildTests {
  private let place: BuildPlace
  private let python: RealPython
  private let base: LockedBase

  private var mirror: BuildMirror { place.mirror }

  init() throws {
    place = try BuildPlace()
    python = try #require(RealPython.confined)
    base = try python.base(place.mirror)
  }

  // MARK: What is built

  /// A backend that lies in the source itself, and puts into the wheel what it sees of its surroundings.
  private static let backend = """
    import json, os, socket, sys, time, zipfile
    import helper
    def get_requires_for_build_wheel(settings=None):
        return ["later>=1", "never; python_version < '3'"]
    def build_wheel(folder, settings=None, metadata=None):
        import later
        try:
            socket.socket().connect(("127.0.0.1", int(open("port").read())))
            network = "there"
        except OSError:
            network = "none"
        seen = {
            "user": os.getuid(), "network": network, "folder": os.getcwd(), "root": sorted(os.listdir("/")),
            "variables": sorted(name for name in os.environ if name != "PWD"), "modules": helper.__name__ + later.__name__,
            "epoch": os.environ["SOURCE_DATE_EPOCH"],
        }
        name = "made-1.0-TAG.whl"
        files = {
            "made.py": "seen = " + json.dumps(seen, indent=1), "order.py": str({"a", "b", "c", "d", "e"}), "made-1.0.dist-info/METADATA":
            "Metadata-Version: 2.1\\nName: made\\nVersion: 1.0\\nRequires-Dist: needed>=1\\n",
            "made-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: TAG\\n",
        }
        record = "made-1.0.dist-info/RECORD"
        files[record] = "".join(path + ",,\\n" for path in list(files) + [record])
        with zipfile.ZipFile(os.path.join(folder, name), "w", zipfile.ZIP_DEFLATED) as wheel:
            for path, text in files.items():
                wheel.writestr(zipfile.ZipInfo(path, time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"]))[:6]), text)
        print("made", name)
        return name

    """

  private static let project = """
    [build-system]
    requires = ["helper"]
    build-backend = "backend"
    backend-path = ["."]

    """

  /// Adds the source distribution of `made` and what it needs.
  private func serveSource(backend: String = backend, project: String = project, tag: String = "py3-none-any")
    throws
  {
    let text = backend.replacing("TAG", with: tag)
    var port = TarBuilder.Member.file("made-1.0/port", "\(mirror.server.port)")
    port.mtime = 1_600_000_000
    let tar = TarBuilder([
      .folder("made-1.0/"), .file("made-1.0/pyproject.toml", project), .file("made-1.0/backend.py", text),
      port,
      .file("made-1.0/PKG-INFO", "Metadata-Version: 2.1\nName: made\nVersion: 1.0\n"),
    ])
    mirror.file("made", "made-1.0.tar.gz", DebianBuilder.gzip(tar.build()))
    for name in ["helper", "later", "needed"] { try mirror.wheel(name) }
  }

  private func manifest(allowed: Bool = true, _ platforms: [Platform] = [.ofThisProcess ?? .linuxAMD64])
    throws -> Manifest
  {
    var manifest = Manifest(python: python.version, platforms: platforms)
    manifest.requirements = [SourcedRequirement(try Requirement("made"), origin: "command line")]
    manifest.base = BaseDeclaration(.debian(suite: "bookworm"), packages: [], security: false)
    if allowed { manifest.buildSdist = [try ProjectName("made")] }
    return manifest
  }

  /// A lock from which nothing is taken but its base, so that no mirror of Debian is asked what there is.
  private func previous(_ manifest: Manifest) throws -> Lockfile {
    let nothing = sha256([])
    let answers = manifest.platforms.map { platform in
      PlatformLock(
        platform: platform, python: python.version,
        strata: Strata(
          frameworks: [], cuda: nil, cudnn: nil, nccl: nil, glibc: Version(release: [2, 36]), driver: nil),
        targets: [], roots: [], wheels: [], base: base)
    }
    return Lockfile(manifest: nothing, matrix: nothing, request: manifest.canonical(), platforms: answers)
  }

  private func engine(_ store: String = "store") -> Engine { Engine(place.builder(store).configuration) }

  private func resolve(
    _ manifest: Manifest, previous: Lockfile? = nil, store: String = "store", upgrade: Upgrade = .none
  ) async throws -> ResolveReport {
    let previous = try previous ?? self.previous(manifest)
    try await prepare(store)
    return try await engine(store).resolve(manifest, previous: previous, upgrade: upgrade)
  }

  /// A store of this name, which has what every build needs.
  private func prepare(_ store: String) async throws {
    guard !FileManager.default.fileExists(atPath: place.folder(store)) else { return }
    try await RealPython.putStore(at: place.folder(store))
  }

  private func failure(_ body: () async throws -> Void) async throws -> any UserFacingError {
    let error = await #expect(throws: (any Error).self) { try await body() }
    return try #require(error as? any UserFacingError)
  }

  // MARK: Resolving

  @Test func `a project without wheels is built once, and locked with all that made it`() async throws {
    try serveSource()
    let report = try await resolve(try manifest())
    let answer = try #require(report.lock.platforms.first)
    let made = try answer.wheel("made")
    #expect(answer.summary == "made 1.0, needed 1.0")
    #expect(made.fileName == "made-1.0-py3-none-any.whl" && made.index == "default")
    let build = try #require(made.built)
    #expect(build.fileName == "made-1.0.tar.gz" && build.epoch == 1_600_000_000 && build.platform == nil)
    #expect(build.requirements.map(\.name.text) == ["helper", "later"])
    #expect(
      report.notes == ["made-1.0-py3-none-any.whl was built of made-1.0.tar.gz: no wheel of made 1.0 fits"])
    #expect(try Lockfile(parsing: Array(report.lock.canonicalText().utf8)) == report.lock)
    #expect(report.lock.canonicalText().contains("\"revision\": 3"))
    #expect(try place.faults() == [])

    let stored = place.folder("store/artifacts/sha256/\(made.sha256.hex)")
    let wheel = try WheelFile(stored, name: made.fileName)
    let at = try #require(wheel.members.firstIndex { $0.path == "made.py" })
    let seen = String(decoding: try wheel.content(at, limit: 1 << 16), as: UTF8.self)
    try expectGolden(seen, "what-a-build-sees.txt")

    // Asked again, nothing is built, and nothing changes.
    let again = try await resolve(try manifest(), previous: report.lock)
    #expect(again.lock == report.lock && again.notes == [])
  }

  @Test func `another machine makes the same wheel again, for a resolve and for an image`() async throws {
    try serveSource()
    let manifest = try manifest()
    let lock = try await resolve(manifest).lock
    #expect(try await resolve(manifest, previous: lock, store: "other").lock == lock)

    let request = BuildRequest(lock: lock, buildSdist: [try ProjectName("made")])
    for store in ["third", "fourth"] { try await prepare(store) }
    let image = try await place.build(request)
    let elsewhere = try await place.build(request, to: "second", store: "third")
    #expect(image.digest == elsewhere.digest)
    let error = try await failure {
      try await place.build(BuildRequest(lock: lock), to: "third", store: "fourth")
    }
    try expectGolden(error.rendered, "source-not-allowed.txt")
  }

  @Test func `a lock of a build that gives other bytes is refused`() async throws {
    try serveSource()
    let manifest = try manifest()
    let lock = try await resolve(manifest).lock
    let other = sha256("another wheel".utf8)
    let made = try #require(lock.platforms.first).wheel("made")
    let text = lock.canonicalText().replacing(made.sha256.hex, with: other.hex)
    let changed = try Lockfile(parsing: Array(text.utf8))
    let error = try await failure { _ = try await resolve(manifest, previous: changed, store: "other") }
    #expect(
      error.message
        == "the build of made-1.0.tar.gz does not repeat: it made another made-1.0-py3-none-any.whl")
    #expect(error.kind == .answerIsNo)
    #expect(error.details.first == "locked  \(other)")
    // Whoever asks for it gets what is built now.
    let anew = try await resolve(
      manifest, previous: changed, store: "other", upgrade: .packages([try ProjectName("made")]))
    #expect(anew.lock == lock)
  }

  @Test func `nothing is built that nobody allowed, and the error says how`() async throws {
    try serveSource()
    let error = try await failure { _ = try await resolve(try manifest(allowed: false)) }
    try expectGolden(error.rendered, "only-source.txt")
    #expect(!mirror.paths.contains("/files/made-1.0.tar.gz"))
  }

  @Test func `a wheel without compiled parts does for another platform, one with them does not`() async throws
  {
    try serveSource()
    let both = try manifest(Platform.allCases)
    let lock = try await resolve(both).lock
    let here = try #require(Platform.ofThisProcess)
    for answer in lock.platforms {
      #expect(try answer.wheel("made").built?.platform == (answer.platform == here ? nil : here))
    }
    #expect(Set(lock.platforms.compactMap { try? $0.wheel("made").sha256 }).count == 1)
    #expect(try await resolve(both, previous: lock, store: "other").lock == lock)

    try serveSource(tag: "py3-none-linux_\(here.machine)")
    let error = try await failure { _ = try await resolve(both, store: "third") }
    #expect(error.message.hasPrefix("made-1.0-py3-none-linux_\(here.machine).whl has compiled parts"))
  }

  // MARK: Faults

  @Test func `a build without a base is refused`() async throws {
    try serveSource()
    var manifest = try manifest()
    manifest.base = nil
    let error = try await failure { _ = try await engine().resolve(manifest) }
    try expectGolden(error.rendered, "source-without-base.txt")
  }

  @Test(arguments: [
    (
      "fails",
      "def build_wheel(folder, settings=None, metadata=None):\n    print('compiling\\x1b[31m')\n    raise SystemExit('no compiler')\n"
    ),
    (
      "other-name",
      "def build_wheel(folder, settings=None, metadata=None):\n    open(folder + '/other-1.0-py3-none-any.whl', 'w')\n    return 'other-1.0-py3-none-any.whl'\n"
    ),
    (
      "no-file",
      "def build_wheel(folder, settings=None, metadata=None):\n    return 'made-1.0-py3-none-any.whl'\n"
    ),
    (
      "link",
      "import os\ndef build_wheel(folder, settings=None, metadata=None):\n    os.symlink('/etc/hostname', folder + '/made-1.0-py3-none-any.whl')\n    return 'made-1.0-py3-none-any.whl'\n"
    ),
    (
      "leads-out",
      "def build_wheel(folder, settings=None, metadata=None):\n    return '../made-1.0-py3-none-any.whl'\n"
    ),
    (
      "no-wheel",
      "def build_wheel(folder, settings=None, metadata=None):\n    open(folder + '/made-1.0-py3-none-any.whl', 'w')\n    return 'made-1.0-py3-none-any.whl'\n"
    ),
    ("odd-answer", "def build_wheel(folder, settings=None, metadata=None):\n    return 7\n"),
    ("odd-needs", "def get_requires_for_build_wheel(settings=None): return ['a b c']\n"),
    ("missing-needs", "def get_requires_for_build_wheel(settings=None): return ['nowhere>=2']\n"),
  ])
  func `what a backend does wrong is said`(name: String, backend: String) async throws {
    try serveSource(backend: backend)
    let error = try await failure { _ = try await resolve(try manifest()) }
    let masked = error.rendered.replacing("Python \(python.version)", with: "Python X.Y")
      .replacing("\(Platform.ofThisProcess ?? .linuxAMD64)", with: "PLATFORM")
    try expectGolden(masked, "source-\(name).txt")
    #expect(try place.faults() == [])
  }

  @Test(arguments: [
    (
      "[build-system]\nrequires = [\"helper @ https://files.example.com/helper-1.0-py3-none-any.whl\"]\n",
      "a build can only run with wheels of an index"
    ),
    (
      "[build-system]\nrequires = [\"helper\"]\nbuild-backend = \"x\"\nbackend-path = [\"../..\"]\n",
      "`backend-path` leads out of the source"
    ),
    ("[build-system\n", "made-1.0.tar.gz/pyproject.toml:1"),
  ])
  func `a pyproject that cannot be used is said`(text: String, fault: String) async throws {
    try serveSource(project: text)
    let error = try await failure { _ = try await resolve(try manifest()) }
    #expect(error.message.contains(fault), "\(error.rendered)")
  }

  @Test func `an archive that is no source distribution is said`() async throws {
    try serveSource()
    for (bytes, fault) in [
      ([UInt8](repeating: 7, count: 4096), "is no tar archive"),
      (
        DebianBuilder.gzip(TarBuilder([.file("a/x", "1"), .file("b/x", "2")]).build()),
        "2 files and folders at its top"
      ),
    ] {
      mirror.file("made", "made-1.0.tar.gz", bytes)
      let error = try await failure { _ = try await resolve(try manifest(), store: "store-\(bytes.count)") }
      #expect(error.message.contains(fault), "\(error.rendered)")
    }
  }
}
