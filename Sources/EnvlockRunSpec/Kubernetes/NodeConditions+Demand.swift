import EnvlockModel
import EnvlockVersions

extension NodeConditions {
  /// What the labels of GPU Feature Discovery must say for a lock to run: a driver that is new enough, and a GPU that
  /// has code, compiled or as PTX.
  ///
  /// Source: NVIDIA/k8s-device-plugin, docs/gpu-feature-discovery/README.md, "Generated Labels".
  init(_ demand: NodeDemand, labels: KubernetesSpec.NodeLabels) {
    guard labels != .none else {
      self = .none
      return
    }
    let driver = demand.driver.map { NodeConditions(driverFrom: $0, labels: labels) } ?? .none
    let compiled = NodeConditions(capabilities: demand.capabilities).and(driver)
    guard !demand.capabilities.isEmpty, let ptx = demand.ptxFrom else {
      self = compiled
      return
    }
    // A driver compiles PTX only where it is as new as the toolkit that wrote it.
    let full = demand.fullDriver.map { NodeConditions(driverFrom: $0, labels: labels) } ?? driver
    self = compiled.or(NodeConditions(capabilityFrom: ptx).and(full))
  }

  /// A driver of at least this version, whose numbers stand in a label each.
  ///
  /// A version is newer where one number is greater and those before it are equal. The last of three numbers is
  /// written with two digits, and is missing in some versions: then its label compares with nothing, and such a
  /// version is held to be older.
  init(driverFrom floor: DriverVersion, labels: KubernetesSpec.NodeLabels) {
    let names =
      labels == .older
      ? ["cuda.driver.major", "cuda.driver.minor", "cuda.driver.rev"]
      : ["cuda.driver-version.major", "cuda.driver-version.minor", "cuda.driver-version.revision"]
    var numbers = Array(zip(names.map { "nvidia.com/\($0)" }, floor.components))
    while numbers.last?.1 == 0 { numbers.removeLast() }
    guard !numbers.isEmpty else {
      self = .none
      return
    }
    alternatives = numbers.indices.map { index in
      let equal = numbers[..<index].map { LabelCondition.in($0.0, Self.spellings($0.1)) }
      let isLast = index == numbers.count - 1
      return equal + [.atLeast(numbers[index].0, numbers[index].1 + (isLast ? 0 : 1))]
    }
  }

  /// How a number of a version may be written.
  private static func spellings(_ number: Int) -> [String] {
    number < 10 ? ["\(number)", "0\(number)"] : ["\(number)"]
  }

  /// A GPU with one of these compute capabilities; any, where there are none.
  private init(capabilities: [NodeDemand.Capabilities]) {
    let whole = capabilities.filter { $0.fromMinor == 0 }.map { "\($0.major)" }
    alternatives = whole.isEmpty ? [] : [[.in(Self.majorLabel, whole)]]
    alternatives += capabilities.filter { $0.fromMinor > 0 }.map { capability in
      [.in(Self.majorLabel, ["\(capability.major)"]), .atLeast(Self.minorLabel, capability.fromMinor)]
    }
    if alternatives.isEmpty { self = .none }
  }

  /// A GPU of at least this compute capability.
  private init(capabilityFrom floor: ComputeCapability) {
    guard floor.minor > 0 else {
      self.init([.atLeast(Self.majorLabel, floor.major)])
      return
    }
    self.init(alternatives: [
      [.atLeast(Self.majorLabel, floor.major + 1)],
      [.in(Self.majorLabel, ["\(floor.major)"]), .atLeast(Self.minorLabel, floor.minor)],
    ])
  }

  private static let majorLabel = "nvidia.com/gpu.compute.major"
  private static let minorLabel = "nvidia.com/gpu.compute.minor"
}
