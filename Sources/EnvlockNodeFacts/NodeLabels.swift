import EnvlockModel
import EnvlockVersions

/// What a Kubernetes node says of its GPUs: the labels of GPU Feature Discovery and its resources.
///
/// Source: NVIDIA/k8s-device-plugin v0.20.0, docs/gpu-feature-discovery and internal/lm. Where its node has GPUs of
/// several models, GPU Feature Discovery labels it after one of them and counts only that one.
struct NodeLabels {
  /// The labels that ``matters(_:_:)`` lets pass.
  var values: [String: String] = [:]
  /// `status.capacity`, the resources of NVIDIA's.
  var capacity: [String: String] = [:]
  /// `status.nodeInfo`.
  var architecture: String?
  var system: String?
  var kernel: String?
  var distribution: String?

  /// Whether a label says something of the driver or the GPUs.
  static func matters(_ key: JSONReader.Slice, _ reader: JSONReader) -> Bool {
    if reader.hasPrefix(key, "nvidia.com/") {
      if reader.hasPrefix(key, "nvidia.com/gpu.") {
        // The rest says of which machine the node is, or what runs on it, and differs from node to node.
        return reader.hasPrefix(key, "nvidia.com/gpu.count")
          || reader.hasPrefix(key, "nvidia.com/gpu.product")
          || reader.hasPrefix(key, "nvidia.com/gpu.memory")
          || reader.hasPrefix(key, "nvidia.com/gpu.compute.")
          || reader.hasPrefix(key, "nvidia.com/gpu.replicas")
          || reader.hasPrefix(key, "nvidia.com/gpu.sharing-strategy")
          || reader.hasPrefix(key, "nvidia.com/gpu.present")
      }
      return reader.hasPrefix(key, "nvidia.com/cuda.") || reader.hasPrefix(key, "nvidia.com/mig")
        || reader.hasPrefix(key, "nvidia.com/mps.") || reader.hasPrefix(key, "nvidia.com/vgpu.")
    }
    return reader.matches(key, "kubernetes.io/arch")
      || reader.matches(key, "feature.node.kubernetes.io/pci-10de.present")
  }

  /// The facts.
  func facts() -> NodeFacts {
    var facts = NodeFacts(origin: .kubernetesLabels)
    readPlatform(&facts)
    let hasLabels = values.keys.contains {
      $0.hasPrefix("nvidia.com/cuda.") || $0.hasPrefix("nvidia.com/gpu.")
    }
    guard hasLabels,
      values["nvidia.com/gpu.product"] != nil || values["nvidia.com/gpu.count"] != nil
        || values.keys.contains(where: { $0.hasPrefix("nvidia.com/cuda.") })
    else {
      readUnlabelled(&facts)
      return facts
    }
    readVersions(&facts)
    readGPUs(&facts)
    if values["nvidia.com/vgpu.present"] == "true" { readHost(&facts) }
    return facts
  }

  // MARK: the system

  private func readPlatform(_ facts: inout NodeFacts) {
    if kernel != nil || distribution != nil {
      facts.system = SystemFacts(kernel: kernel, distribution: distribution)
    }
    let label = values["kubernetes.io/arch"]
    if let label, let architecture, label != architecture {
      facts.gaps.append(
        FactGap(
          .system, isContradiction: true,
          reason: "the label kubernetes.io/arch says \(label), status.nodeInfo.architecture \(architecture)"))
      return
    }
    guard let architecture = architecture ?? label else { return }
    if let system, system != "linux" {
      facts.gaps.append(FactGap(.system, reason: "its operating system is \(system)"))
      return
    }
    facts.platform = try? Platform(architecture)
    if facts.platform == nil {
      facts.gaps.append(FactGap(.system, reason: "its architecture is \(architecture)"))
    }
  }

