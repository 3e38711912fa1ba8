import EnvlockModel

/// Makes the configuration of an OCI bundle.
struct OCIMaker {
  let plan: RunPlan
  let options: OCISpec.Options
  var config: OCIConfig
  var choices: [RunChoice] = []
  /// The names of hosts, for a file of the bundle; nil where none is needed.
  var hosts: String?

  var request: RunDeclaration { plan.request }

  init(_ plan: RunPlan, _ options: OCISpec.Options) throws(RunSpecError) {
    guard plan.nodes == 1 else {
      throw RunSpecError(
        "an OCI bundle is started on one node, and \(plan.nodes) are asked for",
        hints: ["the specs of Slurm and Kubernetes start processes on several nodes"], kind: .answerIsNo)
    }
    self.plan = plan
    self.options = options
    config = OCIConfig(
      process: try Self.process(plan, options), root: options.rootPath,
      isRootReadOnly: options.isRootReadOnly)
  }

  mutating func make() throws(RunSpecError) {
    try checkNames()
    annotate()
    let user = config.process.user
    choices.append(
      RunChoice(
        "user", "\(user.uid):\(user.gid)",
        request.user != nil
          ? "the request says so" : user.uid == 0 ? "nobody else is named" : "the image says so"))
    try isolate()
    try limit()
    try mount()
    try handOverGPUs()
    config.orderMounts()
    if let seconds = request.seconds {
      choices.append(
        RunChoice(
          "time", "not limited",
          "runc and crun know no time limit; after \(seconds) s `runc kill NAME KILL` ends it, as process 1 need not heed TERM"
        ))
    }
  }

