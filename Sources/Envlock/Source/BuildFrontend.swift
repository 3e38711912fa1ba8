import EnvlockImage
import EnvlockManifest
import EnvlockModel
import EnvlockNative
import EnvlockStore
import Glibc

/// The part of a build that runs inside the image: a program for the image's own Python that unpacks the source and calls
/// the hooks of its backend (PEP 517).
struct BuildFrontend {
  /// Which hook is called.
  enum Hook: String {
    /// `get_requires_for_build_wheel`, which a backend may lack.
    case requirements
    /// `build_wheel`.
    case wheel
  }

  /// What is built, and how.
  let archive: SourceArchive
  /// The time that the build sees, in seconds since 1970; nil for that of the newest file in the archive.
  let epoch: Int?

  /// The folder of the build as it sees it, below the root of the image.
  static let folder = "/build"
  /// What the archive is called in it.
  static let archiveName = "source"
  /// Where wheels land in it.
  static let wheelFolder = "wheel"
  private static let answerName = "answer"

  /// Seconds that a build may take: compilers need hours for the largest.
  private static let patience = Duration.seconds(6 * 3600)
  private static let outputLimit = 256 << 20
  private static let answerLimit = 1 << 20

  /// Calls a hook.
  ///
  /// - Parameters:
  ///   - hook: Which.
  ///   - root: The folder of the unpacked image, which has a folder for each of its mounts.
  ///   - build: The folder of the build, on this machine: an absolute path.
  ///   - isCancelled: Whether nobody wants the answer any more.
  /// - Returns: What the hook gave, and the time that the build saw.
  /// - Throws: `SourceBuildError` with the end of what it wrote; `CancellationError`.
  func call(
    _ hook: Hook, root: String, build: String, isCancelled: () -> Bool
  ) throws -> (answer: [String], epoch: Int) {
    var command = ChildCommand(
      program: "\(EnvironmentLayout.commands)/python", arguments: ["-c", Self.program],
      environment: [
        "PATH": "\(EnvironmentLayout.commands):/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
        "HOME": "\(Self.folder)/home", "TMPDIR": "/tmp", "LANG": "C.UTF-8", "TZ": "UTC",
        "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONNOUSERSITE": "1",
      ], timeLimit: Self.patience, outputLimit: Self.outputLimit)
    command.input = Array(question(hook).canonical().utf8)
    command.confinement = Confinement(
      root: root, folders: [.init(build, at: Self.folder)], directory: Self.folder)
    let outcome = ChildProcess.run(command, isCancelled: isCancelled)
    guard outcome.isSuccess else { throw try failure(outcome) }
    do {
      let answer = JSONCursor(
        try JSONValue(parsing: try PlainFile.content("\(build)/\(Self.answerName)", limit: Self.answerLimit)))
      return (try answer.member("answer").strings(), try answer.member("epoch").integer())
    } catch {
      throw SourceBuildError("the build of \(archive.folder) gave no answer that can be read")
    }
  }

  private func question(_ hook: Hook) -> JSONValue {
    var object: JSONObject = [
      "hook": .string(hook.rawValue), "folder": .string(archive.folder),
      "backend": .string(archive.buildSystem.backend),
      "backend-path": .array(archive.buildSystem.backendPath.map { .string($0) }),
    ]
    object["epoch"] = epoch.map { .integer($0) }
    return .object(object)
  }

  /// The standard library of every Python that wheels are locked for, and nothing else.
  ///
  /// The source's own folder is not importable (PEP 517, "Build environment") unless `backend-path` names it. Earlier than
  /// 1980 is no time for a file in a wheel, which is a zip file.
  private static let program = """
    import importlib, json, os, sys, tarfile
    question = json.load(sys.stdin)
    sys.path[:] = [path for path in sys.path if path]
    epoch = question.get("epoch")
    with tarfile.open("\(archiveName)") as archive:
        if epoch is None:
            epoch = max([int(member.mtime) for member in archive.getmembers()] + [315532800])
        if not os.path.isdir("tree"):
            safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
            archive.extractall("tree", **safely)
    os.environ["SOURCE_DATE_EPOCH"] = str(epoch)
    folder = os.getcwd()
    os.makedirs("home", exist_ok=True)
    os.makedirs("\(wheelFolder)", exist_ok=True)
    os.chdir(os.path.join("tree", question["folder"]))
    sys.path[:0] = [os.path.abspath(path) for path in question["backend-path"]]
    module, _, names = question["backend"].partition(":")
    backend = importlib.import_module(module)
    for name in filter(None, names.split(".")):
        backend = getattr(backend, name)
    if question["hook"] == "wheel":
        answer = [backend.build_wheel(os.path.join(folder, "\(wheelFolder)"), {})]
    else:
        hook = getattr(backend, "get_requires_for_build_wheel", None)
        answer = list(hook({})) if hook else []
    with open(os.path.join(folder, "\(answerName)"), "w") as file:
        json.dump({"answer": answer, "epoch": epoch}, file)

    """

  // MARK: failures

  private func failure(_ outcome: ChildOutcome) throws -> SourceBuildError {
    let what = "the build of \(archive.folder)"
    let elsewhere = "build it where that is allowed, and take it along: `envlock bundle`"
    func text(_ code: Int32) -> String { String(cString: strerror(code)) }
    func unknown(_ message: String, _ hints: String...) -> SourceBuildError {
      SourceBuildError("\(what) \(message)", hints: hints, kind: .couldNotFindOut)
    }
    switch outcome.end {
    case .cancelled: throw CancellationError()
    case .notConfined(.namespaces, let code), .notConfined(.user, let code):
      return unknown(
        "cannot be confined: this system lets this user make no namespaces (\(text(code)))",
        "`sysctl user.max_user_namespaces kernel.unprivileged_userns_clone kernel.apparmor_restrict_unprivileged_userns` "
          + "shows what forbids it; in a container, allow it there", elsewhere)
    case .notConfined(.folders, let code):
      return unknown(
        "cannot be confined: its folders cannot be mounted (\(text(code)))",
        "`sysctl kernel.apparmor_restrict_unprivileged_userns=0` lets ordinary users do so where AppArmor forbids it",
        elsewhere)
    case .notConfined(.program, ENOEXEC):
      return unknown(
        "cannot run here: this machine does not run programs of that platform",
        "build it on a machine of that kind, or let qemu-user run such programs (binfmt_misc)", elsewhere)
    case .notConfined(.program, let code), .notStarted(let code):
      return unknown("cannot run: the image's own Python does not start (\(text(code)))")
    case .timedOut: return unknown("does not come to an end")
    case .wroteTooMuch: return unknown("writes without end")
    case .unknown: return unknown("was lost")
    case .exited, .signalled:
      let log = String(decoding: (outcome.output + outcome.errorOutput).suffix(1 << 16), as: UTF8.self)
      var hints: [String] = []
      if ["gcc", "g++", "cc1", "compiler", "Python.h", "make"].contains(where: log.contains) {
        hints.append(
          "what a build needs besides Python belongs in `packages` of [base]: `gcc`, `libc6-dev`, `python3-dev`"
        )
      }
      if log.contains("Temporary failure in name resolution") || log.contains("Network is unreachable") {
        hints.append("a build has no network: what it downloads cannot be had")
      }
      return SourceBuildError(
        "\(what) failed", details: log.split(whereSeparator: \.isNewline).suffix(20).map(Self.shown),
        hints: hints)
    }
  }

  /// A line without anything that a terminal would act on.
  private static func shown(_ line: Substring) -> String {
    String(
      String.UnicodeScalarView(
        line.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f || $0 == "\t" }))
  }
}
