public import EnvlockModel
import EnvlockVersions

/// Decides how a lock is started: holds a request against the lock and the matrix.
public struct RunPlanner: Sendable {
  /// The compatibility data.
  public let matrix: Matrix

  /// A planner that knows these data.
  public init(matrix: Matrix) { self.matrix = matrix }

  /// Decides.
  ///
  /// - Parameters:
  ///   - answer: The lock's answer for the platform that is started.
  ///   - lock: The digest of the lock's text.
  ///   - image: The image.
  ///   - request: What the manifest and the command line ask for.
  ///   - environment: The manifest's name of the environment, the name of what is started where the request has none.
  ///   - gpus: GPU models that the nodes have, as people write them; empty: those of the lock's targets count.
  /// - Returns: The plan.
  /// - Throws: What cannot be given, and what could be instead.
  public func plan(
    _ answer: PlatformLock, lock: Digest, image: RunImage, request: RunDeclaration,
    environment: String? = nil, gpus: [String] = []
  ) throws(RunSpecError) -> RunPlan {
    let framework = answer.strata.frameworks.lazy.compactMap { RunFramework(rawValue: $0.name.text) }.first
    var choices: [RunChoice] = []
    let demand = NodeDemand(answer)
    if let driver = demand.driver, let cuda = demand.cuda {
      choices.append(RunChoice("driver", "\(driver) or newer", "CUDA \(cuda) of the lock needs it"))
    }
    let models = try GPUModels(matrix, answer: answer, stated: gpus)
    let (grant, nodes) = try GPUGranter(matrix: matrix, demand: demand, models: models, request: request)
      .grant(
        &choices)
    try Self.checkLimits(request)
    var variables: [String: String] = [:]
    if request.deterministic == true {
      variables = Determinism.variables(framework)
      choices.append(
        RunChoice(
          "determinism", variables.keys.sorted().joined(separator: ", "),
          "`deterministic` sets the frameworks' own switches; what a program does by itself stays its own affair"
        ))
    }
    try Self.checkVariables(request.env)
    variables.merge(request.env) { _, stated in stated }
    if let command = request.command, command.isEmpty || command[0].isEmpty {
      throw RunSpecError(
        "the command is empty", hints: ["leave `command` out to start what the image starts by itself"])
    }
    return RunPlan(
      name: try RunName.name(request.name, environment: environment, answer), image: image, lock: lock,
      title: Self.title(answer.strata), framework: framework, demand: demand, gpu: grant, nodes: nodes,
      command: request.command, environment: variables, request: request, choices: choices)
  }

  private static func title(_ strata: Strata) -> String {
    let frameworks = strata.frameworks.map { "\($0.name) \($0.version)" }
    return (frameworks + (strata.cuda.map { ["CUDA \($0)"] } ?? [])).joined(separator: ", ")
  }

  /// - Throws: A name that a process cannot have, and a value that cannot be handed over.
  private static func checkVariables(_ variables: [String: String]) throws(RunSpecError) {
    for (name, value) in variables.sorted(by: { $0.key < $1.key }) {
      let isName =
        name.utf8.allSatisfy { byte in
          byte == UInt8(ascii: "_") || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte & 0xDF)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        } && !(name.first?.isNumber ?? true)
      guard isName else {
        throw RunSpecError(
          "“\(name)” cannot be the name of a variable", hints: ["use letters, digits and underscores"])
      }
      guard !value.utf8.contains(0) else {
        throw RunSpecError("the value of \(name) has a NUL byte, which no process can be given")
      }
    }
  }

  /// - Throws: A limit outside of what any runtime takes.
  private static func checkLimits(_ request: RunDeclaration) throws(RunSpecError) {
    for (name, value) in [("pids", request.pids), ("time", request.seconds)] {
      if let value, value < 1 { throw RunSpecError("`\(name)` has to be at least 1, and is \(value)") }
    }
    if let weight = request.ioWeight, !(10...1000).contains(weight) {
      throw RunSpecError("`io-weight` has to be from 10 to 1000, and is \(weight)")
    }
    if let memory = request.memory, let shm = request.shm, shm > memory {
      throw RunSpecError(
        "/dev/shm of \(shm) does not fit in the memory of \(memory)",
        hints: ["what is in /dev/shm counts as memory: ask for more memory, or for a smaller `shm`"])
    }
    var targets: Set<String> = []
    for mount in request.mounts {
      guard targets.insert(mount.target).inserted else {
        throw RunSpecError("two mounts have the place \(mount.target)", hints: ["leave one of them out"])
      }
    }
  }
}
