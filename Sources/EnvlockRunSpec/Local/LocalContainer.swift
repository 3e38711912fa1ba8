import EnvlockModel

/// A container on one machine: what docker, podman and all that stands on them say alike, decided and checked once.
struct LocalContainer {
  /// Variables by name, those of the plan included.
  var environment: [String: String]
  /// What of the machine is seen inside; a relative source begins with "./".
  var mounts: [RunMount]
  /// Folders in memory.
  var temporary: [String] = []
  /// Whether the image's own files cannot be written.
  var isReadOnly: Bool
  /// The GPUs.
  let gpus: LocalGPUs
  /// Whether processes see the machine's shared memory, which MPS takes.
  var sharesMemory = false
  /// The size of /dev/shm; nil for the runtime's own.
  var shm: ByteCount?
  /// How many processes and threads there can be.
  let pids: Int
  /// What was decided.
  var choices: [RunChoice] = []

  /// How a folder in memory is mounted: programs may be loaded from it, as compiled kernels are.
  static let temporaryOptions = "rw,exec,nosuid,nodev,mode=1777"
  /// The folder that is written where the image cannot be.
  static let scratch = "/tmp"
  /// Processes and threads unless a number is asked for: too many for a program, too few for a fork bomb to hurt.
  static let pidsLimit = 16_384

  /// Decides.
  ///
  /// - Parameters:
  ///   - plan: The plan.
  ///   - options: What is set beside it.
  ///   - usesCDI: Whether GPUs are named as CDI names them.
  ///   - target: Who starts it, as people call it: "docker".
  ///   - isWorkplace: Whether people work in it, so that it is written.
  /// - Throws: What one machine, or this target, cannot give.
  init(
    _ plan: RunPlan, _ options: LocalOptions, usesCDI: Bool, target: String, isWorkplace: Bool = false
  ) throws(RunSpecError) {
    guard plan.nodes == 1 else {
      throw RunSpecError(
        "\(target) starts containers on one machine, and \(plan.nodes) nodes are asked for",
        hints: ["`envlock spec slurm` and `envlock spec kubernetes` start one on each node"],
        kind: .answerIsNo)
    }
    let request = plan.request
    try Self.check(request)
    environment = plan.environment
    mounts = try Self.mounts(request.mounts)
    gpus = try LocalGPUs(plan.gpu, devices: options.devices, usesCDI: usesCDI)
    isReadOnly = !options.writableRoot && !isWorkplace
    pids = request.pids ?? Self.pidsLimit
    shm = request.shm
    if let name = plan.image.name {
      choices.append(
        plan.image.digest.map {
          RunChoice("image", "\($0)", "no other has this digest, so it is pulled only where it is missing")
        } ?? RunChoice("image", name, "a name alone was allowed, and may mean another image tomorrow"))
    }
    if let memory = request.memory {
      choices.append(
        RunChoice("memory", "\(memory), no swap", "a program that swaps holds a GPU and does not use it"))
    }
    try share(plan, options)
    if request.pids == nil {
      choices.append(
        RunChoice("processes", "at most \(pids)", "room for every framework, and an end to a fork bomb"))
    }
    if plan.framework == .torch, shm == nil, !sharesMemory, let gibibyte = ByteCount(bytes: 1 << 30),
      request.memory.map({ $0 >= gibibyte }) ?? true
    {
      shm = gibibyte
      choices.append(
        RunChoice(
          "/dev/shm", gibibyte.description,
          "PyTorch's data loaders pass batches through it, and the usual 64 MiB are too few"))
    }
    if isReadOnly { closeRoot() }
    if isWorkplace {
      choices.append(
        RunChoice(
          "hardening", "no-new-privileges",
          "an editor installs into the container, and its user writes the workspace"))
    } else {
      choices.append(
        RunChoice(
          "hardening", "no capabilities, no-new-privileges",
          "computing needs none; root inside writes only what root owns, so give `user` where mounts belong to somebody"
        ))
    }
  }

  /// What the form of the GPUs takes beside the devices.
  private mutating func share(_ plan: RunPlan, _ options: LocalOptions) throws(RunSpecError) {
    switch plan.gpu?.form {
    case nil, GPUForm.none?:
      environment["NVIDIA_VISIBLE_DEVICES"] = "void"
      choices.append(
        RunChoice(
          "GPU", "NVIDIA_VISIBLE_DEVICES=void", "keeps GPUs out also where NVIDIA's is the usual runtime"))
    case .whole?, .mig?:
      break
    case .shared?:
      choices.append(
        RunChoice(
          "sharing", "nothing to set",
          "on one machine all who have the same GPU take turns on it by themselves"))
    case .vgpu(let type)?:
      choices.append(
        RunChoice(
          "vGPU", type, "a virtual machine has it already; to a container inside it looks like a whole GPU"))
    case .mps?:
      guard plan.request.shm == nil else {
        throw RunSpecError(
          "MPS takes the machine's own /dev/shm, whose size is not ours to set",
          hints: ["leave `shm` out"], kind: .answerIsNo)
      }
      guard let pipes = try? RunMount("\(options.mpsFolder):\(options.mpsFolder)"),
        pipes.source.hasPrefix("/"),
        pipes.source == pipes.target
      else {
        throw RunSpecError(
          "“\(options.mpsFolder)” cannot be the folder of the MPS daemon's pipes",
          hints: ["it is an absolute path without colon and comma, such as /tmp/nvidia-mps"])
      }
      let stated = environment["CUDA_MPS_PIPE_DIRECTORY"]
      guard stated == nil || stated == pipes.target else {
        throw RunSpecError(
          "CUDA_MPS_PIPE_DIRECTORY is “\(stated ?? "")”, and the pipes are at \(pipes.target)",
          hints: ["leave it out, or say with `--mps-folder` where the daemon has them"])
      }
      sharesMemory = true
      guard !mounts.contains(where: { $0.target == pipes.target }) else {
        throw RunSpecError(
          "a mount hides the MPS daemon's pipes at \(pipes.target)",
          hints: ["leave it out: the folder is mounted without being asked for"])
      }
      mounts.append(pipes)
      environment["CUDA_MPS_PIPE_DIRECTORY"] = pipes.target
      choices.append(
        RunChoice(
          "MPS", "\(pipes.target), the machine's IPC namespace",
          "clients reach the daemon of the machine (`nvidia-cuda-mps-control -d`) by its pipes and shared memory; it serves one user at a time"
        ))
    }
  }

