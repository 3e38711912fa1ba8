import Envlock
import EnvlockModel
import EnvlockRunSpec

/// Where an image is started.
enum SpecTarget: String, CaseIterable {
  case docker, compose, podman, quadlet, devcontainer, oci, kubernetes, slurm, apptainer, kubevirt, libvirt,
    vsphere

  /// - Throws: `UsageError` for none and for another.
  init(_ text: String?) throws(UsageError) {
    let names = Self.allCases.map(\.rawValue)
    guard let text else {
      throw UsageError(
        "it is not said where the image is to be started",
        hints: ["it can be: " + names.joined(separator: ", ")])
    }
    guard let target = Self(rawValue: text) else {
      throw UsageError(
        "there is no run spec for “\(Printable.text(text))”",
        hints: NearestName.of(text, among: names).map { ["did you mean `\($0)`?"] }
          ?? ["it can be: " + names.joined(separator: ", ")])
    }
    self = target
  }
}

/// A run spec, whatever it is for.
struct MadeSpec: Sendable {
  var files: [SpecFile]
  let choices: [RunChoice]

  init(_ spec: some RunSpec) {
    files = spec.files
    choices = spec.choices
  }
}

extension SpecTarget {
  /// Makes the run spec.
  ///
  /// - Parameters:
  ///   - plan: What is started.
  ///   - site: What was typed for this target.
  ///   - allowTag: Whether an image without a digest does.
  ///   - node: What this machine has of devices; asked for by `oci` alone.
  /// - Returns: The run spec.
  /// - Throws: What cannot be given, and options that are for others.
  func spec(
    _ plan: RunPlan, _ site: SpecSiteOptions, allowTag: Bool, node: () throws -> SpecNode
  ) throws -> MadeSpec {
    try site.refuseOthers(self)
    switch self {
    case .docker:
      var options = DockerSpec.Options()
      options.container = site.container(allowTag)
      options.usesCDI = site.cdi
      return MadeSpec(try DockerSpec(plan, options: options))
    case .compose:
      var options = ComposeSpec.Options()
      options.container = site.container(allowTag)
      options.usesCDI = site.cdi
      return MadeSpec(try ComposeSpec(plan, options: options))
    case .devcontainer:
      var options = DevcontainerSpec.Options()
      options.container = site.container(allowTag)
      options.usesCDI = site.cdi
      return MadeSpec(try DevcontainerSpec(plan, options: options))
    case .podman:
      var options = PodmanSpec.Options()
      options.container = site.container(allowTag)
      options.isRootless = site.rootless
      return MadeSpec(try PodmanSpec(plan, options: options))
    case .quadlet:
      var options = QuadletSpec.Options()
      options.container = site.container(allowTag)
      options.isRootless = site.rootless
      options.startsAtBoot = site.atBoot
      return MadeSpec(try QuadletSpec(plan, options: options))
    case .oci: return MadeSpec(try OCISpec(plan, options: try site.oci(plan, try node())))
    case .kubernetes: return MadeSpec(try KubernetesSpec(plan, options: try site.kubernetes(allowTag)))
    case .slurm: return MadeSpec(try SlurmSpec(plan, options: try site.slurm(allowTag)))
    case .apptainer:
      var options = ApptainerSpec.Options()
      options.devices = site.device
      options.nvccli = site.nvccli
      options.allowTag = allowTag
      return MadeSpec(try ApptainerSpec(plan, options: options))
    case .kubevirt: return MadeSpec(try KubeVirtSpec(plan, options: try site.kubeVirt(allowTag)))
    case .libvirt:
      var options = LibvirtSpec.Options()
      options.pciAddresses = site.pci
      options.mediatedDevices = site.mdev
      options.vgpuType = site.vgpuType
      options.disk = site.disk
      options.allowTag = allowTag
      return MadeSpec(try LibvirtSpec(plan, options: options))
    case .vsphere:
      var options = VSphereSpec.Options()
      options.profile = site.profile
      options.deviceID = site.pciDevice
      options.disk = site.disk
      options.storageClass = site.storageClass
      options.namespace = site.namespace
      options.allowTag = allowTag
      return MadeSpec(try VSphereSpec(plan, options: options))
    }
  }
}

/// What this machine has that an OCI bundle hands over.
struct SpecNode: Sendable {
  /// Its CDI documents.
  var cdi = CDIRegistry()
  /// Its device nodes; nil where nobody measured them.
  var devices: NodeDevices?
  /// The numbers of block devices by path.
  var blockDevices: [String: OCIDeviceNumber] = [:]
  /// How users are mapped where an ordinary user starts it.
  var rootless: OCIRootless?
  /// What is wrong with files that were read, a clause each.
  var faults: [String] = []
}

