public import EnvlockVersions

/// One build of a framework's release: the wheel of the default index, or of a named one.
public struct FrameworkBuild: Hashable, Sendable {
  /// How a build gets the CUDA libraries.
  public enum Linkage: String, Hashable, CaseIterable, Sendable {
    /// They lie in the wheel.
    case bundled
    /// The wheel requires NVIDIA's wheels one by one, by itself or in its extra `and-cuda`.
    case nvidiaWheels = "nvidia-wheels"
    /// The wheel requires the metapackage `cuda-toolkit`.
    case cudaToolkit = "cuda-toolkit"
    /// They are looked for at run time; the wheel neither carries nor requires them.
    case external
    /// It has no GPU code.
    case noCUDA = "none"
    /// The matrix does not say.
    case unknown
  }

  /// How the extra `and-cuda` names NVIDIA's wheels.
  public enum CUDAExtra: String, Hashable, Sendable {
    /// By exact versions.
    case exact
    /// By ranges, so that the CUDA at run time may be newer than the one it was built with.
    case range
  }

  /// The framework: "torch", "tensorflow", "tensorflow-cpu".
  public let project: ProjectName
  /// The release, without a local part.
  public let version: Version
  /// The system that it runs on.
  public let platform: Platform
  /// The local part of its version: "cu128" or "cpu"; nil for the wheel of the default index.
  public let variant: String?
  /// The index that serves it, by name; nil for the default index.
  public let indexName: String?
  /// The CUDA release that it was built with, without the patch; nil for a build for the CPU, and where that is
  /// unknown.
  public let cuda: CUDAVersion?
  /// The toolkit that it was built with, where the patch is known.
  public let toolkit: CUDAVersion?
  /// The cuDNN that it was built or tested with, as exact as is known.
  public let cudnn: Version?
  /// The NCCL that it was built with.
  public let nccl: Version?
  /// The compute capabilities that it has compiled code for, ascending; empty where it has none or they are
  /// unknown.
  public let kernels: [ComputeCapability]
  /// Compiled code for one architecture ("9.0a") or family ("10.0f") alone, which some of its operations have
  /// beside that of ``kernels``; it runs on no later architecture. Empty where there is none or it is unknown.
  public let specificKernels: [String]
  /// The compute capabilities that it has PTX for, ascending; nil where that is unknown.
  public let ptx: [ComputeCapability]?
  /// How it gets the CUDA libraries.
  public let linkage: Linkage
  /// How its extra `and-cuda` names NVIDIA's wheels; nil where it has no such extra.
  public let cudaExtra: CUDAExtra?
  /// The wheels that envlock adds, because the build looks for them and does not require them.
  public let adds: [Requirement]
  /// Why they are added, or why none can be; nil where there is nothing to say.
  public let addsReason: String?
  /// The Python tags that it has wheels for, "cp311" or "cp313t"; empty where they are unknown.
  public let pythonTags: [String]
  /// The lowest glibc that it runs with; nil where that is unknown.
  public let glibc: Version?
  /// The day of its upload, "2025-11-12"; nil where that is unknown.
  public let uploaded: String?
  /// Where this is from.
  public let source: MatrixSource

  /// Whether it is the wheel of the default index.
  public var isDefault: Bool { variant == nil }

  /// Whether the CUDA at run time is the one that it was built with.
  public var bringsExactCUDA: Bool { cuda != nil && cudaExtra != .range }

  /// Whether it has a wheel for a Python, as far as the matrix knows.
  public func hasWheel(for python: PythonVersion) -> Bool {
    pythonTags.isEmpty
      || pythonTags.contains("cp\(python.major)\(python.minor)\(python.freeThreaded ? "t" : "")")
  }
}

extension FrameworkBuild {
  /// The fields of a row, beside those of every row.
  private static let fields = [
    "package", "version", "arch", "variant", "cuda", "toolkit", "cudnn", "nccl", "kernels", "specific", "ptx",
    "linkage",
    "and_cuda", "tested", "adds", "index", "python", "glibc", "uploaded", "yanked",
  ]

  /// Reads a row of torch.json or tensorflow.json.
  ///
  /// - Parameters:
  ///   - row: the row.
  ///   - project: the framework, where the row has no field that names it.
  /// - Throws: `MatrixError` for a field that is missing, unknown or broken.
  init(_ row: MatrixRow, project: ProjectName) throws(MatrixError) {
    try row.allow(Self.fields)
    self.project = try row.parsed("package") { try ProjectName($0) } ?? project
    version = try row.required("version", row.version("version"))
    platform = try row.required("arch", row.parsed("arch") { try Platform($0) })
    variant = try row.text("variant")
    indexName = try row.text("index")
    guard (variant == nil) == (indexName == nil) else {
      throw row.error("a variant needs an index, and an index a variant", at: "index")
    }
    cuda = try row.cuda("cuda")
    toolkit = try row.cuda("toolkit")
    cudnn = try row.version("cudnn")
    nccl = try row.version("nccl")
    kernels = try row.capabilities("kernels") ?? []
    specificKernels = try row.texts("specific") ?? []
    ptx = try row.capabilities("ptx")
    linkage = try Self.linkage(row)
    guard linkage != .noCUDA || cuda == nil && kernels.isEmpty else {
      throw row.error("a build without GPU code has no CUDA and no kernels", at: "linkage")
    }
    cudaExtra = try row.parsed("and_cuda") { (text) throws(MalformedText) in
      guard let extra = CUDAExtra(rawValue: text) else {
        throw MalformedText(what: "kind of extra", text: text, reason: "expected exact or range")
      }
      return extra
    }
    let adds = try row.parsedList("adds") { try Requirement($0) }
    self.adds = adds ?? []
    addsReason = try Self.addsReason(row, adds, name: "\(self.project) \(version)")
    pythonTags = try row.texts("python") ?? []
    glibc = try row.version("glibc")
    uploaded = try row.text("uploaded")
    let name = [
      self.project == project ? nil : self.project.text, version.description, variant, platform.machine,
    ]
    source = try row.source(named: name.compactMap { $0 }.joined(separator: " "))
  }

  private static func linkage(_ row: MatrixRow) throws(MatrixError) -> Linkage {
    guard let text = try row.text("linkage") else { return .unknown }
    guard let linkage = Linkage(rawValue: text), linkage != .unknown else {
      throw row.error("expected bundled, nvidia-wheels, cuda-toolkit, external or none", at: "linkage")
    }
    return linkage
  }

  private static func addsReason(
    _ row: MatrixRow, _ adds: [Requirement]?, name: String
  ) throws(MatrixError) -> String? {
    guard let adds else { return nil }
    if adds.isEmpty { return try row.text("note") }
    let tested = try row.field("tested") { (value) throws(JSONDecodingError) in
      (cuda: try value.member("cuda").string(), cudnn: try value.member("cudnn").string())
    }
    guard let tested else { return "\(name) requires none of the CUDA wheels that it looks for" }
    return
      "\(name) was tested with CUDA \(tested.cuda) and cuDNN \(tested.cudnn), and requires no wheels for them"
  }
}
