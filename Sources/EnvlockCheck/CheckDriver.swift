import EnvlockModel
import EnvlockVersions

/// The driver and CUDA: exact minimum, minor-version compatibility, forward compatibility; the branch's age.
extension Examination {
  func driverDrafts(_ need: CUDANeed, _ outcome: DriverOutcome) -> [Draft] {
    if let forward = outcome.forward { return forwardDrafts(need, outcome.relation, forward) }
    switch outcome.relation {
    case .full: return idlePackageDrafts(need)
    case .minor: return [minorDraft(need)]
    case .tooOld: return [tooOldDraft(need)]
    case .unknown:
      guard node.facts.driver != nil else { return [] }
      return [
        Draft(
          .newerThanMatrix, .warning,
          "which driver CUDA \(need.cuda) needs is not in the matrix, so it could not be checked")
      ]
    }
  }

  // MARK: What the driver runs

  private func minorDraft(_ need: CUDANeed) -> Draft {
    let limit = need.full.map { "features that need driver \($0)" } ?? "features of a newer driver"
    var evidence = floorEvidence(need)
    evidence.append(
      Evidence(
        "limit", "PTX of CUDA \(need.cuda) cannot be compiled here, and \(limit) fail",
        source: need.minorSource))
    return Draft(
      .minorVersion, .note, "CUDA \(need.cuda) runs on \(driverText) by minor-version compatibility only",
      evidence: evidence, remedies: [.driver])
  }

  private func tooOldDraft(_ need: CUDANeed) -> Draft {
    let floor = need.lowest.map { "needs driver \($0) or newer" } ?? "needs a newer driver"
    let confidence = need.minor == nil ? need.fullConfidence : need.minorSource?.confidence(of: "driver")
    let draft = Draft.unless(
      weak: confidence, .driverTooOld, "CUDA \(need.cuda) \(floor), and this is \(driverText)",
      evidence: floorEvidence(need), remedies: [.build, .forwardCompatibility, .driver])
    return isJetson ? Self.jetson(draft) : draft
  }

  /// What the driver knows, and from which driver on the CUDA release runs.
  private func floorEvidence(_ need: CUDANeed) -> [Evidence] {
    var evidence = [driverEvidence]
    if let minor = need.minor {
      evidence.append(
        Evidence(
          "CUDA", "programs of CUDA \(need.cuda.major).x run from driver \(minor) on",
          source: need.minorSource))
    }
    return evidence + fullEvidence(need)
  }

  /// Jetson boards have drivers with numbers of their own, of which the tables say nothing.
  private var isJetson: Bool {
    !node.gpus.isEmpty
      && node.gpus.allSatisfy { gpu in
        !gpu.variants.isEmpty && gpu.variants.allSatisfy { $0.kind == "jetson" }
      }
  }

  private static func jetson(_ draft: Draft) -> Draft {
    var draft = draft
    draft.severity = .warning
    draft.evidence.append(
      Evidence("GPU", "Jetson boards have drivers of their own, which the table does not cover"))
    return draft
  }

  // MARK: Forward compatibility

  private func forwardDrafts(
    _ need: CUDANeed, _ relation: DriverRelation, _ answer: ForwardAnswer
  ) -> [Draft] {
    var evidence = [driverEvidence] + fullEvidence(need)
    if let row = need.forward {
      let over = row.over.map { "\($0)" }.joined(separator: ", ")
      evidence.append(
        Evidence(
          "package",
          "\(row.package) works over the branches \(over.isEmpty ? "(none)" : over), on \(row.gpuKinds.joined(separator: ", ")) GPUs",
          source: row.source))
    }
    let title = need.forward?.package ?? "the forward-compatibility package"
    switch answer {
    case .works:
      return [
        Draft(
          .forwardCompatibility, .note, "CUDA \(need.cuda) runs on \(driverText) through \(title)",
          evidence: evidence)
      ]
    case .unsure(let reason):
      return [
        Draft(
          .forwardCompatibility, .warning,
          "CUDA \(need.cuda) is to run on \(driverText) through \(title), and that is not certain: \(reason)",
          evidence: evidence, remedies: [.build, .driver])
      ]
    case .refused(let reason):
      // Also where minor-version compatibility would do: the package's libraries take the driver's place, and CUDA
      // then fails (errors 803 and 804; CUDA Compatibility guide).
      var draft = Draft(
        .forwardCompatibility, .error, "forward compatibility is refused here: \(reason)", evidence: evidence,
        remedies: [.build, .driver])
      if relation == .minor {
        draft.mends = [
          .other("leave the package out of the image: minor-version compatibility does without it")
        ]
      }
      return [draft]
    }
  }

  /// An image that carries the package, on a driver that needs none.
  private func idlePackageDrafts(_ need: CUDANeed) -> [Draft] {
    guard options.hasForwardCompatibility, let row = need.forward, node.facts.driver != nil else { return [] }
    return [
      Draft(
        .forwardCompatibility, .note,
        "\(row.package) is not needed on \(driverText), and must not be put before the driver's own libraries",
        evidence: [driverEvidence] + fullEvidence(need) + [
          Evidence(
            "package",
            "never over the branches \(row.neverOver.map { "\($0)" }.joined(separator: ", "))",
            source: row.source)
        ])
    ]
  }

  // MARK: The branch

  var branchDrafts: [Draft] {
    var drafts: [Draft] = []
    if node.hasNewerDriver, let newest = matrix.driverBranches.first {
      drafts.append(
        Draft(
          .newerThanMatrix, .note, "\(driverText) is newer than the matrix",
          evidence: [Evidence("driver", "the newest branch known is \(newest.branch)", source: newest.source)]
        ))
    }
    if let today = options.today, let branch = node.branch, let end = branch.endOfLife,
      Self.isPast(end, today)
    {
      drafts.append(
        Draft(
          .driverEndOfLife, .warning, "driver branch \(branch.branch) gets no fixes any more",
          evidence: [Evidence("driver", "branch \(branch.branch) ended \(end)", source: branch.source)],
          remedies: [.driver]))
    }
    return drafts
  }

  /// Whether a day or month has passed: a branch lives to the end of its last day or month.
  static func isPast(_ end: String, _ today: String) -> Bool { end < today.prefix(end.utf8.count) }

  // MARK: Words

  /// "driver 535.104.05", or what stands for it.
  var driverText: String {
    if let driver = node.facts.driver { return "driver \(driver)" }
    return node.facts.cudaDriver.map { "a driver that knows CUDA \($0)" } ?? "an unknown driver"
  }

  /// What the driver knows.
  var driverEvidence: Evidence {
    if let driver = node.facts.driver {
      guard let newest = node.branch?.cudaMax else { return Evidence("driver", "\(driver)") }
      return Evidence("driver", "\(driver) knows CUDA \(newest)", source: node.branch?.source)
    }
    return Evidence(
      "driver", node.facts.cudaDriver.map { "knows CUDA \($0), as the node says" } ?? "not known")
  }

  /// The driver with everything of a CUDA release.
  func fullEvidence(_ need: CUDANeed) -> [Evidence] {
    guard let full = need.full else { return [] }
    return [Evidence("CUDA", "CUDA \(need.cuda) in full needs driver \(full)", source: need.fullSource)]
  }
}
