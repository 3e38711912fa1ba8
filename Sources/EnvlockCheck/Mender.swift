import EnvlockModel
import EnvlockVersions

/// Looks for what would mend a finding. Nothing is offered that a check of its own does not show to work.
///
/// It remembers trials, because several findings are mended by the same things.
final class Mender {
  let examination: Examination
  /// What the examination said.
  let drafts: [Draft]
  private let errors: Set<Draft.Key>
  private let cache: BuildCache
  private var trials: [Version: [(build: FrameworkBuild, trial: [Draft])]] = [:]
  private lazy var fittingGPUs = runs(of: knownCapabilities)

  init(_ examination: Examination, _ drafts: [Draft], _ cache: BuildCache) {
    self.cache = cache
    self.examination = examination
    self.drafts = drafts
    errors = Self.errors(drafts)
  }

  /// Everything that would mend a finding, the easiest first.
  func mends(for draft: Draft) -> [Mend] {
    var mends = draft.mends
    for remedy in draft.remedies {
      switch remedy {
      case .build: mends += buildMends(draft)
      case .forwardCompatibility: mends += forwardMends(draft)
      case .otherGPU: mends += otherGPUMends(draft)
      case .driver: mends += driverMends(draft)
      case .gpu: mends += gpuMends(draft)
      }
    }
    return mends
  }

  private var matrix: Matrix { examination.matrix }
  private var subject: Subject { examination.subject }
  private var facts: NodeFacts { examination.node.facts }

  // MARK: Trials

  /// What the rules would say of another stack, node or image.
  private func trial(
    subject: Subject? = nil, node: NodeView? = nil, hasForwardCompatibility: Bool? = nil
  ) -> [Draft] {
    var options = examination.options
    if let hasForwardCompatibility { options.hasForwardCompatibility = hasForwardCompatibility }
    return Examination(
      matrix: matrix, options: options, subject: subject ?? self.subject, node: node ?? examination.node,
      intent: examination.intent
    ).drafts
  }

  private static func errors(_ drafts: [Draft]) -> Set<Draft.Key> {
    Set(drafts.filter { $0.severity == .error }.map(\.key))
  }

  /// Whether a trial is without a finding and brings no new error.
  private func mends(_ draft: Draft, _ trial: [Draft]) -> Bool {
    !trial.contains { $0.key == draft.key && $0.severity >= draft.severity }
      && Self.errors(trial).isSubset(of: errors)
  }

  // MARK: The driver

  /// The rules that another driver can break.
  private static let driverRules: Set<Rule> = [
    .driverTooOld, .forwardCompatibility, .ptxTooNew, .gpuNotDriven, .cudnnDriver,
  ]

  private func driverMends(_ draft: Draft) -> [Mend] {
    let isDropped = draft.rule == .gpuNotDriven
    for candidate in driverCandidates(draft) {
      // A downgrade helps only a GPU that was dropped.
      if let driver = facts.driver, candidate <= driver, !isDropped { continue }
      guard suits(candidate, draft) else { continue }
      return [.driver(atLeast: candidate, below: end(from: candidate))]
    }
    return []
  }

  /// Every driver at which something begins to work, ascending.
  private func driverCandidates(_ draft: Draft) -> [DriverVersion] {
    var candidates: [DriverVersion] = []
    if draft.rule == .driverEndOfLife {
      let today = examination.options.today ?? ""
      for branch in matrix.driverBranches where branch.kind == "lts" || branch.kind == "production" {
        guard let end = branch.endOfLife, !Examination.isPast(end, today) else { continue }
        candidates += Self.version(branch.branch)
      }
      return candidates.sorted()
    }
    let needs = [subject.cuda] + subject.frameworks.map(\.cuda)
    for need in needs.compactMap({ $0 }) { candidates += [need.minor, need.full].compactMap { $0 } }
    if let floor = subject.cudnn?.need.driver { candidates.append(floor) }
    for variant in examination.node.gpus.flatMap(\.variants) {
      candidates += (variant.firstBranch.map(Self.version) ?? [])
    }
    return Set(candidates).sorted()
  }

  private static func version(_ branch: Int) -> [DriverVersion] {
    (try? DriverVersion(String(branch))).map { [$0] } ?? []
  }

  private func suits(_ driver: DriverVersion, _ draft: Draft) -> Bool {
    let trial = trial(node: examination.node.with(driver, matrix))
    return mends(draft, trial)
      && !trial.contains { $0.severity == .error && Self.driverRules.contains($0.rule) }
  }

  /// The first branch after a driver that does not do any more. What a branch dropped does not come back.
  private func end(from driver: DriverVersion) -> DriverVersion? {
    let later = matrix.driverBranches.filter { $0.branch > driver.branch }
    guard let newest = later.first, isDropped(newest) else { return nil }
    return later.last(where: isDropped).flatMap { Self.version($0.branch).first }
  }

  private func isDropped(_ branch: DriverBranchRow) -> Bool {
    guard let version = Self.version(branch.branch).first else { return false }
    let node = examination.node.with(version, matrix)
    return trial(node: node).contains { $0.rule == .gpuNotDriven && $0.severity == .error }
  }

  // MARK: Forward compatibility

