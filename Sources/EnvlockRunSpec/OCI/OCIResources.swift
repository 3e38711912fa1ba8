import EnvlockModel

/// The bounds that a container's control group keeps. Runtimes translate them for version 2 of control groups.
public struct OCIResources: Hashable, Sendable {
  /// Which devices can be used: each rule over those before it.
  public struct DeviceRule: Hashable, Sendable {
    /// Whether it allows.
    public var isAllowed: Bool
    /// What kind of device; nil for all.
    public var kind: OCIDevice.Kind?
    /// Which; nil for all.
    public var number: OCIDeviceNumber?
    /// Of r (read), w (write) and m (make a node).
    public var access: String

    /// A rule.
    public init(
      allow isAllowed: Bool, kind: OCIDevice.Kind? = nil, number: OCIDeviceNumber? = nil, access: String
    ) {
      self.isAllowed = isAllowed
      self.kind = kind
      self.number = number
      self.access = access
    }

    var json: JSONValue {
      .object(
        JSONObject(present: [
          ("allow", .bool(isAllowed)), ("type", kind.map { .string($0.rawValue) }),
          ("major", number.map { .integer($0.major) }), ("minor", number.map { .integer($0.minor) }),
          ("access", .string(access)),
        ]))
    }
  }

  /// A bound on a block device.
  public struct Throttle: Hashable, Sendable {
    /// The device.
    public var device: OCIDeviceNumber
    /// Bytes or operations in a second.
    public var rate: Int

    /// A bound.
    public init(_ device: OCIDeviceNumber, rate: Int) {
      self.device = device
      self.rate = rate
    }

    var json: JSONValue {
      ["major": .integer(device.major), "minor": .integer(device.minor), "rate": .integer(rate)]
    }
  }

  /// Which devices can be used.
  public var devices: [DeviceRule]
  /// Memory, in bytes. Memory and swap together get the same bound, so that there is no swap.
  public var memory: Int?
  /// Microseconds of processor time in each ``cpuPeriod``.
  public var cpuQuota: Int?
  /// Processes and threads.
  public var pids: Int?
  /// The share of a busy disk, from 10 to 1000.
  public var ioWeight: Int?
  /// Bytes read.
  public var readBytes: [Throttle]
  /// Bytes written.
  public var writeBytes: [Throttle]
  /// Operations that read.
  public var readOperations: [Throttle]
  /// Operations that write.
  public var writeOperations: [Throttle]

  /// The period of ``cpuQuota`` in microseconds: the kernel's own default.
  public static let cpuPeriod = 100_000

  /// Bounds of devices only.
  public init(devices: [DeviceRule] = []) {
    self.devices = devices
    readBytes = []
    writeBytes = []
    readOperations = []
    writeOperations = []
  }

  /// Whether more than devices is bounded.
  var hasLimits: Bool { self != OCIResources(devices: devices) }

  var json: JSONValue {
    func list(_ throttles: [Throttle]) -> JSONValue? {
      throttles.isEmpty ? nil : .array(throttles.map(\.json))
    }
    let block = JSONObject(present: [
      ("weight", ioWeight.map { .integer($0) }), ("throttleReadBpsDevice", list(readBytes)),
      ("throttleWriteBpsDevice", list(writeBytes)), ("throttleReadIOPSDevice", list(readOperations)),
      ("throttleWriteIOPSDevice", list(writeOperations)),
    ])
    return .object(
      JSONObject(present: [
        ("devices", devices.isEmpty ? nil : .array(devices.map(\.json))),
        ("memory", memory.map { ["limit": .integer($0), "swap": .integer($0)] }),
        ("cpu", cpuQuota.map { ["quota": .integer($0), "period": .integer(Self.cpuPeriod)] }),
        ("pids", pids.map { ["limit": .integer($0)] }), ("blockIO", block.isEmpty ? nil : .object(block)),
      ]))
  }
}
