public import EnvlockModel
public import EnvlockVersions

/// What a framework's wheels are asked, and how their answers become rows of the matrix.
public enum Survey: String, CaseIterable, Sendable {
  /// PyTorch.
  case torch
  /// TensorFlow.
  case tensorflow
  /// JAX with its plugins.
  case jax

  /// The file of the matrix: "torch.json".
  public var file: String { "\(rawValue).json" }

  /// The project whose releases are looked at first.
  public var project: ProjectName { projects[0] }

  /// All projects whose wheels are read, the framework first.
  public var projects: [ProjectName] {
    switch self {
    case .torch: ProjectName.list("torch")
    case .tensorflow: ProjectName.list("tensorflow", "tensorflow-cpu")
    case .jax: ProjectName.list("jax", "jaxlib", "jax-cuda12-plugin", "jax-cuda13-plugin")
    }
  }

  /// Which wheels of a project share a row.
  public func systems(of project: ProjectName) -> [SurveyedSystem] {
    switch (self, project.text) {
    case (.jax, "jax"): [.any]
    case (.jax, _): [.linux]
    default: Platform.allCases.map { .only($0) }
    }
  }

  /// The table in which a release of a project has its rows, and the fields that all of these rows share.
  public func rows(of project: ProjectName, _ version: Version, in document: JSONValue) -> [JSONObject] {
    let table: String
    switch (self, project.text) {
    case (.jax, "jax"): table = "releases"
    case (.jax, "jaxlib"): table = "jaxlib"
    case (.jax, _): table = "plugins"
    default: table = "builds"
    }
    return (document[table]?.arrayValue ?? []).compactMap(\.objectValue).filter { row in
      guard let text = row["version"]?.stringValue, let known = try? Version(text), known == version else {
        return false
      }
      if let package = row["package"]?.stringValue { return package == project.text }
      if let major = row["cuda_major"]?.integerValue { return project.text == "jax-cuda\(major)-plugin" }
      return true
    }
  }

  /// The small files of a wheel that are read, where it has them.
  public func files(of release: SurveyedRelease) -> [String] {
    switch self {
    case .torch: TorchSurvey.files(of: release)
    case .tensorflow: TensorFlowSurvey.files
    case .jax: []
    }
  }

  /// A library that is looked through.
  public enum Scan: Hashable, Sendable {
    /// For the architecture list that PyTorch compiles in.
    case architectures(path: String)
    /// For fat binaries; all of these together.
    case fatbins(paths: [String])

    /// The libraries.
    public var paths: [String] {
      switch self {
      case .architectures(let path): [path]
      case .fatbins(let paths): paths
      }
    }
  }

  /// Whether more than METADATA is read of a project's wheels.
  public func looksInto(_ project: ProjectName) -> Bool {
    self != .jax || project.text.hasSuffix("-plugin")
  }

  /// The library that is looked through, once the small files are known.
  ///
  /// - Parameters:
  ///   - release: with its small files.
  ///   - paths: what the wheel holds.
  /// - Returns: nil where the small files say it all.
  public func scan(of release: SurveyedRelease, paths: [String]) -> Scan? {
    switch self {
    case .torch: TorchSurvey.scan(of: release)
    case .tensorflow: TensorFlowSurvey.scan(of: release)
    case .jax: JAXSurvey.scan(of: release, paths: paths)
    }
  }

  /// The rows that a release says.
  ///
  /// - Parameters:
  ///   - release: with everything that was read.
  ///   - matrix: says which named indexes there are.
  /// - Returns: each once; none where the wheels do not say enough for one.
  public func rows(_ release: SurveyedRelease, matrix: Matrix) -> [SurveyedRow] {
    switch self {
    case .torch: TorchSurvey.rows(release, matrix: matrix)
    case .tensorflow: [TensorFlowSurvey.row(release)]
    case .jax: JAXSurvey.rows(release, document: matrix.bytes(of: file))
    }
  }

  /// What a release's fat binaries hold and the matrix has no field for, in a sentence; nil where there is nothing to
  /// tell.
  public func finding(_ release: SurveyedRelease) -> String? {
    guard let fatbins = release.fatbins else { return nil }
    func names(_ numbers: [Int]) -> String {
      numbers.compactMap { try? ComputeCapability(architecture: $0).description }.joined(separator: " ")
    }
    let subject =
      "\(release.project) \(release.version)" + (release.system.platform.map { " \($0.machine)" } ?? "")
    guard fatbins.count > 0 else { return "\(subject) has no fat binaries" }
    var parts = ["kernels \(fatbins.kernels.isEmpty ? "none" : names(fatbins.kernels))"]
    parts.append("PTX \(fatbins.ptx.isEmpty ? "none" : names(fatbins.ptx))")
    let rare = [
      fatbins.rareKernels.isEmpty ? nil : "kernels \(names(fatbins.rareKernels))",
      fatbins.rarePTX.isEmpty ? nil : "PTX \(names(fatbins.rarePTX))",
    ].compactMap { $0 }.joined(separator: ", ")
    let more = rare.isEmpty ? "" : "; fewer than half of them also hold \(rare)"
    return
      "\(subject): \(parts.joined(separator: ", ")), in \(fatbins.count) \(fatbins.count == 1 ? "fat binary" : "fat binaries")\(more)"
  }

  /// The order of a file's rows: whether the first comes before the second.
  func precedes(_ left: JSONObject, _ right: JSONObject) -> Bool { RowOrder(left) < RowOrder(right) }
}

extension ProjectName {
  fileprivate static func list(_ names: String...) -> [ProjectName] {
    names.compactMap { try? ProjectName($0) }
  }
}

/// Where a row stands: newest release first; of one the framework before its variants, x86_64 before aarch64, the default
/// index before the named ones from the newest CUDA down.
private struct RowOrder: Comparable {
  private let version: Version?
  private let ranks: [Int]
  private let name: String
  /// 0.7.2 of the row that is called cuda13-0.7.2.
  private let namedVersion: Version?

  init(_ row: JSONObject) {
    version = row["version"]?.stringValue.flatMap { try? Version($0) }
    let packages = ["tensorflow", "tensorflow-gpu", "tensorflow-cpu", "tensorflow-cpu-aws"]
    let package = row["package"]?.stringValue.flatMap { packages.firstIndex(of: $0) } ?? 0
    let arch = row["arch"]?.stringValue == "aarch64" ? 1 : 0
    let cuda = row["cuda_major"]?.integerValue ?? 0
    // Extras of JAX ascend, plugins descend, as people look for them.
    let major = row["extra"] == nil ? -cuda : cuda
    var variant = -1000
    if let text = row["variant"]?.stringValue {
      variant =
        text == "cpu"
        ? 0
        : -(Int(
          text.utf8.filter { (0x30...0x39).contains($0) }.reduce(0) {
            $0 * 10 + Int($1 & 0xF)
          }))
    }
    ranks = [package, arch, major, variant]
    name = row["extra"]?.stringValue ?? ""
    namedVersion = row["name"]?.stringValue?.split(separator: "-").last.flatMap { try? Version($0) }
  }

  static func < (left: RowOrder, right: RowOrder) -> Bool {
    if let one = left.version, let other = right.version, one != other { return one > other }
    if left.ranks != right.ranks { return left.ranks.lexicographicallyPrecedes(right.ranks) }
    if let one = left.namedVersion, let other = right.namedVersion, one != other { return one > other }
    return left.name < right.name
  }
}
