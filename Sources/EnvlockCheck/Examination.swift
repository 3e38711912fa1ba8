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
    let found = gpu.variants.map { (variant: $0, drafts: rules($0)) }
    var result: [Draft] = []
    for (variant, drafts) in found {
      for var draft in drafts {
        let others = found.filter {
          !$0.drafts.contains { $0.rule == draft.rule && $0.severity == draft.severity }
        }
        if !others.isEmpty {
          result.append(Self.partly(draft, holds: variant.rows, not: others.flatMap(\.variant.rows), gpu))
        } else {
          // It holds for all; where the models differ in the words, each has its own.
          if found.contains(where: { !$0.drafts.contains(draft) }) {
            draft.summary = "as \(variant.names): \(draft.summary)"
          }
          if !result.contains(draft) { result.append(draft) }
        }
      }
    }
    return result
  }

  /// A finding that holds for some of the models of a name alone: what is true is not known.
  static func partly(_ draft: Draft, holds: [GPURow], not others: [GPURow], _ gpu: GPUView) -> Draft {
    var draft = draft
    let names = others.map(\.name).joined(separator: ", ")
    draft.summary = "as \(holds.map(\.name).joined(separator: ", ")): \(draft.summary)"
    draft.evidence.append(
      Evidence("name", "`\(gpu.name)` also stands for \(names), where this does not hold"))
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
