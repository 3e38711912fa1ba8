import EnvlockManifest
import EnvlockModel
import EnvlockVersions

/// Something on the command line, or in a variable that mirrors an option, that cannot be used.
struct UsageError: UserFacingError, Hashable {
  let message: String
  let details: [String]
  let hints: [String]
  var kind: ErrorKind { .badInput }

  init(_ message: String, details: [String] = [], hints: [String] = []) {
    self.message = URLCredentials.redacted(message)
    self.details = details
    self.hints = hints
  }

  /// An error about the text of an option, with a caret under the fault where its place is known.
  ///
  /// - Parameters:
  ///   - fault: What is wrong.
  ///   - place: What the text was given to: "--python", "ENVLOCK_PYTHON"; empty for an argument.
  ///   - hints: What to write instead.
  init(_ fault: MalformedText, in place: String, hints: [String] = []) {
    // Of a version there is too little to point at.
    let isLong = fault.what == "requirement"
    let excerpt = fault.offset.map { Excerpt.lines(line: fault.text, fault: $0..<($0 + 1)) } ?? []
    self.init(
      (place.isEmpty ? "" : place + ": ") + fault.description, details: isLong ? excerpt : [], hints: hints)
  }
}
