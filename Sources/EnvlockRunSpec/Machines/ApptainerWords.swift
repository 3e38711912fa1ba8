import EnvlockModel

/// What Apptainer is told of a plan, whether a person or a job starts it.
///
/// Sources: Apptainer User Guide, "GPU Support", "Bind Paths and Mounts", "Limiting Container Resources".
enum ApptainerWords {
  /// Options of `apptainer exec`, without image and command.
  ///
  /// - Parameters:
  ///   - plan: What is started.
  ///   - nvccli: Whether NVIDIA's own tool puts the GPUs into the container.
  /// - Returns: The options.
  /// - Throws: A mount that its notation cannot hold, and what it cannot give.
  static func options(_ plan: RunPlan, nvccli: Bool) throws(RunSpecError) -> [String] {
    // `--containall` also divides System V memory, by which MPS's clients talk to its server.
    let isMPS = plan.gpu?.form == .mps
    var words = isMPS ? ["--contain", "--cleanenv", "--pid"] : ["--containall"]
    // Apptainer's shell would expand what variables hold (1.1 and later).
    words += ["--no-eval", "--no-home", "--writable-tmpfs"]
    if plan.gpu != nil { words.append(nvccli ? "--nvccli" : "--nv") }
    for mount in plan.request.mounts {
      guard !mount.source.contains("\\"), !mount.target.contains("\\") else {
        throw RunSpecError(
          "Apptainer cannot be given the mount \(mount): a backslash has a meaning in its notation",
          hints: ["mount the folder above it"])
      }
      words.append("--bind=\(mount)")
    }
    if isMPS { words.append("--bind=\(mpsPipes):\(mpsPipes)") }
    if plan.request.network == RunNetwork.none { words += ["--net", "--network=none"] }
    if let folder = plan.request.workdir ?? plan.image.process.workdir { words.append("--pwd=\(folder)") }
    return words
  }

  /// Where MPS's server listens unless it is told otherwise (CUDA, "Multi-Process Service").
  static let mpsPipes = "/tmp/nvidia-mps"
}
