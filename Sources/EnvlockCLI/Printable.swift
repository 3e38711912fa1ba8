/// Text of others, such as the names of nodes, made fit for a terminal.
enum Printable {
  /// What a single name or sentence of a node may take; more tells nobody anything.
  static let limit = 400

  /// The text on one line, without anything that a terminal obeys or that turns the order of characters around.
  ///
  /// - Parameters:
  ///   - text: Anything.
  ///   - limit: How many characters are shown; "…" stands for the others.
  /// - Returns: The text with U+FFFD for each such character.
  static func text(_ text: String, limit: Int = limit) -> String {
    var length = 0
    let isPlain = text.utf8.allSatisfy { byte in
      length += 1
      return byte >= 0x20 && byte < 0x7F && length <= limit
    }
    if isPlain { return text }
    var shown = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if shown.count == limit {
        shown.append("…")
        break
      }
      shown.append(isObeyed(scalar) ? "\u{FFFD}" : scalar)
    }
    return String(shown)
  }

  private static func isObeyed(_ scalar: UnicodeScalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    case .format: scalar.value != 0x200D && scalar.value != 0xAD
    default: false
    }
  }
}
