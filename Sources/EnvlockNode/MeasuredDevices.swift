public import EnvlockModel
public import EnvlockRunSpec

/// What of a node can be handed to a container.
public struct MeasuredDevices: Hashable, Sendable {
  /// A file that could not be read, or not be taken.
  public struct Fault: Hashable, Sendable {
    /// Its path on the node.
    public var path: String
    /// Why, in a clause that the path is the subject of: "cannot be read".
    public var reason: String

    /// A fault.
    public init(path: String, reason: String) {
      self.path = path
      self.reason = reason
    }
  }

  /// The device nodes and the GPUs that they belong to.
  public var devices: NodeDevices
  /// The documents of the Container Device Interface.
  public var cdi: CDIRegistry
  /// What is missing in both, by path.
  public var faults: [Fault]

  /// Measures a node: its device nodes with their numbers, what the kernel module says of GPUs and MIG instances, and the
  /// CDI files of the system.
  ///
  /// - Parameters:
  ///   - facts: What NVML says of the same node, for what /proc does not tell: which GPUs are divided, and into what.
  ///   - root: The folder under which the node's files lie.
  /// - Returns: What was found.
  public static func measure(facts: NodeFacts? = nil, root: String = "/") -> MeasuredDevices {
    let files = NodeFiles(root: root)
    let (registry, cdiFaults) = CDIFolder(files: files).registry()
    var reader = DeviceReader(files: files)
    let gpus = reader.gpus(facts)
    return MeasuredDevices(
      devices: NodeDevices(nodes: reader.nodes(of: registry), gpus: gpus), cdi: registry,
      faults: (cdiFaults + reader.faults).sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) })
  }

  /// The numbers of block devices, for bounds on them.
  ///
  /// - Parameters:
  ///   - paths: Where they lie: "/dev/nvme0n1".
  ///   - root: The folder under which the node's files lie.
  /// - Returns: The numbers by path, of those that are block devices.
  public static func blockDevices(_ paths: [String], root: String = "/") -> [String: OCIDeviceNumber] {
    let files = NodeFiles(root: root)
    var numbers: [String: OCIDeviceNumber] = [:]
    for path in paths {
      guard let device = files.device(path), device.kind == .block else { continue }
      numbers[path] = device.number
    }
    return numbers
  }
}
