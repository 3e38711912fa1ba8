import EnvlockModel
import EnvlockRunSpec

/// What starts containers on this machine.
enum RunEngine: String, CaseIterable, Sendable {
  // In the order in which they are tried.
  case podman, docker, crun, runc

  /// Whether it starts unpacked images only.
  var needsBundle: Bool { self == .crun || self == .runc }
}

/// The engine that is taken.
struct EngineChoice: Sendable {
  let engine: RunEngine
  /// Its program.
  let path: String
  let version: String?
  let choice: RunChoice

  /// The engine that was named, or the first that can start the plan.
  ///
  /// - Parameters:
  ///   - typed: What was named; nil or "auto" leaves the choice.
  ///   - node: This machine.
  ///   - plan: What is started.
  ///   - laid: Whether the image lies on this machine.
  /// - Throws: `UsageError` for a name that none has, `LockProblem` where none is there that could start it.
  init(_ typed: String?, on node: NodeFacts, _ plan: RunPlan, laid: Bool) throws {
    let installed = RunEngine.allCases.compactMap { engine in
      node.system?.runtimes.first { $0.name == engine.rawValue }.map { (engine: engine, runtime: $0) }
    }
    // What a machine does not have is the answer, unless nobody could look.
    let kind = node.system == nil ? ErrorKind.couldNotFindOut : .answerIsNo
    if let typed, typed != "auto" {
      guard let engine = RunEngine(rawValue: typed) else {
        let names = ["auto"] + RunEngine.allCases.map(\.rawValue)
        throw UsageError(
          "--engine cannot be “\(Printable.text(typed))”",
          hints: NearestName.of(typed, among: names).map { ["did you mean `\($0)`?"] }
            ?? ["it can be: " + names.joined(separator: ", ")])
      }
      guard let found = installed.first(where: { $0.engine == engine }) else {
        throw LockProblem(
          "\(typed) is not installed on this machine",
          hints: installed.isEmpty
            ? [] : ["there is \(installed.map(\.engine.rawValue).joined(separator: ", "))"],
          kind: kind)
      }
      if let obstacle = Self.obstacle(engine, node, plan, laid) {
        throw LockProblem(
          "\(typed) cannot start it: \(obstacle.reason)", hints: [obstacle.hint], kind: obstacle.kind)
      }
      self.init(found, RunChoice("engine", typed, "it was asked for"))
      return
    }
    var obstacles: [String] = []
    var hints: [String] = []
    for found in installed {
      guard let obstacle = Self.obstacle(found.engine, node, plan, laid) else {
        let reason = obstacles.isEmpty ? "the first that is installed" : obstacles.joined(separator: "; ")
        self.init(found, RunChoice("engine", found.engine.rawValue, reason))
        return
      }
      obstacles.append("\(found.engine.rawValue): \(obstacle.reason)")
      if !hints.contains(obstacle.hint) { hints.append(obstacle.hint) }
    }
    throw LockProblem(
      installed.isEmpty
        ? "nothing on this machine starts containers" : "no engine on this machine can start it",
      details: obstacles,
      hints: installed.isEmpty ? ["install podman, docker, crun or runc"] : hints, kind: kind)
  }

  private init(_ found: (engine: RunEngine, runtime: SystemFacts.Runtime), _ choice: RunChoice) {
    engine = found.engine
    path = found.runtime.path
    version = found.runtime.version
    self.choice = choice
  }

  /// Why an engine cannot start it, what to do, and whose fault it is; nil where it can.
  private static func obstacle(
    _ engine: RunEngine, _ node: NodeFacts, _ plan: RunPlan, _ laid: Bool
  ) -> (reason: String, hint: String, kind: ErrorKind)? {
    let build = "`envlock build` makes the image"
    switch engine {
    case .podman:
      if plan.gpu != nil, !CDIDevices(node).isKnown {
        return (
          "no CDI file of this machine names its GPUs",
          "`nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml` writes one", .answerIsNo
        )
      }
      return laid || plan.image.name != nil ? nil : ("there is no image", build, .badInput)
    case .docker:
      return plan.image.name == nil
        ? (
          "it takes images by name only",
          "name it with `--image`: what a registry calls it, or with `--allow-tag` what `docker load` called it",
          .badInput
        ) : nil
    case .crun, .runc: return laid ? nil : ("it takes images on this machine only", build, .badInput)
    }
  }
}

/// The names that CDI files of a machine have for its GPUs.
struct CDIDevices: Sendable {
  private let names: Set<String>

  init(_ node: NodeFacts) {
    let files = node.system?.cdiFiles.filter { $0.kind == "nvidia.com/gpu" } ?? []
    names = Set(files.flatMap(\.devices))
  }

  /// Whether there are any.
  var isKnown: Bool { !names.isEmpty }

  /// What a GPU or instance is called: its UUID where that is a name, else its place.
  ///
  /// - Throws: `LockProblem` for one that has no name.
  func name(of pick: GPUPick) throws(LockProblem) -> String {
    for name in [pick.uuid, pick.place] where names.contains(name) { return name }
    throw LockProblem(
      "no CDI file of this machine names \(pick.uuid) (\(Printable.text(pick.title)))",
      hints: [
        "`nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml` brings it up to date",
        "`nvidia-ctk cdi list` shows the names",
      ], kind: .answerIsNo)
  }
}
