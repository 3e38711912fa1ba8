import EnvlockModel
import EnvlockVersions

extension KubernetesGPU {
  /// Claims devices of NVIDIA's DRA driver, which match the device itself and not its node's labels.
  ///
  /// Sources: kubernetes-sigs/dra-driver-nvidia-gpu, "ResourceSlice device attributes", "GPU sharing", "MIG"; Kubernetes,
  /// "Common Expression Language in Kubernetes". The driver publishes versions as semantic ones: three numbers without
  /// leading zeros, so that driver 580.65.06 stands there as 580.65.6, and 570.26 as 570.26.0.
  mutating func claimDevices(
    _ plan: RunPlan, _ grant: GPUGrant, _ options: KubernetesSpec.Options, _ choices: inout [RunChoice]
  ) throws(RunSpecError) {
    if [.shared, .mps].contains(grant.form) {
      guard let shared = options.sharedClaim else {
        throw RunSpecError(
          "by dynamic resource allocation pods share a GPU where they name the same ResourceClaim, and none is named",
          hints: [
            "name one with `--shared-claim`; it decides between time slicing and MPS",
            "or ask the device plugin for a share: `--gpu-api device-plugin`",
          ], kind: .answerIsNo)
      }
      claim = ("gpu", ["resourceClaimName": .string(shared)])
      choices.append(
        RunChoice(
          "GPU", "ResourceClaim \(shared)", "pods that name one claim share its GPU, in the way that it says")
      )
      return
    }
    let isMIG = grant.profile != nil
    let deviceClass = isMIG ? "mig.nvidia.com" : "gpu.nvidia.com"
    let selectors = Self.selectors(plan.demand, grant)
    var request: JSONObject = [
      "deviceClassName": .string(deviceClass), "allocationMode": "ExactCount",
      "count": .integer(grant.perNode),
    ]
    if !selectors.isEmpty {
      request["selectors"] = .array(selectors.map { ["cel": ["expression": .string($0)]] })
    }
    claimTemplate = ["devices": ["requests": [["name": "gpu", "exactly": .object(request)]]]]
    claim = ("gpu", ["resourceClaimTemplateName": .string(plan.name)])
    choices.append(
      RunChoice(
        "GPU", "\(grant.perNode) of the device class \(deviceClass)",
        "NVIDIA's DRA driver offers \(isMIG ? "MIG instances" : "GPUs") under it; driver, compute capability and memory are matched device by device"
      ))
  }

  /// CEL expressions that all have to hold for a device.
  private static func selectors(_ demand: NodeDemand, _ grant: GPUGrant) -> [String] {
    let attributes = "device.attributes['gpu.nvidia.com']"
    var selectors: [String] = []
    if let profile = grant.profile { selectors.append("\(attributes).profile == '\(profile.name)'") }
    if let type = grant.vgpu {
      // "GRID A100-10C" and "NVIDIA A100-10C".
      selectors.append("\(attributes).productName.lowerAscii().endsWith(' \(type.name.lowercased())')")
    }
    func driver(_ floor: DriverVersion) -> String {
      "\(attributes).driverVersion.compareTo(semver('\(semantic(floor.components))')) >= 0"
    }
    if let floor = demand.driver { selectors.append(driver(floor)) }
    let capability = "\(attributes).cudaComputeCapability"
    let whole = demand.capabilities.filter { $0.fromMinor == 0 }.map { "\($0.major)" }
    var codes = whole.isEmpty ? [] : ["\(capability).major() in [\(whole.joined(separator: ", "))]"]
    codes += demand.capabilities.filter { $0.fromMinor > 0 }.map { code in
      "\(capability).major() == \(code.major) && \(capability).minor() >= \(code.fromMinor)"
    }
    if !codes.isEmpty, let ptx = demand.ptxFrom {
      let full = demand.fullDriver.map { " && " + driver($0) } ?? ""
      codes.append("\(capability).compareTo(semver('\(semantic([ptx.major, ptx.minor]))')) >= 0" + full)
    }
    if !codes.isEmpty { selectors.append(codes.joined(separator: " || ")) }
    if grant.profile == nil, grant.vgpu == nil, let least = grant.leastMemoryMiB {
      selectors.append("device.capacity['gpu.nvidia.com'].memory.compareTo(quantity('\(least)Mi')) >= 0")
    }
    return selectors
  }

  /// Three numbers joined by dots.
  private static func semantic(_ numbers: [Int]) -> String {
    (0..<3).map { $0 < numbers.count ? "\(numbers[$0])" : "0" }.joined(separator: ".")
  }
}