  /// Makes the image's own files read-only, and gives a place that can be written.
  private mutating func closeRoot() {
    if !mounts.contains(where: { $0.target == Self.scratch }) { temporary.append(Self.scratch) }
    if environment["HOME"] == nil { environment["HOME"] = Self.scratch }
    choices.append(
      RunChoice(
        "root", "read-only, \(Self.scratch) in memory",
        "the image stays as it was built; what must last goes to a mount, and \(Self.scratch) counts as memory (`--writable-root` lifts it)"
      ))
    if environment["HOME"] == Self.scratch {
      choices.append(
        RunChoice(
          "HOME", Self.scratch,
          "caches of frameworks and compiled kernels lie below it, and have to be written"))
    }
  }

  // MARK: Checks

  private static func check(_ request: RunDeclaration) throws(RunSpecError) {
    // By these NVIDIA's runtime hands GPUs over: a value would add some that were not asked for (NVIDIA Container Toolkit,
    // "Specialized Configurations with Docker").
    for name in ["NVIDIA_VISIBLE_DEVICES", "NVIDIA_MIG_CONFIG_DEVICES", "NVIDIA_MIG_MONITOR_DEVICES"] {
      guard request.env[name] == nil else {
        throw RunSpecError(
          "\(name) hands GPUs over, and is not for `env` to set",
          hints: ["`gpus` says how many, and `--device` which"])
      }
    }
    if let user = request.user {
      let parts = user.split(separator: Character(":"), omittingEmptySubsequences: false)
      let isUser =
        parts.count <= 2
        && parts.allSatisfy { part in
          !part.isEmpty && !part.hasPrefix("-")
            && part.utf8.allSatisfy { byte in
              (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || (48...57).contains(byte)
                || "_-.".utf8.contains(byte)
            }
        }
      guard isUser else {
        throw RunSpecError(
          "“\(user)” cannot be a user", hints: ["it looks like 1000, 1000:1000 or trainer:lab"])
      }
    }
    if let workdir = request.workdir {
      guard workdir.hasPrefix("/"),
        !workdir.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
      else {
        throw RunSpecError(
          "“\(workdir)” cannot be the folder that it starts in", hints: ["it is an absolute path"])
      }
    }
    for limit in request.io {
      guard limit.device.hasPrefix("/dev/"),
        limit.device.unicodeScalars.allSatisfy({
          $0.value > 0x20 && $0.value < 0x7F && !":,\"\\$%".unicodeScalars.contains($0)
        })
      else {
        throw RunSpecError(
          "“\(limit.device)” cannot be a block device", hints: ["it looks like /dev/nvme0n1"])
      }
      for count in [limit.readOperations, limit.writeOperations] {
        if let count, count < 1 {
          throw RunSpecError(
            "\(count) operations in a second on \(limit.device) are no bound", hints: ["say at least 1"])
        }
      }
    }
  }

  /// Mounts whose relative sources cannot be taken for names of volumes.
  private static func mounts(_ mounts: [RunMount]) throws(RunSpecError) -> [RunMount] {
    var result: [RunMount] = []
    for mount in mounts {
      // Who makes a mount of its parts has not had them checked.
      guard var checked = try? RunMount(mount.description), checked == mount else {
        throw RunSpecError(
          "“\(mount)” cannot be a mount",
          hints: ["it looks like /data:/data or /data:/data:ro, without comma and `..`"])
      }
      let isPlain = checked.source.hasPrefix("/") || checked.source.hasPrefix("./") || checked.source == "."
      if !isPlain { checked.source = "./" + checked.source }
      result.append(checked)
    }
    return result
  }
}

extension ByteCount {
  /// As docker, podman and compose read sizes: "64g", "512m", "1000b"; their letters are powers of 1024.
  var containerSize: String {
    if bytes.isMultiple(of: 1 << 30) { return "\(bytes >> 30)g" }
    return bytes.isMultiple(of: 1 << 20) ? "\(bytes >> 20)m" : "\(bytes)b"
  }
}
