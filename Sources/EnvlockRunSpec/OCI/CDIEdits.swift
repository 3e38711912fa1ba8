import EnvlockModel

/// What a container is given with a device (SPEC.md of the Container Device Interface, "Container edits").
public struct CDIEdits: Hashable, Sendable {
  /// A device node.
  public struct DeviceNode: Hashable, Sendable {
    /// Where it is seen in the container.
    public var path: String
    /// Where it lies on the node; nil for the same path.
    public var hostPath: String?
    /// What kind of node; nil for what it is on the node.
    public var kind: OCIDevice.Kind?
    /// Its number; nil for what it is on the node.
    public var number: OCIDeviceNumber?
    /// Who may open it; nil for the runtime's own choice.
    public var fileMode: Int?
    /// Of r, w and m, or "none"; nil for all three.
    public var permissions: String?
    /// Its owner; nil for the container's user.
    public var uid: Int?
    /// Its group; nil for the container's group.
    public var gid: Int?

    /// A node.
    public init(
      _ path: String, hostPath: String? = nil, kind: OCIDevice.Kind? = nil, number: OCIDeviceNumber? = nil,
      fileMode: Int? = nil, permissions: String? = nil, uid: Int? = nil, gid: Int? = nil
    ) {
      self.path = path
      self.hostPath = hostPath
      self.kind = kind
      self.number = number
      self.fileMode = fileMode
      self.permissions = permissions
      self.uid = uid
      self.gid = gid
    }
  }

  /// A mount.
  public struct Mount: Hashable, Sendable {
    /// What is mounted.
    public var hostPath: String
    /// Where it is seen.
    public var containerPath: String
    /// Options as `mount` takes them.
    public var options: [String]
    /// The kind of file system; nil for a bind mount.
    public var type: String?

    /// A mount.
    public init(hostPath: String, containerPath: String, options: [String] = [], type: String? = nil) {
      self.hostPath = hostPath
      self.containerPath = containerPath
      self.options = options
      self.type = type
    }
  }

  /// Variables, `NAME=value`.
  public var env: [String]
  /// Device nodes.
  public var deviceNodes: [DeviceNode]
  /// Network interfaces of the node, and their names in the container.
  public var netDevices: [String: String]
  /// Mounts.
  public var mounts: [Mount]
  /// Programs that the runtime runs on the node.
  public var hooks: [OCIHook]
  /// A class of Intel's resource director.
  public var intelRdt: CDIIntelRdt?
  /// Groups that the process is in.
  public var additionalGIDs: [Int]

  /// Nothing.
  public init(
    env: [String] = [], deviceNodes: [DeviceNode] = [], netDevices: [String: String] = [:],
    mounts: [Mount] = [], hooks: [OCIHook] = [], intelRdt: CDIIntelRdt? = nil, additionalGIDs: [Int] = []
  ) {
    self.env = env
    self.deviceNodes = deviceNodes
    self.netDevices = netDevices
    self.mounts = mounts
    self.hooks = hooks
    self.intelRdt = intelRdt
    self.additionalGIDs = additionalGIDs
  }

  /// The oldest version that can say this.
  var version: CDISpecification.Version {
    if !netDevices.isEmpty || intelRdt?.needsNewRuntime == true { return .v1_1_0 }
    if intelRdt != nil || !additionalGIDs.isEmpty { return .v0_7_0 }
    if deviceNodes.contains(where: { $0.hostPath != nil }) { return .v0_5_0 }
    return mounts.contains { $0.type != nil } ? .v0_4_0 : .v0_3_0
  }

  /// Adds others behind these.
  mutating func append(_ other: CDIEdits) {
    env += other.env
    deviceNodes += other.deviceNodes
    netDevices.merge(other.netDevices) { _, later in later }
    mounts += other.mounts
    hooks += other.hooks
    intelRdt = other.intelRdt ?? intelRdt
    additionalGIDs += other.additionalGIDs
  }
}

/// A class of Intel's resource director (config-linux.md, "IntelRdt").
public struct CDIIntelRdt: Hashable, Sendable {
  /// Its name.
  public var closID: String?
  /// Its part of the cache of the third level.
  public var l3CacheSchema: String?
  /// Its part of the memory's bandwidth.
  public var memBwSchema: String?
  /// Lines for the kernel.
  public var schemata: [String]
  /// Whether it is measured.
  public var enableMonitoring: Bool

  /// A class.
  public init(
    closID: String? = nil, l3CacheSchema: String? = nil, memBwSchema: String? = nil, schemata: [String] = [],
    enableMonitoring: Bool = false
  ) {
    self.closID = closID
    self.l3CacheSchema = l3CacheSchema
    self.memBwSchema = memBwSchema
    self.schemata = schemata
    self.enableMonitoring = enableMonitoring
  }

  /// Whether it uses what came with version 1.3.0 of the runtime specification, and 1.1.0 of CDI.
  var needsNewRuntime: Bool { !schemata.isEmpty || enableMonitoring }

  var json: JSONValue {
    .object(
      JSONObject(present: [
        ("closID", closID.map { .string($0) }), ("l3CacheSchema", l3CacheSchema.map { .string($0) }),
        ("memBwSchema", memBwSchema.map { .string($0) }),
        ("schemata", schemata.isEmpty ? nil : JSONValue(strings: schemata)),
        ("enableMonitoring", enableMonitoring ? true : nil),
      ]))
  }
}