  private func forwardMends(_ draft: Draft) -> [Mend] {
    guard !examination.options.hasForwardCompatibility, let row = subject.cuda?.forward else { return [] }
    let trial = trial(hasForwardCompatibility: true)
    let isSure = trial.contains { $0.rule == .forwardCompatibility && $0.severity == .note }
    guard isSure, mends(draft, trial) else { return [] }
    return [.forwardCompatibility(package: row.package)]
  }

  // MARK: Another GPU

  private func otherGPUMends(_ draft: Draft) -> [Mend] {
    guard let gpu = draft.gpu else { return [] }
    let good = examination.node.gpus.filter { other in
      other.place != gpu && !drafts.contains { $0.gpu == other.place && $0.severity == .error }
    }
    guard let other = good.first else { return [] }
    return [.other("use only the \(other.name) of this node, by CUDA_VISIBLE_DEVICES or a device request")]
  }

  /// The rules that another GPU can break.
  private static let gpuRules: Set<Rule> = [
    .noKernel, .ptxTooNew, .toolkitDroppedGPU, .gpuNotDriven, .cudnnGPU, .forwardCompatibility,
  ]

  private func gpuMends(_ draft: Draft) -> [Mend] {
    fittingGPUs.isEmpty ? [] : [.gpu(fittingGPUs)]
  }

  /// The compute capabilities of all models but Jetson's, which have drivers and wheels of their own.
  private var knownCapabilities: [ComputeCapability] {
    Set(matrix.gpus.filter { $0.kind != "jetson" }.map(\.capability)).sorted()
  }

  /// Those that fit, as runs of neighbours: "7.5 to 9.0, 12.0".
  private func runs(of known: [ComputeCapability]) -> String {
    var runs: [(first: ComputeCapability, last: ComputeCapability)] = []
    var isOpen = false
    for capability in known {
      let fits = doesFit(capability)
      if fits, isOpen, let run = runs.popLast() {
        runs.append((run.first, capability))
      } else if fits {
        runs.append((capability, capability))
      }
      isOpen = fits
    }
    return runs.map { $0.first == $0.last ? "\($0.first)" : "\($0.first) to \($0.last)" }.joined(
      separator: ", ")
  }

  private func doesFit(_ capability: ComputeCapability) -> Bool {
    let node = examination.node.with(GPUFacts(capability: capability), matrix)
    return !trial(node: node).contains { draft in
      draft.rule == .noKernel || draft.severity > .note && draft.rule == .gpuNotDriven
        || draft.severity == .error && Self.gpuRules.contains(draft.rule)
    }
  }

  // MARK: Another build

  /// The rules that another build can break.
  private static let buildRules: Set<Rule> = [
    .driverTooOld, .forwardCompatibility, .noKernel, .ptxTooNew, .toolkitDroppedGPU, .cudnnDriver, .cudnnGPU,
    .cpuBuild,
  ]

  private func buildMends(_ draft: Draft) -> [Mend] {
    // Of several frameworks, another build of one may not go with the others; only a solve can say.
    guard let framework = subject.frameworks.first, subject.frameworks.count == 1 else { return [] }
    let project = framework.stratum.name
    let version = framework.stratum.version.publicVersion
    if let build = fitting(project, version, draft) { return [mend(build)] }
    for release in matrix.releases(of: project) where release != version && !release.isPrerelease {
      if let build = fitting(project, release, draft) { return [mend(build)] }
    }
    return []
  }

  /// The build of a release for the newest CUDA that does.
  private func fitting(_ project: ProjectName, _ version: Version, _ draft: Draft) -> FrameworkBuild? {
    trials(project, version).first { _, trial in
      mends(draft, trial)
        && !trial.contains { other in
          other.severity > .note && other.rule == .noKernel
            || other.severity == .error && Self.buildRules.contains(other.rule)
        }
    }?.build
  }

  private func trials(_ project: ProjectName, _ version: Version) -> [(build: FrameworkBuild, trial: [Draft])]
  {
    if let known = trials[version] { return known }
    var result: [(build: FrameworkBuild, trial: [Draft])] = []
    for entry in cache.builds(project, version, subject.stack.platform, matrix: matrix) {
      if let own = subject.cuda, entry.build.cuda == own.cuda || !isPromising(entry.subject) { continue }
      // Its image need not carry the package.
      result.append((entry.build, trial(subject: entry.subject, hasForwardCompatibility: false)))
    }
    trials[version] = result
    return result
  }

  /// Whether a trial of a build is worth its while: most fail by the driver or the kernels, which is quickly seen.
  private func isPromising(_ subject: Subject) -> Bool {
    let node = examination.node
    if let driver = facts.driver, let lowest = subject.cuda?.lowest, driver < lowest { return false }
    return subject.frameworks.allSatisfy { framework in
      node.gpus.allSatisfy { gpu in
        gpu.variants.isEmpty
          || gpu.variants.contains {
            GPUCode.use(by: $0.capability, kernels: framework.kernels, ptx: framework.ptx) != .none
          }
      }
    }
  }

  private func mend(_ build: FrameworkBuild) -> Mend {
    let extra = build.cudaExtra == nil ? "" : "[and-cuda]"
    var arguments = ["\(build.project)\(extra)==\(build.version)"]
    let cuda = build.cuda.map { "\($0.major).\($0.minor)" } ?? ""
    if !build.isDefault { arguments += ["--cuda", cuda] }
    return .build(title: "\(build.project) \(build.version) with CUDA \(cuda)", arguments: arguments)
  }
}
