/// Words of others inside a comment or a message.
enum CommentText {
  /// The text on one line and in printable ASCII, so that nothing in it can end the line.
  static func line(_ text: String) -> String {
    String(
      String.UnicodeScalarView(text.unicodeScalars.map { (" "..."~").contains($0) ? $0 : "?" }))
  }
}
