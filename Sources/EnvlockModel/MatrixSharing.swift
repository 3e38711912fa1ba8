public import EnvlockVersions

/// A way to give a GPU to one or several users.
public enum SharingMode: String, CaseIterable, Hashable, Sendable {
  /// The whole GPU, to one.
  case passthrough
  /// Instances that the hardware keeps apart.
  case mig
  /// A virtual machine for each MIG instance.
  case migVGPU = "mig-vgpu"
  /// NVIDIA's Multi-Process Service.
  case mps
  /// Turns, by the driver.
  case timeSlicing = "time-slicing"
  /// Turns of virtual machines, each with part of the memory.
  case vgpu
}

/// How much of something there is, in words.
public enum SharingDegree: String, CaseIterable, Hashable, Comparable, Sendable {
  case none
  case veryLow = "very low"
  case low
  case medium
  case high
  case veryHigh = "very high"

  /// Orders by how much it is.
  public static func < (left: SharingDegree, right: SharingDegree) -> Bool {
    func rank(_ degree: SharingDegree) -> Int { allCases.firstIndex(of: degree) ?? 0 }
    return rank(left) < rank(right)
  }
}

/// What a way to share a GPU is like. Texts are words for people, without a trailing period.
public struct SharingModeRow: Hashable, Sendable {
  /// Which way.
  public let mode: SharingMode
  /// Its name in a sentence: "time slicing".
  public let title: String
  /// What is promised to be kept apart.
  public let isolation: GPUIsolation
  /// What is, in words.
  public let isolates: String
  /// Whether each user has a fixed part of the multiprocessors.
  public let hasFixedResources: Bool
  /// What is divided, in words.
  public let divides: String
  /// How many users there can be at once, in words.
  public let atOnce: String
  /// How well a user can tell how fast a program will be.
  public let predictability: SharingDegree
  /// What sharing costs by itself.
  public let overhead: SharingDegree
  /// When it can be divided otherwise, in words.
  public let reconfiguration: String
  /// Whether it needs a licence beyond the driver.
  public let isLicensed: Bool
  /// Which, in words.
  public let licence: String
  /// Which GPUs have it, in words.
  public let supported: String
  /// The lowest compute capability that has it; nil where any has, or where other tables say so.
  public let minCapability: ComputeCapability?
  /// How a pod asks for it, in words.
  public let kubernetes: String
  /// How a virtual machine gets it, in words; nil where none can.
  public let virtualMachine: String?
  /// What it is good for.
  public let suits: [String]
  /// Where this is from.
  public let source: MatrixSource
}

extension Matrix {
  private var sharingTable: SharingTable {
    sharingMemo.value { (try? SharingTable(document("sharing.json"))) ?? SharingTable() }
  }

  /// The ways to share a GPU, in the order of the file.
  public var sharingModes: [SharingModeRow] { sharingTable.modes }

  /// How many can share a GPU of a compute capability at most; nil where no limit is known.
  public func sharingLimit(_ mode: SharingMode, _ capability: ComputeCapability) -> Int? {
    sharingTable.limits.filter { $0.mode == mode && $0.minCapability <= capability }
      .max { $0.minCapability < $1.minCapability }?.atMost
  }

  /// Reads sharing.json, where there is one.
  ///
  /// - Throws: `MatrixError` for the first row that is broken.
  func checkSharing() throws(MatrixError) {
    guard fileNames.contains("sharing.json") else { return }
    let table = try SharingTable(document("sharing.json"))
    _ = sharingMemo.value { table }
  }
}

/// The rows of sharing.json.
struct SharingTable: Sendable {
  struct Limit: Sendable {
    let mode: SharingMode
    let minCapability: ComputeCapability
    let atMost: Int
  }

  let modes: [SharingModeRow]
  let limits: [Limit]

  init() { (modes, limits) = ([], []) }

  /// Reads the tables.
  ///
  /// - Throws: `MatrixError` for the first row that is broken.
  init(_ document: MatrixDocument) throws(MatrixError) {
    modes = try document.decoded("modes") { (row) throws(MatrixError) in try SharingModeRow(row) }
    limits = try document.decoded("limits") { (row) throws(MatrixError) in
      try row.allow(["name", "min_sm", "at_most"])
      return Limit(
        mode: try row.choice("name"), minCapability: try row.required("min_sm", row.capability("min_sm")),
        atMost: try row.required("at_most", row.integer("at_most")))
    }
  }
}

extension SharingModeRow {
  /// Reads a row of the modes in sharing.json.
  ///
  /// - Throws: `MatrixError` for a field that is missing, unknown or broken.
  fileprivate init(_ row: MatrixRow) throws(MatrixError) {
    try row.allow([
      "name", "title", "isolation", "isolates", "resources", "divides", "at_once", "predictability",
      "overhead",
      "reconfiguration", "licensed", "licence", "supported", "min_sm", "kubernetes", "vm", "suits",
    ])
    mode = try row.choice("name")
    title = try row.required("title", row.text("title"))
    isolation = try row.choice("isolation")
    isolates = try row.required("isolates", row.text("isolates"))
    hasFixedResources = try row.required("resources", row.text("resources")) == "fixed"
    divides = try row.required("divides", row.text("divides"))
    atOnce = try row.required("at_once", row.text("at_once"))
    predictability = try row.choice("predictability")
    overhead = try row.choice("overhead")
    reconfiguration = try row.required("reconfiguration", row.text("reconfiguration"))
    isLicensed = try row.required("licensed", row.bool("licensed"))
    licence = try row.required("licence", row.text("licence"))
    supported = try row.required("supported", row.text("supported"))
    minCapability = try row.capability("min_sm")
    kubernetes = try row.required("kubernetes", row.text("kubernetes"))
    virtualMachine = try row.text("vm")
    suits = try row.texts("suits") ?? []
    source = try row.source(named: mode.rawValue)
  }
}

extension MatrixRow {
  /// A field that has one of some words.
  ///
  /// - Throws: `MatrixError` where it is missing or has another.
  fileprivate func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String
  ) throws(MatrixError) -> Choice where Choice.RawValue == String {
    let text = try required(key, text(key))
    guard let choice = Choice(rawValue: text) else {
      let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw error("“\(text)” is none of \(known)", at: key)
    }
    return choice
  }
}
