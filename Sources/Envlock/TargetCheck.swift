import EnvlockCheck
public import EnvlockModel
import EnvlockNodeFacts
import EnvlockResolve

/// A target that what was solved for does not run on, for a reason that lies outside of the solve: a driver that does
/// not drive its own GPU, say.
public struct TargetDoesNotFit: UserFacingError, Hashable {
  /// What was solved: "torch 2.9.1".
  public let title: String
  /// The target's name.
  public let target: String
  /// The errors of the check.
  public let findings: [Finding]

  /// What does not fit.
  public var message: String {
    "\(title) does not run on "
      + (target == "command line" ? "this driver and GPU" : "the target “\(target)”")
  }

  /// The findings, each with what it rests on.
  public var details: [String] {
    findings.flatMap { finding in
      [finding.description] + finding.evidence.map { "  \($0.label): \($0.line)" }
    }
  }

  /// What would mend them.
  public var hints: [String] { findings.flatMap(\.mends).map(\.text).removingRepetition() }

  /// It is an honest no.
  public var kind: ErrorKind { .answerIsNo }
}

extension Engine {
  /// Holds an answer against its targets by the rules of `check`.
  ///
  /// The solve bounds CUDA, driver and kernels; cuDNN's drivers, dropped GPUs and what rests on weak rows are only
  /// looked at here.
  ///
  /// - Parameters:
  ///   - answer: a platform's answer.
  ///   - targets: the manifest's targets.
  ///   - matrix: the compatibility data.
  /// - Returns: the warnings, a sentence each.
  /// - Throws: `TargetDoesNotFit` for the first target that it does not run on.
  static func check(
    _ answer: PlatformLock, _ targets: [Target], matrix: Matrix
  ) throws(TargetDoesNotFit) -> [String] {
    let names = Set(answer.targets.map(\.name))
    let checker = Checker(matrix: matrix)
    let stack = Stack(answer)
    var notes: [String] = []
    for target in targets where names.contains(target.name) {
      // What cannot be read here was refused before the solve.
      guard
        let facts = try? NodeFacts.declared(
          driver: target.driver?.description, gpus: target.gpus, platform: answer.platform)
      else { continue }
      let report = checker.report(stack, on: facts)
      if report.verdict == .doesNotFit {
        throw TargetDoesNotFit(
          title: stack.title, target: target.name, findings: report.findings.filter { $0.severity == .error })
      }
      let place = target.name == "command line" ? "" : "target “\(target.name)”: "
      notes += report.findings.filter { $0.severity == .warning }.map { place + $0.summary }
    }
    return notes
  }
}
