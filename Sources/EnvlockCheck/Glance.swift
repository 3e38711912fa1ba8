import EnvlockModel

/// Many stacks on one node, or one lock on a node with many drivers: what the rules say, without looking for mends,
/// which costs far more than the rules themselves.
extension Checker {
  /// A report whose findings have no mends.
  func glance(at stack: Stack, on node: NodeView) -> NodeReport {
    glance(at: Subject(stack, matrix: matrix), on: node)
  }

  /// A report whose findings have no mends.
  func glance(at subject: Subject, on node: NodeView) -> NodeReport {
    let answer = answer(subject, node, .unstated)
    return NodeReport(
      names: [""], facts: node.facts, stack: subject.stack, answer: nil, verdict: answer.verdict,
      compatibility: answer.examination.outcome?.compatibility,
      findings: Self.sorted(answer.drafts).map { draft, isAllowed in
        Finding(
          rule: draft.rule, severity: draft.severity, summary: draft.summary,
          gpu: draft.gpu.flatMap { node.gpus.indices.contains($0) ? node.gpus[$0].name : nil },
          evidence: draft.evidence, isAllowed: isAllowed)
      })
  }
}

/// A lock whose rows were looked up once, for nodes that differ in their driver.
struct GlancedLock {
  private let lock: Lockfile
  private let answers: [(subject: Subject, intent: Intent)]

  init(_ lock: Lockfile, _ checker: Checker) {
    self.lock = lock
    answers = lock.platforms.map { answer in
      (subject: Subject(Stack(answer), matrix: checker.matrix), intent: checker.intent(answer, of: lock))
    }
  }

  /// Whether a node runs none of the lock's answers.
  func isRefused(by node: NodeView, _ checker: Checker) -> Bool {
    let platform = checker.platform(of: node, in: lock)
    let fitting = answers.filter { $0.subject.stack.platform == platform }
    // A node of another platform is refused, unless that is allowed; and no driver changes it.
    guard !fitting.isEmpty else { return !checker.options.allowed.contains(.platform) }
    return fitting.allSatisfy { checker.answer($0.subject, node, $0.intent).verdict == .doesNotFit }
  }
}
