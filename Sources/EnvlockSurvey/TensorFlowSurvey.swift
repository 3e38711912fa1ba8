import EnvlockModel
import EnvlockVersions

/// TensorFlow: `build_info.py` for CUDA, cuDNN and the GPU code, METADATA for the extra `and-cuda`; where `build_info.py`
/// no longer states the GPU code, the fat binaries of `libtensorflow_cc.so.2`.
enum TensorFlowSurvey {
  private static let infoFiles = [
    "tensorflow/python/platform/build_info.py", "tensorflow_core/python/platform/build_info.py",
  ]
  private static let library = "tensorflow/libtensorflow_cc.so.2"
  private static let extra = "and-cuda"

  static var files: [String] { infoFiles }

  /// What `build_info.py` states.
  private struct BuildInfo {
    var isCUDA: Bool?
    var cuda: Version?
    var cudnn: String?
    var list: ArchitectureList?

    init?(_ release: SurveyedRelease) {
      guard let bytes = infoFiles.lazy.compactMap({ release.files[$0] }).first else { return nil }
      let file = PythonFile(bytes)
      let table = file.value(of: "build_info")
      func value(_ name: String) -> PythonValue? { table?[name] ?? file.value(of: name) }
      isCUDA = value("is_cuda_build")?.bool
      // The release numbers had other names in 1.15.
      cuda = (value("cuda_version") ?? value("cuda_version_number"))?.text.flatMap { try? Version($0) }
      cudnn = (value("cudnn_version") ?? value("cudnn_version_number"))?.text
      let names = value("cuda_compute_capabilities")?.elements?.compactMap(\.text)
      list = names.flatMap { ArchitectureList(names: $0) }
    }
  }

  static func scan(of release: SurveyedRelease) -> Survey.Scan? {
    guard let info = BuildInfo(release), info.isCUDA == true, info.list == nil else { return nil }
    return .fatbins(paths: [library])
  }

  static func row(_ release: SurveyedRelease) -> SurveyedRow {
    let info = BuildInfo(release)
    let infoFile = "build_info.py"
    // A stub without libraries requires the build for the CPU by another name.
    let isStub = info == nil && release.requirement("tensorflow-cpu") != nil
    let isCUDA = isStub ? false : info?.isCUDA
    var draft = Draft(release)
    if isCUDA == true { draft.addCUDA(info) }
    let (kernels, ptx) = code(release, info, isCUDA)
    let hasExtra = release.metadata.providesExtra.contains { $0.text == extra }
    let offered = release.requirements(extra: extra)
    let linkage = isCUDA.map { $0 ? (hasExtra ? "nvidia-wheels" : "external") : "none" }
    let isExact = offered.allSatisfy { $0.pin != nil }
    var sources = [SurveyedRow.Source("wheel", "METADATA and build_info.py of the wheels of the release")]
    if isStub {
      sources = [.init("wheel-metadata", "METADATA of the wheels of the release")]
    } else if let fatbins = release.fatbins {
      sources.append(
        .init(
          "fatbin-\(release.version)",
          "\(fatbins.count) fatbin headers in libtensorflow_cc.so.2 of the wheel of tensorflow \(release.version)"
        ))
    }
    return SurveyedRow(
      table: "builds", identity: ["package", "version", "arch"],
      fields: [
        release.field("package", release.project, "file name"),
        release.field("version", release.version, "file name"),
        release.field("arch", release.platform?.machine, "file name"),
        draft.cuda, draft.toolkit, draft.cudnn, kernels, ptx,
        release.field("linkage", linkage, isStub ? "METADATA" : "\(infoFile) and METADATA"),
        hasExtra && !offered.isEmpty
          ? .init("and_cuda", .string(isExact ? "exact" : "range"), "METADATA") : nil,
        .init("python", release.pythonTags, "file names", .elements),
        release.field("glibc", release.glibcOfName, "file name"),
        release.uploaded.map { .init("uploaded", $0, "the index") },
        release.isYanked ? .init("yanked", true, "the index") : nil,
      ],
      sources: sources, derived: draft.derived,
      note: hasExtra && isCUDA == false ? "offers [and-cuda], but is a CPU build" : nil)
  }

  /// The fields about CUDA and cuDNN.
  private struct Draft {
    let release: SurveyedRelease
    var cuda: SurveyedRow.Field?
    var toolkit: SurveyedRow.Field?
    var cudnn: SurveyedRow.Field?
    var derived: [String] = []

    init(_ release: SurveyedRelease) { self.release = release }

    mutating func addCUDA(_ info: BuildInfo?) {
      let offered = release.requirements(extra: extra)
      func floor(_ prefix: String) -> String? {
        offered.first { $0.name.text.hasPrefix(prefix) }?.floor?.minor
      }
      if let version = info?.cuda {
        cuda = release.field("cuda", version.minor, "build_info.py")
        if version.release.count == 3 { toolkit = release.field("toolkit", version, "build_info.py") }
      } else if let minor = floor("nvidia-cuda-runtime-cu") {
        cuda = release.field("cuda", minor, "METADATA: the lowest nvidia-cuda-runtime")
        derived.append("cuda")
      }
      if let minor = floor("nvidia-cudnn-cu") {
        cudnn = .init("cudnn", .string(minor), "METADATA: the lowest nvidia-cudnn", .prefix)
        if info?.cudnn == nil { derived.append("cudnn") }
      } else if let text = info?.cudnn {
        cudnn = .init("cudnn", .string(text), "build_info.py", .prefix)
      }
    }
  }

  private static func code(
    _ release: SurveyedRelease, _ info: BuildInfo?, _ isCUDA: Bool?
  ) -> (SurveyedRow.Field?, SurveyedRow.Field?) {
    func fields(_ kernels: [Int], _ ptx: [Int], _ evidence: String) -> (
      SurveyedRow.Field?, SurveyedRow.Field?
    ) {
      (
        .init("kernels", Capabilities.json(kernels), evidence), .init("ptx", Capabilities.json(ptx), evidence)
      )
    }
    if isCUDA == false { return fields([], [], info == nil ? "METADATA" : "build_info.py") }
    if let list = info?.list { return fields(list.kernels, list.ptx, "build_info.py") }
    if let fatbins = release.fatbins, fatbins.count > 0 {
      return fields(fatbins.kernels, fatbins.ptx, "\(fatbins.count) fatbins in libtensorflow_cc.so.2")
    }
    return (nil, nil)
  }
}
