import EnvlockDiff
import EnvlockModel

/// What a new lock has that an old one has not, in lines below a summary.
enum LockChanges {
  /// A line for each change: "torch 2.9.0 → 2.9.1", "+ numpy 2.3.5", "- six 1.17.0".
  ///
  /// - Parameters:
  ///   - old: The lock that was there.
  ///   - new: The lock that takes its place.
  ///   - limit: How many lines are given; a last line counts the others.
  /// - Returns: The lines; none for equal locks.
  static func lines(from old: Lockfile, to new: Lockfile, limit: Int = .max) -> [String] {
    let difference = LockDifference(from: old, to: new)
    let isAlone = old.platforms.count <= 1 && new.platforms.count <= 1
    var lines: [String] = []
    for answer in difference.answers {
      let title = answer.title(from: old, to: new)
      switch (answer.old, answer.new) {
      case (nil, _): lines.append("+ \(title)")
      case (_, nil): lines.append("- \(title)")
      default:
        lines += changes(answer).map {
          isAlone && answer.old?.platform == answer.new?.platform ? $0 : "\(title): \($0)"
        }
      }
    }
    if lines.isEmpty, !difference.request.isEmpty { lines.append("what is asked for has changed") }
    if lines.isEmpty { lines += DiffWords.others(difference) }
    guard lines.count > limit else { return lines }
    return lines.prefix(limit) + ["… and \(lines.count - limit) more"]
  }

  private static func changes(_ answer: AnswerDifference) -> [String] {
    // What a wheel says by itself is not said twice.
    let wheels = answer.wheels.map { DiffArtifact($0) }
    let isSaid = Set(wheels.map(\.name) + ["cuDNN", "NCCL", "driver in full"])
    var lines = DiffWords.levels(answer).filter { !isSaid.contains($0.label) }.map {
      "\($0.label) \($0.text)"
    }
    lines += DiffWords.losses(answer)
    lines += answer.packages.map { DiffArtifact($0).line + " (Debian)" }
    lines += wheels.map(\.line)
    if lines.isEmpty, !answer.isEmpty {
      lines.append("what is known of the levels below the wheels has changed")
    }
    return lines
  }
}

extension AnswerDifference {
  /// What the answers are called: the platform, and the targets where a lock has several answers for it.
  func title(from old: Lockfile, to new: Lockfile) -> String {
    let isAlone = max(old.answers(for: platform).count, new.answers(for: platform).count) <= 1
    let targets = (self.new ?? self.old)?.targets.map(\.name).joined(separator: ", ") ?? ""
    return isAlone ? "\(platform)" : "\(platform) (\(targets))"
  }
}