extension SpecSiteOptions {
  /// The options that are for some targets only: as they are typed, whether they were, and for whom.
  private var uses: [(option: String, isTyped: Bool, targets: [SpecTarget])] {
    let local: [SpecTarget] = [.docker, .compose, .podman, .quadlet, .devcontainer]
    return [
      ("--kind", kind != nil, [.kubernetes]), ("--runtime", runtime != nil, [.slurm]),
      ("--device", !device.isEmpty, local + [.oci, .apptainer, .kubevirt]),
      ("--cdi", cdi, [.docker, .compose, .devcontainer]), ("--cdi-file", !cdiFile.isEmpty, [.oci]),
      ("--rootless", rootless, [.podman, .quadlet, .oci]),
      ("--writable-root", writableRoot, local + [.oci, .kubernetes]), ("--at-boot", atBoot, [.quadlet]),
      ("--mps-folder", mpsFolder != nil, local + [.oci]), ("--nvccli", nvccli, [.apptainer, .slurm]),
      ("--gpu-type", gpuType != nil, [.slurm]), ("--shards", shards != nil, [.slurm]),
      ("--mps", mps != nil, [.slurm]), ("--container", container != nil, [.slurm]),
      ("--gpu-api", gpuAPI != nil, [.kubernetes]), ("--mig-strategy", migStrategy != nil, [.kubernetes]),
      ("--node-labels", nodeLabels != nil, [.kubernetes]),
      ("--pod-security", podSecurity != nil, [.kubernetes]),
      ("--shared-claim", sharedClaim != nil, [.kubernetes]),
      ("--runtime-class", runtimeClass != nil, [.kubernetes]),
      ("--namespace", namespace != nil, [.kubernetes, .kubevirt, .vsphere]),
      ("--claim", !claim.isEmpty, [.kubernetes, .kubevirt]),
      ("--disk", disk != nil, [.kubevirt, .libvirt, .vsphere]), ("--pci", !pci.isEmpty, [.libvirt]),
      ("--mdev", !mdev.isEmpty, [.libvirt]), ("--vgpu-type", vgpuType != nil, [.libvirt]),
      ("--profile", profile != nil, [.vsphere]), ("--pci-device", pciDevice != nil, [.vsphere]),
      ("--storage-class", storageClass != nil, [.vsphere]),
    ]
  }

  /// - Throws: `UsageError` for an option that says nothing to a target.
  func refuseOthers(_ target: SpecTarget) throws(UsageError) {
    for use in uses where use.isTyped && !use.targets.contains(target) {
      throw UsageError(
        "`\(use.option)` says nothing to \(target.rawValue)",
        hints: ["it is for \(use.targets.map(\.rawValue).joined(separator: ", "))"])
    }
  }

  fileprivate func container(_ allowTag: Bool) -> LocalOptions {
    var options = LocalOptions()
    options.devices = device
    options.allowTag = allowTag
    options.writableRoot = writableRoot
    if let mpsFolder { options.mpsFolder = mpsFolder }
    return options
  }

  fileprivate func oci(_ plan: RunPlan, _ node: SpecNode) throws -> OCISpec.Options {
    var options = OCISpec.Options()
    options.gpus = device
    options.isRootReadOnly = !writableRoot
    options.rootless = rootless ? node.rootless : nil
    options.cdi = node.cdi
    options.node = node.devices
    options.blockDevices = node.blockDevices
    options.mpsPipes = mpsFolder
    return options
  }

  fileprivate func kubernetes(_ allowTag: Bool) throws -> KubernetesSpec.Options {
    var options = KubernetesSpec.Options()
    options.kind = try OptionWord.read("--kind", kind)
    options.gpuAPI = try OptionWord.read("--gpu-api", gpuAPI) ?? options.gpuAPI
    options.migStrategy = try OptionWord.read("--mig-strategy", migStrategy) ?? options.migStrategy
    options.nodeLabels = try OptionWord.read("--node-labels", nodeLabels) ?? options.nodeLabels
    options.podSecurity = try OptionWord.read("--pod-security", podSecurity) ?? options.podSecurity
    options.sharedClaim = sharedClaim
    options.runtimeClass = runtimeClass
    options.namespace = namespace
    options.readOnlyRoot = !writableRoot
    options.allowTag = allowTag
    for text in claim {
      do throws(MalformedText) { options.claims.append(try RunMount(text)) } catch {
        throw UsageError(
          error, in: "--claim", hints: ["write NAME:/place, with :ro behind it for reading only"])
      }
    }
    return options
  }

  fileprivate func slurm(_ allowTag: Bool) throws -> SlurmSpec.Options {
    var options = SlurmSpec.Options()
    options.runtime = try OptionWord.read("--runtime", runtime) ?? options.runtime
    options.shards = shards ?? options.shards
    options.mps = mps ?? options.mps
    options.container = container
    options.gpuType = gpuType
    options.nvccli = nvccli
    options.allowTag = allowTag
    return options
  }

  fileprivate func kubeVirt(_ allowTag: Bool) throws -> KubeVirtSpec.Options {
    var options = KubeVirtSpec.Options()
    guard device.count <= 1 else {
      throw UsageError(
        "the GPUs of a machine are of one kind, and `--device` names \(device.count)",
        hints: ["name one; `--gpus` says how many"])
    }
    options.deviceName = device.first
    options.namespace = namespace
    options.allowTag = allowTag
    guard claim.count + (disk == nil ? 0 : 1) <= 1 else {
      throw UsageError("a machine boots from one disk", hints: ["name one of `--disk` and `--claim`"])
    }
    options.disk = claim.first.map { .claim($0) } ?? disk.map { .container($0) }
    return options
  }
}
