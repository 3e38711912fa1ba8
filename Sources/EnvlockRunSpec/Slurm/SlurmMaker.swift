import EnvlockModel

/// Makes a batch script of a plan.
struct SlurmMaker {
  let plan: RunPlan
  let options: SlurmSpec.Options
  var choices: [RunChoice] = []

  init(plan: RunPlan, options: SlurmSpec.Options) {
    self.plan = plan
    self.options = options
  }

  mutating func script() throws(RunSpecError) -> SlurmScript {
    try refuse()
    var directives: JSONObject = [
      "job-name": .string(plan.name), "nodes": .integer(plan.nodes), "ntasks-per-node": 1,
      "output": .string(options.output),
    ]
    for (name, value) in try SlurmGPU.directives(plan, options, &choices) { directives[name] = value }
    // A step does not inherit the processors of a job (srun.1, from 22.05 on).
    var step = ["--kill-on-bad-exit=1"]
    if let cpus = plan.request.cpus {
      directives["cpus-per-task"] = .integer(cpus.roundedUp)
      step.append("--cpus-per-task=\(cpus.roundedUp)")
      let reason =
        cpus.millis.isMultiple(of: 1000)
        ? "as it was asked for" : "\(cpus) rounded up: Slurm gives whole ones"
      choices.append(RunChoice("processors", "--cpus-per-task=\(cpus.roundedUp)", reason))
    }
    if let memory = plan.request.memory {
      directives["mem"] = .string("\(memory.mebibytes)M")
      choices.append(
        RunChoice("memory", "--mem=\(memory.mebibytes)M", "\(memory) for each node; Slurm's M is 1024 KiB"))
    }
    if let seconds = plan.request.seconds {
      directives["time"] = .string(Self.time(seconds))
      choices.append(RunChoice("time", "--time=\(Self.time(seconds))", "Slurm ends the job then"))
    }
    var script = SlurmScript(
      comments: ["\(plan.name): \(plan.title); made by envlock from the lock \(plan.lock)"],
      directives: directives, setup: [], runtime: options.runtime, environment: plan.environment, step: step,
      starter: [], launcher: [], program: plan.process, rendezvous: nil)
    try launch(&script)
    switch options.runtime {
    case .pyxis: try pyxis(&script)
    case .apptainer: try apptainer(&script)
    case .oci: try oci(&script)
    }
    say()
    return script
  }

  /// "01:30:00", with days in front where there are any: "2-00:00:00".
  static func time(_ seconds: Int) -> String {
    func digits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let days = seconds / 86_400
    return (days > 0 ? "\(days)-" : "") + digits(seconds / 3600 % 24) + ":" + digits(seconds / 60 % 60) + ":"
      + digits(seconds % 60)
  }

  // MARK: What Slurm cannot give

