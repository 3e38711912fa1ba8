/// What help says behind the abstract of a command.
enum HelpText {
  /// Stands above the examples.
  static let heading = "EXAMPLES:"

  /// A text with examples below it, a line each, which a comment may end.
  static func discussion(_ text: String = "", examples: String...) -> String {
    let lines = [heading] + examples.map { "  " + $0 }
    return (text.isEmpty ? "" : text + "\n\n") + lines.joined(separator: "\n")
  }

  /// The text and the examples of a discussion.
  static func parts(of discussion: String) -> (text: String, examples: [String]) {
    let lines = discussion.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard let place = lines.firstIndex(of: heading) else { return (discussion, []) }
    return (
      lines[..<place].joined(separator: "\n").trimmed, lines[(place + 1)...].map { String($0.dropFirst(2)) }
    )
  }
}

extension String {
  /// Without line breaks at its end.
  fileprivate var trimmed: String {
    var text = self
    while text.hasSuffix("\n") { text.removeLast() }
    return text
  }
}
