import EnvlockVersions

extension Lockfile {
  /// The lock's one text: canonical JSON with a line for each fact, so that diffs and merges read well.
  public func canonicalText() -> String {
    var document = JSONObject([
      ("version", .integer(Self.currentVersion)), ("revision", .integer(revision)),
      ("manifest", .string(manifest.description)), ("matrix", .string(matrix.description)),
      ("request", request), ("platforms", .array(platforms.map(\.json))),
    ])
    document["uploaded-before"] = uploadedBefore.map { .string($0) }
    return JSONValue.object(document).canonical()
  }

  private var revision: Int {
    if platforms.contains(where: { !$0.builtWheels.isEmpty }) { return 3 }
    if uploadedBefore != nil { return 2 }
    return platforms.contains { $0.base != nil } ? 1 : 0
  }

  /// Reads a lock.
  ///
  /// - Parameter text: The file's bytes.
  /// - Throws: `LockfileError` when it is not a lock, is one of a newer envlock, or contradicts itself.
  public init(parsing text: [UInt8]) throws(LockfileError) {
    let document: JSONValue
    do { document = try JSONValue(parsing: text) } catch { throw .notJSON(error) }
    do {
      let top = JSONCursor(document)
      let version = try top.member("version").integer()
      guard version == Self.currentVersion else { throw LockfileError.unknownVersion(version) }
      manifest = try top.member("manifest").parse { try Digest($0) }
      matrix = try top.member("matrix").parse { try Digest($0) }
      request = try top.member("request").value
      uploadedBefore = try top.optional("uploaded-before")?.parse { text throws(MalformedText) in
        try UploadCutoff.instant(text)
      }
      var platforms: [PlatformLock] = []
      for entry in try top.member("platforms").elements() {
        let platform = try PlatformLock(entry)
        let targets = platform.targets.map(\.name)
        guard
          !platforms.contains(where: { $0.platform == platform.platform && $0.targets.map(\.name) == targets }
          )
        else { throw entry.error("\(platform.platform) stands here twice for the same targets") }
        platforms.append(platform)
      }
      self.platforms = Platform.allCases.flatMap { platform in platforms.filter { $0.platform == platform } }
    } catch let error as LockfileError {
      throw error
    } catch let error as JSONDecodingError {
      throw .malformed(path: error.path, reason: error.reason)
    } catch {
      throw .malformed(path: "", reason: "\(error)")
    }
  }
}

/// Why a file is no lock that can be used.
public enum LockfileError: Error, Hashable, Sendable {
  /// The text is not JSON.
  case notJSON(JSONError)
  /// The lock has a layout that this envlock does not know.
  case unknownVersion(Int)
  /// A value is missing, wrong, or contradicts another; `path` says which.
  case malformed(path: String, reason: String)
}

extension LockfileError: UserFacingError {
  /// What is wrong, and where in the file.
  public var message: String {
    switch self {
    case .notJSON(let error): "the lock is not JSON: \(error)"
    case .unknownVersion(let version):
      "the lock has layout version \(version); this envlock knows version \(Lockfile.currentVersion)"
    case .malformed(let path, let reason):
      path.isEmpty ? "the lock: \(reason)" : "the lock, at \(path): \(reason)"
    }
  }

  /// What to do next.
  public var hints: [String] {
    switch self {
    case .notJSON, .malformed:
      [
        "a lock is written by `envlock resolve`: delete the file and resolve again, or restore it from version control"
      ]
    case .unknownVersion(let version):
      [
        version > Lockfile.currentVersion
          ? "install a newer envlock" : "resolve again to write a current lock"
      ]
    }
  }

  /// A bad file is bad input.
  public var kind: ErrorKind { .badInput }
}

// MARK: Writing

extension PlatformLock {
  fileprivate var json: JSONValue {
    var object = JSONObject([
      ("platform", .string(platform.rawValue)), ("python", .string(python.description)),
      ("strata", strata.json), ("targets", .array(targets.map(\.json))),
      ("roots", .array(roots.map { .string($0.description) })),
      ("wheels", .array(wheels.map(\.json))),
    ])
    object["base"] = base?.json
    return .object(object)
  }
}

extension Strata {
  fileprivate var json: JSONValue {
    var object = JSONObject([
      ("frameworks", .array(frameworks.map(\.json))), ("glibc", .string(glibc.description)),
    ])
    object["cuda"] = cuda.map { .string($0.description) }
    object["cudnn"] = cudnn.map { .string($0.description) }
    object["nccl"] = nccl.map { .string($0.description) }
    object["driver"] = driver.map { driver in
      var floors = JSONObject()
      floors["full"] = driver.full.map { .string($0.description) }
      floors["minor-version"] = driver.minorCompatibility.map { .string($0.description) }
      return .object(floors)
    }
    return .object(object)
  }
}

extension FrameworkStratum {
  fileprivate var json: JSONValue {
    var object = JSONObject([("name", .string(name.text)), ("version", .string(version.description))])
    object["cuda"] = cuda.map { .string($0.description) }
    if !kernels.isEmpty { object["kernels"] = .array(kernels.map { .string($0.description) }) }
    object["ptx"] = ptx.map { .array($0.map { .string($0.description) }) }
    if !added.isEmpty { object["added"] = .array(added.map { .string($0.text) }) }
    return .object(object)
  }
}

extension LockedTarget {
  fileprivate var json: JSONValue {
    var object = JSONObject([("name", .string(name))])
    object["driver"] = driver.map { .string($0.description) }
    if !gpus.isEmpty { object["gpus"] = .array(gpus.map { .string($0) }) }
    object["compatibility"] = compatibility.map { .string($0.rawValue) }
    return .object(object)
  }
}

