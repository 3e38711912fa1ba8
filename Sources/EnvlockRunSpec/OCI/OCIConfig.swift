public import EnvlockModel

/// How a container is made and started, in the words of the OCI runtime specification (config.md and config-linux.md of
/// opencontainers/runtime-spec), as far as envlock says it. `runc` and `crun` read it as config.json.
public struct OCIConfig: Hashable, Sendable {
  /// What runs.
  public var process: OCIProcess
  /// The folder of the root file system, absolute or relative to the bundle.
  public var root: String
  /// Whether the root file system cannot be written.
  public var isRootReadOnly: Bool
  /// The name of the container's own host; nil where it has none of its own.
  public var hostname: String?
  /// What is mounted, in this order.
  public var mounts: [OCIMount]
  /// Programs that the runtime runs at certain moments, those of one moment in this order.
  public var hooks: [OCIHook]
  /// Notes by key.
  public var annotations: [String: String]
  /// What only Linux has.
  public var linux: OCILinux

  /// A configuration.
  public init(
    process: OCIProcess, root: String, isRootReadOnly: Bool, hostname: String? = nil, mounts: [OCIMount] = [],
    hooks: [OCIHook] = [], annotations: [String: String] = [:], linux: OCILinux = OCILinux()
  ) {
    self.process = process
    self.root = root
    self.isRootReadOnly = isRootReadOnly
    self.hostname = hostname
    self.mounts = mounts
    self.hooks = hooks
    self.annotations = annotations
    self.linux = linux
  }

  /// The document, of the oldest version of the specification that knows all that is in it.
  public var json: JSONValue {
    var moments = JSONObject()
    for moment in OCIHook.Moment.allCases {
      let ours = hooks.filter { $0.moment == moment }
      if !ours.isEmpty { moments[moment.rawValue] = .array(ours.map(\.json)) }
    }
    let isNew = !linux.netDevices.isEmpty || (linux.intelRdt?.needsNewRuntime ?? false)
    return .object(
      JSONObject(present: [
        ("ociVersion", .string(isNew ? "1.3.0" : "1.0.2")),
        ("process", process.json),
        ("root", ["path": .string(root), "readonly": .bool(isRootReadOnly)]),
        ("hostname", hostname.map { .string($0) }),
        ("mounts", .array(mounts.map(\.json))),
        ("hooks", moments.isEmpty ? nil : .object(moments)),
        ("annotations", JSONValue(strings: annotations)),
        ("linux", linux.json),
      ]))
  }
}

/// The process of a container.
public struct OCIProcess: Hashable, Sendable {
  /// The program and its arguments.
  public var args: [String]
  /// Variables, `NAME=value`.
  public var env: [String]
  /// Where it starts.
  public var cwd: String
  /// As whom it runs.
  public var user: OCIUser
  /// What it may do beyond an ordinary user: "CAP_NET_RAW".
  public var capabilities: [String]
  /// Whether it is on a terminal of its own, which the runtime joins to whoever starts it.
  public var isTerminal = false

  /// A process.
  public init(
    args: [String], env: [String], cwd: String, user: OCIUser, capabilities: [String] = []
  ) {
    self.args = args
    self.env = env
    self.cwd = cwd
    self.user = user
    self.capabilities = capabilities
  }

  var json: JSONValue {
    let names = JSONValue(strings: capabilities)
    // Who is not root keeps capabilities only when they are ambient (capabilities(7), "Transformation of capabilities
    // during execve").
    let passed: JSONValue = user.uid == 0 ? [] : names
    return .object(
      JSONObject(present: [
        ("args", JSONValue(strings: args)), ("env", JSONValue(strings: env)), ("cwd", .string(cwd)),
        ("user", user.json), ("terminal", .bool(isTerminal)), ("noNewPrivileges", true),
        (
          "capabilities",
          [
            "bounding": names, "effective": names, "permitted": names, "inheritable": passed,
            "ambient": passed,
          ]
        ),
      ]))
  }
}

/// As whom a process runs, by number.
public struct OCIUser: Hashable, Sendable {
  /// The user.
  public var uid: Int
  /// The group.
  public var gid: Int
  /// Further groups.
  public var additionalGIDs: [Int]
  /// The bits that new files do not get.
  public var umask: Int

  /// A user.
  public init(uid: Int, gid: Int, additionalGIDs: [Int] = [], umask: Int = 0o022) {
    self.uid = uid
    self.gid = gid
    self.additionalGIDs = additionalGIDs
    self.umask = umask
  }

  var json: JSONValue {
    .object(
      JSONObject(present: [
        ("uid", .integer(uid)), ("gid", .integer(gid)), ("umask", .integer(umask)),
        (
          "additionalGids",
          additionalGIDs.isEmpty ? nil : .array(additionalGIDs.map { .integer($0) })
        ),
      ]))
  }
}

/// One mount.
public struct OCIMount: Hashable, Sendable {
  /// Where it is seen.
  public var destination: String
  /// The kind of file system; nil for a bind mount.
  public var type: String?
  /// What is mounted.
  public var source: String
  /// Options as `mount` takes them.
  public var options: [String]

  /// A mount.
  public init(_ destination: String, type: String? = nil, source: String, options: [String]) {
    self.destination = destination
    self.type = type
    self.source = source
    self.options = options
  }

  var json: JSONValue {
    .object(
      JSONObject(present: [
        ("destination", .string(destination)), ("type", type.map { .string($0) }),
        ("source", .string(source)),
        ("options", options.isEmpty ? nil : JSONValue(strings: options)),
      ]))
  }

  /// How deep it lies; what is deeper is mounted later.
  var depth: Int { destination.split(separator: "/").count }
}

/// A program that the runtime runs on the node at a certain moment.
public struct OCIHook: Hashable, Sendable {
  /// When it runs (config.md, "POSIX-platform Hooks").
  public enum Moment: String, Hashable, CaseIterable, Sendable {
    /// Before the container starts; deprecated by the specification, and still used.
    case prestart
    /// Once the namespaces exist, in the runtime's.
    case createRuntime
    /// Once the mounts exist, in the container's namespaces.
    case createContainer
    /// Before the process starts, in the container's file system.
    case startContainer
    /// Once the process has started.
    case poststart
    /// Once the container is deleted.
    case poststop
  }

  /// When it runs.
  public var moment: Moment
  /// The program.
  public var path: String
  /// Its arguments, its own name first.
  public var args: [String]
  /// Its variables, `NAME=value`.
  public var env: [String]
  /// After how many seconds it is ended.
  public var timeout: Int?

  /// A hook.
  public init(_ moment: Moment, path: String, args: [String] = [], env: [String] = [], timeout: Int? = nil) {
    self.moment = moment
    self.path = path
    self.args = args
    self.env = env
    self.timeout = timeout
  }

  var json: JSONValue {
    .object(
      JSONObject(present: [
        ("path", .string(path)), ("args", args.isEmpty ? nil : JSONValue(strings: args)),
        ("env", env.isEmpty ? nil : JSONValue(strings: env)), ("timeout", timeout.map { .integer($0) }),
      ]))
  }
}

extension JSONObject {
  /// An object of those pairs that have a value.
  init(present pairs: [(String, JSONValue?)]) {
    self.init(pairs.compactMap { pair in pair.1.map { (pair.0, $0) } })
  }
}

extension JSONValue {
  /// An array of strings.
  init(strings: [String]) { self = .array(strings.map { .string($0) }) }

  /// An object of strings.
  init(strings: [String: String]) { self = .object(JSONObject(strings.map { ($0, .string($1)) })) }
}
