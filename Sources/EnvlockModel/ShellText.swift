/// Writes words so that a POSIX shell reads them as they are (POSIX.1-2024, Shell Command Language, 2.2).
public enum ShellText {
  /// A word: bare where no character has a meaning, else in single quotes.
  public static func word(_ word: String) -> String {
    let isBare =
      !word.isEmpty
      && word.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "_-./:=,@%+".utf8.contains(byte)
      }
    // A word such as NAME=value before a command would be an assignment, a leading = is special to zsh.
    if isBare, !word.hasPrefix("=") { return word }
    return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }

  /// A command on one line.
  public static func line(_ words: [String]) -> String { words.map(word).joined(separator: " ") }
}
