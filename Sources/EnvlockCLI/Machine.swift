import Envlock
import EnvlockModel
import EnvlockNative
import EnvlockNode
import EnvlockRunSpec

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What a command asks of the machine that it runs on. A value, so that tests bring their own.
struct Machine: Sendable {
  /// The day in UTC, "2026-11-24".
  let today: @Sendable () -> String
  /// What the machine is called.
  let hostName: @Sendable () -> String
  /// Measures driver, GPUs and system.
  let probe: @Sendable () -> NodeFacts
  /// What NVML says, printed by the child process that may crash over it; nil: the system's library.
  let askNVML: @Sendable (_ library: String?) -> String
  /// What `run` asks for.
  var running = MachineRunning.live
}

/// What `run` and `spec oci` ask of the machine.
struct MachineRunning: Sendable {
  typealias InBundle =
    @Sendable (
      _ image: LaidImage, _ cacheDirectory: String, _ files: [SpecFile],
      _ body: (_ folder: String) -> ForegroundProcess.End
    ) async throws -> (end: ForegroundProcess.End, notes: [String])

  /// The time in UTC, "2026-11-24T06:50:00Z".
  let now: @Sendable () -> String
  /// The current folder.
  let folder: @Sendable () -> String
  /// The number of this process.
  let processID: @Sendable () -> Int
  /// The number of the user who runs it.
  let userID: @Sendable () -> Int
  /// The devices that can be handed to containers, and the numbers of some block devices.
  let devices: @Sendable (_ facts: NodeFacts, _ blockDevices: [String]) -> SpecNode
  /// Runs a program in the place of this one; nil seconds for ever.
  var execute: @Sendable (_ program: String, _ arguments: [String], _ seconds: Int?) -> ForegroundProcess.End
  /// The path of a program in the folders of a PATH; nil where none has it.
  var find: @Sendable (_ name: String, _ path: String) -> String? = { name, path in
    for folder in path.split(separator: ":") {
      let program = "\(folder)/\(name)"
      if folder.hasPrefix("/"), access(program, X_OK) == 0 { return program }
    }
    return nil
  }
  /// Runs a program that removes what was left; nobody reads what it says.
  let cleanUp: @Sendable (_ program: String, _ arguments: [String]) -> Void
  /// Unpacks an image, does something with the bundle of it, and removes it.
  let inBundle: InBundle
}

extension MachineRunning {
  /// The machine as it is.
  static let live = MachineRunning(
    now: {
      var seconds = time(nil)
      var parts = tm()
      gmtime_r(&seconds, &parts)
      func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
      let day = Machine.day(
        year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday))
      return "\(day)T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
    },
    folder: {
      guard let path = getcwd(nil, 0) else { return "." }
      defer { free(path) }
      return String(cString: path)
    },
    processID: { Int(getpid()) }, userID: { Int(geteuid()) },
    devices: { facts, blockDevices in
      let measured = MeasuredDevices.measure(facts: facts)
      return SpecNode(
        cdi: measured.cdi, devices: measured.devices,
        blockDevices: MeasuredDevices.blockDevices(blockDevices),
        rootless: OCIRootless(
          uidMappings: [OCIMapping(container: 0, host: Int(geteuid()), size: 1)],
          gidMappings: [OCIMapping(container: 0, host: Int(getegid()), size: 1)]),
        faults: measured.faults.map { "\($0.path): \($0.reason)" })
    },
    execute: { ForegroundProcess.run($0, $1, seconds: $2) },
    cleanUp: { program, arguments in
      _ = ChildProcess.run(
        ChildCommand(program: program, arguments: arguments, timeLimit: .seconds(60)))
    },
    inBundle: { image, cacheDirectory, files, body in
      try await RunBundle.with(image, below: cacheDirectory, files: files, body)
    })
}

extension Machine {
  /// The machine as it is.
  static func live(_ environment: [String: String]) -> Machine {
    Machine(
      today: {
        var seconds = time(nil)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        return day(year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday))
      },
      hostName: {
        // One byte stays zero: a name that is cut off has no end.
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "this machine" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      },
      probe: {
        // This very program, whatever it is called and wherever it lies.
        ThisMachine.measure(
          worker: (program: "/proc/self/exe", arguments: ["probe", "--nvml-worker"]), environment: environment
        )
      },
      askNVML: { ThisMachine.nvmlAnswer(library: $0) + "\n" })
  }

  /// "2026-01-02".
  static func day(year: Int, month: Int, day: Int) -> String {
    func digits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(year)-\(digits(month))-\(digits(day))"
  }
}
