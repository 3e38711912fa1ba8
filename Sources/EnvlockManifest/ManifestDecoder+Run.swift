import EnvlockModel
import EnvlockVersions

extension ManifestDecoder {
  /// The table `[run]`.
  func run(_ top: TableReader) throws(ManifestError) -> RunDeclaration? {
    guard let table = try top.table("run", title: title("run")) else { return nil }
    try table.expectOnly(Keys.run)
    var run = RunDeclaration()
    run.name = try table.string("name")?.text
    run.image = try table.string("image")?.text
    run.gpu = try table.string("gpu")?.parsed { text throws(MalformedText) in try GPUForm(text) }
    run.gpus = try table.integer("gpus", from: 0)
    run.gpusPerNode = try table.integer("gpus-per-node", from: 0)
    run.gpuMemory = try table.size("gpu-memory")
    run.isolation = try table.choice("isolation", GPUIsolation.allCases)
    run.licence = try table.string("licence")?.text
    run.nodes = try table.integer("nodes", from: 1)
    run.cpus = try table.cpus("cpus")
    run.memory = try table.size("memory")
    run.shm = try table.size("shm")
    run.pids = try table.integer("pids", from: 1)
    run.seconds = try table.string("time")?.parsed { text throws(MalformedText) in try RunTime.seconds(text) }
    for limit in try table.tables("io", title: "[\(title("run.io"))]") { run.io.append(try io(limit)) }
    run.ioWeight = try table.integer("io-weight", from: 10)
    if table.member("command") != nil { run.command = try table.strings("command").map(\.text) }
    run.env = try texts(table, "env")
    for text in try table.strings("mounts") {
      run.mounts.append(try text.parsed { text throws(MalformedText) in try RunMount(text) })
    }
    run.workdir = try table.string("workdir")?.text
    run.user = try table.string("user")?.text
    run.network = try table.choice("network", RunNetwork.allCases)
    run.deterministic = try table.boolean("deterministic")
    run.peerToPeer = try table.boolean("peer-to-peer")
    return run
  }

  private func io(_ table: TableReader) throws(ManifestError) -> IOLimit {
    try table.expectOnly(Keys.io)
    return IOLimit(
      device: try table.requiredString("device").text, readBytes: try table.size("read-bytes"),
      writeBytes: try table.size("write-bytes"),
      readOperations: try table.integer("read-operations", from: 1),
      writeOperations: try table.integer("write-operations", from: 1))
  }
}

extension TableReader {
  /// A whole number.
  ///
  /// - Throws: `ManifestError` for another type, and for less than `least`.
  func integer(_ key: String, from least: Int) throws(ManifestError) -> Int? {
    guard let value = member(key)?.value else { return nil }
    guard case .integer(let number) = value.content else {
      throw wrongType(value, called: "`\(key)`", expected: "a whole number")
    }
    guard number >= least else {
      throw ManifestError("`\(key)` has to be at least \(least)", at: value.range, in: source)
    }
    return number
  }

  /// A size with its unit.
  func size(_ key: String) throws(ManifestError) -> ByteCount? {
    try string(key)?.parsed { text throws(MalformedText) in try ByteCount(text) }
  }

  /// A number of processors, as a number or a string.
  func cpus(_ key: String) throws(ManifestError) -> CPUCount? {
    guard let value = member(key)?.value else { return nil }
    let written: LocatedText
    switch value.content {
    case .integer, .number:
      let text = String(decoding: source.bytes[value.range], as: UTF8.self)
      written = LocatedText(text: text, range: value.range, source: source)
    default:
      guard let text = try string(key) else { return nil }
      written = text
    }
    return try written.parsed { text throws(MalformedText) in try CPUCount(text) }
  }

  /// One of a few words.
  ///
  /// - Throws: `ManifestError` that lists them for any other.
  func choice<Value: RawRepresentable<String>>(_ key: String, _ known: [Value]) throws(ManifestError)
    -> Value?
  {
    guard let text = try string(key) else { return nil }
    guard let value = known.first(where: { $0.rawValue == text.text }) else {
      throw text.error(
        "`\(key)` cannot be “\(text.text)”",
        hints: ["it can be: \(known.map(\.rawValue).joined(separator: ", "))"])
    }
    return value
  }
}
