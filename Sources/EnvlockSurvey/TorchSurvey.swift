import EnvlockModel
import EnvlockVersions

/// PyTorch: `torch/version.py` for the CUDA release, METADATA for cuDNN and NCCL, the architecture list in
/// `libtorch_python.so` for the GPU code, and `PYTORCH_RELEASES_CODE_CC` for what the builds of the other indexes hold.
enum TorchSurvey {
  private static let versionFile = "torch/version.py"
  private static let cudaFile = "torch/cuda/__init__.py"
  private static let library = "torch/lib/libtorch_python.so"
  private static let needFiles = [
    "torch/lib/libc10.so", "torch/lib/libc10_cuda.so", "torch/lib/libtorch_global_deps.so",
    "torch/lib/libshm.so",
  ]
  /// Until manylinux_2_28 the wheels' names asked for an older glibc than their libraries.
  private static let trustedGlibc = Version(release: [2, 28])

  static func files(of release: SurveyedRelease) -> [String] {
    let tag = release.glibcOfName ?? trustedGlibc
    return [versionFile, cudaFile] + (tag < trustedGlibc ? needFiles : [])
  }

  static func scan(of release: SurveyedRelease) -> Survey.Scan? {
    cuda(release) == nil ? nil : .architectures(path: library)
  }

  private static func cuda(_ release: SurveyedRelease) -> CUDAVersion? {
    release.files[versionFile].flatMap { PythonFile($0).value(of: "cuda")?.text }.flatMap {
      try? CUDAVersion($0)
    }
  }

  static func rows(_ release: SurveyedRelease, matrix: Matrix) -> [SurveyedRow] {
    guard let platform = release.platform else { return [] }
    return [own(release, platform)] + others(release, platform, matrix)
  }

  private static func own(_ release: SurveyedRelease, _ platform: Platform) -> SurveyedRow {
    let cuda = cuda(release)
    let toolkit = release.requirement("cuda-toolkit")
    let metadata = "METADATA"
    let linkage =
      cuda == nil
      ? "none"
      : toolkit != nil
        ? "cuda-toolkit" : release.requirement("nvidia-") != nil ? "nvidia-wheels" : "bundled"
    let (kernels, ptx) = code(release)
    let sources: [SurveyedRow.Source] =
      cuda == nil
      ? [.init("wheel-metadata", "METADATA and version.py of the wheels of the release")]
      : [
        .init(
          "wheel",
          "METADATA, version.py and the architecture list in libtorch_python.so of the wheels of the release")
      ]
    return SurveyedRow(
      table: "builds", identity: ["version", "arch", "variant"],
      fields: [
        release.field("version", release.version, "file name"),
        release.field("arch", platform.machine, "file name"),
        cuda.map { .init("cuda", .string("\($0.major).\($0.minor)"), versionFile) },
        release.field("toolkit", toolkit?.pin, metadata),
        release.field("cudnn", cuda == nil ? nil : release.requirement("nvidia-cudnn-cu")?.pin, metadata),
        release.field("nccl", cuda == nil ? nil : release.requirement("nvidia-nccl-cu")?.pin, metadata),
        kernels, ptx,
        .init("linkage", .string(linkage), "\(versionFile) and METADATA"),
        .init("python", release.pythonTags, "file names", .elements),
        glibc(release),
        release.uploaded.map { .init("uploaded", $0, "the index") },
      ],
      sources: sources)
  }

  private static func code(_ release: SurveyedRelease) -> (SurveyedRow.Field?, SurveyedRow.Field?) {
    guard cuda(release) != nil else {
      guard release.files[versionFile] != nil else { return (nil, nil) }
      return (.init("kernels", [], versionFile), .init("ptx", [], versionFile))
    }
    // Several lists in one library would have to be told apart by somebody.
    guard let lists = release.lists, lists.count == 1, let list = lists.first else { return (nil, nil) }
    return (
      .init("kernels", Capabilities.json(list.kernels), library),
      .init("ptx", Capabilities.json(list.ptx), library)
    )
  }

  private static func glibc(_ release: SurveyedRelease) -> SurveyedRow.Field? {
    guard let named = release.glibcOfName else { return nil }
    let needed = needFiles.compactMap { release.files[$0].flatMap { GlibcNeed.newest(in: $0) } }.max()
    guard let needed, needed > named else { return release.field("glibc", named, "file name") }
    // Its large libraries may need more.
    return .init("glibc", .string(needed.description), "symbol versions of small files in torch/lib", .floor)
  }

  /// What the table in the wheel says of the builds of the other indexes, which are not looked at.
  private static func others(
    _ release: SurveyedRelease, _ platform: Platform, _ matrix: Matrix
  ) -> [SurveyedRow] {
    let table = release.files[cudaFile].flatMap { PythonFile($0).value(of: "PYTORCH_RELEASES_CODE_CC") }
    let key = "code-cc-\(release.version)"
    let text = "torch.cuda.PYTORCH_RELEASES_CODE_CC in the wheel of torch \(release.version)"
    return (table?.pairs ?? []).compactMap { pair in
      // Until 2.12 the table throws all processors together, and says too much of each.
      guard let cuda = pair.key.text.flatMap({ try? CUDAVersion($0) }),
        let numbers = pair.value[platform.machine]?.elements,
        let index = matrix.indexes.first(where: { $0.cuda == cuda })
      else { return nil }
      let kernels = numbers.compactMap(\.integer).sorted()
      return SurveyedRow(
        table: "builds", identity: ["version", "arch", "variant"],
        fields: [
          release.field("version", release.version, "file name"),
          release.field("arch", platform.machine, "file name"),
          release.field("variant", index.variant, "PYTORCH_RELEASES_CODE_CC"),
          release.field("cuda", cuda, "PYTORCH_RELEASES_CODE_CC"),
          .init("kernels", Capabilities.json(kernels), "PYTORCH_RELEASES_CODE_CC"),
          release.field("index", index.name, "matrices/indexes.json"),
        ],
        sources: [.init(key, text)], derived: ["variant"], isHearsay: true)
    }
  }
}

/// Compute capabilities in the form of the matrix.
enum Capabilities {
  /// ["9.0", "10.0"] of 90 and 100.
  static func json(_ architectures: [Int]) -> JSONValue {
    .array(
      architectures.compactMap { try? ComputeCapability(architecture: $0) }.map { .string($0.description) })
  }
}
