public import EnvlockModel
import EnvlockVersions

/// What a framework's build needs from the CUDA release down to the GPU, row by row, and whether a node has it.
public struct MatrixExplanation: Hashable, Sendable {
  /// The build.
  public let build: MatrixBuild
  /// The rows and conclusions, each resting on those before it. A conclusion has no source.
  public let steps: [Evidence]
  /// Whether and how it runs on the node; nil where no node was given.
  public let answer: BuildAnswer?
  /// Where the documentation says something else than the wheel holds.
  public let conflicts: [MatrixConflict]
}

/// A statement of the documentation that a wheel refutes. The wheel is right.
public struct MatrixConflict: Hashable, Sendable {
  /// What it is about, as the matrix names the field: "cuda", "python".
  public let field: String
  /// What is documented, in words.
  public let documented: String
  /// What the wheel holds, in words.
  public let found: String
  /// Anything else about it; nil where there is nothing.
  public let note: String?
  /// Where this is from.
  public let source: MatrixSource
}

extension Checker {
  /// What a build needs, and whether a node has it.
  ///
  /// - Parameters:
  ///   - build: the build.
  ///   - facts: the node; nil: only what the build needs in general.
  /// - Returns: the chain of rows from the build down to the GPU.
  public func explanation(of build: MatrixBuild, on facts: NodeFacts?) -> MatrixExplanation {
    var steps = [buildStep(build)]
    steps += libraries(build)
    if let cuda = build.cuda { steps += driverSteps(cuda) }
    let answer = facts.map { self.answer(build, on: $0) }
    if let facts, let answer, let cuda = build.cuda {
      steps += nodeDriver(facts, answer, cuda)
    }
    steps += kernels(build)
    if let facts, let answer { steps += nodeGPUs(facts, answer, build) }
    steps += cudnn(build)
    return MatrixExplanation(build: build, steps: steps, answer: answer, conflicts: conflicts(about: build))
  }

  // MARK: the build

  private func buildStep(_ build: MatrixBuild) -> Evidence {
    var text = "\(build.title) for \(build.platform)"
    text += build.indexName.map { ", from the index \($0)" } ?? ", from the default index"
    let weak = { (field: String) in build.source.confidence(of: field).map { " (\($0.rawValue))" } ?? "" }
    guard let cuda = build.row?.toolkit ?? build.cuda else {
      let isForCPU = build.row?.linkage == .noCUDA || build.jax != nil
      text += isForCPU ? ": without GPU code" : ": its CUDA is not known"
      return Evidence("build", text, source: build.source)
    }
    var parts = ["CUDA \(cuda)" + weak(build.row?.toolkit == nil ? "cuda" : "toolkit")]
    if let cudnn = build.cudnn { parts.append("cuDNN \(cudnn)" + weak("cudnn")) }
    if let nccl = build.nccl { parts.append("NCCL \(nccl)" + weak("nccl")) }
    text += build.isLowestCUDA ? ": runs with " : ": built with "
    text += parts.joined(separator: ", ") + (build.isLowestCUDA ? ", or newer ones" : "")
    return Evidence("build", text, source: build.source)
  }

  private func libraries(_ build: MatrixBuild) -> [Evidence] {
    let text: String
    if build.jax?.cudaMajor != nil {
      text = "the CUDA libraries come as NVIDIA's wheels, with lower bounds"
    } else if let row = build.row, let words = Self.libraries(row) {
      text = words
    } else {
      return []
    }
    return [Evidence("libraries", text, source: build.source)]
  }

  private static func libraries(_ build: FrameworkBuild) -> String? {
    switch build.linkage {
    case .bundled: return "the CUDA libraries lie in the wheel"
    case .nvidiaWheels, .cudaToolkit:
      let carrier = build.linkage == .cudaToolkit ? "the wheel cuda-toolkit" : "NVIDIA's wheels"
      switch build.cudaExtra {
      case nil: return "the CUDA libraries come as \(carrier), which the wheel requires"
      case .exact?: return "the CUDA libraries come as \(carrier), with the extra and-cuda"
      case .range?:
        return
          "the CUDA libraries come as \(carrier), with the extra and-cuda; they may be newer than the build's"
      }
    case .external:
      let added = build.adds.map { "\($0)" }.joined(separator: ", ")
      return "the CUDA libraries are looked for at run time"
        + (added.isEmpty ? "" : "; envlock adds \(added)")
    case .noCUDA, .unknown: return nil
    }
  }

