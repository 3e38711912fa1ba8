import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockRunSpec

@Suite struct KubernetesSpecTests {
  /// Compares the documents, and what `--explain` says of them, with golden files.
  private func expectSpec(
    _ plan: RunPlan, _ name: String, _ change: (inout KubernetesSpec.Options) throws -> Void = { _ in }
  ) throws {
    var options = KubernetesSpec.Options()
    try change(&options)
    let spec = try KubernetesSpec(plan, options: options)
    #expect(spec.files.map(\.name) == ["kubernetes.yaml"])
    for file in spec.files { try expectGolden(try file.text(), "kubernetes/\(name).yaml") }
    let lines = spec.choices.map { "\($0.topic): \($0.choice) — \($0.reason)\n" }
    try expectGolden(lines.joined(), "kubernetes/\(name).txt")
  }

  // MARK: Kinds

  @Test func `one node starts a job`() throws { try expectSpec(SampleRuns.plan(), "job") }

  @Test func `everything that can be said arrives as it was said`() throws {
    let plan = try SampleRuns.plan { request in
      try SampleRuns.full(&request)
      request.mounts = []
      request.command = ["python", "-c", "print('$(HOME) $$ $HOME $')", "it's \"so\"\n", ""]
      request.env["HOME_OF"] = "$(HOME) and $$(X) and $"
    }
    try expectSpec(plan, "full") { options in
      options.claims = [try RunMount("datasets:/data:ro"), try RunMount("results.v2:/out")]
      options.namespace = "team-a"
      options.runtimeClass = "nvidia"
      options.keepSeconds = 3600
    }
  }

  @Test func `folders of the node need a namespace that admits them`() throws {
    try expectSpec(try SampleRuns.plan { try SampleRuns.full(&$0) }, "node-folders") {
      $0.podSecurity = .privileged
      $0.readOnlyRoot = false
    }
  }

  @Test func `no GPU sees none`() throws {
    try expectSpec(
      try SampleRuns.plan(try SampleRuns.cpu()) {
        $0.network = RunNetwork.none
        $0.user = "1000"
        $0.io = [IOLimit(device: "/dev/sda", readOperations: 100)]
        $0.pids = 100
      }, "no-gpu"
    ) { $0.kind = .pod }
  }

  @Test func `a deployment keeps its pod running`() throws {
    try expectSpec(try SampleRuns.plan { $0.command = ["python", "-m", "serve"] }, "deployment") {
      $0.kind = .deployment
    }
  }

  private func twoNodes(_ answer: PlatformLock? = nil) throws -> RunPlan {
    try SampleRuns.plan(answer) {
      $0.nodes = 2
      $0.gpusPerNode = 4
      $0.command = ["python", "train.py", "--note", "$(date) it's"]
      $0.seconds = 3600
      $0.shm = try ByteCount("16GiB")
    }
  }

  @Test func `several nodes start an indexed job whose pods meet at the first`() throws {
    try expectSpec(twoNodes(), "indexed-job")
  }

  @Test func `TensorFlow's workers get their TF_CONFIG`() throws {
    try expectSpec(twoNodes(SampleRuns.tensorflow()), "indexed-job-tensorflow")
  }

  @Test func `a JobSet names its pods otherwise`() throws {
    try expectSpec(twoNodes(), "jobset") { $0.kind = .jobSet }
  }

  @Test func `a TrainJob brings its own runtime`() throws {
    try expectSpec(twoNodes(), "trainjob") { $0.kind = .trainJob }
  }

  @Test func `TensorFlow runs by a TrainJob too`() throws {
    try expectSpec(twoNodes(SampleRuns.tensorflow()), "trainjob-tensorflow") { $0.kind = .trainJob }
  }

  // MARK: GPUs

  @Test(arguments: [
    ("mig", "mig-1g.10gb", "A100-SXM4-80GB"), ("mig-media", "mig-1g.10gb+me", "A100-SXM4-80GB"),
    ("shared", "shared", ""), ("mps", "mps", ""), ("vgpu", "vgpu:A100-10C", ""),
  ])
  func `each form of GPU is asked for under its name`(name: String, form: String, model: String) throws {
    let plan = try SampleRuns.plan(gpus: model.isEmpty ? [] : [model]) {
      $0.gpu = try GPUForm(form)
      if name == "vgpu" { $0.licence = "NVIDIA AI Enterprise" }
    }
    try expectSpec(plan, "gpu-\(name)")
  }

