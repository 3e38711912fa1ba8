import EnvlockModel

/// What a container sees besides its image.
struct KubernetesVolumes {
  private(set) var volumes: [JSONValue] = []
  private(set) var mounts: [JSONValue] = []
  /// HOME, where nobody says another.
  private(set) var home: String?

  private static let homeFolder = "/home/envlock"

  /// Decides.
  ///
  /// - Throws: Folders of the node where the options do not admit them, and two things at one place.
  init(
    _ plan: RunPlan, _ options: KubernetesSpec.Options, _ choices: inout [RunChoice]
  ) throws(RunSpecError) {
    let wanted = options.claims + plan.request.mounts
    try Self.checkPlaces(wanted, plan)
    var scratch = ["/tmp"]
    if plan.environment["HOME"] == nil {
      home = Self.homeFolder
      scratch.append(Self.homeFolder)
    }
    scratch.removeAll { folder in wanted.contains { $0.covers(folder) } }
    for folder in scratch {
      add(folder == "/tmp" ? "tmp" : "home", ["emptyDir": [:]], at: folder)
    }
    if plan.gpu?.form == .mps {
      choices.append(RunChoice("shm", "that of the MPS daemon", "all pods that share the GPU see it"))
    } else if let shm = plan.request.shm {
      add(
        "shm", ["emptyDir": ["medium": "Memory", "sizeLimit": KubernetesNames.quantity(shm)]], at: "/dev/shm")
      choices.append(RunChoice("shm", "\(shm) at /dev/shm", "it counts as memory of the container"))
    } else if plan.framework == .torch {
      choices.append(
        RunChoice("shm", "the runtime's own, 64MiB as a rule", "PyTorch's data loaders may need more: `shm`"))
    }
    for (index, mount) in options.claims.enumerated() {
      var claim: JSONObject = ["claimName": .string(mount.source)]
      if mount.isReadOnly { claim["readOnly"] = true }
      add("claim-\(index)", ["persistentVolumeClaim": .object(claim)], at: mount.target, mount.isReadOnly)
    }
    for (index, mount) in plan.request.mounts.enumerated() {
      try Self.checkNode(mount, options)
      add("node-\(index)", ["hostPath": ["path": .string(mount.source)]], at: mount.target, mount.isReadOnly)
    }
    let places = (scratch + wanted.filter { !$0.isReadOnly }.map(\.target)).joined(separator: ", ")
    choices.append(
      options.readOnlyRoot
        ? RunChoice(
          "files", "\(places) can be written", "the rest is as the lock has it; `--writable-root` opens it")
        : RunChoice("files", "the image's files can be written", "it is asked for; changes end with the pod"))
  }

  private mutating func add(_ name: String, _ source: JSONObject, at path: String, _ isReadOnly: Bool = false)
  {
    var volume = source
    volume["name"] = .string(name)
    volumes.append(.object(volume))
    var mount: JSONObject = ["name": .string(name), "mountPath": .string(path)]
    if isReadOnly { mount["readOnly"] = true }
    mounts.append(.object(mount))
  }

  private static func checkPlaces(_ mounts: [RunMount], _ plan: RunPlan) throws(RunSpecError) {
    let isMPS = plan.gpu?.form == .mps
    // NVIDIA/k8s-device-plugin, cmd/mps-control-daemon: clients get the daemon's folder there.
    guard !isMPS || plan.request.shm == nil else {
      throw RunSpecError(
        "`gpu = \"mps\"` brings a /dev/shm of its own, and `shm` would hide it",
        hints: ["leave `shm` out, or take another form of GPU"], kind: .answerIsNo)
    }
    var places: Set<String> = isMPS || plan.request.shm != nil ? ["/dev/shm"] : []
    for mount in mounts {
      guard !mount.target.contains(":") else {
        throw RunSpecError("Kubernetes takes no colon in a place, and \(mount.target) has one")
      }
      guard places.insert(mount.target).inserted else {
        throw RunSpecError("two things would lie at \(mount.target)", hints: ["leave one of them out"])
      }
    }
  }

  private static func checkNode(_ mount: RunMount, _ options: KubernetesSpec.Options) throws(RunSpecError) {
    guard options.podSecurity == .privileged else {
      throw RunSpecError(
        "\(mount.source) is a folder of a node, which the Pod Security Standard “\(options.podSecurity.rawValue)” refuses",
        hints: [
          "put the data into a PersistentVolumeClaim and name that: `--claim NAME:\(mount.target)`",
          "or say that the namespace admits it: `--pod-security privileged`",
        ], kind: .answerIsNo)
    }
    guard mount.source.hasPrefix("/") else {
      throw RunSpecError(
        "\(mount.source) is relative, and the nodes of a cluster do not know where it was written",
        hints: ["say where it lies on the node: /srv/data:\(mount.target)"])
    }
  }
}