  private func refuse() throws(RunSpecError) {
    let request = plan.request
    if !request.io.isEmpty || request.ioWeight != nil {
      throw RunSpecError(
        "Slurm bounds no reading and writing of disks", hints: ["leave `io` and `io-weight` out"],
        kind: .answerIsNo)
    }
    if request.pids != nil {
      throw RunSpecError(
        "Slurm bounds no number of processes", hints: ["leave `pids` out"], kind: .answerIsNo)
    }
    if request.network == RunNetwork.none {
      guard options.runtime == .apptainer, plan.nodes == 1 else {
        throw RunSpecError(
          plan.nodes > 1
            ? "\(plan.nodes) nodes without network cannot find each other"
            : "\(options.runtime.rawValue) keeps no job off the node's network",
          hints: plan.nodes > 1 ? ["leave `network` out"] : ["Apptainer can: `--runtime apptainer`"],
          kind: .answerIsNo)
      }
    }
    if plan.process.isEmpty {
      throw RunSpecError(
        "the image has no command of its own", hints: ["say one: `command`, or behind `--`"])
    }
    if let container = options.container {
      guard container.hasPrefix("/"), !container.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
        throw RunSpecError(
          "“\(container)” is no path on the nodes", hints: ["it has to begin with a slash"])
      }
    }
  }

  /// What it gives otherwise than it was asked for.
  private mutating func say() {
    if let user = plan.request.user {
      choices.append(
        RunChoice("user", "the one who submits", "Slurm starts no job as another; `user` is \(user)"))
    }
    if let shm = plan.request.shm {
      choices.append(
        RunChoice("/dev/shm", "the node's own", "Slurm has no size for it; the node's has to have \(shm)"))
    }
  }

  // MARK: Several nodes

  private mutating func launch(_ script: inout SlurmScript) throws(RunSpecError) {
    guard plan.nodes > 1 else { return }
    switch plan.framework {
    case .torch:
      let launch = try Launch(plan)
      (script.launcher, script.program, script.rendezvous) = (launch.launcher, launch.program, .torchrun)
      choices.append(
        RunChoice(
          "nodes", "torchrun on each of \(plan.nodes)",
          "its processes meet at the job's first node, at a port made of the job's number"))
    case .tensorflow:
      script.rendezvous = .tensorflow
      choices.append(
        RunChoice(
          "nodes", "TF_CONFIG on each of \(plan.nodes)",
          "tf.distribute reads from it who the others are and which of them a process is"))
    case nil:
      choices.append(
        RunChoice(
          "nodes", "the command once on each of \(plan.nodes)",
          "the lock has neither torch nor tensorflow: the program reads who it is from SLURM_PROCID"))
    }
  }

  // MARK: Runtimes

  /// The path on the nodes, or the registry's image as a runtime writes it.
  private func image(
    _ target: String, _ text: KeyPath<ImageAddress, String>
  ) throws(RunSpecError) -> String {
    if let container = options.container { return container }
    return try ImageAddress(plan, allowTag: options.allowTag, target: target)[keyPath: text]
  }

  private mutating func pyxis(_ script: inout SlurmScript) throws(RunSpecError) {
    let image = try image("pyxis", \.enroot)
    script.step += ["--container-image=\(image)", "--no-container-mount-home"]
    script.step.append(options.readOnly ? "--container-readonly" : "--container-writable")
    var mounts = try plan.request.mounts.map { (mount) throws(RunSpecError) in try Self.pyxis(mount) }
    if options.readOnly, !plan.request.mounts.contains(where: { $0.target == "/tmp" }) {
      mounts.append("tmpfs:/tmp")
    }
    if plan.gpu?.form == .mps { mounts.append("\(ApptainerWords.mpsPipes):\(ApptainerWords.mpsPipes)") }
    if !mounts.isEmpty { script.step.append("--container-mounts=" + mounts.joined(separator: ",")) }
    if let folder = plan.request.workdir { script.step.append("--container-workdir=\(folder)") }
    try visible(&script)
    choices += [
      RunChoice(
        "image", image,
        plan.image.digest == nil || options.container != nil
          ? "as it was named" : "held to its digest, in the place that every enroot reads as a tag"),
      RunChoice(
        "container", options.readOnly ? "read-only" : "writable, without home folder",
        options.readOnly ? "as it was asked for" : "each job has a copy of its own, gone with the job"),
      RunChoice(
        "variables", "--export", "only those that are named: the submitter's own stay outside"),
    ]
  }

  /// pyxis writes mounts between double quotes into a shell script of its own, in lines whose fields spaces divide
  /// (NVIDIA/pyxis, `enroot_create_start_config`).
  private static func pyxis(_ mount: RunMount) throws(RunSpecError) -> String {
    for path in [mount.source, mount.target] {
      let isPlain = path.unicodeScalars.allSatisfy { scalar in
        scalar.value > 0x7F || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
          || "_-./@%+=~".unicodeScalars.contains(scalar)
      }
      guard isPlain else {
        throw RunSpecError(
          "pyxis cannot be given the mount \(mount): it hands paths to a shell without quoting them",
          hints: ["use paths of letters, digits and _-./@%+=~", "Apptainer can: `--runtime apptainer`"])
      }
    }
    let source =
      mount.source.hasPrefix("/") || mount.source.hasPrefix(".") ? mount.source : "./" + mount.source
    return "\(source):\(mount.target)" + (mount.isReadOnly ? ":ro" : "")
  }

  private mutating func apptainer(_ script: inout SlurmScript) throws(RunSpecError) {
    let image = try image("Apptainer", \.apptainer)
    let words = try ["apptainer", "exec"] + ApptainerWords.options(plan, nvccli: options.nvccli) + [image]
    let names = handedOver
    script.starter = names.isEmpty ? words : ["bash", "-c", handOver(names), "envlock"] + words
    choices += [
      RunChoice(
        "image", image,
        plan.image.digest == nil || options.container != nil
          ? "as it was named" : "held to its digest; Apptainer takes no tag beside one"),
      RunChoice(
        "container", plan.gpu?.form == .mps ? "--contain" : "--containall",
        plan.gpu?.form == .mps
          ? "files, processes and variables of its own; memory is shared with MPS's server"
          : "files, processes, memory and variables of its own"),
      RunChoice(
        "variables", "APPTAINERENV_…",
        "exported one by one: `--env` would divide values at commas; --no-eval keeps `$` as it is"),
    ]
  }

  /// What Slurm tells each task and `--containall` would keep out.
  private var handedOver: [String] {
    let gpus = ["CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "CUDA_MPS_ACTIVE_THREAD_PERCENTAGE"]
    let places = ["SLURM_JOB_ID", "SLURM_JOB_NODELIST", "SLURM_NTASKS", "SLURM_PROCID"]
    return (plan.gpu == nil ? [] : gpus) + (plan.nodes > 1 && plan.framework == nil ? places : [])
  }

  /// Runs in each task, outside of the container: which GPUs Slurm gave differs from node to node.
  private func handOver(_ names: [String]) -> String {
    "for name in \(names.joined(separator: " ")); do "
      + "[ -z \"${!name+x}\" ] || export \"APPTAINERENV_$name=${!name}\"; done; "
      + (options.nvccli && plan.gpu != nil
        ? "export NVIDIA_VISIBLE_DEVICES=\"${CUDA_VISIBLE_DEVICES-}\"; " : "") + "exec \"$@\""
  }

  private mutating func oci(_ script: inout SlurmScript) throws(RunSpecError) {
    guard let bundle = options.container else {
      throw RunSpecError(
        "Slurm's own containers need a bundle that lies on the nodes",
        hints: ["`envlock spec oci` makes one; then name its folder: `--container /shared/bundle`"])
    }
    script.step.append("--container=\(bundle)")
    try visible(&script)
    choices.append(
      RunChoice("image", bundle, "a bundle on the nodes; mounts and folder are those of its config.json"))
    choices.append(
      RunChoice("variables", "--export", "only those that are named: the submitter's own stay outside"))
  }

  /// NVIDIA's hooks put no GPU into a container whose image does not say so; Slurm's device cgroup keeps all others
  /// from being opened.
  private mutating func visible(_ script: inout SlurmScript) throws(RunSpecError) {
    guard script.environment["NVIDIA_VISIBLE_DEVICES"] == nil else {
      throw RunSpecError(
        "envlock sets NVIDIA_VISIBLE_DEVICES itself, for the GPUs that Slurm gives",
        hints: ["leave it out of `env`"])
    }
    script.environment["NVIDIA_VISIBLE_DEVICES"] = plan.gpu == nil ? "void" : "all"
    if plan.gpu != nil {
      // What a program needs beside CUDA, such as video, only its user knows.
      script.environment.merge(["NVIDIA_DRIVER_CAPABILITIES": "compute,utility"]) { stated, _ in stated }
      choices.append(
        RunChoice(
          "devices", "NVIDIA_VISIBLE_DEVICES=all",
          "all that the job has: `ConstrainDevices` in the site's cgroup.conf keeps the others shut"))
    }
  }
}