  @Test func `an instance of the strategy single is told by its slices and memory`() throws {
    try expectSpec(try SampleRuns.plan { $0.gpu = .mig(profile: "3g.40gb") }, "gpu-mig-single") {
      $0.migStrategy = .single
    }
  }

  @Test func `shares need not have a name of their own`() throws {
    var options = KubernetesSpec.Options()
    options.renamesShares = false
    options.nodeLabels = .none
    let spec = try KubernetesSpec(try SampleRuns.plan { $0.gpu = .shared }, options: options)
    let pod = try #require(spec.objects.last?.spec["template"]?["spec"])
    #expect(pod["containers"]?.arrayValue?.first?["resources"]?["limits"] == ["nvidia.com/gpu": 1])
    #expect(pod["affinity"] == nil)
  }

  @Test func `memory is asked for as a driver reports it, where a model is named`() throws {
    func least(_ memory: String, _ gpus: [String]) throws -> Int? {
      try SampleRuns.plan(gpus: gpus) { $0.gpuMemory = try ByteCount(memory) }.gpu?.leastMemoryMiB
    }
    #expect(try least("80GiB", []) == 81920)
    #expect(try least("80GiB", ["A100-SXM4-80GB"]) == 75366)
    #expect(try least("60GiB", ["A100-SXM4-80GB"]) == 61440)
    #expect(try least("60GiB", ["A100-SXM4-40GB", "A100-SXM4-80GB"]) == 61440)
  }

  @Test(arguments: [
    ("dra", "whole", 2), ("dra-mig", "mig-1g.10gb", 1), ("dra-vgpu", "vgpu:A100-10C", 1),
    ("dra-shared", "mps", 1),
  ])
  func `devices are claimed by what they are`(name: String, form: String, count: Int) throws {
    let plan = try SampleRuns.plan(name == "dra" ? try SampleRuns.tensorflow() : nil) {
      $0.gpu = try GPUForm(form)
      $0.gpus = count
      if form == "whole" { $0.gpuMemory = try ByteCount("40GiB") }
      if form.hasPrefix("vgpu") { $0.licence = "NVIDIA AI Enterprise" }
    }
    try expectSpec(plan, "gpu-\(name)") {
      $0.gpuAPI = .dra
      $0.kind = .pod
      if form == "mps" { $0.sharedClaim = "team-gpu" }
    }
  }

  // MARK: Nodes

  private func holds(_ conditions: NodeConditions, _ labels: [String: String]) -> Bool {
    conditions.alternatives.contains { terms in
      terms.allSatisfy { term in
        let value = labels[term.key]
        let number = value.flatMap { Int($0) }
        switch term.comparison {
        case "In": return value.map { term.values.contains($0) } ?? false
        case "NotIn": return value.map { !term.values.contains($0) } ?? true
        case "DoesNotExist": return value == nil
        case "Gt":
          return number.flatMap { left in term.values.first.flatMap { Int($0) }.map { left > $0 } } ?? false
        case "Lt":
          return number.flatMap { left in term.values.first.flatMap { Int($0) }.map { left < $0 } } ?? false
        default: return false
        }
      }
    }
  }

  /// The labels that GPU Feature Discovery writes.
  private func labels(driver: String, capability: String) -> [String: String] {
    let driver = driver.split(separator: ".").map { String($0) }
    let capability = capability.split(separator: ".").map { String($0) }
    return [
      "nvidia.com/cuda.driver-version.major": driver[0], "nvidia.com/cuda.driver-version.minor": driver[1],
      "nvidia.com/cuda.driver-version.revision": driver.count > 2 ? driver[2] : "",
      "nvidia.com/gpu.compute.major": capability[0], "nvidia.com/gpu.compute.minor": capability[1],
    ]
  }

