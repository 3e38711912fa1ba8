/// How PyTorch's processes are started on several nodes: `torchrun` around a command, with room for how the nodes find
/// each other, which each target says in its own words.
///
/// Source: PyTorch, "torchrun (Elastic Launch)".
struct Launch: Hashable, Sendable {
  /// The launcher and its options whose values are known: "torchrun --nnodes=2 --nproc-per-node=4".
  let launcher: [String]
  /// What stands behind the launcher's options: the user's own options, then the program with its arguments.
  let program: [String]

  /// Options that say what the target says already.
  private static let owned = [
    "nnodes", "node-rank", "rdzv-backend", "rdzv-endpoint", "rdzv-id", "rdzv-conf", "standalone",
    "master-addr", "master-port",
  ]

  /// Puts `torchrun` around what a plan starts.
  ///
  /// `python train.py` becomes `torchrun … train.py`, `python -m lab.train` `torchrun … -m lab.train`; a command that
  /// is `torchrun` itself keeps its options; anything else is started by `torchrun … --no-python`. One process a GPU
  /// is started, or one a node without GPUs.
  ///
  /// - Throws: No command, and a `torchrun` that says itself how the nodes find each other.
  init(_ plan: RunPlan) throws(RunSpecError) {
    let command = plan.process
    guard let first = command.first else {
      throw RunSpecError(
        "there is no command to start on \(plan.nodes) nodes", hints: ["say one: `command`, or behind `--`"])
    }
    let size = ["--nnodes=\(plan.nodes)", "--nproc-per-node=\(plan.gpu?.perNode ?? 1)"]
    let isPython = Self.isPython(first)
    if first == "torchrun" || first.hasSuffix("/torchrun") {
      launcher = [first] + size
      program = Array(command.dropFirst())
      try Self.check(program)
    } else if isPython, command.dropFirst().starts(with: ["-m", "torch.distributed.run"]) {
      launcher = command.prefix(3) + size
      program = Array(command.dropFirst(3))
      try Self.check(program)
    } else {
      launcher = ["torchrun"] + size
      if isPython, command.count > 1, command[1].hasSuffix(".py"), !command[1].hasPrefix("-") {
        program = Array(command.dropFirst())
      } else if isPython, command.count > 2, command[1] == "-m" {
        program = Array(command.dropFirst())
      } else {
        program = ["--no-python"] + command
      }
    }
  }

  /// The whole command.
  ///
  /// - Parameter rendezvous: Options that say how the nodes find each other: "--rdzv-endpoint=node1:29500".
  /// - Returns: Launcher, rendezvous, program.
  func words(_ rendezvous: [String]) -> [String] { launcher + rendezvous + program }

  /// Whether a word is the image's own Python: "python", "python3", "python3.11". Another's, by its path, is kept.
  private static func isPython(_ word: String) -> Bool {
    word.hasPrefix("python") && word.dropFirst(6).allSatisfy { $0.isASCII && $0.isNumber || $0 == "." }
  }

  /// - Throws: The first option that is the target's to say.
  private static func check(_ words: [String]) throws(RunSpecError) {
    for word in words {
      // What follows belongs to the program.
      if word.hasSuffix(".py") || word == "-m" || word == "--module" { return }
      guard word.hasPrefix("--") else { continue }
      let name = String(word.dropFirst(2).prefix { $0 != "=" }.map { $0 == "_" ? "-" : $0 })
      guard owned.contains(name) else { continue }
      throw RunSpecError(
        "the command says \(word), and how the nodes find each other is said by envlock",
        hints: ["leave it out of the command, or leave `torchrun` out and start the program itself"])
    }
  }
}

extension RunPlan {
  /// Every word that is started in the container: the image's entrypoint, and behind it the command or the image's own.
  var process: [String] { image.process.entrypoint + (command ?? image.process.cmd) }
}
