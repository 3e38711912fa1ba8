/// A line of a requirements file that cannot be read or followed.
public struct RequirementsFileError: UserFacingError, Hashable, Sendable, CustomStringConvertible {
  /// The name of the file, as it was given.
  public let file: String
  /// The line, from 1.
  public let line: Int
  /// The character in the line where the fault lies, from 1.
  public let column: Int
  /// The line as it stands in the file, credentials left out.
  public let sourceLine: String
  /// What is wrong, a clause without a trailing period.
  public let reason: String
  /// What to do instead.
  public let hints: [String]

  /// Where the caret belongs in `sourceLine`, in characters from 0.
  private let caret: Int

  /// Describes a fault.
  ///
  /// - Parameters:
  ///   - file: The name of the file.
  ///   - line: The line, from 1.
  ///   - source: The line as it stands in the file.
  ///   - offset: Where in `source` the fault lies, in UTF-8 bytes.
  ///   - reason: What is wrong.
  ///   - hints: What to do instead.
  init(file: String, line: Int, source: [UInt8], offset: Int, reason: String, hints: [String]) {
    self.file = file
    self.line = line
    self.reason = reason
    self.hints = hints
    let offset = min(offset, source.count)
    column = Self.characters(in: source, before: offset) + 1
    let shown = URLCredentials.redacted(String(decoding: source, as: UTF8.self), offset: offset)
    sourceLine = shown.text
    caret = Self.characters(in: Array(shown.text.utf8), before: shown.offset)
  }

  private static func characters(in bytes: [UInt8], before offset: Int) -> Int {
    String(decoding: bytes.prefix(max(offset, 0)), as: UTF8.self).count
  }

  /// The place and what is wrong there.
  public var message: String { "\(file):\(line):\(column): \(reason)" }

  /// The line, and a caret under the fault.
  public var details: [String] {
    // Tabs stay tabs, so that the caret lands where the terminal puts the character above it.
    let padding = String(sourceLine.prefix(caret).map { $0 == "\t" ? "\t" : " " })
    return [sourceLine, padding + "^"]
  }

  /// Bad input.
  public var kind: ErrorKind { .badInput }

  /// The message.
  public var description: String { message }
}