  /// A node about which GPU Feature Discovery says nothing.
  private func readUnlabelled(_ facts: inout NodeFacts) {
    let devices = capacity.filter { number($0.value) ?? 0 > 0 }
    let hasDevice =
      values["feature.node.kubernetes.io/pci-10de.present"] == "true"
      || values["nvidia.com/gpu.present"] == "true"
    if let count = devices["nvidia.com/gpu"].flatMap({ number($0) }) { facts.gpus = [GPUFacts(count: count)] }
    let reason =
      if !devices.isEmpty {
        "the node offers GPUs, but has no labels of GPU Feature Discovery: run it there, or envlock probe"
      } else if hasDevice {
        "the node has an NVIDIA device, but no labels of GPU Feature Discovery: run it there, or envlock probe"
      } else {
        "the node has neither labels of GPU Feature Discovery nor GPUs among its resources: it has no GPU, or NVIDIA's "
          + "device plugin does not run there"
      }
    facts.gaps.append(FactGap(.driver, reason: reason))
    facts.gaps.append(FactGap(.gpus, reason: reason))
  }

  // MARK: versions

  /// A version that labels write whole or in parts, under new and old names.
  private struct Spelling {
    let whole: String?
    let parts: [String]
  }

  private static let driverSpellings = [
    Spelling(whole: "cuda.driver-version.full", parts: []),
    Spelling(
      whole: nil,
      parts: ["cuda.driver-version.major", "cuda.driver-version.minor", "cuda.driver-version.revision"]),
    Spelling(whole: nil, parts: ["cuda.driver.major", "cuda.driver.minor", "cuda.driver.rev"]),
  ]

  /// Despite the name this is the newest CUDA that the driver speaks, not a toolkit's.
  private static let cudaSpellings = [
    Spelling(whole: "cuda.runtime-version.full", parts: []),
    Spelling(whole: nil, parts: ["cuda.runtime-version.major", "cuda.runtime-version.minor"]),
    Spelling(whole: nil, parts: ["cuda.runtime.major", "cuda.runtime.minor"]),
  ]

  private func readVersions(_ facts: inout NodeFacts) {
    facts.driver = version(Self.driverSpellings, &facts) { try? DriverVersion($0) }
    if facts.driver == nil, !facts.gaps.contains(where: { $0.subject == .driver }) {
      facts.gaps.append(FactGap(.driver, reason: "no label of the node states the driver's version"))
    }
    facts.cudaDriver = version(Self.cudaSpellings, &facts) { try? CUDAVersion($0) }
  }

  /// The version in all its spellings; nil, with a gap, where they differ or cannot be read.
  private func version<Value: Equatable>(
    _ spellings: [Spelling], _ facts: inout NodeFacts, _ make: (String) -> Value?
  ) -> Value? {
    var first: (label: String, text: String, value: Value)?
    for spelling in spellings {
      let label: String
      let text: String
      if let whole = spelling.whole {
        guard let value = values["nvidia.com/" + whole], !value.isEmpty else { continue }
        (label, text) = (whole, value)
      } else {
        // The third number of a driver's version may be missing: then the label is empty.
        let numbers = spelling.parts.compactMap { values["nvidia.com/" + $0] }.filter { !$0.isEmpty }
        guard numbers.count >= 2, let name = spelling.parts.first else { continue }
        (label, text) = (String(name.dropLast(".major".utf8.count)), numbers.joined(separator: "."))
      }
      guard let value = make(text) else {
        facts.gaps.append(FactGap(.driver, reason: "the label \(label) says “\(text)”, which is no version"))
        return nil
      }
      if let first, first.value != value {
        facts.gaps.append(
          FactGap(
            .driver, isContradiction: true,
            reason: "the label \(first.label) says \(first.text), \(label) \(text)"))
        return nil
      }
      first = first ?? (label, text, value)
    }
    return first?.value
  }

  private func readHost(_ facts: inout NodeFacts) {
    var host = VGPUHostFacts(branch: values["nvidia.com/vgpu.host-driver-branch"])
    if let text = values["nvidia.com/vgpu.host-driver-version"] {
      host.driver = try? DriverVersion(text)
      if host.driver == nil {
        facts.gaps.append(
          FactGap(.vgpu, reason: "the label vgpu.host-driver-version says “\(text)”, which is no version"))
      }
    }
    facts.vgpuHost = host
  }

  /// The number that a label or resource states; nil for another text.
  func number(_ text: String) -> Int? {
    guard let number = Int(text), (0...FactLimits.count).contains(number) else { return nil }
    return number
  }
}
