public import EnvlockModel
import EnvlockVersions

extension Checker {
  /// Whether a stack runs on a node.
  ///
  /// - Parameters:
  ///   - stack: what is to run.
  ///   - facts: what is known of the node.
  /// - Returns: the report, under one empty name.
  public func report(_ stack: Stack, on facts: NodeFacts) -> NodeReport {
    let subject = Subject(stack, matrix: matrix)
    let answer = answer(subject, NodeView(facts, matrix: matrix), .unstated)
    return report(answer, names: [""], facts: facts, place: nil)
  }

  /// Whether a stack runs on a node, without saying why: a tenth of the work of a report.
  package func verdict(_ stack: Stack, on facts: NodeFacts) -> Verdict {
    answer(Subject(stack, matrix: matrix), NodeView(facts, matrix: matrix), .unstated).verdict
  }

  /// Whether a lock runs on nodes: on each kind of node that of its answers for the platform which fits best.
  ///
  /// Nodes whose platform is not known are checked against the answers for the platform of their GPU, or the lock's
  /// first.
  ///
  /// - Parameters:
  ///   - lock: what is to run.
  ///   - groups: the nodes by kind.
  /// - Returns: a report for each kind, in the same order.
  public func report(_ lock: Lockfile, on groups: [NodeGroup]) -> CheckReport {
    let answers = lock.platforms.map {
      (subject: Subject(Stack($0), matrix: matrix), intent: intent($0, of: lock))
    }
    return CheckReport(
      groups: groups.map { group in
        let node = NodeView(group.facts, matrix: matrix)
        let platform = platform(of: node, in: lock)
        var best: (answer: Answer, place: Int)?
        for (place, candidate) in answers.enumerated() where candidate.subject.stack.platform == platform {
          let answer = answer(candidate.subject, node, candidate.intent)
          if let known = best, !answer.isBetter(than: known.answer) { continue }
          best = (answer, place)
        }
        guard let best else { return report(without: platform, lock, group) }
        return report(best.answer, names: group.names, facts: group.facts, place: best.place)
      })
  }

  // MARK: Choosing

  /// What the rules say of one of a lock's answers.
  struct Answer {
    let examination: Examination
    /// Before `--allow`.
    let raw: [Draft]
    /// After it, in the same order.
    let drafts: [(draft: Draft, isAllowed: Bool)]
    let verdict: Verdict

    /// By the verdict, then by the number of errors, then of warnings.
    func isBetter(than other: Answer) -> Bool { rank < other.rank }

    private var rank: (Int, Int, Int) {
      let order: Int
      switch verdict {
      case .fits: order = 0
      case .unknown: order = 1
      case .doesNotFit: order = 2
      }
      return (order, count(.error), count(.warning))
    }

    private func count(_ severity: Severity) -> Int { drafts.filter { $0.draft.severity == severity }.count }
  }

  func answer(_ subject: Subject, _ node: NodeView, _ intent: Intent) -> Answer {
    let examination = Examination(
      matrix: matrix, options: options, subject: subject, node: node, intent: intent)
    let raw = examination.drafts
    let drafts = raw.map { allowed($0) }
    return Answer(
      examination: examination, raw: raw, drafts: drafts, verdict: Self.verdict(drafts.map(\.draft)))
  }

  private func allowed(_ draft: Draft) -> (draft: Draft, isAllowed: Bool) {
    guard draft.severity == .error, options.allowed.contains(draft.rule) else { return (draft, false) }
    var draft = draft
    draft.severity = .warning
    return (draft, true)
  }

  private static func verdict(_ drafts: [Draft]) -> Verdict {
    let errors = drafts.filter { $0.severity == .error }
    if errors.contains(where: { $0.meaning == .doesNotFit }) { return .doesNotFit }
    return errors.isEmpty ? .fits : .unknown
  }

  func platform(of node: NodeView, in lock: Lockfile) -> Platform? {
    if let platform = node.facts.platform { return platform }
    let rows = node.gpus.flatMap(\.variants).flatMap(\.rows)
    // Jetson, DGX Spark and the GPUs that are one with a Grace CPU exist on aarch64 alone.
    let isARM =
      !rows.isEmpty
      && rows.allSatisfy {
        $0.kind == "jetson" || $0.kind == "desktop-soc" || $0.name.hasPrefix("GH200")
          || $0.name.hasPrefix("GB")
      }
    if isARM, lock.platform(.linuxARM64) != nil { return .linuxARM64 }
    return lock.platforms.first?.platform
  }

  /// Whether a GPU is wanted, as far as the manifest behind an answer says.
  func intent(_ answer: PlatformLock, of lock: Lockfile) -> Intent {
    if let cuda = lock.request["cuda"]?.stringValue {
      return cuda == "cpu" ? .cpu : .gpu("the manifest asks for CUDA \(cuda)")
    }
    if let target = answer.targets.first(where: { !$0.gpus.isEmpty }) {
      return .gpu("target `\(target.name)` has a GPU")
    }
    return lock.platforms.first { $0.strata.cuda != nil }.map { .elsewhere($0.platform) } ?? .unstated
  }

  // MARK: Reports

  private func report(_ answer: Answer, names: [String], facts: NodeFacts, place: Int?) -> NodeReport {
    let examination = answer.examination
    let mender = Mender(examination, answer.raw, builds)
    let findings = Self.sorted(answer.drafts).map { draft, isAllowed in
      Finding(
        rule: draft.rule, severity: draft.severity, summary: draft.summary,
        gpu: draft.gpu.flatMap { place in
          examination.node.gpus.indices.contains(place) ? examination.node.gpus[place].name : nil
        }, evidence: draft.evidence, mends: mender.mends(for: draft), isAllowed: isAllowed)
    }
    return NodeReport(
      names: names, facts: facts, stack: examination.subject.stack, answer: place, verdict: answer.verdict,
      compatibility: examination.outcome?.compatibility, findings: findings)
  }

  private func report(without platform: Platform?, _ lock: Lockfile, _ group: NodeGroup) -> NodeReport {
    var others: [Platform] = []
    for other in lock.platforms.map(\.platform) where others.last != other { others.append(other) }
    let draft =
      platform.map { Examination.platformDraft($0, has: others) }
      ?? Draft(.platform, .error, "the lock has no answer for any platform")
    let (allowedDraft, isAllowed) = allowed(draft)
    return NodeReport(
      names: group.names, facts: group.facts, stack: nil, answer: nil, verdict: Self.verdict([allowedDraft]),
      compatibility: nil,
      findings: [
        Finding(
          rule: draft.rule, severity: allowedDraft.severity, summary: draft.summary, evidence: draft.evidence,
          mends: draft.mends, isAllowed: isAllowed)
      ])
  }

  /// Errors first, then by rule, then by GPU; equals in the order in which they were found.
  static func sorted(
    _ drafts: [(draft: Draft, isAllowed: Bool)]
  ) -> [(draft: Draft, isAllowed: Bool)] {
    drafts.enumerated().sorted { one, other in
      let (left, right) = (one.element.draft, other.element.draft)
      if left.severity != right.severity { return left.severity > right.severity }
      if left.rule != right.rule { return left.rule < right.rule }
      return (left.gpu ?? -1, one.offset) < (right.gpu ?? -1, other.offset)
    }.map(\.element)
  }
}
