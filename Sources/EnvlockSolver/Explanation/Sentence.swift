/// One sentence of an explanation: "Because this and that, so it is."
struct Sentence {
  /// Whether it rests on the sentence before.
  let isContinuation: Bool
  /// Phrases, with the numbers of what they cite.
  let premises: [String]
  let conclusion: String
  /// Its number, if it is cited.
  var number: Int?

  /// The longest line, so that with an indentation of two columns it still fits into a hundred.
  static let width = 98

  /// The sentence as lines: one if it fits, otherwise one for each premise and one for the conclusion.
  var lines: [String] {
    let end = conclusion + (number.map { " (\($0))" } ?? "") + "."
    var clauses = premises.enumerated().map { place, premise in
      let opening = place == 0 ? (isContinuation ? "And because " : "Because ") : ""
      let conjunction = place > 0 && place == premises.count - 1 ? "and " : ""
      let comma = place == premises.count - 1 || place < premises.count - 2 ? "," : ""
      return opening + conjunction + premise + comma
    }
    clauses.append(premises.isEmpty ? (isContinuation ? "So \(end)" : Self.capitalised(end)) : end)
    let whole = clauses.joined(separator: " ")
    return whole.count <= Self.width ? [whole] : clauses.flatMap(Self.wrapped)
  }

  private static func capitalised(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

  /// Breaks what is longer than a line between words.
  private static func wrapped(_ text: String) -> [String] {
    var lines: [String] = []
    var line = ""
    var length = 0
    for word in text.split(separator: " ") {
      if length > 0, length + 1 + word.count > width {
        lines.append(line)
        (line, length) = ("", 0)
      }
      if length > 0 {
        line += " "
        length += 1
      }
      line += word
      length += word.count
    }
    lines.append(line)
    return lines
  }
}
