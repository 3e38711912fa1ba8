import EnvlockModel
import EnvlockVersions

/// The devices of a `ResourceSlice` of NVIDIA's DRA driver, `gpu.nvidia.com`.
///
/// Source: kubernetes-sigs/dra-driver-nvidia-gpu (formerly NVIDIA/k8s-dra-driver-gpu).
enum ResourceSlice {
  /// What the devices of one slice say of their node.
  static func facts(_ devices: [JSONValue]) -> NodeFacts {
    var facts = NodeFacts(origin: .resourceSlice)
    var passedThrough = 0
    for value in devices {
      let device = Device(value)
      switch device.string("type") {
      case "gpu": facts.add(gpu(device))
      case "mig": addInstance(device, to: &facts)
      case "vfio":
        passedThrough += 1
        continue
      default: continue
      }
      readVersions(device, &facts)
    }
    if facts.gpus.isEmpty {
      facts.gaps.append(
        passedThrough > 0
          ? FactGap(.gpus, reason: "its GPUs are handed to virtual machines (vfio-pci)")
          : FactGap(.gpus, reason: "its resource slices list no GPU that is ready"))
    }
    if facts.driver == nil, !facts.gaps.contains(where: { $0.subject == .driver }) {
      facts.gaps.append(FactGap(.driver, reason: "its resource slices state no driver version"))
    }
    return facts
  }

  private static func gpu(_ device: Device) -> GPUFacts {
    var gpu = device.string("productName").map { GPUFacts(name: $0) } ?? GPUFacts()
    gpu.capability = device.version("cudaComputeCapability").flatMap(capability)
    gpu.memoryMiB = device.capacity("memory").flatMap(Quantity.mebibytes)
    gpu.uuid = device.string("uuid")
    // Before Kubernetes had a name for it, the driver used its own.
    gpu.pciBusID = device.string("resource.kubernetes.io/pciBusID") ?? device.string("pcieBusID")
    return gpu
  }

  /// A device of type `mig` is an instance that exists, where it has a UUID; else one that could be made.
  private static func addInstance(_ device: Device, to facts: inout NodeFacts) {
    guard let uuid = device.string("uuid"), let parent = device.string("parentUUID") else { return }
    let profile = device.string("profile") ?? ""
    var gpu = device.string("productName").map { GPUFacts(name: $0) } ?? GPUFacts()
    gpu.capability = device.version("cudaComputeCapability").flatMap(capability)
    gpu.uuid = parent
    gpu.mig = MIGFacts(
      isEnabled: true,
      instances: [
        MIGInstanceFacts(
          profile: MIGProfileName.canonical(profile[...]) ?? profile,
          memoryMiB: device.capacity("memory").flatMap(Quantity.mebibytes), uuid: uuid)
      ])
    facts.add(gpu)
  }

  /// Every device repeats the versions of its node.
  private static func readVersions(_ device: Device, _ facts: inout NodeFacts) {
    if let text = device.version("driverVersion") {
      // A semantic version has no leading zeros: 580.65.6 stands for 580.65.06, which is the same number.
      if let driver = try? DriverVersion(driverText(text)) {
        if let known = facts.driver, known != driver {
          facts.gaps.append(
            FactGap(
              .driver, isContradiction: true,
              reason: "its resource slices say driver \(known), elsewhere driver \(driver)"))
          facts.driver = nil
        } else if !facts.gaps.contains(where: { $0.subject == .driver && $0.isContradiction }) {
          facts.driver = driver
        }
      } else {
        let gap = FactGap(.driver, reason: "its resource slices give “\(text)” as the driver's version")
        if !facts.gaps.contains(gap) { facts.gaps.append(gap) }
      }
    }
    if let text = device.version("cudaDriverVersion"), facts.cudaDriver == nil {
      // 13.0.0: the last number says nothing.
      let numbers = text.split(separator: ".")
      facts.cudaDriver = try? CUDAVersion(numbers.prefix(2).joined(separator: "."))
    }
  }

  /// NVIDIA writes the last of three numbers with two digits.
  private static func driverText(_ text: String) -> String {
    var numbers = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard numbers.count == 3, numbers[2].utf8.count == 1 else { return text }
    numbers[2] = "0" + numbers[2]
    return numbers.joined(separator: ".")
  }

  private static func capability(_ text: String) -> ComputeCapability? {
    let numbers = text.split(separator: ".")
    return try? ComputeCapability(numbers.prefix(2).joined(separator: "."))
  }

  /// A device's attributes and capacities, which v1beta1 keeps one level deeper, under `basic`.
  private struct Device {
    private let attributes: JSONValue?
    private let capacities: JSONValue?

    init(_ value: JSONValue) {
      let inner = value["basic"] ?? value
      attributes = inner["attributes"]
      capacities = inner["capacity"]
    }

    /// An attribute that is text; its name may stand with its domain.
    func string(_ name: String) -> String? { attribute(name)?["string"]?.stringValue }

    /// An attribute that is a version.
    func version(_ name: String) -> String? {
      attribute(name)?["version"]?.stringValue ?? attribute(name)?["string"]?.stringValue
    }

    /// A capacity: `{"value": "80Gi"}`, and the bare quantity in the first betas.
    func capacity(_ name: String) -> String? {
      let value = capacities?[name] ?? capacities?["gpu.nvidia.com/\(name)"]
      return value?["value"]?.stringValue ?? value?.stringValue
    }

    private func attribute(_ name: String) -> JSONValue? {
      attributes?[name] ?? attributes?["gpu.nvidia.com/\(name)"]
    }
  }
}

/// Kubernetes' quantities: "80Gi", "81920Mi", "85899345920", "80G".
///
/// Source: Kubernetes' API conventions, resource.Quantity.
enum Quantity {
  private static let suffixes: [(String, Int)] = [
    ("Ki", 1 << 10), ("Mi", 1 << 20), ("Gi", 1 << 30), ("Ti", 1 << 40), ("k", 1_000), ("M", 1_000_000),
    ("G", 1_000_000_000), ("T", 1_000_000_000_000), ("", 1),
  ]

  /// A quantity of bytes in MiB, rounded down; nil for another text, and where it is none or beyond all bounds.
  static func mebibytes(_ text: String) -> Int? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let suffix = text.dropFirst(digits.count)
    guard let factor = suffixes.first(where: { $0.0 == suffix })?.1, let number = Double(String(digits))
    else {
      return nil
    }
    let mebibytes = number * Double(factor) / Double(1 << 20)
    guard mebibytes >= 1, mebibytes <= Double(FactLimits.count) else { return nil }
    return Int(mebibytes)
  }
}