  @Test(arguments: [
    "525.60.13", "525.60", "525.06", "580", "570.26", "580.0.11", "525.6.13", "470.0", "450.80.02",
  ])
  func `labels let a driver pass where its version does`(floor: String) throws {
    let floor = try DriverVersion(floor)
    let conditions = NodeConditions(driverFrom: floor, labels: .current)
    let versions = [
      "450.36.06", "450.80.02", "460.32.03", "470.57.02", "525.05.01", "525.06.13", "525.6.12", "525.06.02",
      "525.60.11", "525.60.13", "525.60.2", "525.85.12", "535.54.03", "560.35.03", "570.26", "570.124.06",
      "580.65.06", "580.0.11", "580.0.10", "595.10",
    ]
    for version in versions {
      #expect(
        holds(conditions, labels(driver: version, capability: "8.0"))
          == (try DriverVersion(version) >= floor),
        "\(version) against \(floor)")
    }
  }

  @Test func `labels let a GPU pass where the lock has code for it`() throws {
    let tensorflow = NodeConditions(NodeDemand(try SampleRuns.tensorflow()), labels: .current)
    let torch = NodeConditions(NodeDemand(try SampleRuns.torch()), labels: .current)
    func runs(_ conditions: NodeConditions, _ driver: String, _ capability: String) -> Bool {
      holds(conditions, labels(driver: driver, capability: capability))
    }
    #expect(runs(tensorflow, "525.60.13", "8.6"))
    #expect(!runs(tensorflow, "525.60.11", "8.6"))
    #expect(!runs(tensorflow, "535.104.05", "9.0"), "PTX takes the toolkit's own driver")
    #expect(runs(tensorflow, "555.42.02", "9.0"))
    #expect(runs(tensorflow, "560.35.03", "10.0"))
    #expect(!runs(tensorflow, "560.35.03", "5.2"))
    #expect(runs(torch, "525.60.13", "9.0"))
    #expect(!runs(torch, "580.65.06", "6.1"))
    #expect(!runs(torch, "580.65.06", "11.0"))
    let older = NodeConditions(NodeDemand(try SampleRuns.torch()), labels: .older)
    #expect(
      older.alternatives.joined().contains { $0.key == "nvidia.com/cuda.driver.rev" && $0.values == ["12"] })
    #expect(NodeConditions(NodeDemand(try SampleRuns.torch()), labels: .none).affinity == nil)
  }

  @Test func `a capability within a generation counts from its minor number`() throws {
    let kernels = try ["7.5", "8.6"].map { try ComputeCapability($0) }
    let framework = FrameworkStratum(
      name: try ProjectName("torch"), version: try Version("1"), cuda: try CUDAVersion("12.8"),
      kernels: kernels,
      ptx: [], added: [])
    let lock = PlatformLock(
      platform: .linuxARM64, python: try PythonVersion("3.11"),
      strata: Strata(
        frameworks: [framework], cuda: framework.cuda, cudnn: nil, nccl: nil, glibc: try Version("2.28"),
        driver: nil),
      targets: [], roots: [], wheels: [])
    let conditions = NodeConditions(NodeDemand(lock), labels: .current)
    for (capability, runs) in [("7.0", false), ("7.5", true), ("8.0", false), ("8.6", true), ("8.9", true)] {
      #expect(holds(conditions, labels(driver: "580.65.06", capability: capability)) == runs)
    }
  }

  // MARK: Texts

  @Test(arguments: ["", "$", "$$", "$$$", "$(A)", "$$(A)", "a$b", "a$$b", "$($(A))", "((", "$\n(", "é$("])
  func `a text arrives in the container as it was written`(text: String) {
    #expect(expanded(KubernetesNames.verbatim(text)) == text)
  }

  /// What Kubernetes makes of a text (k8s.io/kubernetes, third_party/forked/golang/expansion) where every variable is
  /// set to "!".
  private func expanded(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    var result = ""
    var index = 0
    while index < scalars.count {
      guard scalars[index] == "$", index + 1 < scalars.count else {
        result.unicodeScalars.append(scalars[index])
        index += 1
        continue
      }
      if scalars[index + 1] == "$" {
        result += "$"
        index += 2
      } else if scalars[index + 1] == "(", let end = scalars[index...].firstIndex(of: ")") {
        result += "!"
        index = end + 1
      } else {
        result.unicodeScalars.append(scalars[index])
        index += 1
      }
    }
    return result
  }

  @Test func `quantities are Kubernetes' own`() throws {
    for (bytes, quantity) in [("64GiB", "64Gi"), ("512MB", "512M"), ("1001B", "1001"), ("1000B", "1k")] {
      #expect(KubernetesNames.quantity(try ByteCount(bytes)) == .string(quantity))
    }
    for (cpus, quantity) in [("8", "8"), ("7.5", "7500m"), ("0.001", "1m")] {
      #expect(KubernetesNames.quantity(try CPUCount(cpus)) == .string(quantity))
    }
  }
}
