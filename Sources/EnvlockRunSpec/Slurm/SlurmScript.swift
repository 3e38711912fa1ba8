public import EnvlockModel

/// A batch script for Slurm as a value: what stands in its directives, and the one step that it starts.
public struct SlurmScript: Hashable, Sendable {
  /// Comments at the top, a line each.
  public var comments: [String]
  /// sbatch's options by their long names, without dashes: text, a whole number, or `true` for an option without a
  /// value.
  public var directives: JSONObject
  /// Commands that run first, on the first node and outside of the container: `module load apptainer`.
  public var setup: [[String]]
  /// What starts the container.
  public var runtime: SlurmRuntime
  /// Variables in the container, by name.
  public var environment: [String: String]
  /// srun's options.
  public var step: [String]
  /// What stands in front of the command that runs in the container: "apptainer exec …"; empty where srun starts it.
  public var starter: [String]
  /// The command up to where the options stand that say how nodes find each other.
  public var launcher: [String]
  /// The rest of the command.
  public var program: [String]
  /// How several nodes find each other; nil for one node, and for programs that see to it themselves.
  public var rendezvous: SlurmRendezvous?
}

/// What starts a container in a Slurm step.
public enum SlurmRuntime: String, Hashable, CaseIterable, Sendable {
  /// NVIDIA's plugin pyxis, by enroot.
  case pyxis
  /// Apptainer, from 1.1 on.
  case apptainer
  /// Slurm's own support of OCI bundles, from 21.08 on.
  case oci
}

/// How the nodes of a Slurm job find each other.
public enum SlurmRendezvous: String, Hashable, CaseIterable, Sendable {
  /// By a port of the first node, which torchrun is told.
  case torchrun
  /// By `TF_CONFIG`, which lists the nodes.
  case tensorflow
}

extension SlurmScript {
  /// The document that overlays change.
  public var document: JSONValue {
    func words(_ words: [String]) -> JSONValue { .array(words.map { .string($0) }) }
    var object: JSONObject = [
      "comments": words(comments), "directives": .object(directives),
      "setup": .array(setup.map(words)), "runtime": .string(runtime.rawValue),
      "environment": .object(JSONObject(environment.map { ($0.key, .string($0.value)) })),
      "step": words(step), "starter": words(starter), "launcher": words(launcher), "program": words(program),
    ]
    object["rendezvous"] = rendezvous.map { .string($0.rawValue) }
    return .object(object)
  }

  /// Reads a document back.
  ///
  /// - Throws: A key that is unknown, or whose value is not of its kind.
  public init(_ document: JSONValue) throws(RunSpecError) {
    let known = [
      "comments", "directives", "setup", "runtime", "environment", "step", "starter", "launcher", "program",
      "rendezvous",
    ]
    let keys = document.objectValue?.keys ?? []
    if let key = keys.first(where: { !known.contains($0) }) {
      throw RunSpecError(
        "a batch script has no “\(key)”",
        hints: [NearestName.of(key, among: known).map { "did you mean \($0)?" }].compactMap { $0 })
    }
    comments = try Self.words(document["comments"], "comments")
    guard let directives = document["directives"]?.objectValue else {
      throw RunSpecError("`directives` has to be an object of sbatch's options")
    }
    self.directives = directives
    setup = []
    for line in document["setup"]?.arrayValue ?? [] { setup.append(try Self.words(line, "setup")) }
    runtime = try Self.choice(document["runtime"], "runtime")
    environment = [:]
    for member in document["environment"]?.objectValue?.members ?? [] {
      guard let value = member.value.stringValue else {
        throw RunSpecError("`environment.\(member.key)` has to be text")
      }
      environment[member.key] = value
    }
    step = try Self.words(document["step"], "step")
    starter = try Self.words(document["starter"], "starter")
    launcher = try Self.words(document["launcher"], "launcher")
    program = try Self.words(document["program"], "program")
    rendezvous = document["rendezvous"] == nil ? nil : try Self.choice(document["rendezvous"], "rendezvous")
  }

  private static func words(_ value: JSONValue?, _ key: String) throws(RunSpecError) -> [String] {
    let words = (value ?? []).arrayValue.map { $0.compactMap(\.stringValue) }
    guard let words, words.count == (value ?? []).arrayValue?.count else {
      throw RunSpecError("`\(key)` has to be a list of texts")
    }
    return words
  }

  private static func choice<Choice: RawRepresentable & CaseIterable>(
    _ value: JSONValue?, _ key: String
  ) throws(RunSpecError) -> Choice where Choice.RawValue == String {
    guard let choice = value?.stringValue.flatMap({ Choice(rawValue: $0) }) else {
      let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw RunSpecError("`\(key)` has to be one of \(known)")
    }
    return choice
  }
}
