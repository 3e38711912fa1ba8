import EnvlockVersions

extension RunDeclaration {
  /// The declaration as a JSON object with the keys of the manifest's `[run]`; what says nothing is left out.
  public var json: JSONValue {
    var object = JSONObject()
    func put(_ key: String, _ text: String?) { object[key] = text.map { .string($0) } }
    func put(_ key: String, _ number: Int?) { object[key] = number.map { .integer($0) } }
    func put(_ key: String, _ flag: Bool?) { object[key] = flag.map { .bool($0) } }
    func put(_ key: String, _ texts: [String]?) { object[key] = texts.map { .array($0.map { .string($0) }) } }
    put("name", name)
    put("image", image)
    put("gpu", gpu?.description)
    put("gpus", gpus)
    put("gpus-per-node", gpusPerNode)
    put("gpu-memory", gpuMemory?.description)
    put("isolation", isolation?.rawValue)
    put("licence", licence)
    put("nodes", nodes)
    put("cpus", cpus?.description)
    put("memory", memory?.description)
    put("shm", shm?.description)
    put("pids", pids)
    put("time", seconds.map { "\($0)s" })
    put("io-weight", ioWeight)
    put("command", command)
    put("mounts", mounts.isEmpty ? nil : mounts.map(\.description))
    put("workdir", workdir)
    put("user", user)
    put("network", network?.rawValue)
    put("deterministic", deterministic)
    put("peer-to-peer", peerToPeer)
    if !io.isEmpty { object["io"] = .array(io.map(\.json)) }
    if !env.isEmpty { object["env"] = .object(JSONObject(env.map { ($0.key, .string($0.value)) })) }
    return .object(object)
  }

  /// Reads what ``json`` writes.
  ///
  /// - Throws: `JSONDecodingError` for a key that is unknown, or whose value cannot be.
  public init(_ cursor: JSONCursor) throws(JSONDecodingError) {
    self.init()
    try cursor.allow([
      "name", "image", "gpu", "gpus", "gpus-per-node", "gpu-memory", "isolation", "licence", "nodes", "cpus",
      "memory", "shm", "pids", "time", "io", "io-weight", "command", "env", "mounts", "workdir", "user",
      "network", "deterministic", "peer-to-peer",
    ])
    name = try cursor.optional("name")?.string()
    image = try cursor.optional("image")?.string()
    gpu = try cursor.optional("gpu")?.parse { try GPUForm($0) }
    gpus = try cursor.optional("gpus")?.integer()
    gpusPerNode = try cursor.optional("gpus-per-node")?.integer()
    gpuMemory = try cursor.optional("gpu-memory")?.parse { try ByteCount($0) }
    isolation = try cursor.optional("isolation")?.word(GPUIsolation.self)
    licence = try cursor.optional("licence")?.string()
    nodes = try cursor.optional("nodes")?.integer()
    cpus = try cursor.optional("cpus")?.parse { try CPUCount($0) }
    memory = try cursor.optional("memory")?.parse { try ByteCount($0) }
    shm = try cursor.optional("shm")?.parse { try ByteCount($0) }
    pids = try cursor.optional("pids")?.integer()
    seconds = try cursor.optional("time")?.parse { try RunTime.seconds($0) }
    for limit in try cursor.optional("io")?.elements() ?? [] { io.append(try IOLimit(limit)) }
    ioWeight = try cursor.optional("io-weight")?.integer()
    command = try cursor.optional("command")?.strings()
    for (name, value) in try cursor.optional("env")?.members() ?? [] { env[name] = try value.string() }
    for mount in try cursor.optional("mounts")?.elements() ?? [] {
      mounts.append(try mount.parse { try RunMount($0) })
    }
    workdir = try cursor.optional("workdir")?.string()
    user = try cursor.optional("user")?.string()
    network = try cursor.optional("network")?.word(RunNetwork.self)
    deterministic = try cursor.optional("deterministic")?.bool()
    peerToPeer = try cursor.optional("peer-to-peer")?.bool()
  }
}

extension JSONCursor {
  /// One of a few words.
  fileprivate func word<Word: RawRepresentable<String> & CaseIterable>(
    _ type: Word.Type
  ) throws(JSONDecodingError) -> Word {
    let text = try string()
    if let word = Word(rawValue: text) { return word }
    throw error("it can be \(Word.allCases.map(\.rawValue).joined(separator: ", ")), and is “\(text)”")
  }
}

extension IOLimit {
  fileprivate var json: JSONValue {
    var object: JSONObject = ["device": .string(device)]
    object["read-bytes"] = readBytes.map { .string($0.description) }
    object["write-bytes"] = writeBytes.map { .string($0.description) }
    object["read-operations"] = readOperations.map { .integer($0) }
    object["write-operations"] = writeOperations.map { .integer($0) }
    return .object(object)
  }

  fileprivate init(_ cursor: JSONCursor) throws(JSONDecodingError) {
    try cursor.allow(["device", "read-bytes", "write-bytes", "read-operations", "write-operations"])
    self.init(
      device: try cursor.member("device").string(),
      readBytes: try cursor.optional("read-bytes")?.parse { try ByteCount($0) },
      writeBytes: try cursor.optional("write-bytes")?.parse { try ByteCount($0) },
      readOperations: try cursor.optional("read-operations")?.integer(),
      writeOperations: try cursor.optional("write-operations")?.integer())
  }
}
