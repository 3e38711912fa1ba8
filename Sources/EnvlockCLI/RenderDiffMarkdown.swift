import Envlock
import EnvlockCheck
import EnvlockDiff
import EnvlockModel

/// What tells two locks apart as GitHub Flavored Markdown, for the comment on a pull request; GitLab reads it too.
enum RenderDiffMarkdown {
  /// How many lines a table has: GitHub takes comments of 65,536 characters.
  private static let limit = 120

  /// A heading, what a reviewer has to know, and the rest folded away.
  static func text(_ outcome: DiffOutcome) -> String {
    let name = RenderMarkdown.escaped(outcome.titles.new)
    guard !outcome.isEmpty else {
      return "### \(name): nothing changes\n"
    }
    var blocks = ["### " + sign(outcome) + " " + name + headline(outcome)]
    let points =
      outcome.difference.answers.flatMap { self.points($0, outcome) } + outcome.consequences.flatMap(points)
    if !points.isEmpty { blocks.append(points.joined(separator: "\n")) }
    for answer in outcome.difference.answers where !answer.isEmpty { blocks += self.blocks(answer, outcome) }
    let request =
      outcome.difference.request.flatMap { DiffWords.lines($0) } + DiffWords.others(outcome.difference)
    if !request.isEmpty {
      blocks.append(
        folded("What is asked for", request.prefix(limit).map { "- " + RenderMarkdown.escaped($0) }))
    }
    if outcome.difference.scope == .levels {
      blocks.append("An image tells its levels alone: wheels and packages were not compared.")
    }
    return blocks.joined(separator: "\n\n") + "\n"
  }

  private static func sign(_ outcome: DiffOutcome) -> String {
    let answers = outcome.difference.answers
    if outcome.consequences.contains(where: \.isLoss) { return "❌" }
    let isAlarming = answers.contains { !DiffOutcome.alarms($0).isEmpty || !DiffWords.losses($0).isEmpty }
    return isAlarming ? "⚠️" : "🔒"
  }

  /// ": torch 2.9.1 → 2.10.0, 12 wheels and 3 Debian packages change".
  private static func headline(_ outcome: DiffOutcome) -> String {
    let answers = outcome.difference.answers
    var parts = answers.flatMap { answer in
      answer.levels.frameworks.map { framework in
        "\(framework.name) \(framework.old?.version.description ?? "none") → \(framework.new?.version.description ?? "none")"
      }
    }.removingRepetition()
    let wheels = answers.reduce(0) { $0 + $1.wheels.count }
    let packages = answers.reduce(0) { $0 + $1.packages.count }
    if wheels > 0 { parts.append("\(Quantity.count(wheels, "wheel")) changed") }
    if packages > 0 { parts.append("\(Quantity.count(packages, "Debian package")) changed") }
    return parts.isEmpty ? "" : ": " + RenderMarkdown.escaped(parts.joined(separator: ", "))
  }

  private static func points(_ answer: AnswerDifference, _ outcome: DiffOutcome) -> [String] {
    let place =
      outcome.difference.answers.count > 1 ? " (\(RenderMarkdown.escaped(outcome.title(answer))))" : ""
    return DiffOutcome.alarms(answer).map {
      "- ❌ \(RenderMarkdown.code($0.name)) has \(RenderMarkdown.escaped($0.text))\(place)"
    } + DiffWords.losses(answer).map { "- ⚠️ \(RenderMarkdown.escaped($0))\(place)" }
      + DiffWords.gains(answer).map { "- ✅ \(RenderMarkdown.escaped($0))\(place)" }
  }

  private static func points(_ consequence: Consequence) -> [String] {
    let sign = consequence.isLoss ? "❌" : consequence.new.verdict == .fits ? "✅" : "❔"
    return [
      "- \(sign) \(RenderMarkdown.escaped(DiffWords.nodes(consequence))): "
        + RenderMarkdown.escaped(DiffWords.verdicts(consequence))
    ]
      + DiffWords.reasons(consequence).map { "  - " + RenderMarkdown.escaped(Printable.text($0.summary)) }
  }

  private static func blocks(_ answer: AnswerDifference, _ outcome: DiffOutcome) -> [String] {
    let title = RenderMarkdown.escaped(outcome.title(answer))
    guard answer.old != nil else { return ["**\(title)** is new"] }
    guard answer.new != nil else { return ["**\(title)** is gone"] }
    var blocks: [String] = []
    let rows = DiffWords.levels(answer) + [DiffWords.size(answer)].compactMap { $0 }
    if !rows.isEmpty {
      let lines = rows.map { "| \(cell($0.label)) | \(cell($0.old)) | \(cell($0.new)) |" }
      blocks.append(
        (["| \(title) | before | after |", "| --- | --- | --- |"] + lines).joined(separator: "\n"))
    }
    blocks += table("wheel", answer.wheels.map { DiffArtifact($0) }, title)
    blocks += table("Debian package", answer.packages.map { DiffArtifact($0) }, title)
    if answer.hasOtherChanges { blocks.append("**\(title)**: what is known of it has changed in a detail") }
    return blocks
  }

  private static func table(_ noun: String, _ artifacts: [DiffArtifact], _ title: String) -> [String] {
    guard !artifacts.isEmpty else { return [] }
    var lines = ["| | \(noun) | before | after |", "| --- | --- | --- | --- |"]
    for artifact in artifacts.prefix(limit) {
      lines.append(
        "| \(artifact.change.words) | \(RenderMarkdown.code(artifact.name)) | \(cell(artifact.old)) | \(cell(artifact.new)) |"
      )
    }
    if artifacts.count > limit { lines.append("\n… and \(artifacts.count - limit) more") }
    let summary = "\(Quantity.count(artifacts.count, noun)) of \(title): \(DiffWords.counts(artifacts))"
    return [folded(summary, lines)]
  }

  private static func cell(_ text: String) -> String { RenderMarkdown.escaped(text) }

  /// Lines that are shown when a reader asks for them; the summary is HTML.
  private static func folded(_ summary: String, _ lines: [String]) -> String {
    "<details><summary>\(summary)</summary>\n\n\(lines.joined(separator: "\n"))\n\n</details>"
  }
}
