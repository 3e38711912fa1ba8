import EnvlockModel
import EnvlockRunSpec
import EnvlockTestSupport
import EnvlockVersions
import Testing

@Suite struct OCISpecTests {
  private typealias Change = (inout OCISpec.Options) throws -> Void

  private func spec(_ plan: RunPlan, _ change: Change = { _ in }) throws -> OCISpec {
    var options = OCISpec.Options()
    try change(&options)
    return try OCISpec(plan, options: options)
  }

  // The list of calls is the same in all, and stands whole in one golden only.
  private func expect(_ spec: OCISpec, _ name: String, filter: Bool = false) throws {
    let hasNetwork = !spec.config.linux.namespaces.contains(.network)
    #expect(spec.files.map(\.name) == (hasNetwork ? ["config.json"] : ["config.json", "hosts"]))
    #expect(spec.config.hostname == (hasNetwork ? nil : "resnet"))
    #expect(try spec.files.first?.text() == spec.config.json.canonical())
    var config = spec.config
    if !filter { config.linux.seccomp?.rules = [] }
    try expectGolden(config.json.canonical(), "oci/\(name).json")
    let lines = spec.choices.map { "\($0.topic): \($0.choice) (\($0.reason))\n" }
    try expectGolden(lines.joined(), "oci/\(name).txt")
  }

  @Test func `two GPUs by the node's CDI files, with hostile texts`() throws {
    let plan = try SampleRuns.plan { request in
      try SampleRuns.full(&request)
      request.ioWeight = 200
      request.io = [
        IOLimit(
          device: "/dev/nvme0n1", readBytes: try ByteCount("100MB"), writeBytes: nil, readOperations: nil,
          writeOperations: 500)
      ]
    }
    let spec = try spec(plan) { options in
      options.cdi = try SampleNodes.registry()
      options.node = NodeDevices(nodes: SampleNodes.devices.nodes)
      options.blockDevices = ["/dev/nvme0n1": OCIDeviceNumber(major: 259, minor: 0)]
      options.cgroupsPath = "/envlock/resnet"
      options.capabilities = ["CAP_SYS_NICE"]
    }
    #expect(spec.config.process.args == plan.command)
    try expect(spec, "cdi", filter: true)
  }

  @Test func `a GPU by the node's device nodes, with the node's network`() throws {
    let plan = try SampleRuns.plan { $0.network = .host }
    try expect(try spec(plan) { $0.node = SampleNodes.devices }, "nodes")
  }

  @Test func `a MIG instance is handed over by its capabilities`() throws {
    let plan = try SampleRuns.plan { $0.gpu = .mig(profile: "1g.10gb") }
    try expect(try spec(plan) { $0.node = SampleNodes.devices }, "mig")
    let other = try spec(plan) {
      $0.node = SampleNodes.devices
      $0.gpus = ["MIG-2"]
    }
    #expect(other == (try spec(plan) { $0.node = SampleNodes.devices }))
  }

  @Test func `without a GPU there is nothing of NVIDIA`() throws {
    let plan = try SampleRuns.plan(try SampleRuns.cpu())
    let spec = try spec(plan) {
      $0.node = SampleNodes.devices
      $0.cdi = try SampleNodes.registry()
    }
    try expect(spec, "cpu")
    let text = try spec.files.first?.text() ?? ""
    #expect(!text.replacing("NVIDIA_DRIVER_CAPABILITIES", with: "").lowercased().contains("nvidia"))
  }

  @Test func `an ordinary user's bundle has no control group, and a user namespace`() throws {
    let plan = try SampleRuns.plan(try SampleRuns.cpu()) {
      $0.mounts = [RunMount(source: "/srv/data", target: "/var", isReadOnly: true)]
      $0.user = "0:0"
    }
    let mapping = [OCIMapping(container: 0, host: 1000, size: 1)]
    let spec = try spec(plan) {
      $0.rootless = OCIRootless(uidMappings: mapping, gidMappings: mapping)
      $0.isRecursivelyReadOnly = false
      $0.temporaryFolders = ["/scratch"]
    }
    try expect(spec, "rootless")
    #expect(spec.config.mounts.contains { $0.destination == "/var" })
    #expect(!spec.config.mounts.contains { $0.destination == "/var/tmp" })
  }

