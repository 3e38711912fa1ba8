import EnvlockModel

/// What every kind of virtual machine is decided by: its size, and what a machine cannot give at all.
struct MachineSize {
  /// How many processors it has.
  let processors: Int
  /// Its memory in MiB.
  let mebibytes: Int
  /// Why.
  let choices: [RunChoice]

  /// Sizes a machine for a plan.
  ///
  /// - Parameters:
  ///   - plan: What is started.
  ///   - target: Who runs machines, as people call it: "KubeVirt".
  /// - Throws: What a machine cannot give.
  init(_ plan: RunPlan, target: String) throws(RunSpecError) {
    try Self.refuse(plan, target)
    processors = plan.request.cpus?.roundedUp ?? 4
    mebibytes = plan.request.memory?.mebibytes ?? 16 * 1024
    var choices = [
      RunChoice(
        "processors", "\(processors)",
        plan.request.cpus.map { $0.millis.isMultiple(of: 1000) ? "as it was asked for" : "\($0) rounded up" }
          ?? "a machine needs a number, and none was asked for"),
      RunChoice(
        "memory", "\(mebibytes) MiB",
        plan.request.memory == nil
          ? "a machine needs a size, and none was asked for"
          : "as it was asked for, the guest's system included"),
    ]
    if let licence = plan.gpu?.licence {
      choices.append(
        RunChoice("licence", licence, "the guest's /etc/nvidia/ClientConfigToken has to have its token"))
    }
    self.choices = choices
  }

  private static func refuse(_ plan: RunPlan, _ target: String) throws(RunSpecError) {
    if plan.nodes > 1 {
      throw RunSpecError(
        "\(target) starts one machine, and \(plan.nodes) nodes are asked for",
        hints: ["`envlock spec kubernetes` and `envlock spec slurm` start several"], kind: .answerIsNo)
    }
    switch plan.gpu?.form {
    case nil, .whole?, .vgpu?, GPUForm.none?: break
    case .mig(let profile)?:
      throw RunSpecError(
        "\(target) gives a machine whole GPUs and vGPUs, no MIG instance of \(profile)",
        hints: [
          "a vGPU can be backed by MIG: `gpu = \"vgpu:A100-1-10C\"`",
          "a whole GPU can be divided in the machine: `gpu = \"whole\"`",
        ], kind: .answerIsNo)
    case .shared?, .mps?:
      throw RunSpecError(
        "\(target) gives a machine whole GPUs and vGPUs, no share of one",
        hints: ["a vGPU is a share with memory of its own: `gpu = \"vgpu:A100-10C\"`"], kind: .answerIsNo)
    }
    if let mount = plan.request.mounts.first {
      throw RunSpecError(
        "a machine does not see its host's \(mount.source)",
        hints: ["leave `mounts` out: data comes with the image, from a disk or over the network"],
        kind: .answerIsNo)
    }
    if !plan.request.io.isEmpty || plan.request.ioWeight != nil {
      throw RunSpecError(
        "a machine's disks are not its host's: `io` and `io-weight` mean nothing in it",
        hints: ["leave them out"], kind: .answerIsNo)
    }
  }
}
