import EnvlockModel

extension OCIMaker {
  mutating func handOverGPUs() throws(RunSpecError) {
    guard let grant = plan.gpu else {
      guard options.gpus.isEmpty else {
        throw RunSpecError(
          "GPUs are named, but none is asked for", hints: ["ask for `gpus = \(options.gpus.count)`"])
      }
      return
    }
    let chooser = OCIGPUChooser(grant: grant, options: options)
    let isByCDI =
      !options.cdi.names(ofKind: options.cdiKind).isEmpty || options.gpus.contains { $0.contains("=") }
    if isByCDI {
      let names = try chooser.cdiNames()
      try config.apply(
        try options.cdi.edits(for: names, hooks: options.runsHooks), node: options.node,
        taken: Set(request.mounts.map(\.target)))
      let isAll = names.contains { $0.hasSuffix("=all") }
      choices.append(
        RunChoice(
          "GPU devices", names.joined(separator: ", "),
          isAll
            ? "the request names them; this is every GPU of the node"
            : "the node's CDI files say what belongs to them; no other device is allowed"))
      choices.append(
        options.runsHooks
          ? RunChoice(
            "hooks", config.hooks.isEmpty ? "none" : "\(config.hooks.count) of the CDI files",
            "they link the driver's libraries in the container; only files in system folders can bring some")
          : RunChoice(
            "hooks", "left out", "the options say so; the driver's libraries may not be found by name"))
    } else {
      try handOver(try chooser.picks())
    }
    // NVIDIA's own runtime, where it is the default, adds nothing then.
    config.setVariable("NVIDIA_VISIBLE_DEVICES=void")
    try joinMPS(grant)
  }

  /// Hands over device nodes without a CDI document (CUDA needs the nodes of the control device, of unified memory and of
  /// the GPU; a MIG instance those of its capabilities: MIG User Guide, "Device Nodes and Capabilities").
  private mutating func handOver(_ picks: [OCIGPUChooser.Pick]) throws(RunSpecError) {
    guard let node = options.node else { return }
    var paths = ["/dev/nvidiactl", "/dev/nvidia-uvm"]
    let tools = "/dev/nvidia-uvm-tools"
    if node.node(tools) != nil { paths.append(tools) }
    for pick in picks {
      paths.append("/dev/nvidia\(pick.gpu.minor)")
      if let instance = pick.instance {
        paths += [instance.gpuInstanceAccess, instance.computeInstanceAccess]
      }
    }
    let user = config.process.user
    for path in paths where !config.linux.devices.contains(where: { $0.path == path }) {
      guard let device = node.node(path), device.kind == .character, let number = device.number else {
        throw RunSpecError(
          "the node has no character device \(path)",
          hints: ["see that the driver is loaded; `nvidia-modprobe -u -c 0` makes the nodes"],
          kind: .answerIsNo)
      }
      config.linux.devices.append(
        OCIDevice(
          path, kind: .character, number: number, mode: device.mode, uid: user.uid > 0 ? user.uid : nil,
          gid: user.gid > 0 ? user.gid : nil))
      config.allow(.character, number, access: "rw")
    }
    choices.append(
      RunChoice(
        "GPU devices", picks.map(\.description).joined(separator: ", "),
        "the node's device nodes; without a CDI file the driver's libraries have to be mounted or in the image"
      ))
  }

  /// Joins the node's MPS daemon (Multi-Process Service, "Environment Variables").
  private mutating func joinMPS(_ grant: GPUGrant) throws(RunSpecError) {
    guard grant.form == .mps else { return }
    guard let pipes = options.mpsPipes else {
      throw RunSpecError(
        "where the node's MPS daemon has its pipes is not known",
        hints: ["say so where one runs: usually /tmp/nvidia-mps", "or share the GPU by `gpu = \"shared\"`"])
    }
    if let fault = OCIPath.faultOfPlace(pipes) {
      throw RunSpecError("“\(pipes)” cannot be the folder of the MPS daemon: \(fault)")
    }
    config.mounts.append(OCIMount(pipes, source: pipes, options: ["rbind", "nosuid", "nodev", "noexec"]))
    config.setVariable("CUDA_MPS_PIPE_DIRECTORY=\(pipes)")
    if let memory = grant.memory {
      config.setVariable("CUDA_MPS_PINNED_DEVICE_MEM_LIMIT=0=\(memory.mebibytes)M")
    }
    choices.append(
      RunChoice("MPS", pipes, "the daemon is on the node; its clients share memory and IPC with it"))
  }
}