  @Test func `clients of MPS share memory and IPC with the daemon`() throws {
    let plan = try SampleRuns.plan {
      $0.gpu = .mps
      $0.gpuMemory = try ByteCount("10GiB")
    }
    let spec = try spec(plan) {
      $0.node = SampleNodes.devices
      $0.mpsPipes = "/tmp/nvidia-mps"
    }
    #expect(!spec.config.linux.namespaces.contains(.ipc))
    #expect(spec.config.process.env.contains("CUDA_MPS_PINNED_DEVICE_MEM_LIMIT=0=10240M"))
    try expect(spec, "mps")
  }

  @Test func `hooks can be left out, and are run of system files only`() throws {
    let plan = try SampleRuns.plan()
    var options = OCISpec.Options()
    options.node = NodeDevices(nodes: SampleNodes.devices.nodes)
    options.cdi = CDIRegistry([CDIRegistry.File("/srv/mine.json", try SampleNodes.specification())])
    #expect(throws: RunSpecError.self) { try OCISpec(plan, options: options) }
    options.runsHooks = false
    #expect(try OCISpec(plan, options: options).config.hooks == [])
    options.cdi = try SampleNodes.registry()
    options.runsHooks = true
    #expect(try OCISpec(plan, options: options).config.hooks.count == 2)
  }

  @Test func `GPUs that are named are taken`() throws {
    let plan = try SampleRuns.plan()
    let byUUID = try spec(plan) {
      $0.node = SampleNodes.devices
      $0.gpus = ["GPU-bbbb"]
    }
    #expect(byUUID.config.linux.devices.map(\.path).contains("/dev/nvidia0"))
    #expect(!byUUID.config.linux.devices.map(\.path).contains("/dev/nvidia1"))
    let all = try spec(plan) {
      $0.cdi = try SampleNodes.registry()
      $0.node = SampleNodes.devices
      $0.gpus = ["all"]
    }
    #expect(Set(all.config.linux.devices.map(\.path)).isSuperset(of: ["/dev/nvidia0", "/dev/nvidia1"]))
    #expect(all.choices.contains { $0.choice == "nvidia.com/gpu=all" && $0.reason.contains("every GPU") })
  }

  @Test func `the home for caches lies where nobody has mounted something`() throws {
    let plan = try SampleRuns.plan(try SampleRuns.cpu()) {
      $0.mounts = [RunMount(source: "/scratch", target: "/tmp", isReadOnly: true)]
    }
    let config = try spec(plan).config
    #expect(config.process.env.contains("HOME=/var/tmp/home"))
    let places = config.mounts.map(\.destination).filter { $0.contains("tmp") }
    #expect(places == ["/tmp", "/var/tmp", "/var/tmp/home"])
    let own = try spec(
      try SampleRuns.plan(try SampleRuns.cpu()) { $0.env = ["HOME": "/data/me"] }
    ).config
    #expect(own.process.env.contains("HOME=/data/me"))
    #expect(!own.mounts.contains { $0.destination.hasSuffix("home") })
  }

