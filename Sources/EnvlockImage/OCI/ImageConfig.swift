public import EnvlockModel

/// How an image is run, and the digests of its layers before they were compressed. The digest of this document is the
/// image's identity.
///
/// Source: OCI image-spec 1.1, "Image Configuration".
public struct ImageConfig: ImageDocument {
  /// The system it is for.
  public var platform: ImagePlatform
  /// When it was made, in RFC 3339; nil says nothing.
  public var created: String?
  /// Who made it.
  public var author: String?
  /// What a container of it starts as.
  public var process: Process
  /// The SHA-256 of each layer's tar archive, the lowest first.
  public var diffIDs: [Digest]
  /// How the layers came to be, the lowest first.
  public var history: [History]

  /// Describes an image.
  public init(
    platform: ImagePlatform, created: String? = nil, process: Process = Process(), diffIDs: [Digest] = [],
    history: [History] = []
  ) {
    self.platform = platform
    self.created = created
    author = nil
    self.process = process
    self.diffIDs = diffIDs
    self.history = history
  }

  /// What it is called in errors.
  public static let what = "configuration"

  /// Reads the value.
  ///
  /// - Throws: `JSONDecodingError` where the system or the layers' digests are missing, or something is of another kind.
  public init(_ json: JSONCursor) throws(JSONDecodingError) {
    platform = try ImagePlatform(json)
    created = try json.optional("created")?.string()
    author = try json.optional("author")?.string()
    process = Process()
    if let cursor = try json.optional("config") { process = try Process(cursor) }
    let root = try json.member("rootfs")
    let type = try root.member("type")
    guard try type.string() == "layers" else { throw type.error("expected layers") }
    diffIDs = []
    for digest in try root.member("diff_ids").elements() { diffIDs.append(try digest.digest()) }
    history = []
    for entry in try json.optional("history")?.elements() ?? [] { history.append(try History(entry)) }
  }

  /// The value.
  public var json: JSONValue {
    var object: JSONObject = [
      "architecture": .string(platform.architecture), "os": .string(platform.os),
      "rootfs": ["diff_ids": .array(diffIDs.map { .string($0.description) }), "type": "layers"],
    ]
    object.set("variant", platform.variant)
    object.set("created", created)
    object.set("author", author)
    if let process = process.json.objectValue, !process.isEmpty { object["config"] = .object(process) }
    if !history.isEmpty { object["history"] = .array(history.map(\.json)) }
    return .object(object)
  }
}

extension ImageConfig {
  /// What a container starts as.
  public struct Process: ImageDocument {
    /// User and group, by name or number: "1000:1000"; nil is root.
    public var user: String?
    /// The environment: "NAME=value", in an order that counts where a name comes twice.
    public var env: [String] = []
    /// The command that always runs; nil where `cmd` stands alone.
    public var entrypoint: [String]?
    /// Its arguments unless others are given.
    public var cmd: [String]?
    /// Where it starts.
    public var workingDirectory: String?
    /// Notes.
    public var labels: [String: String] = [:]
    /// Ports that it listens on: "8888/tcp".
    public var exposedPorts: [String] = []
    /// Folders that are kept apart.
    public var volumes: [String] = []
    /// What ends it: "SIGINT".
    public var stopSignal: String?

    /// Says nothing.
    public init() {}

    /// What it is called in errors.
    public static let what = "process"

    /// Reads the value.
    ///
    /// - Throws: `JSONDecodingError` where something is of another kind.
    public init(_ json: JSONCursor) throws(JSONDecodingError) {
      user = try json.optional("User")?.string()
      env = try json.optional("Env")?.strings() ?? []
      entrypoint = try json.optional("Entrypoint")?.strings()
      cmd = try json.optional("Cmd")?.strings()
      workingDirectory = try json.optional("WorkingDir")?.string()
      labels = try json.texts("Labels")
      exposedPorts = try json.keys("ExposedPorts")
      volumes = try json.keys("Volumes")
      stopSignal = try json.optional("StopSignal")?.string()
    }

    /// The value; what says nothing is left out.
    public var json: JSONValue {
      var object = JSONObject()
      object.set("User", user)
      object.set("Env", env)
      if let entrypoint { object["Entrypoint"] = .array(entrypoint.map { .string($0) }) }
      if let cmd { object["Cmd"] = .array(cmd.map { .string($0) }) }
      object.set("WorkingDir", workingDirectory)
      object.set("Labels", labels)
      object.set("ExposedPorts", keys: exposedPorts)
      object.set("Volumes", keys: volumes)
      object.set("StopSignal", stopSignal)
      return .object(object)
    }

    /// The value of a variable; nil where it is not set. Of a name that comes twice the last counts.
    ///
    /// - Parameter name: "PATH".
    /// - Returns: the value, which may be empty.
    public func variable(_ name: String) -> String? {
      guard let entry = env.last(where: { $0.hasPrefix(name + "=") }) else { return nil }
      return String(entry.dropFirst(name.count + 1))
    }

    /// Sets a variable where it stands, or behind the others.
    ///
    /// - Parameters:
    ///   - name: "PATH".
    ///   - value: its new value.
    public mutating func setVariable(_ name: String, to value: String) {
      let entry = name + "=" + value
      if let place = env.firstIndex(where: { $0.hasPrefix(name + "=") }) {
        env[place] = entry
        env.removeAll { $0.hasPrefix(name + "=") && $0 != entry }
      } else {
        env.append(entry)
      }
    }
  }

  /// How one layer came to be.
  public struct History: ImageDocument {
    /// When, in RFC 3339; nil says nothing.
    public var created: String?
    /// What made it.
    public var createdBy: String?
    /// A note.
    public var comment: String?
    /// Who.
    public var author: String?
    /// Whether there is no layer of it.
    public var isEmptyLayer: Bool

    /// Describes a layer's origin.
    public init(
      created: String? = nil, createdBy: String? = nil, comment: String? = nil, isEmptyLayer: Bool = false
    ) {
      self.created = created
      self.createdBy = createdBy
      self.comment = comment
      author = nil
      self.isEmptyLayer = isEmptyLayer
    }

    /// What it is called in errors.
    public static let what = "history"

    /// Reads the value.
    ///
    /// - Throws: `JSONDecodingError` where something is of another kind.
    public init(_ json: JSONCursor) throws(JSONDecodingError) {
      created = try json.optional("created")?.string()
      createdBy = try json.optional("created_by")?.string()
      comment = try json.optional("comment")?.string()
      author = try json.optional("author")?.string()
      isEmptyLayer = try json.optional("empty_layer")?.bool() ?? false
    }

    /// The value.
    public var json: JSONValue {
      var object = JSONObject()
      object.set("created", created)
      object.set("created_by", createdBy)
      object.set("comment", comment)
      object.set("author", author)
      if isEmptyLayer { object["empty_layer"] = true }
      return .object(object)
    }
  }
}
