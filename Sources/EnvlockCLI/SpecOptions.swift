import ArgumentParser
import EnvlockModel
import EnvlockRunSpec

/// Whether the image's registry is asked.
struct SpecRegistryOptions: ParsableArguments {
  @Flag(help: "Ask the registry which digest the image's tag stands for now, and write that.")
  var resolveTag = false

  @OptionGroup var plainHTTP: PlainHTTPOption
}

/// What is written, and how.
struct SpecOutputOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where to write: a file, or a folder where there are several. Default: standard output",
      valueName: "path"), completion: .file())
  var output: String?

  @Option(
    help: ArgumentHelp(
      """
      A document to merge over the spec (RFC 7396): a file of YAML or JSON, or one of envlock's own: \
      \(EmbeddedOverlay.names.joined(separator: ", ")); repeatable.
      """, valueName: "file|name"), completion: .file(extensions: ["yaml", "yml", "json"]))
  var overlay: [String] = []

  @OptionGroup var explain: ExplainOption

  @Flag(help: "Print the documents and choices as JSON.")
  var json = false

  @OptionGroup var matrix: MatrixOption
}

/// How GPUs could be shared by several users.
struct SpecSharingOptions: ParsableArguments {
  @Flag(
    help: """
      Instead of a run spec: weigh the ways to share the GPUs of --gpu by --gpu-memory, --isolation and --users, and print \
      what the nodes' administrator sets up.
      """)
  var choose = false

  @Option(help: ArgumentHelp("With --choose: how many users there are at once.", valueName: "number"))
  var users: Int?

  @Flag(help: "With --choose: each user has a virtual machine.")
  var virtualMachines = false
}

/// What only some runtimes ask for.
struct SpecSiteOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "kubernetes: pod, job, deployment, indexed-job, jobset or trainjob.", valueName: "kind"),
    completion: .list(KubernetesSpec.Kind.allCases.map(\.rawValue)))
  var kind: String?

  @Option(
    help: ArgumentHelp("slurm: pyxis (default), apptainer or oci.", valueName: "runtime"),
    completion: .list(SlurmRuntime.allCases.map(\.rawValue)))
  var runtime: String?

  @Option(
    help: ArgumentHelp(
      """
      One machine: a GPU or MIG instance by index or UUID, or a CDI device; kubevirt: how the cluster calls the GPU; \
      repeatable.
      """, valueName: "device"))
  var device: [String] = []

  @Flag(help: "docker, compose, devcontainer: name GPUs as CDI does.")
  var cdi = false

  @Option(
    help: ArgumentHelp(
      "oci: a CDI file instead of those of this machine; repeatable.", valueName: "file"), completion: .file()
  )
  var cdiFile: [String] = []

  @Flag(help: "podman, quadlet, oci: it is started by an ordinary user.")
  var rootless = false

  @Flag(help: "The image's own files can be written.")
  var writableRoot = false

  @Flag(help: "quadlet: it starts whenever the machine does.")
  var atBoot = false

  @Option(
    help: ArgumentHelp("One machine: where the MPS daemon has its pipes.", valueName: "dir"),
    completion: .directory)
  var mpsFolder: String?

  @Flag(help: "apptainer, slurm: NVIDIA's own tool puts the GPUs into the container.")
  var nvccli = false

  @Option(help: ArgumentHelp("slurm: how the site calls the type of the GPUs.", valueName: "type"))
  var gpuType: String?

  @Option(help: ArgumentHelp("slurm: of how many shards a share consists.", valueName: "number"))
  var shards: Int?

  @Option(help: ArgumentHelp("slurm: how much of a GPU's MPS count a share gets.", valueName: "number"))
  var mps: Int?

  @Option(
    help: ArgumentHelp(
      "slurm: a .sqsh, a .sif or a bundle on the nodes instead of the image.", valueName: "path"))
  var container: String?

  @Option(
    help: ArgumentHelp("kubernetes: device-plugin (default) or dra.", valueName: "api"),
    completion: .list(KubernetesSpec.GPUAPI.allCases.map(\.rawValue)))
  var gpuAPI: String?

  @Option(
    help: ArgumentHelp("kubernetes: how MIG is offered, mixed (default) or single.", valueName: "strategy"),
    completion: .list(KubernetesSpec.MIGStrategy.allCases.map(\.rawValue)))
  var migStrategy: String?

  @Option(
    help: ArgumentHelp(
      "kubernetes: labels of the nodes, gfd (default), gfd-older or none.", valueName: "labels"),
    completion: .list(KubernetesSpec.NodeLabels.allCases.map(\.rawValue)))
  var nodeLabels: String?

  @Option(
    help: ArgumentHelp(
      "kubernetes: what the namespace admits, restricted (default), baseline or privileged.",
      valueName: "level"),
    completion: .list(KubernetesSpec.PodSecurity.allCases.map(\.rawValue)))
  var podSecurity: String?

  @Option(
    help: ArgumentHelp("kubernetes with DRA: the ResourceClaim whose GPU is shared.", valueName: "name"))
  var sharedClaim: String?

  @Option(help: ArgumentHelp("kubernetes: the RuntimeClass.", valueName: "name"))
  var runtimeClass: String?

  @Option(help: ArgumentHelp("kubernetes, kubevirt, vsphere: the namespace.", valueName: "name"))
  var namespace: String?

  @Option(
    help: ArgumentHelp(
      "kubernetes: a PersistentVolumeClaim and where it is seen; kubevirt: the claim to boot from; repeatable.",
      valueName: "name[:target[:ro]]"))
  var claim: [String] = []

  @Option(
    help: ArgumentHelp("kubevirt, libvirt, vsphere: what the machine boots from.", valueName: "disk"))
  var disk: String?

  @Option(
    help: ArgumentHelp("libvirt: where a GPU lies, 0000:3b:00.0; repeatable.", valueName: "address"))
  var pci: [String] = []

  @Option(help: ArgumentHelp("libvirt: the UUID that a vGPU gets; repeatable.", valueName: "uuid"))
  var mdev: [String] = []

  @Option(help: ArgumentHelp("libvirt: the vGPU's type on the host, nvidia-471.", valueName: "type"))
  var vgpuType: String?

  @Option(help: ArgumentHelp("vsphere: the vGPU's profile, grid_a100-10c.", valueName: "name"))
  var profile: String?

  @Option(help: ArgumentHelp("vsphere: the PCI device of the GPUs, four digits.", valueName: "id"))
  var pciDevice: String?

  @Option(help: ArgumentHelp("vsphere: the storage class of the disks.", valueName: "name"))
  var storageClass: String?
}