  @Test func `a container without network knows itself by name`() throws {
    let plan = try SampleRuns.plan(try SampleRuns.cpu())
    #expect(
      try spec(plan).files.last?.text()
        == "127.0.0.1 localhost resnet\n::1 localhost ip6-localhost ip6-loopback\n")
    let own = try SampleRuns.plan(try SampleRuns.cpu()) {
      $0.mounts = [try RunMount("/srv/hosts:/etc/hosts:ro")]
    }
    #expect(try spec(own).files.count == 1)
  }

  @Test func `no call is both allowed and denied, and none twice`() throws {
    for platform in Platform.allCases {
      let rules = OCISeccomp.standard(platform).rules
      let plain = rules.filter { $0.condition == nil }.flatMap(\.names)
      #expect(Set(plain).count == plain.count)
      let conditional = Set(rules.filter { $0.condition != nil }.flatMap(\.names))
      #expect(conditional.isDisjoint(with: plain))
      #expect(conditional == ["clone", "socket", "personality"])
      // It has to be unknown, so that the C library falls back to `clone`, whose flags a filter can see.
      #expect(!plain.contains("clone3"))
    }
  }

  @Test func `what every refusal says`() throws {
    typealias Case = (String, (inout RunDeclaration) throws -> Void, Change)
    let nodes: Change = { $0.node = SampleNodes.devices }
    let cpu: (inout RunDeclaration) -> Void = { $0.gpus = 0 }
    let cases: [Case] = [
      (
        "several nodes",
        {
          $0.nodes = 2
          $0.gpus = 2
        }, nodes
      ),
      ("no node, no CDI", { _ in }, { _ in }),
      ("more GPUs than there are", { $0.gpus = 3 }, nodes),
      (
        "a named GPU that is not there", { _ in },
        {
          $0.node = SampleNodes.devices; $0.gpus = ["7"]
        }
      ),
      (
        "a divided GPU as a whole", { _ in },
        {
          $0.node = SampleNodes.devices; $0.gpus = ["2"]
        }
      ),
      (
        "an instance of another profile", { $0.gpu = .mig(profile: "1g.10gb") },
        {
          $0.node = SampleNodes.devices; $0.gpus = ["MIG-1"]
        }
      ),
      (
        "more named than asked for", { _ in },
        {
          $0.node = SampleNodes.devices; $0.gpus = ["0", "1"]
        }
      ),
      ("GPUs named where none is asked for", cpu, { $0.gpus = ["0"] }),
      (
        "a node without unified memory", { _ in },
        {
          $0.node = NodeDevices(nodes: [], gpus: [NodeDevices.GPU(uuid: "GPU-a", minor: 0)])
        }
      ),
      (
        "a CDI device that is not there", { _ in },
        {
          $0.cdi = try SampleNodes.registry(); $0.gpus = ["nvidia.com/gpu=9"]
        }
      ),
      (
        "a name that is no CDI device's", { _ in },
        {
          $0.cdi = try SampleNodes.registry(); $0.gpus = ["a=b"]
        }
      ),
      (
        "MIG by CDI without names", { $0.gpu = .mig(profile: "1g.10gb") },
        { $0.cdi = try SampleNodes.registry() }
      ),
      ("a CDI node that was not measured", { _ in }, { $0.cdi = try SampleNodes.registry() }),
      (
        "a file outside that runs hooks", { _ in },
        {
          $0.node = SampleNodes.devices
          $0.cdi = CDIRegistry([CDIRegistry.File("/srv/nvidia.json", try SampleNodes.specification())])
        }
      ),
      (
        "a device in two files", { _ in },
        {
          $0.node = SampleNodes.devices
          $0.cdi.files = [
            CDIRegistry.File("/etc/cdi/a.json", try SampleNodes.specification()),
            CDIRegistry.File("/etc/cdi/b.json", try SampleNodes.specification()),
          ]
        }
      ),
      (
        "a CDI file that is out of date", { _ in },
        {
          $0.cdi = try SampleNodes.registry()
          $0.node = NodeDevices(nodes: [
            OCIDevice("/dev/nvidia1", kind: .character, number: OCIDeviceNumber(major: 195, minor: 9))
          ])
          $0.gpus = ["1"]
          $0.cdi.files[0].specification.edits = CDIEdits()
        }
      ),
      (
        "a CDI file that takes a disk for a GPU", { _ in },
        {
          $0.cdi = try SampleNodes.registry()
          $0.node = NodeDevices(nodes: [
            OCIDevice("/dev/nvidia1", kind: .block, number: OCIDeviceNumber(major: 195, minor: 1))
          ])
          $0.gpus = ["1"]
          $0.cdi.files[0].specification.edits = CDIEdits()
        }
      ),
      (
        "CDI files of others only", { _ in },
        {
          $0.cdi = try SampleNodes.registry()
          $0.cdiKind = "other.com/gpu"
        }
      ),
      ("MPS without its daemon", { $0.gpu = .mps }, nodes),
      (
        "a user by name",
        {
          $0.gpus = 0; $0.user = "nobody"
        }, { _ in }
      ),
      (
        "a user without a group",
        {
          $0.gpus = 0; $0.user = "1000"
        }, { _ in }
      ),
      (
        "a relative mount",
        {
          $0.gpus = 0; $0.mounts = [try RunMount("data:/data")]
        }, { _ in }
      ),
      (
        "the node as a mount",
        {
          $0.gpus = 0; $0.mounts = [RunMount(source: "/", target: "/host")]
        }, { _ in }
      ),
      (
        "a mount over /",
        {
          $0.gpus = 0; $0.mounts = [RunMount(source: "/srv", target: "/")]
        }, { _ in }
      ),
      (
        "a mount in /proc",
        {
          $0.gpus = 0; $0.mounts = [RunMount(source: "/srv", target: "/proc/self/attr")]
        },
        { _ in }
      ),
      (
        "a mount that climbs",
        {
          $0.gpus = 0; $0.mounts = [RunMount(source: "/srv/../etc", target: "/x")]
        }, { _ in }
      ),
      (
        "a folder that is relative",
        {
          $0.gpus = 0; $0.workdir = "app"
        }, { _ in }
      ),
      (
        "an argument with a NUL",
        {
          $0.gpus = 0; $0.command = ["sh", "a\u{0}b"]
        }, { _ in }
      ),
      (
        "a disk of unknown number",
        {
          $0.gpus = 0; $0.io = [IOLimit(device: "/dev/sda", readOperations: 9)]
        }, { _ in }
      ),
      (
        "a limit without a control group",
        {
          $0.gpus = 0; $0.memory = try ByteCount("1GiB")
        },
        {
          let mapping = [OCIMapping(container: 0, host: 1000, size: 1)]
          $0.rootless = OCIRootless(uidMappings: mapping, gidMappings: mapping)
        }
      ),
      (
        "a user that is nobody on the node",
        {
          $0.gpus = 0; $0.user = "7:0"
        },
        {
          let mapping = [OCIMapping(container: 0, host: 1000, size: 1)]
          $0.rootless = OCIRootless(uidMappings: mapping, gidMappings: mapping)
        }
      ),
      ("a capability that is none", cpu, { $0.capabilities = ["net_raw"] }),
      ("a temporary folder over /sys", cpu, { $0.temporaryFolders = ["/sys"] }),
      ("a root elsewhere", cpu, { $0.rootPath = "../other" }),
    ]
    var text = ""
    for (title, request, options) in cases {
      do {
        _ = try spec(try SampleRuns.plan(nil, request), options)
        Issue.record("\(title) is not refused")
      } catch let error as RunSpecError {
        text += "# \(title)\n\(error.kind.rawValue): \(error.message)\n"
        for hint in error.hints { text += "hint: \(hint)\n" }
      }
    }
    try expectGolden(text, "oci/refusals.txt")
  }

  @Test func `an image without a command is refused, one without PATH gets one`() throws {
    let plan = try SampleRuns.plan(try SampleRuns.cpu())
    var image = plan.image
    image.process = ImageProcess(entrypoint: ["/bin/tool"], cmd: ["--help"], env: ["A=1", "A=2"], user: "")
    let config = try spec(try plan.with(image)).config
    #expect(config.process.args == ["/bin/tool", "--help"])
    #expect(
      config.process.env.prefix(2) == [
        "A=2", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      ])
    #expect(config.process.cwd == "/")
    image.process = ImageProcess()
    #expect(throws: RunSpecError.self) { try spec(try plan.with(image)) }
    image.process = ImageProcess(cmd: ["x"], env: ["=1"])
    #expect(throws: RunSpecError.self) { try spec(try plan.with(image)) }
  }
}

extension RunPlan {
  /// The same plan of another image.
  fileprivate func with(_ image: RunImage) throws -> RunPlan {
    try RunPlanner(matrix: SampleRuns.matrix).plan(
      try SampleRuns.cpu(), lock: lock, image: image, request: request, environment: name)
  }
}
