public import EnvlockModel
public import EnvlockNative
import EnvlockNodeFacts
import EnvlockVersions
import Glibc

/// Measures this machine: its driver, its GPUs and the system around them.
///
/// It never fails: what could not be found out is a gap in the facts, with the reason. Programs and files that hang are
/// waited for within ``limits``.
public struct NodeProbe: Sendable {
  /// How long may be waited.
  public struct Limits: Hashable, Sendable {
    /// For NVML in a process of its own.
    public var nvml: Duration
    /// For nvidia-smi, where NVML gave no answer.
    public var smi: Duration
    /// For each container runtime to tell its version; they are asked at the same time as NVML.
    public var runtimes: Duration

    /// Limits; without arguments 10 s, 10 s and 2 s.
    public init(nvml: Duration = .seconds(10), smi: Duration = .seconds(10), runtimes: Duration = .seconds(2))
    {
      self.nvml = nvml
      self.smi = smi
      self.runtimes = runtimes
    }
  }

  /// The variable that names the NVML to load instead of the system's.
  public static let libraryVariable = "ENVLOCK_NVML"

  private let worker: ChildCommand?
  private let limits: Limits
  private let files: NodeFiles
  private let environment: [String: String]

  /// A probe of a machine.
  ///
  /// - Parameters:
  ///   - worker: the program that prints what `NVMLWorker.run` gives, in a process of its own; nil to load NVML into
  ///     this process, which it may then take with it. Its time limit and environment are replaced.
  ///   - limits: how long may be waited.
  ///   - root: the folder under which the machine's files lie. Where it is not "/", no NVML is loaded but one that the
  ///     environment names, since the system's would tell of another machine.
  ///   - environment: the variables, for `PATH`, ``libraryVariable`` and `CUDA_MPS_PIPE_DIRECTORY`, and for programs that
  ///     are run.
  public init(
    worker: ChildCommand?, limits: Limits = Limits(), root: String = "/", environment: [String: String]
  ) {
    self.worker = worker
    self.limits = limits
    self.environment = environment
    files = NodeFiles(root: root)
  }

  /// Measures.
  public func measure() -> NodeFacts {
    var facts = NodeFacts(origin: .probe, platform: platform)
    var system = SystemProbe(files: files, environment: environment).facts()

    let questions = RuntimeProbe(files: files, environment: environment).questions(limit: limits.runtimes)
    var commands = questions.map(\.command)
    let asked = mayLoad ? worker.map { askNVML($0) } : nil
    if let asked { commands.append(asked) }
    let outcomes = ChildProcess.run(commands)
    system.runtimes = zip(questions, outcomes).map { RuntimeProbe.answer($0.0.runtime, $0.1) }
    system.cdiFiles = CDIFolder(files: files).read()
    facts.system = system

    let kernel = DriverFiles(files: files)
    let module = kernel.module
    facts.driver = module?.driver
    facts.hasOpenModules = module?.isOpen
    switch nvmlAnswer(asked == nil ? nil : outcomes.last) {
    case .report(let report) where report.isStarted: take(NVMLFacts(report), into: &facts)
    case .report(let report):
      facts.driverLibrary = NVMLFacts.library(of: report)
      let fault = report.faults.first { $0.fact == .start || $0.fact == .load }
      let isAbsent = fault?.code.flatMap { NVMLCode(rawValue: $0) }.map {
        [.libraryNotFound, .driverNotLoaded].contains($0)
      }
      let detail = fault?.sentence ?? "NVML did not start"
      fallBack(
        kernel, reason: module == nil && isAbsent == true ? Self.noDriver + detail : detail, asksSMI: true,
        &facts)
    case .skipped(let reason):
      fallBack(kernel, reason: module == nil ? Self.noDriver + reason : reason, asksSMI: true, &facts)
    case .hung(let reason): fallBack(kernel, reason: reason, asksSMI: false, &facts)
    case .failed(let reason): fallBack(kernel, reason: reason, asksSMI: true, &facts)
    }
    // The module's own gap is one only where nobody else knew.
    if facts.driver == nil, let gap = module?.gap { facts.gaps.insert(gap, at: 0) }
    if facts.gpus.contains(where: { $0.vgpuType != nil }) {
      facts.vgpuHost = facts.vgpuHost ?? kernel.vgpuHost
      if facts.vgpuHost == nil {
        facts.gaps.append(
          FactGap(.vgpu, reason: "the vGPU's PCI configuration does not tell the host's driver to this user"))
      }
    }
    // What fails for each MIG instance fails once.
    var seen: Set<FactGap> = []
    facts.gaps = facts.gaps.filter { seen.insert($0).inserted }
    return facts
  }

  private var platform: Platform? {
    var name = utsname()
    guard uname(&name) == 0 else { return nil }
    let machine = withUnsafeBytes(of: &name.machine) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    return try? Platform(machine)
  }

  // MARK: NVML

  private var library: String? { environment[Self.libraryVariable].flatMap { $0.isEmpty ? nil : $0 } }
  private var mayLoad: Bool { files.isOwn || library != nil }

  private func askNVML(_ worker: ChildCommand) -> ChildCommand {
    var command = worker
    command.environment = environment
    command.timeLimit = limits.nvml
    command.outputLimit = 1 << 22
    return command
  }