  // MARK: the driver

  private func driverSteps(_ cuda: CUDAVersion) -> [Evidence] {
    let need = matrix.driverNeeded(for: cuda)
    var steps: [Evidence] = []
    if let full = need.full {
      steps.append(
        Evidence("driver", "CUDA \(cuda) has full support from driver \(full) on", source: need.source))
    } else {
      steps.append(Evidence("driver", "CUDA \(cuda) is newer than the compatibility data"))
    }
    if let minor = need.minorCompatibility {
      let limit = need.full.map { "; below \($0) its PTX cannot be compiled" } ?? ""
      steps.append(
        Evidence(
          "minor version", "programs of CUDA \(cuda.major) run from driver \(minor) on\(limit)",
          source: need.minorSource))
    }
    if let row = matrix.forwardCompatibility(for: cuda), !row.over.isEmpty {
      let branches = row.over.map(String.init).joined(separator: ", ")
      let gpus =
        row.gpuKinds.isEmpty ? "" : ", on GPUs of these kinds: \(row.gpuKinds.joined(separator: ", "))"
      steps.append(
        Evidence(
          "forward", "\(row.package) lets it run over driver branches \(branches)\(gpus)", source: row.source)
      )
    }
    return steps
  }

  private func nodeDriver(_ facts: NodeFacts, _ answer: BuildAnswer, _ cuda: CUDAVersion) -> [Evidence] {
    guard let driver = facts.driver else { return [] }
    var steps: [Evidence] = []
    if let branch = matrix.driverBranch(driver.branch) {
      var text = "driver \(driver) is of branch \(branch.branch)"
      if let kind = branch.kind { text += " (\(kind))" }
      if let known = branch.cudaMax { text += ", which knows CUDA up to \(known)" }
      if let end = branch.endOfLife { text += "; end of life \(end)" }
      steps.append(Evidence("node", text, source: branch.source))
    } else {
      steps.append(Evidence("node", "driver \(driver) is of a branch that the compatibility data lack"))
    }
    let text: String
    switch answer.report.compatibility {
    case .full?: text = "driver \(driver) fully supports CUDA \(cuda)"
    case .minorVersion?: text = "driver \(driver) runs CUDA \(cuda) by minor-version compatibility"
    case .forward?:
      let package = answer.package ?? "the forward-compatibility package"
      text = "driver \(driver) runs CUDA \(cuda) with \(package) in the image"
    case nil: text = "driver \(driver) does not run CUDA \(cuda)"
    }
    return steps + [Evidence("so", text)]
  }

  // MARK: the GPU

  private func kernels(_ build: MatrixBuild) -> [Evidence] {
    guard build.cuda != nil else { return [] }
    if build.compilesOnNode {
      return [Evidence("kernels", "it compiles its kernels on the node", source: build.source)]
    }
    guard !build.kernels.isEmpty || build.ptx?.isEmpty == false else {
      return [
        Evidence("kernels", "which compute capabilities it has code for is not known", source: build.source)
      ]
    }
    let weak = build.source.confidence(of: "kernels").map { " (\($0.rawValue))" } ?? ""
    let compiled =
      build.kernels.isEmpty
      ? "no compiled code" : "compiled for \(build.kernels.map(\.description).joined(separator: " "))"
    let ptx: String
    switch build.ptx {
    case nil: ptx = "PTX not known"
    case let list? where list.isEmpty: ptx = "no PTX"
    case let list?: ptx = "PTX for \(list.map(\.description).joined(separator: " "))"
    }
    return [Evidence("kernels", "\(compiled)\(weak); \(ptx)", source: build.source)]
  }

