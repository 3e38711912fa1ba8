import Envlock
import EnvlockManifest
import EnvlockModel
import EnvlockTestSupport
import Synchronization

@testable import EnvlockCLI

/// A world in memory for a run of the program.
final class World: Sendable {
  struct State {
    var files: [String: String] = [:]
    /// The paths of those that are programs.
    var programs: Set<String> = []
    /// The current folder.
    var folder = ""

    func path(_ path: String) -> String { Path.joined(folder, path) }
    var output = ""
    var messages = ""
    var configurations: [Configuration] = []
    var questions: [Manifest] = []
    var previous: [Lockfile?] = []
    var upgrades: [Upgrade] = []
    var pins: [Pins] = []
  }

  private let state: Mutex<State>
  private let engine: Session.Resolve
  private let machine: Machine
  private let builds: BuildWork
  private let pushes: PushWork
  private let images: ImageReading
  private let imagePaths: Set<String>
  private let git: GitReading
  private let outdated: Session.Outdated

  /// - Parameters:
  ///   - files: What the folder holds.
  ///   - machine: The machine that the program runs on.
  ///   - builds: What builds images.
  ///   - pushes: What pushes images.
  ///   - images: What reads images.
  ///   - imagePaths: Where images lie.
  ///   - git: What git has.
  ///   - outdated: What the engine says of a lock's age.
  ///   - engine: The engine.
  init(
    _ files: [String: String] = [:], machine: Machine = .nothing, builds: BuildWork = .nothing,
    pushes: PushWork = .nothing, images: ImageReading = .live, imagePaths: Set<String> = [],
    git: GitReading = .nothing,
    outdated: @escaping Session.Outdated = { _, _, _, _ in throw Refused() },
    engine: @escaping Session.Resolve
  ) {
    state = Mutex(State(files: files))
    self.machine = machine
    self.builds = builds
    self.pushes = pushes
    self.images = images
    self.imagePaths = imagePaths
    self.git = git
    self.outdated = outdated
    self.engine = engine
  }

  /// A world whose engine says what `answer` says.
  convenience init(
    _ files: [String: String] = [:], answer: @escaping @Sendable (Manifest) throws -> Session.Answer
  ) {
    self.init(files) { _, manifest, _, _, _ in try answer(manifest) }
  }

  /// A world whose engine answers with this lock.
  convenience init(_ files: [String: String] = [:], lock: Lockfile, notes: [String] = []) {
    self.init(files) { _ in Session.Answer(lock: lock, notes: notes, seconds: 0.34) }
  }

  var snapshot: State { state.withLock { $0 } }

  /// Puts a file into the folder.
  func write(_ text: String, _ path: String) { state.withLock { $0.files[path] = text } }

  /// Runs the program; gives what a person would see.
  func run(_ arguments: [String], _ environment: [String: String] = [:], terminal: Bool = false) async
    -> String
  {
    state.withLock {
      $0.output = ""
      $0.folder = ""
      $0.messages = ""
    }
    let code = await CommandLineProgram.run(arguments, session(environment, terminal: terminal))
    let state = snapshot
    var text = "$ envlock \(arguments.joined(separator: " "))\n"
    if !state.output.isEmpty { text += "--- stdout\n" + state.output }
    if !state.messages.isEmpty { text += "--- stderr\n" + state.messages }
    return text + "--- exit \(code)\n"
  }

  private func session(_ environment: [String: String], terminal: Bool) -> Session {
    var images = images
    images.kind = { path in
      if self.imagePaths.contains(path) { return .image }
      return self.snapshot.files[self.snapshot.path(path)] == nil ? .missing : .file
    }
    return Session(
      environment: environment.merging(["HOME": "/home/me"]) { old, _ in old },
      console: Console(
        writeOutput: { text in self.state.withLock { $0.output += text } },
        writeMessages: { text in self.state.withLock { $0.messages += text } },
        inputIsTerminal: terminal, outputIsTerminal: terminal, messagesAreTerminal: terminal, columns: { 80 },
        isIntact: { true }),
      files: FileReader { path throws(FileFault) in
        guard let text = self.state.withLock({ $0.files[$0.path(path)] }) else { throw .notFound }
        return Array(text.utf8)
      },
      list: { folder in
        self.snapshot.files.keys.filter { $0.hasPrefix(folder + "/") }.map {
          String($0.dropFirst(folder.count + 1))
        }
      },
      enter: { folder in self.state.withLock { $0.folder = folder } },
      write: { bytes, path in
        self.state.withLock { $0.files[$0.path(path)] = String(decoding: bytes, as: UTF8.self) }
      },
      writeProgram: { bytes, path in
        self.state.withLock {
          $0.files[$0.path(path)] = String(decoding: bytes, as: UTF8.self)
          $0.programs.insert($0.path(path))
        }
      },
      makeFolder: { _ in },
      resolve: { configuration, manifest, previous, upgrade, progress in
        self.state.withLock {
          $0.configurations.append(configuration)
          $0.questions.append(manifest)
          $0.previous.append(previous)
          $0.upgrades.append(upgrade)
        }
        return try await self.engine(configuration, manifest, previous, upgrade, progress)
      },
      outdated: outdated,
      builds: builds,
      pushes: pushes,
      images: images,
      git: git,
      machine: machine,
      resolveKeeping: { configuration, manifest, previous, pins, progress in
        self.state.withLock {
          $0.configurations.append(configuration)
          $0.questions.append(manifest)
          $0.previous.append(previous)
          $0.pins.append(pins)
        }
        return try await self.engine(configuration, manifest, previous, .none, progress)
      })
  }
}

extension GitReading {
  /// A folder that is in no repository.
  static let nothing = GitReading { _, _, _ throws(GitFault) in throw .noRepository }
}

extension BuildWork {
  /// Nothing that builds images.
  static let nothing = BuildWork(
    plan: { _, _ in throw Refused() }, build: { _, _, _ in throw Refused() }, blobs: { _ in throw Refused() })
}

extension PushWork {
  /// Nothing that pushes images.
  static let nothing = PushWork(
    image: { _, _, _, _, _ in throw Refused() }, lock: { _, _, _, _ in throw Refused() })
}

extension Machine {
  /// A machine on which nothing can be measured.
  static let nothing = measured(
    NodeFacts(
      origin: .probe,
      gaps: [FactGap(.driver, reason: "nothing answers"), FactGap(.gpus, reason: "nothing answers")]))

  /// A machine of which these facts are measured.
  static func measured(_ facts: NodeFacts) -> Machine {
    Machine(
      today: { "2026-11-24" }, hostName: { "gpu-7" }, probe: { facts },
      askNVML: { "{\"library\": \"\($0 ?? "")\"}\n" })
  }
}

/// An honest no with a proof, as the engine throws it.
struct Refused: UserFacingError {
  let message = "torch 2.15.0 does not run on driver 570.124.06"
  let details = [
    "Because torch 2.15.0 is built with CUDA 13.2", "and CUDA 13.2 needs driver 580 or newer,",
    "torch 2.15.0 needs driver 580 or newer.",
  ]
  let hints = ["torch 2.10.0 (CUDA 12.8) is the newest that this driver runs"]
  let kind = ErrorKind.answerIsNo
}
