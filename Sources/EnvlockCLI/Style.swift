/// Colours for a terminal, added to a finished text last; without colour each gives its text back.
struct Style: Sendable {
  let isColoured: Bool

  func error(_ text: String) -> String { wrapped(text, "31;1") }
  func hint(_ text: String) -> String { wrapped(text, "36;1") }
  func note(_ text: String) -> String { wrapped(text, "33;1") }
  func warning(_ text: String) -> String { wrapped(text, "35;1") }
  func strong(_ text: String) -> String { wrapped(text, "1") }

  private func wrapped(_ text: String, _ code: String) -> String {
    isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}

/// What `--color` asks for.
enum ColorChoice: String, CaseIterable, Sendable {
  /// On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`.
  case auto
  case always
  case never

  /// Whether a stream is coloured.
  func isColoured(terminal: Bool, _ variables: Variables) -> Bool {
    switch self {
    case .always: true
    case .never: false
    case .auto: terminal && variables.text(.noColor) == nil && variables.text(.terminal) != "dumb"
    }
  }
}