  private func nodeGPUs(_ facts: NodeFacts, _ answer: BuildAnswer, _ build: MatrixBuild) -> [Evidence] {
    var steps: [Evidence] = []
    for (gpu, code) in zip(facts.gpus, answer.code) {
      let models = gpu.product.map { matrix.gpus(matching: $0) } ?? []
      let name = gpu.product ?? gpu.capability.map { "compute capability \($0)" } ?? "the GPU"
      if let model = models.first, let capability = capability(of: gpu) {
        var text = "\(gpu.product ?? model.name) has compute capability \(capability) (\(model.architecture))"
        if let first = model.firstBranch { text += ", driven from branch \(first) on" }
        if let last = model.lastBranch {
          text += model.firstBranch == nil ? ", driven up to branch \(last)" : " up to \(last)"
        }
        steps.append(Evidence("GPU", text, source: model.source))
      } else if let product = gpu.product, let ambiguity = ambiguity(of: product) {
        steps.append(Evidence("GPU", "\(product) stands for \(ambiguity.words)"))
      }
      guard build.cuda != nil else { continue }
      switch code {
      case .compiled(let kernel): steps.append(Evidence("so", "\(name) runs the code compiled for \(kernel)"))
      case .ptx(let ptx):
        steps.append(
          Evidence("so", "\(name) runs PTX for \(ptx), which the driver compiles at the first start"))
      case .compiledThere: steps.append(Evidence("so", "its kernels are compiled for \(name) when it runs"))
      case .none: steps.append(Evidence("so", "nothing in it runs on \(name)"))
      case .unknown: break
      }
    }
    return steps
  }

  private func cudnn(_ build: MatrixBuild) -> [Evidence] {
    guard let cudnn = build.cudnn, let cuda = build.cuda, let need = matrix.cudnnNeed(cudnn, cuda: cuda)
    else {
      return []
    }
    var parts: [String] = []
    if let driver = need.driver { parts.append("driver \(driver) or newer") }
    switch (need.minCapability, need.maxCapability) {
    case (let low?, let high?): parts.append("compute capability \(low) to \(high)")
    case (let low?, nil): parts.append("compute capability \(low) or higher")
    case (nil, let high?): parts.append("compute capability \(high) or lower")
    case (nil, nil): break
    }
    guard !parts.isEmpty else { return [] }
    let weak = ["drivers", "sm_min", "sm_max"].compactMap { need.source.confidence(of: $0) }.first
    let mark = weak.map { " (\($0.rawValue))" } ?? ""
    return [
      Evidence(
        "cuDNN", "cuDNN \(cudnn) needs \(parts.joined(separator: " and "))\(mark)", source: need.source)
    ]
  }
}

extension GPUAmbiguity {
  /// "RTX 5000 Ada (8.9) and Quadro RTX 5000 (7.5)".
  package var words: String {
    let parts = models.map { "\($0.names.joined(separator: ", ")) (compute capability \($0.capability))" }
    guard let last = parts.last, parts.count > 1 else { return parts.first ?? "" }
    return parts.dropLast().joined(separator: ", ") + " and " + last
  }
}

// MARK: conflicts

extension Checker {
  /// What the matrix records as documented otherwise about a release.
  func conflicts(about build: MatrixBuild) -> [MatrixConflict] {
    let file = build.source.file
    return matrix.rows(file: file, table: "conflicts").compactMap { row in
      let fields = row.fields
      let project = fields["package"]?.stringValue
      guard project == nil || project == build.project.text else { return nil }
      if let arch = fields["arch"]?.stringValue, arch != build.platform.machine { return nil }
      let versions = fields["versions"]?.arrayValue?.compactMap(\.stringValue) ?? []
      guard versions.contains(where: { Self.names($0, build.version) }) else { return nil }
      return MatrixConflict(
        field: fields["field"]?.stringValue ?? "", documented: fields["documented"]?.words ?? "",
        found: fields["found"]?.words ?? "", note: fields["note"]?.stringValue, source: row.source)
    }
  }

  /// Whether "2.9.1", "1.0.0 to 2.6.0" or "any" names a release.
  private static func names(_ text: String, _ version: Version) -> Bool {
    if text == "any" { return true }
    guard let to = text.firstRange(of: " to ") else { return (try? Version(text)) == version }
    guard let first = try? Version(text[..<to.lowerBound]), let last = try? Version(text[to.upperBound...])
    else {
      return false
    }
    return first <= version && version <= last
  }
}

extension JSONValue {
  /// A value as a person would write it: "11.6, 11.7", "stable 11.8, experimental 12.1".
  package var words: String {
    switch self {
    case .null: "nothing"
    case .bool(let flag): flag ? "yes" : "no"
    case .integer(let number): String(number)
    case .number(let number): "\(number)"
    case .string(let text): text
    case .array(let elements): elements.isEmpty ? "none" : elements.map(\.words).joined(separator: ", ")
    case .object(let object):
      object.members.map { "\($0.key) \($0.value.words)" }.joined(separator: ", ")
    }
  }
}