  private func checkNames() throws(RunSpecError) {
    let isPath = !options.rootPath.isEmpty && !options.rootPath.utf8.contains(0)
    guard isPath, !options.rootPath.split(separator: "/").contains("..") else {
      throw RunSpecError(
        "“\(options.rootPath)” cannot be the folder of the root file system", hints: ["`rootfs` is usual"])
    }
    for capability in options.capabilities {
      let isName =
        capability.hasPrefix("CAP_") && capability.utf8.count > 4
        && capability.utf8.allSatisfy { byte in
          (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || byte == UInt8(ascii: "_")
        }
      guard isName else {
        throw RunSpecError(
          "“\(capability)” is not the name of a capability", hints: ["they look like CAP_NET_RAW"])
      }
    }
    if let path = options.cgroupsPath, path.isEmpty || path.utf8.contains(0) || path.contains("..") {
      throw RunSpecError("“\(path)” cannot be the path of a control group")
    }
  }

  private mutating func annotate() {
    config.annotations["dev.envlock.lock"] = "\(plan.lock)"
    if let digest = plan.image.digest {
      config.annotations["org.opencontainers.image.base.digest"] = "\(digest)"
    }
    if let name = plan.image.name { config.annotations["org.opencontainers.image.base.name"] = name }
  }

  // MARK: What is its own

  private mutating func isolate() throws(RunSpecError) {
    var namespaces: [OCILinux.Namespace] = [.pid, .mount, .cgroup]
    if plan.gpu?.form != .mps { namespaces.append(.ipc) }
    // With the node's network goes the node's name, which programs look up to reach themselves.
    if request.network != .host {
      namespaces += [.uts, .network]
      config.hostname = plan.name
    }
    choices.append(
      request.network == .host
        ? RunChoice("network", "the node's, and its name", "the request says so")
        : RunChoice(
          "network", "loopback only", "an OCI runtime sets up no other; `network = \"host\"` gives the node's"
        ))
    if let rootless = options.rootless {
      namespaces.append(.user)
      config.linux.uidMappings = rootless.uidMappings
      config.linux.gidMappings = rootless.gidMappings
      try checkMappings(rootless)
    }
    config.linux.namespaces = namespaces
    config.process.capabilities = options.capabilities
    choices.append(
      options.capabilities.isEmpty
        ? RunChoice(
          "capabilities", "none", "computing needs none; new ones cannot be got either (noNewPrivileges)")
        : RunChoice("capabilities", options.capabilities.joined(separator: ", "), "the options keep them"))
    switch options.seccomp {
    case .standard:
      config.linux.seccomp = .standard(plan.demand.platform)
      choices.append(
        RunChoice(
          "seccomp", "envlock's own list",
          "calls that compute, also those of CUDA and NCCL; no io_uring, bpf, userfaultfd, mounts, new namespaces"
        ))
    case .other(let filter): config.linux.seccomp = filter
    case .none: choices.append(RunChoice("seccomp", "no filter", "the options say so"))
    }
    config.linux.maskedPaths = Self.masked
    config.linux.readonlyPaths = Self.readonly
  }

  private func checkMappings(_ rootless: OCIRootless) throws(RunSpecError) {
    let user = config.process.user
    for (what, id, mappings) in [
      ("user", user.uid, rootless.uidMappings), ("group", user.gid, rootless.gidMappings),
    ] {
      guard mappings.allSatisfy({ $0.size > 0 && $0.container >= 0 && $0.host >= 0 }) else {
        throw RunSpecError("the mapping of the \(what)s has a range that cannot be")
      }
      guard mappings.contains(where: { $0.contains(id) }) else {
        throw RunSpecError(
          "\(what) \(id) of the container is nobody on the node",
          hints: ["map it, or start as `user = \"0:0\"`, which is then you"])
      }
    }
  }

  /// What Docker masks by default (moby, daemon/pkg/oci/defaults.go): what tells of the machine, or of others on it.
  private static let masked = [
    "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
    "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
    "/sys/devices/virtual/powercap", "/sys/firmware",
  ]

  /// What Docker leaves to be read only (the same file): what rules the machine.
  private static let readonly = [
    "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
  ]

  // MARK: What it can use

  private mutating func limit() throws(RunSpecError) {
    // Runtimes add what every container has: null, zero, full, random, urandom, tty, console, ptmx, pts.
    var resources = OCIResources(devices: [OCIResources.DeviceRule(allow: false, access: "rwm")])
    resources.memory = request.memory?.bytes
    resources.cpuQuota = request.cpus.map { $0.millis * (OCIResources.cpuPeriod / 1000) }
    resources.pids = request.pids
    resources.ioWeight = request.ioWeight
    for bound in request.io {
      guard let device = options.blockDevices[bound.device] else {
        throw RunSpecError(
          "the number of the block device \(bound.device) is not known",
          hints: ["name a device of this node, such as /dev/nvme0n1"])
      }
      func add(_ rate: Int?, _ list: WritableKeyPath<OCIResources, [OCIResources.Throttle]>) {
        if let rate { resources[keyPath: list].append(OCIResources.Throttle(device, rate: rate)) }
      }
      add(bound.readBytes?.bytes, \.readBytes)
      add(bound.writeBytes?.bytes, \.writeBytes)
      add(bound.readOperations, \.readOperations)
      add(bound.writeOperations, \.writeOperations)
    }
    config.linux.cgroupsPath = options.cgroupsPath
    if let rootless = options.rootless, !rootless.hasControlGroup {
      guard !resources.hasLimits else {
        throw RunSpecError(
          "an ordinary user can limit memory, processors, processes and disks only in a control group of their own",
          hints: [
            "where systemd has delegated one, say so",
            "or leave `memory`, `cpus`, `pids`, `io` and `io-weight` out",
          ], kind: .answerIsNo)
      }
      choices.append(
        RunChoice(
          "devices", "those in /dev",
          "an ordinary user cannot set the kernel's device filter, and cannot make device nodes either"))
      return
    }
    config.linux.resources = resources
    choices.append(
      RunChoice(
        "devices", "none but those listed", "everything is denied first, then each is allowed by number"))
    if let memory = request.memory {
      choices.append(
        RunChoice("memory", "\(memory), no swap", "the request says so; what is more ends the container"))
    }
  }
}
