import EnvlockModel
import EnvlockTestSupport
import Testing

@testable import EnvlockRunSpec

@Suite struct KubernetesRefusalTests {
  private struct Case: Sendable {
    let title: String
    var image: @Sendable (inout RunImage) throws -> Void = { _ in }
    var request: @Sendable (inout RunDeclaration) throws -> Void = { _ in }
    var options: @Sendable (inout KubernetesSpec.Options) throws -> Void = { _ in }
  }

  private static let several: @Sendable (inout RunDeclaration) throws -> Void = { $0.nodes = 2 }

  private static let cases: [Case] = [
    Case(title: "a pod on two nodes", request: several, options: { $0.kind = .pod }),
    Case(title: "a deployment on two nodes", request: several, options: { $0.kind = .deployment }),
    Case(title: "a deployment with an end", request: { $0.seconds = 60 }, options: { $0.kind = .deployment }),
    Case(
      title: "a pod that is deleted",
      options: {
        $0.kind = .pod; $0.keepSeconds = 60
      }),
    Case(title: "a job that is kept for less than nothing", options: { $0.keepSeconds = -1 }),
    Case(
      title: "a JobSet with a long name",
      request: {
        $0.name = String(repeating: "a", count: 52)
        $0.nodes = 20
      }, options: { $0.kind = .jobSet }),
    Case(
      title: "two nodes without network",
      request: {
        $0.nodes = 2; $0.network = RunNetwork.none
      }),
    Case(title: "the node's network", request: { $0.network = .host }),
    Case(title: "a folder of the node", request: { $0.mounts = [try RunMount("/srv/data:/data")] }),
    Case(
      title: "a relative folder", request: { $0.mounts = [try RunMount("data:/data")] },
      options: { $0.podSecurity = .privileged }),
    Case(title: "root", request: { $0.user = "0:0" }),
    Case(title: "a user by name", request: { $0.user = "alice" }),
    Case(title: "a user beyond all numbers", request: { $0.user = "99999999999" }),
    Case(title: "an image whose user has a name", image: { $0.process.user = "app" }),
    Case(title: "a namespace that is none", options: { $0.namespace = "Team_A" }),
    Case(title: "a RuntimeClass that is none", options: { $0.runtimeClass = "nvidia: x" }),
    Case(
      title: "a claim that is none", options: { $0.claims = [RunMount(source: "Data\n", target: "/data")] }),
    Case(
      title: "a place with a colon",
      options: { $0.claims = [RunMount(source: "data", target: "/da:ta")] }),
    Case(
      title: "a place twice", request: { $0.shm = try ByteCount("1GiB") },
      options: { $0.claims = [RunMount(source: "data", target: "/dev/shm")] }),
    Case(title: "GPUs that a variable names", request: { $0.env = ["NVIDIA_VISIBLE_DEVICES": "all"] }),
    Case(
      title: "/dev/shm beside MPS",
      request: {
        $0.gpu = .mps
        $0.shm = try ByteCount("1GiB")
      }),
    Case(title: "shares by DRA", request: { $0.gpu = .shared }, options: { $0.gpuAPI = .dra }),
    Case(
      title: "a shared claim of a whole GPU",
      options: {
        $0.gpuAPI = .dra; $0.sharedClaim = "team-gpu"
      }),
    Case(
      title: "media engines under the strategy single",
      request: { $0.gpu = .mig(profile: "1g.10gb+me") }, options: { $0.migStrategy = .single }),
    Case(title: "an image without a name", image: { $0.name = nil }),
    Case(title: "an image without a digest", image: { $0.digest = nil }),
    Case(
      title: "torchrun that meets elsewhere",
      request: {
        $0.nodes = 2
        $0.command = ["torchrun", "--rdzv-endpoint=10.0.0.1:29500", "train.py"]
      }),
  ]

  @Test func `what every refusal says`() throws {
    var text = ""
    for entry in Self.cases {
      do {
        var image = try SampleRuns.image()
        try entry.image(&image)
        var request = RunDeclaration()
        try entry.request(&request)
        var options = KubernetesSpec.Options()
        try entry.options(&options)
        let plan = try RunPlanner(matrix: SampleRuns.matrix).plan(
          try SampleRuns.torch(), lock: try Digest(sha256Hex: String(repeating: "cd", count: 32)),
          image: image,
          request: request, environment: "resnet")
        _ = try KubernetesSpec(plan, options: options)
        Issue.record("\(entry.title) is not refused")
      } catch let error as RunSpecError {
        text += "# \(entry.title)\n\(error.kind.rawValue): \(error.message)\n"
        for hint in error.hints { text += "hint: \(hint)\n" }
      }
    }
    try expectGolden(text, "kubernetes/refusals.txt")
  }

  @Test func `a variable of a TensorFlow run that differs from pod to pod is refused`() throws {
    let plan = try SampleRuns.plan(try SampleRuns.tensorflow()) {
      $0.nodes = 2
      $0.env = ["TF_CONFIG": "{}"]
    }
    let refusal = #expect(throws: RunSpecError.self) { try KubernetesSpec(plan) }
    #expect(refusal?.message == "TF_CONFIG is among the variables, and differs from pod to pod")
  }

  @Test func `root and the node's network are given where the namespace admits them`() throws {
    let plan = try SampleRuns.plan {
      $0.user = "0"
      $0.network = .host
    }
    var options = KubernetesSpec.Options()
    options.podSecurity = .privileged
    let pod = try #require(try KubernetesSpec(plan, options: options).objects.last?.spec["template"]?["spec"])
    #expect(pod["securityContext"]?["runAsUser"] == 0)
    #expect(pod["securityContext"]?["runAsNonRoot"] == nil)
    #expect(pod["hostNetwork"] == true)
  }
}