extension LockedWheel {
  var json: JSONValue {
    var object = JSONObject([
      ("name", .string(name.text)), ("version", .string(version.description)), ("file", .string(fileName)),
      ("sha256", .string(sha256.hex)),
    ])
    object["size"] = size.map { .integer($0) }
    object["index"] = index.map { .string($0) }
    object["url"] = url.map { .string($0) }
    if !dependencies.isEmpty { object["dependencies"] = .array(dependencies.map { .string($0.description) }) }
    object["built"] = built?.json
    return .object(object)
  }
}

// MARK: Reading

extension JSONCursor {
  func list<Value>(
    _ key: String, _ read: (String) throws -> Value
  ) throws(JSONDecodingError) -> [Value] {
    var values: [Value] = []
    for element in try optional(key)?.elements() ?? [] { values.append(try element.parse(read)) }
    return values
  }
}

extension PlatformLock {
  fileprivate init(_ entry: JSONCursor) throws(JSONDecodingError) {
    platform = try entry.member("platform").parse { try Platform($0) }
    python = try entry.member("python").parse { try PythonVersion($0) }
    strata = try Strata(entry.member("strata"))
    var targets: [LockedTarget] = []
    for target in try entry.member("targets").elements() { targets.append(try LockedTarget(target)) }
    self.targets = targets
    roots = try entry.list("roots") { try LockedEdge($0) }
    var wheels: [LockedWheel] = []
    for wheel in try entry.member("wheels").elements() {
      let next = try LockedWheel(wheel)
      if let last = wheels.last, last.name >= next.name {
        throw wheel.error("\(next.name) stands after \(last.name); wheels are sorted by name, each once")
      }
      wheels.append(next)
    }
    self.wheels = wheels
    base = nil
    if let entry = try entry.optional("base") { base = try LockedBase(entry) }
    for (index, wheel) in wheels.enumerated() {
      for edge in wheel.dependencies where self.wheel(edge.name) == nil {
        throw JSONDecodingError(
          path: "\(entry.path).wheels[\(index)]",
          reason: "\(wheel.name) depends on \(edge.name), which is not in the lock")
      }
    }
    for edge in roots where self.wheel(edge.name) == nil {
      throw entry.error("\(edge.name) is asked for and not in the lock")
    }
  }
}

extension Strata {
  fileprivate init(_ entry: JSONCursor) throws(JSONDecodingError) {
    var frameworks: [FrameworkStratum] = []
    for framework in try entry.member("frameworks").elements() {
      frameworks.append(try FrameworkStratum(framework))
    }
    self.frameworks = frameworks
    cuda = try entry.optional("cuda")?.parse { try CUDAVersion($0) }
    cudnn = try entry.optional("cudnn")?.parse { try Version($0) }
    nccl = try entry.optional("nccl")?.parse { try Version($0) }
    glibc = try entry.member("glibc").parse { try Version($0) }
    if let floors = try entry.optional("driver") {
      driver = DriverFloor(
        full: try floors.optional("full")?.parse { try DriverVersion($0) },
        minorCompatibility: try floors.optional("minor-version")?.parse { try DriverVersion($0) })
    } else {
      driver = nil
    }
  }
}

extension FrameworkStratum {
  fileprivate init(_ entry: JSONCursor) throws(JSONDecodingError) {
    name = try entry.member("name").parse { try ProjectName($0) }
    version = try entry.member("version").parse { try Version($0) }
    cuda = try entry.optional("cuda")?.parse { try CUDAVersion($0) }
    kernels = try entry.list("kernels") { try ComputeCapability($0) }
    ptx = try entry.optional("ptx") == nil ? nil : try entry.list("ptx") { try ComputeCapability($0) }
    added = try entry.list("added") { try ProjectName($0) }
  }
}

extension LockedTarget {
  fileprivate init(_ entry: JSONCursor) throws(JSONDecodingError) {
    name = try entry.member("name").string()
    driver = try entry.optional("driver")?.parse { try DriverVersion($0) }
    gpus = try entry.list("gpus") { $0 }
    compatibility = try entry.optional("compatibility")?.parse { text throws(MalformedText) in
      guard let kind = DriverCompatibility(rawValue: text) else {
        throw MalformedText(what: "compatibility", text: text, reason: "unknown", offset: nil)
      }
      return kind
    }
  }
}

extension LockedWheel {
  init(_ entry: JSONCursor) throws(JSONDecodingError) {
    name = try entry.member("name").parse { try ProjectName($0) }
    version = try entry.member("version").parse { try Version($0) }
    fileName = try entry.member("file").string()
    sha256 = try entry.member("sha256").parse { try Digest(sha256Hex: $0) }
    size = try entry.optional("size")?.integer()
    index = try entry.optional("index")?.string()
    url = try entry.optional("url")?.string()
    dependencies = try entry.list("dependencies") { try LockedEdge($0) }
    if let entry = try entry.optional("built") { built = try LockedBuild(entry) } else { built = nil }
    guard let parsed = try? WheelName(fileName), parsed.project == name, parsed.version == version else {
      throw entry.error("the file name \(fileName) does not belong to \(name) \(version)")
    }
    if let built, SdistName.version(of: built.fileName, project: name) != version {
      throw entry.error("\(built.fileName) is no source distribution of \(name) \(version)")
    }
    guard (index == nil) != (url == nil) else { throw entry.error("either `index` or `url` must be there") }
  }
}
