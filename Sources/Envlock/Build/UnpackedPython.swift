import EnvlockImage
import EnvlockModel
import EnvlockNative
import EnvlockStore
import Glibc
import Synchronization

/// The image's own Python, unpacked into a folder of the store so that it can be started here, without a container and
/// without root: by the image's own dynamic loader, with the image's own libraries. The folder goes with this.
final class UnpackedPython: Sendable {
  /// What there is when it is unpacked.
  struct Content: Sendable {
    /// The folder: the program and the standard library at their paths, and the folder of libraries.
    let folder: ScratchFolder
    /// The modules of the standard library.
    let library: LayerMaker.Draft
  }

  /// Which files it consists of.
  let parts: InterpreterParts

  private let platform: Platform
  private let python: PythonVersion
  private let starts: Gate
  private let turn = Gate(1)
  private let content = Mutex<Content?>(nil)
  private let lastNumber = Atomic<Int>(0)

  /// The folder of libraries, below that of everything.
  static let libraries = "libraries"

  /// How long it may take to compile some modules. Seconds are usual; programs that another processor is imitated for take
  /// far longer.
  private static let patience = Duration.seconds(1800)
  private static let outputLimit = 1 << 30

  /// Unpacks nothing yet.
  ///
  /// - Parameters:
  ///   - parts: which files it consists of.
  ///   - platform: what it runs on.
  ///   - python: which Python it is.
  ///   - parallel: how many times it runs at the same time.
  init(_ parts: InterpreterParts, platform: Platform, python: PythonVersion, parallel: Int) {
    self.parts = parts
    self.platform = platform
    self.python = python
    starts = Gate(parallel)
  }

  deinit { content.withLock { $0?.library.clear() } }

  /// What is unpacked. Whoever comes first unpacks it, and the others wait.
  func content(_ unpack: () async throws -> Content) async throws -> Content {
    guard await turn.enter() else { throw CancellationError() }
    defer { turn.leave() }
    if let content = content.withLock({ $0 }) { return content }
    let made = try await unpack()
    content.withLock { $0 = made }
    return made
  }

  /// Compiles modules. Cancelling the task ends it soon.
  ///
  /// - Parameters:
  ///   - folder: where it is unpacked.
  ///   - read: gives the modules, when it is their turn.
  /// - Returns: what became of them.
  /// - Throws: `BadRequest` where it does not start, or does not do its work; what `read` throws.
  func compile(
    in folder: ScratchFolder, _ read: () async throws -> [ModuleCompiler.Source]
  ) async throws -> ModuleCompiler.Answer {
    guard await starts.enter() else { throw CancellationError() }
    defer { starts.leave() }
    let sources = try await read()
    let number = lastNumber.add(1, ordering: .relaxed).newValue
    let question = try ImagePath("question-\(number)")
    try folder.write(ModuleCompiler.question(sources), to: question)
    defer { folder.remove(question) }
    let command = try command(folder, question: folder.place(question))
    let cancellation = Cancellation()
    let answer = try await withTaskCancellationHandler {
      try await onThread {
        let outcome = ChildProcess.run(command) { cancellation.isThere.load(ordering: .relaxed) }
        if outcome.end == .cancelled { throw CancellationError() }
        let answer =
          outcome.isSuccess
          ? try ModuleCompiler.answer(outcome.output, count: sources.count, python: self.python) : nil
        guard let answer else { throw self.failure(outcome, folder) }
        return answer
      }
    } onCancel: {
      cancellation.isThere.store(true, ordering: .relaxed)
    }
    return answer
  }

  private final class Cancellation: Sendable {
    let isThere = Atomic<Bool>(false)
  }

  private func command(_ folder: ScratchFolder, question: String) throws -> ChildCommand {
    let libraries = try ImagePath(Self.libraries)
    // The loader's cache is this machine's.
    let loading = ["--inhibit-cache", "--library-path", folder.place(libraries), folder.place(parts.program)]
    return ChildCommand(
      program: folder.place(try libraries.appending(parts.loader)),
      arguments: loading + ModuleCompiler.arguments(question),
      environment: ModuleCompiler.environment(home: folder.place(parts.home)), timeLimit: Self.patience,
      outputLimit: Self.outputLimit)
  }

  private func failure(_ outcome: ChildOutcome, _ folder: ScratchFolder) -> BadRequest {
    let without = "leave `bytecode` out of [image], and Python compiles what it uses when it starts"
    func bad(_ message: String, _ hints: String...) -> BadRequest {
      BadRequest("modules cannot be compiled: \(message)", hints: hints + [without], kind: .couldNotFindOut)
    }
    switch outcome.end {
    case .notStarted(ENOEXEC):
      return bad(
        "this machine does not run programs of \(platform), and the image's own Python has to do it",
        "build on a machine of that kind, or let qemu-user run such programs (binfmt_misc)")
    case .notStarted(EACCES):
      return bad(
        "no program can be started in `\(folder.path)`",
        "ENVLOCK_CACHE_DIR names a folder on a file system that is not mounted with noexec")
    case .notStarted(ENOENT):
      return bad("the image has no `\(parts.loader)`, which starts its programs")
    case .notStarted(let code):
      return bad("the image's own Python does not start: \(String(cString: strerror(code)))")
    case .timedOut: return bad("the image's own Python does not come to an end")
    default:
      let text = String(decoding: outcome.errorOutput.suffix(4096), as: UTF8.self)
      let last = text.split(separator: "\n").last.map { ": \($0)" } ?? ""
      return bad("the image's own Python fails\(last)")
    }
  }
}
