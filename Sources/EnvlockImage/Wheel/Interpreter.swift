public import EnvlockVersions

/// The Python that an image's scripts run on, by its path in the image.
public struct Interpreter: Hashable, Sendable, CustomStringConvertible {
  /// The path: "/usr/bin/python3".
  public let path: String

  /// The longest first line that every kernel reads whole, the `#!` and the line's end included.
  ///
  /// Linux read 127 bytes before 5.1 and reads 255 since (execve(2), "Interpreter scripts").
  static let lineLimit = 127

  /// Reads a path.
  ///
  /// - Throws: `MalformedText` unless it begins with a slash and holds no control character, and none of those that a
  ///   shell reads inside of quotes.
  public init(_ path: String) throws(MalformedText) {
    guard path.utf8.first == UInt8(ascii: "/") else {
      throw MalformedText(what: "path of an interpreter", text: path, reason: "it has to begin with a slash")
    }
    let special = Array("\"'$`\\".utf8)
    guard path.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && !special.contains($0) }) else {
      throw MalformedText(
        what: "path of an interpreter", text: path, reason: "a script's first line cannot hold it")
    }
    self.path = path
  }

  /// The path.
  public var description: String { path }

  /// What a script begins with: `#!`, the path and LF. Where the path is too long for that or holds a space, lines that
  /// a shell reads as the call of the interpreter, and Python as a string without use.
  public var firstLines: String {
    let line = "#!\(path)\n"
    if line.utf8.count <= Interpreter.lineLimit, !path.utf8.contains(UInt8(ascii: " ")) { return line }
    return """
      #!/bin/sh
      '''exec' "\(path)" "$0" "$@"
      ' '''

      """
  }

  /// What a script begins with if its first line is to be replaced.
  static let placeholder = Array("#!python".utf8)

  /// The script with its first line, which names no particular interpreter, replaced; nil where the first line is another.
  ///
  /// Source: PyPA specifications, "Binary distribution format": "scripts must begin with exactly b'#!python'".
  func rewritten(_ script: [UInt8]) -> [UInt8]? {
    guard script.starts(with: Interpreter.placeholder) else { return nil }
    let end = script.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? script.count
    return Array(firstLines.utf8) + script[end...]
  }
}
