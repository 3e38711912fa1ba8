import EnvlockModel
import EnvlockVersions

/// One stack against one node: what the rules say, before the user's options and without mends.
///
/// The rules of each family stand in a file of their own, `Check….swift`, as functions that return drafts.
struct Examination: Sendable {
  let matrix: Matrix
  let options: CheckOptions
  let subject: Subject
  let node: NodeView
  let intent: Intent
  /// What the driver makes of the stack's CUDA; nil for a stack without CUDA.
  let outcome: DriverOutcome?

  init(matrix: Matrix, options: CheckOptions, subject: Subject, node: NodeView, intent: Intent) {
    self.matrix = matrix
    self.options = options
    self.subject = subject
    self.node = node
    self.intent = intent
    outcome = subject.cuda.map { DriverOutcome($0, node, hasPackage: options.hasForwardCompatibility) }
  }

  /// All that the rules say, in no order that matters.
  var drafts: [Draft] {
    if let wrong = platformDraft { return [wrong] }
    guard let need = subject.cuda, let outcome else { return cpuDrafts + glibcDrafts }
    var drafts = factDrafts + cpuDrafts + driverDrafts(need, outcome) + branchDrafts + frameworkDrafts
    for gpu in node.gpus {
      drafts += spread(over: gpu) {
        drivenDrafts($0, gpu) + kernelDrafts($0, gpu) + libraryDrafts($0, gpu, need)
      }
      drafts += memoryDrafts(gpu) + migDrafts(gpu) + sharingDrafts(gpu)
    }
    return drafts + cudnnDrafts(outcome) + vgpuDrafts + glibcDrafts
  }

  /// Applies rules to each model that a GPU may be, and says for which a finding holds where not for all.
  func spread(over gpu: GPUView, _ rules: (GPUView.Variant) -> [Draft]) -> [Draft] {
    guard gpu.variants.count > 1 else { return gpu.variants.first.map(rules) ?? [] }
    let found = gpu.variants.flatMap { variant in rules(variant).map { (rows: variant.rows, draft: $0) } }
    var result: [Draft] = []
    for (place, one) in found.enumerated() {
      let alike = { (other: Draft) in other.rule == one.draft.rule && other.severity == one.draft.severity }
      guard !found[..<place].contains(where: { alike($0.draft) }) else { continue }
      result.append(Self.merged(found.filter { alike($0.draft) }, gpu))
    }
    return result
  }

  /// One finding of those that the models of one name have of one rule.
  private static func merged(_ found: [(rows: [GPURow], draft: Draft)], _ gpu: GPUView) -> Draft {
    var draft = found[0].draft
    for evidence in found.dropFirst().flatMap(\.draft.evidence) where !draft.evidence.contains(evidence) {
      draft.evidence.append(evidence)
    }
    var bySummary: [(summary: String, rows: [GPURow])] = []
    for one in found {
      if let known = bySummary.firstIndex(where: { $0.summary == one.draft.summary }) {
        bySummary[known].rows += one.rows
      } else {
        bySummary.append((one.draft.summary, one.rows))
      }
    }
    let holds = found.flatMap(\.rows)
    let others = gpu.variants.flatMap(\.rows).filter { row in !holds.contains { $0.name == row.name } }
    if bySummary.count > 1 || !others.isEmpty {
      draft.summary = bySummary.map { "as \(names($0.rows)): \($0.summary)" }.joined(separator: "; ")
    }
    return others.isEmpty ? draft : partly(draft, not: others, gpu)
  }

  /// The names of models, the first three of more than four.
  static func names(_ rows: [GPURow]) -> String {
    guard rows.count > 4 else { return rows.map(\.name).joined(separator: ", ") }
    return rows.prefix(3).map(\.name).joined(separator: ", ") + " and \(rows.count - 3) more"
  }

  /// A finding that holds for some of the models of a name alone: what is true is not known.
  static func partly(_ draft: Draft, not others: [GPURow], _ gpu: GPUView) -> Draft {
    var draft = draft
    draft.evidence.append(
      Evidence("name", "`\(gpu.name)` also stands for \(names(others)), where this does not hold"))
    if draft.severity == .error { draft.meaning = .unknown }
    draft.mends.append(.other("name the model in full"))
    return draft
  }
}

/// Whether a GPU is wanted, as far as the manifest behind a lock says.
enum Intent: Hashable, Sendable {
  /// CUDA or GPUs were asked for, by these words: "the manifest asks for CUDA 12.8".
  case gpu(String)
  /// The build for the CPU was asked for.
  case cpu
  /// Another platform of the same lock brings CUDA.
  case elsewhere(Platform)
  /// Nothing was said.
  case unstated
}
