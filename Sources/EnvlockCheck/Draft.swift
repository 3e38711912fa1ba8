import EnvlockModel

/// A finding before the user's options are applied and its mends are looked for.
struct Draft: Hashable, Sendable {
  /// A kind of mend that is worth a try; each is offered only where a check of its own shows that it works.
  enum Remedy: Hashable, Sendable {
    /// Another release or variant of the framework.
    case build
    /// The forward-compatibility package.
    case forwardCompatibility
    /// Only another GPU of the same node.
    case otherGPU
    /// Another driver.
    case driver
    /// Another GPU.
    case gpu
  }

  /// What an error and its GPU are called when two checks are compared.
  struct Key: Hashable {
    let rule: Rule
    let gpu: Int?
  }

  var rule: Rule
  var severity: Severity
  var summary: String
  /// The GPU that it is about, by its place in the node's facts.
  var gpu: Int?
  var evidence: [Evidence]
  /// Mends that need no proof.
  var mends: [Mend]
  /// Mends to be looked for and proven.
  var remedies: [Remedy]
  /// What an error of this kind means for the verdict.
  var meaning: Verdict

  init(
    _ rule: Rule, _ severity: Severity, _ summary: String, gpu: Int? = nil, evidence: [Evidence] = [],
    mends: [Mend] = [], remedies: [Remedy] = []
  ) {
    self.rule = rule
    self.severity = severity
    self.summary = summary
    self.gpu = gpu
    self.evidence = evidence
    self.mends = mends
    self.remedies = remedies
    meaning = rule.isAboutKnowledge ? .unknown : .doesNotFit
  }

  var key: Key { Key(rule: rule, gpu: gpu) }

  /// The same with more mends.
  func adding(_ more: [Mend]) -> Draft {
    var draft = self
    draft.mends += more
    return draft
  }
}

extension Draft {
  /// An error, or a warning that says what it rests on where that is less than a measured artifact or a document of
  /// the maker: `weak` is the confidence in that, nil where it is good.
  static func unless(
    weak: MatrixConfidence?, _ rule: Rule, _ summary: String, gpu: Int? = nil, evidence: [Evidence],
    remedies: [Remedy]
  ) -> Draft {
    guard let weak else {
      return Draft(rule, .error, summary, gpu: gpu, evidence: evidence, remedies: remedies)
    }
    let why: String
    switch weak {
    case .secondary: why = "this rests on somebody else's table, so it is a warning"
    case .derived: why = "this is concluded from other rows, so it is a warning"
    }
    return Draft(
      rule, .warning, summary, gpu: gpu, evidence: evidence + [Evidence("source", why)], remedies: remedies)
  }
}

extension Mend {
  /// To ask the node itself.
  static var measure: Mend { .other("measure the node with `envlock probe`") }
}
