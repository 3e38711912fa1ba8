import EnvlockModel

/// What of a container only Linux has (config-linux.md of the OCI runtime specification).
public struct OCILinux: Hashable, Sendable {
  /// A part of the system that the container has for itself.
  public enum Namespace: String, Hashable, CaseIterable, Sendable {
    /// Processes.
    case pid
    /// Mounts.
    case mount
    /// System V IPC and message queues.
    case ipc
    /// The host name.
    case uts
    /// The view of control groups.
    case cgroup
    /// Interfaces, addresses, ports.
    case network
    /// Users, groups and what root may do.
    case user
  }

  /// What the container has for itself.
  public var namespaces: [Namespace]
  /// Users of the container on the node.
  public var uidMappings: [OCIMapping]
  /// Groups of the container on the node.
  public var gidMappings: [OCIMapping]
  /// Device nodes beside those that every container has.
  public var devices: [OCIDevice]
  /// Network interfaces of the node that the container gets, with their names there.
  public var netDevices: [String: String]
  /// The bounds; nil where the runtime is to make no control group.
  public var resources: OCIResources?
  /// The control group; nil for the runtime's own choice.
  public var cgroupsPath: String?
  /// Which calls of the kernel can be made; nil for all.
  public var seccomp: OCISeccomp?
  /// What cannot be read.
  public var maskedPaths: [String]
  /// What cannot be written.
  public var readonlyPaths: [String]
  /// The class of Intel's resource director that it belongs to.
  public var intelRdt: CDIIntelRdt?

  /// Nothing yet.
  public init() {
    namespaces = []
    uidMappings = []
    gidMappings = []
    devices = []
    netDevices = [:]
    maskedPaths = []
    readonlyPaths = []
  }

  var json: JSONValue {
    func list(_ mappings: [OCIMapping]) -> JSONValue? {
      mappings.isEmpty ? nil : .array(mappings.map(\.json))
    }
    let net = JSONObject(netDevices.map { ($0, ["name": .string($1)]) })
    return .object(
      JSONObject(present: [
        ("namespaces", .array(namespaces.map { ["type": .string($0.rawValue)] })),
        ("uidMappings", list(uidMappings)), ("gidMappings", list(gidMappings)),
        ("devices", devices.isEmpty ? nil : .array(devices.map(\.json))),
        ("netDevices", net.isEmpty ? nil : .object(net)),
        ("resources", resources?.json), ("cgroupsPath", cgroupsPath.map { .string($0) }),
        ("seccomp", seccomp?.json), ("maskedPaths", JSONValue(strings: maskedPaths)),
        ("readonlyPaths", JSONValue(strings: readonlyPaths)), ("intelRdt", intelRdt?.json),
      ]))
  }
}

/// A range of users or groups, in the container and on the node.
public struct OCIMapping: Hashable, Sendable {
  /// The first in the container.
  public var container: Int
  /// The first on the node.
  public var host: Int
  /// How many, at least 1.
  public var size: Int

  /// A range.
  public init(container: Int, host: Int, size: Int) {
    self.container = container
    self.host = host
    self.size = size
  }

  /// Whether an id of the container is in it.
  func contains(_ id: Int) -> Bool { id >= container && id - container < size }

  var json: JSONValue {
    ["containerID": .integer(container), "hostID": .integer(host), "size": .integer(size)]
  }
}

/// The number by which the kernel knows a device.
public struct OCIDeviceNumber: Hashable, Sendable, CustomStringConvertible {
  /// The driver's.
  public var major: Int
  /// The device's.
  public var minor: Int

  /// A number.
  public init(major: Int, minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// "195:0".
  public var description: String { "\(major):\(minor)" }
}

/// A device node of a container.
public struct OCIDevice: Hashable, Sendable {
  /// What kind of node.
  public enum Kind: String, Hashable, Sendable {
    /// A character device.
    case character = "c"
    /// A block device.
    case block = "b"
    /// A character device without buffer.
    case unbuffered = "u"
    /// A pipe.
    case pipe = "p"
  }

  /// Where it is seen.
  public var path: String
  /// What kind of node.
  public var kind: Kind
  /// Its number; nil for a pipe.
  public var number: OCIDeviceNumber?
  /// Who may open it: 0o666.
  public var mode: Int?
  /// Its owner in the container.
  public var uid: Int?
  /// Its group in the container.
  public var gid: Int?

  /// A node.
  public init(
    _ path: String, kind: Kind, number: OCIDeviceNumber?, mode: Int? = nil, uid: Int? = nil, gid: Int? = nil
  ) {
    self.path = path
    self.kind = kind
    self.number = number
    self.mode = mode
    self.uid = uid
    self.gid = gid
  }

  var json: JSONValue {
    func number(_ value: Int?) -> JSONValue? { value.map { .integer($0) } }
    return .object(
      JSONObject(present: [
        ("path", .string(path)), ("type", .string(kind.rawValue)), ("major", number(self.number?.major)),
        ("minor", number(self.number?.minor)), ("fileMode", number(mode)), ("uid", number(uid)),
        ("gid", number(gid)),
      ]))
  }
}
