import EnvlockModel

/// Writes the words of a Dockerfile so that its readers take them as they are.
///
/// Source: Docker's "Dockerfile reference", "Environment replacement", "Shell and exec form".
enum DockerfileText {
  /// A value in double quotes, for ENV and LABEL, in which nothing is replaced.
  ///
  /// - Throws: `ExportError` for characters that a line of a Dockerfile cannot hold.
  static func quoted(_ text: String, in place: String) throws(ExportError) -> String {
    try refuseControls(text, in: place)
    var quoted = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" || scalar == "\\" || scalar == "$" { quoted += "\\" }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "\""
  }

  /// The exec form: JSON, in which nothing is replaced.
  static func exec(_ words: [String]) -> String {
    // Each word for itself: the canonical text breaks long arrays over lines.
    "["
      + words.map { String(JSONValue.string($0).canonical().dropLast()) }.joined(separator: ", ") + "]"
  }

  /// A path, user or image name bare: the instructions that take these replace variables and match patterns, each in
  /// its own way.
  ///
  /// - Throws: `ExportError` for a character that means something there.
  static func bare(_ text: String, in place: String) throws(ExportError) -> String {
    let isBare =
      !text.isEmpty && !text.hasPrefix("-")
      && text.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "_-./:@+,=".utf8.contains(byte)
      }
    guard isBare else {
      throw ExportError(
        "\(place): “\(CommentText.line(text))” has a character with a meaning of its own in a Dockerfile",
        hints: ["rename it, or build without a Dockerfile: `envlock build`"])
    }
    return text
  }

  /// A name of a variable or label.
  ///
  /// - Throws: `ExportError` for one that would end the instruction or the assignment.
  static func key(_ text: String, in place: String) throws(ExportError) -> String {
    guard !text.contains("=") else {
      throw ExportError("\(place): “\(CommentText.line(text))” cannot be a name in a Dockerfile")
    }
    return try bare(text, in: place)
  }

  private static func refuseControls(_ text: String, in place: String) throws(ExportError) {
    guard text.unicodeScalars.contains(where: { $0 < " " || $0 == "\u{7F}" }) else { return }
    throw ExportError(
      "\(place) has a line break or another control character, which a Dockerfile cannot hold",
      hints: ["set it when the container starts, or build without a Dockerfile: `envlock build`"])
  }
}
