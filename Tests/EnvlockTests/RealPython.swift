import EnvlockImage
import EnvlockModel
import EnvlockNative
import EnvlockTestSupport
import EnvlockVersions
import Foundation

@testable import Envlock

/// The Python of this machine as packages of Debian: program, loader, libraries, and the modules that builds import. An image
/// of them runs.
struct RealPython {
  let version: PythonVersion
  /// What goes to `/usr`, by paths from there.
  private let files: [(path: String, source: String)]

  /// Nil where there is none that envlock knows, or this user may not confine programs.
  static let confined: RealPython? = {
    guard confines else { return nil }
    return try? RealPython()
  }()

  /// Imports what builds of the tests need, and says where it came from.
  private static let question = """
    import gzip, importlib, json, os, sys, tarfile, time, zipfile, socket, sysconfig
    print('%d.%d' % sys.version_info[:2], sys.implementation.name, sysconfig.get_path('stdlib'), os.path.realpath(sys.executable), sep='\\n')
    for module in list(sys.modules.values()):
        if getattr(module, '__file__', None): print(module.__file__)
    """

  private init() throws {
    let answer = try Self.output("/usr/bin/env", ["python3", "-I", "-c", Self.question])
      .split(separator: "\n").map(String.init)
    struct Unusable: Error {}
    guard answer.count > 4, answer[1] == "cpython", let version = try? PythonVersion(answer[0]) else {
      throw Unusable()
    }
    self.version = version
    let (library, program, name) = (answer[2], answer[3], EnvironmentLayout.binaryName(version))
    let modules = Set(answer[4...]).filter { $0.hasPrefix(library + "/") && !$0.contains("/site-packages/") }
    var files = modules.sorted().map { (path: "lib/\(name)" + $0.dropFirst(library.count), source: $0) }
    files.append(("bin/\(name)", program))
    // Every library that the program or a module needs, where its loader looks for it.
    var libraries: Set<String> = []
    for file in [program] + modules.filter({ $0.hasSuffix(".so") }) {
      let lines = (try? Self.output("/usr/bin/env", ["ldd", file])) ?? ""
      for word in lines.split(whereSeparator: \.isWhitespace) where word.hasPrefix("/") {
        libraries.insert(String(word))
      }
    }
    for library in libraries.sorted() {
      // One that lies elsewhere, where only this machine's own program looks, is found where all look.
      let isUsual = library.hasPrefix("/lib") || library.hasPrefix("/usr/lib")
      let path = library.hasPrefix("/usr/") ? library.dropFirst(5) : library.dropFirst()
      files.append((isUsual ? String(path) : "lib/" + (library.split(separator: "/").last ?? ""), library))
    }
    self.files = files
  }

  /// Whether a program can be confined here: one that is not there gets as far as not being found.
  private static let confines: Bool = {
    guard let folder = try? TemporaryFolder() else { return false }
    for name in ["dev", "proc", "tmp"] { mkdir(folder(name), 0o755) }
    var command = ChildCommand(program: "/nothing")
    command.confinement = Confinement(root: folder.path, folders: [], directory: "/")
    return ChildProcess.run(command).end == .notConfined(.program, ENOENT)
  }()

  private static func output(_ program: String, _ arguments: [String]) throws -> String {
    struct Failure: Error {}
    let outcome = ChildProcess.run(
      ChildCommand(program: program, arguments: arguments, timeLimit: .seconds(300)))
    guard outcome.isSuccess else { throw Failure() }
    return String(decoding: outcome.output, as: UTF8.self)
  }

  /// A store that has the layers of the base and nothing else, made once: packing them takes longer than all builds.
  private static let warm = Task<TemporaryFolder, any Error> {
    let place = try BuildPlace()
    guard let python = confined else { return place.folder }
    let answer = PlatformLock(
      platform: .ofThisProcess ?? .linuxAMD64, python: python.version,
      strata: Strata(
        frameworks: [], cuda: nil, cudnn: nil, nccl: nil, glibc: Version(release: [2, 36]), driver: nil),
      targets: [], roots: [], wheels: [], base: try python.base(place.mirror))
    _ = try await place.builder().build(BuildRequest(lock: try BuildMirror.lock([answer])))
    return place.folder
  }

  /// Makes a store with the layers of the base.
  static func putStore(at path: String) async throws {
    try FileManager.default.copyItem(atPath: try await warm.value("store"), toPath: path)
  }

  /// A base that is the smallest system with this Python.
  func base(_ mirror: BuildMirror) throws -> LockedBase {
    let name = EnvironmentLayout.binaryName(version)
    var members: [TarBuilder.Member] = [.folder("./usr/")]
    var folders: Set<String> = []
    for file in files {
      let parts = file.path.split(separator: "/").dropLast()
      for end in parts.indices.map({ $0 + 1 }) {
        let folder = parts[..<end].joined(separator: "/")
        if folders.insert(folder).inserted { members.append(.folder("./usr/\(folder)/")) }
      }
      let content = try Data(contentsOf: URL(filePath: file.source))
      members.append(.file("./usr/\(file.path)", Array(content), mode: 0o755))
    }
    let packages = [
      try mirror.package(
        "base-files", "12.4",
        data: [.folder("./usr/"), .folder("./usr/lib/"), .file("./usr/lib/os-release", "ID=debian\n")]),
      try mirror.package("libc6", "2.36-9"),
      try mirror.package(name, "\(version).2-6", needs: ["libc6"], data: members),
    ]
    return LockedBase(
      system: .debian(
        LockedDebian(
          suite: "bookworm", security: false, essential: ["base-files", "libc6"], requested: [],
          packages: packages)),
      interpreter: LockedInterpreter(
        version: try Version("\(version).2"), origin: .debian(package: name)))
  }
}