  private func nvmlAnswer(_ outcome: ChildOutcome?) -> NVMLAnswer {
    if let outcome { return NVMLAnswer(outcome, limit: limits.nvml) }
    return mayLoad
      ? .report(NVMLLibrary.report(path: library)) : .skipped("NVML is not loaded for another root")
  }

  private func take(_ nvml: NVMLFacts, into facts: inout NodeFacts) {
    defer { facts.driver = facts.driver ?? nvml.driver }
    if let told = nvml.driver {
      if let kernel = facts.driver, kernel != told {
        facts.gaps.append(
          FactGap(
            .driver, isContradiction: true,
            reason: "/proc/driver/nvidia/version says \(kernel), NVML \(told)"))
      }
    }
    // Under WSL the driver is Windows', with a version of its own; no kernel module tells one here, and NVML has started.
    facts.driverLibrary = facts.driver == nil && nvml.library != nvml.driver ? nil : nvml.library
    facts.cudaDriver = nvml.cuda
    facts.gpus = nvml.gpus
    facts.gaps += nvml.gaps
  }

  // MARK: without NVML

  private static let noDriver =
    "no NVIDIA driver is loaded: there is no /proc/driver/nvidia/version, and "

  /// Asks the kernel, and nvidia-smi where that makes sense.
  private func fallBack(
    _ kernel: DriverFiles, reason: String, asksSMI: Bool, _ facts: inout NodeFacts
  ) {
    let listed = kernel.gpus
    var lost = reason
    if asksSMI, let program = files.find("nvidia-smi", path: environment["PATH"], folders: SMIProbe.folders) {
      switch SMIProbe(program: files.place(program), environment: environment, limit: limits.smi).ask() {
      case .success(let said):
        merge(said, into: &facts)
        if !facts.gpus.isEmpty {
          facts.gaps.append(FactGap(.system, reason: "\(reason); nvidia-smi answered instead"))
          return
        }
      case .failure(let failure): lost += "; \(failure.reason)"
      }
    }
    facts.gpus = listed
    if listed.isEmpty {
      let found = kernel.pciFunctions
      facts.gpus = found.map { GPUFacts(pciBusID: DriverFiles.busID($0.address), pciDeviceID: $0.device) }
      if let first = found.first { lost += "; the machine has an NVIDIA GPU (PCI id \(first.device))" }
    }
    if facts.driver == nil { facts.gaps.append(FactGap(.driver, reason: lost)) }
    guard !facts.gpus.isEmpty else { return facts.gaps.append(FactGap(.gpus, reason: lost)) }
    for subject in [FactGap.Subject.computeCapability, .memory, .mig] {
      facts.gaps.append(FactGap(subject, reason: lost))
    }
  }

  private func merge(_ said: NodeFacts, into facts: inout NodeFacts) {
    if let kernel = facts.driver, let driver = said.driver, kernel != driver {
      facts.gaps.append(
        FactGap(
          .driver, isContradiction: true,
          reason: "/proc/driver/nvidia/version says \(kernel), nvidia-smi \(driver)"))
    }
    facts.driver = facts.driver ?? said.driver
    facts.driverLibrary = facts.driverLibrary ?? said.driverLibrary
    facts.cudaDriver = facts.cudaDriver ?? said.cudaDriver
    facts.vgpuHost = facts.vgpuHost ?? said.vgpuHost
    facts.gpus = said.gpus
    facts.gaps += said.gaps
  }
}

extension NVMLFault {
  /// The fault of a library that did not come to work, as a clause.
  fileprivate var sentence: String { call.isEmpty ? reason : "NVML does not start: \(reason) (\(call))" }
}

/// Asks nvidia-smi: its XML, or else the table that it prints for people.
struct SMIProbe {
  struct Failure: Error {
    let reason: String
  }

  let program: String
  let environment: [String: String]
  let limit: Duration

  /// Where it lies besides `PATH`, like the libraries.
  static let folders = [
    "/usr/bin", "/usr/local/bin", "/usr/lib/wsl/lib", "/run/current-system/sw/bin", "/usr/local/nvidia/bin",
    "/home/kubernetes/bin/nvidia/bin", "/run/nvidia/driver/usr/bin", "/opt/bin",
  ]

  func ask() -> Result<NodeFacts, Failure> {
    let full = run(["-q", "-x"])
    var collection = NodeCollection()
    if full.isSuccess, (try? NodeDocuments.read(full.output, name: "nvidia-smi", into: &collection)) != nil,
      let facts = collection.groups.first?.facts
    {
      return .success(facts)
    }
    if full.end == .timedOut {
      return .failure(Failure(reason: "nvidia-smi did not answer within \(limit.inWords)"))
    }
    let brief = run([])
    let text = String(decoding: brief.output + brief.errorOutput, as: UTF8.self)
    if let facts = SMIText.read(text, origin: .probe) { return .success(facts) }
    switch brief.end {
    case .timedOut: return .failure(Failure(reason: "nvidia-smi did not answer within \(limit.inWords)"))
    case .notStarted(let code):
      return .failure(Failure(reason: "nvidia-smi could not be run: \(String(cString: strerror(code)))"))
    default: return .failure(Failure(reason: "nvidia-smi gave no answer that can be read"))
    }
  }

  private func run(_ arguments: [String]) -> ChildOutcome {
    ChildProcess.run(
      ChildCommand(
        program: program, arguments: arguments, environment: environment.merging(["LC_ALL": "C"]) { $1 },
        timeLimit: limit))
  }
}
