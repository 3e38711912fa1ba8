import EnvlockModel

/// The text of errors and notes, as they are written below each other on standard error.
enum ErrorText {
  /// `error: …`, the details indented by two, then the hints.
  static func rendered(_ error: any Error, _ style: Style) -> String {
    guard let error = error as? any UserFacingError else {
      return style.error("error:") + " " + URLCredentials.redacted("\(error)") + "\n"
    }
    var text = style.error("error:") + " " + style.strong(URLCredentials.redacted(error.message)) + "\n"
    for line in error.details { text += ("  " + URLCredentials.redacted(line)).withoutTrailingSpaces + "\n" }
    for hint in error.hints { text += rendered(hint: hint, style) }
    return text
  }

  static func rendered(hint: String, _ style: Style) -> String {
    style.hint("hint:") + " " + URLCredentials.redacted(hint) + "\n"
  }

  static func rendered(note: String, _ style: Style) -> String {
    style.note("note:") + " " + URLCredentials.redacted(note) + "\n"
  }

  /// The exit code of an error: what nobody foresaw could not be found out.
  static func exitCode(_ error: any Error) -> Int32 {
    ((error as? any UserFacingError)?.kind ?? .couldNotFindOut).rawValue
  }
}

extension String {
  fileprivate var withoutTrailingSpaces: String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
