import EnvlockCheck
import EnvlockModel
import EnvlockVersions

/// Why a build runs on a node or does not, for people and for programs.
enum RenderMatrixExplanation {
  /// A block for each build: the verdict, the chain of rows with their sources, the findings, and what is documented
  /// otherwise.
  static func text(_ explanations: [MatrixExplanation], _ style: Style) -> String {
    explanations.map { block($0, style) }.joined(separator: "\n")
  }

  private static func block(_ explanation: MatrixExplanation, _ style: Style) -> String {
    var lines = [style.strong(headline(explanation))]
    let width = (explanation.steps.map(\.label.count).max() ?? 0) + 2
    var told: Set<MatrixSource> = []
    for step in explanation.steps {
      lines.append("  " + step.label.padded(to: width) + Printable.line(step.text))
      guard let source = step.source else { continue }
      // What a row was read from is said once.
      let isNew = told.insert(source).inserted
      lines.append(self.source(source, withTexts: isNew, indentation: width + 2))
    }
    for finding in explanation.answer?.report.findings ?? [] {
      let label = "\(finding.severity.rawValue)[\(finding.rule.rawValue)]:"
      let coloured: String
      switch finding.severity {
      case .error: coloured = style.error(label)
      case .warning: coloured = style.warning(label)
      case .note: coloured = style.note(label)
      }
      lines.append("  \(coloured) \(Printable.line(finding.summary))")
      lines += finding.mends.enumerated().map { place, mend in
        "    \(place == 0 ? "mend" : "or  ")  \(Printable.line(mend.text))"
      }
    }
    for conflict in explanation.conflicts {
      let documented = conflict.documented.isEmpty ? "not documented" : "documented as \(conflict.documented)"
      let note = conflict.note.map { " (\($0))" } ?? ""
      lines.append(
        "  conflict: \(Printable.line(conflict.field)) is \(Printable.line(documented)); "
          + "found was \(Printable.line(conflict.found))\(Printable.line(note))")
      lines.append(source(conflict.source, withTexts: true, indentation: 4))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// "torch 2.9.1 with CUDA 12.8 fits driver 525.85.12 with T4, by minor-version compatibility".
  private static func headline(_ explanation: MatrixExplanation) -> String {
    let build = explanation.build
    let cuda = build.cuda.map { " with CUDA \($0)" + (build.isLowestCUDA ? " or newer" : "") }
    let index = build.indexName.map { " of \(Printable.line($0))" } ?? ""
    let title = "\(build.project) \(build.version)" + index + (cuda ?? " for the CPU")
    guard let answer = explanation.answer else { return "\(title) on \(build.platform)" }
    let node = NodeText.subject(answer.report)
    switch answer.report.verdict {
    case .fits:
      if let package = answer.package { return "\(title) fits \(node), with \(package) in the image" }
      guard let how = answer.report.compatibility, how != .full else { return "\(title) fits \(node)" }
      return "\(title) fits \(node), \(how.words)"
    case .doesNotFit: return "\(title) does not fit \(node)"
    case .unknown: return "too little is known to say whether \(title) fits \(node)"
    }
  }

  private static func source(_ source: MatrixSource, withTexts: Bool, indentation: Int) -> String {
    let texts = source.texts.map { Printable.line($0) }.joined(separator: "; ")
    return String(repeating: " ", count: indentation)
      + "(\(Printable.line(source.description))\(withTexts ? ": " + texts : ""))"
  }

  // MARK: JSON

  /// The explanations for programs.
  static func json(_ explanations: [MatrixExplanation]) -> String {
    let values = explanations.map { explanation in
      let build = explanation.build
      var object: JSONObject = [
        "framework": .string(build.project.text), "version": .string(build.version.description),
        "platform": .string(build.platform.description),
        "steps": .array(
          explanation.steps.map { step in
            var object: JSONObject = ["label": .string(step.label), "text": .string(step.text)]
            object["source"] = step.source.map(source)
            return .object(object)
          }),
        "conflicts": .array(
          explanation.conflicts.map { conflict in
            var object: JSONObject = [
              "field": .string(conflict.field), "documented": .string(conflict.documented),
              "found": .string(conflict.found), "source": source(conflict.source),
            ]
            object["note"] = conflict.note.map { .string($0) }
            return .object(object)
          }),
      ]
      object["cuda"] = build.cuda.map { .string($0.description) }
      object["index"] = build.indexName.map { .string($0) }
      object["extra"] = build.extra.map { .string($0) }
      if let answer = explanation.answer {
        object["verdict"] = .string(answer.report.verdict.rawValue)
        object["compatibility"] = answer.report.compatibility.map { .string($0.rawValue) }
        object["package"] = answer.package.map { .string($0) }
        object["findings"] = .array(answer.report.findings.map(RenderCheckJSON.finding))
      }
      return JSONValue.object(object)
    }
    return RenderCheckJSON.plain(JSONValue.array(values).canonical())
  }

  private static func source(_ source: MatrixSource) -> JSONValue {
    [
      "file": .string("matrices/" + source.file), "row": .string(source.row),
      "texts": .array(source.texts.map { .string($0) }),
    ]
  }
}
