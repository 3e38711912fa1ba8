public import EnvlockVersions

/// How GPUs of some models are divided by MIG.
public struct MIGRow: Hashable, Sendable {
  /// The models, by their names in gpus.json.
  public let gpus: [String]
  /// The memory that the profiles' names divide, in GB; 0 where the GPU uses the machine's own memory.
  public let memoryGB: Int
  /// How many compute slices there are.
  public let computeSlices: Int
  /// How many memory slices there are; nil where that is unknown.
  public let memorySlices: Int?
  /// The lowest driver that divides them; nil where that is unknown.
  public let minDriver: DriverVersion?
  /// The profiles, in the order of their file.
  public let profiles: [MIGProfile]
  /// Where this is from.
  public let source: MatrixSource

  /// The profile of this name, in any spelling: "1g.10gb+me", "1g.10gb.me" as in resource names, "MIG-1g.10gb",
  /// "1c.2g.20gb" for a part of its compute slices.
  public func profile(named name: String) -> MIGProfile? {
    let wanted = MIGProfile.normalised(name)
    return profiles.first { $0.name == wanted }
  }
}

/// A way to cut an instance out of a GPU.
public struct MIGProfile: Hashable, Sendable {
  /// Its name: "1g.10gb", "1g.10gb+me".
  public let name: String
  /// Its number in `nvidia-smi mig`; nil where that is unknown.
  public let profileID: Int?
  /// The memory of an instance in MiB, as exact as nvidia-smi prints it, which is to the hundredth of a GiB; nil
  /// where that is unknown.
  public let memoryMiB: Int?
  /// How many compute slices an instance takes.
  public let computeSlices: Int
  /// How many memory slices an instance takes; nil where that is unknown.
  public let memorySlices: Int?
  /// How many instances of this profile there can be at most; nil where that is unknown.
  public let maxInstances: Int?
  /// How many multiprocessors an instance has; nil where that is unknown.
  public let multiprocessors: Int?
  /// Where on the memory slices an instance can lie; none where that is unknown.
  public let placements: [MIGPlacement]
  /// Its number in NVML, which differs from `profileID`; nil where that is unknown.
  public let nvmlIndex: Int?
  /// Where this is from.
  public let source: MatrixSource

  /// The name in NVIDIA's own spelling, for the ways that labels and resource names spell it.
  public static func normalised(_ name: String) -> String {
    var rest = name.lowercased()[...]
    for prefix in ["nvidia.com/", "mig-", "mig "] where rest.hasPrefix(prefix) {
      rest = rest.dropFirst(prefix.utf8.count)
    }
    let parts = rest.split(separator: ".", maxSplits: 1)
    // "1c." says how many of the compute slices are used, not what the instance is.
    if parts.count == 2, parts[0].hasSuffix("c"), parts[0].dropLast().allSatisfy(\.isNumber) {
      rest = parts[1]
    }
    guard let end = rest.firstRange(of: "gb.") else { return String(rest) }
    return rest[..<end.lowerBound] + "gb+" + rest[end.upperBound...]
  }
}

/// A place for a MIG instance.
public struct MIGPlacement: Hashable, Sendable {
  /// The first memory slice.
  public let start: Int
  /// How many memory slices.
  public let size: Int
}

extension Matrix {
  /// How GPUs are divided by MIG, in the order of the file.
  public var mig: [MIGRow] { migMemo.value { (try? migRows()) ?? [] } }

  /// How a model is divided by MIG; nil where it cannot be, or that is unknown.
  public func mig(of gpu: GPURow) -> MIGRow? { mig.first { $0.gpus.contains(gpu.name) } }

  /// Reads mig.json, where there is one.
  ///
  /// - Throws: `MatrixError` for the first row that is broken.
  func checkMIG() throws(MatrixError) {
    guard fileNames.contains("mig.json") else { return }
    let rows = try migRows()
    _ = migMemo.value { rows }
  }

  private func migRows() throws(MatrixError) -> [MIGRow] {
    let document = try document("mig.json")
    var profiles: [String: [MIGProfile]] = [:]
    for row in try document.rows("profiles") {
      profiles[try row.required("family", row.text("family")), default: []].append(try MIGProfile(row))
    }
    var rows: [MIGRow] = []
    for row in try document.rows("families") {
      try row.allow(["family", "gpus", "memory_gb", "compute_slices", "memory_slices", "min_driver"])
      let family = try row.required("family", row.text("family"))
      guard let profiles = profiles.removeValue(forKey: family) else {
        throw row.error("it has no profiles, or stands twice", at: "family")
      }
      rows.append(
        MIGRow(
          gpus: try row.required("gpus", row.texts("gpus")), memoryGB: try row.integer("memory_gb") ?? 0,
          computeSlices: try row.required("compute_slices", row.integer("compute_slices")),
          memorySlices: try row.integer("memory_slices"), minDriver: try row.driver("min_driver"),
          profiles: profiles, source: try row.source(named: family)))
    }
    if let family = profiles.keys.min() {
      throw MatrixError(file: document.file, place: "families", reason: "\(family) is missing")
    }
    return rows
  }
}

extension MIGProfile {
  /// Reads a row of the profiles in mig.json.
  ///
  /// - Throws: `MatrixError` for a field that is missing, unknown or broken.
  init(_ row: MatrixRow) throws(MatrixError) {
    try row.allow([
      "family", "name", "id", "nvml", "memory_gib", "compute_slices", "memory_slices", "max_instances",
      "multiprocessors", "placements",
    ])
    name = try row.required("name", row.text("name"))
    profileID = try row.integer("id")
    nvmlIndex = try row.integer("nvml")
    let gib = try row.field("memory_gib") { (value) throws(JSONDecodingError) in try value.number() }
    if let gib, !(0...65536 ~= gib) { throw row.error("that is no memory of an instance", at: "memory_gib") }
    memoryMiB = gib.map { Int(($0 * 1024).rounded()) }
    computeSlices = try row.required("compute_slices", row.integer("compute_slices"))
    memorySlices = try row.integer("memory_slices")
    maxInstances = try row.integer("max_instances")
    multiprocessors = try row.integer("multiprocessors")
    let size = memorySlices
    let starts = try row.integers("placements") ?? []
    guard starts.isEmpty || size != nil else {
      throw row.error("placements need the number of memory slices", at: "placements")
    }
    placements = starts.map { MIGPlacement(start: $0, size: size ?? 0) }
    source = try row.source(named: "\(try row.text("family") ?? "") \(name)")
  }
}
