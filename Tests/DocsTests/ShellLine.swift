/// The commands of a line for a shell, as far as pages use shells: words, quotes, pipes, lists, redirections, comments
/// and commands in `$(…)`.
struct ShellLine {
  /// The words of each command; those within `$(…)` follow the one that they are part of.
  private(set) var commands: [[String]] = []

  /// Splits a line.
  init(_ text: String) {
    var scan = text[...]
    commands = Self.commands(&scan, isNested: false)
  }

  private static func commands(_ text: inout Substring, isNested: Bool) -> [[String]] {
    var commands: [[String]] = []
    var nested: [[String]] = []
    var words: [String] = []
    var word: String?
    var quote: Character?
    // The word after a redirection is a file.
    var isFile = false
    func endWord() {
      if let found = word, !isFile { words.append(found) }
      if word != nil { isFile = false }
      word = nil
    }
    func endCommand() {
      endWord()
      if !words.isEmpty { commands.append(words) }
      commands += nested
      words = []
      nested = []
    }
    while let character = text.popFirst() {
      if character == "$", text.first == "(", quote != "'" {
        text.removeFirst()
        nested += Self.commands(&text, isNested: true)
        word = (word ?? "") + "$(…)"
      } else if let open = quote {
        if character == open { quote = nil } else { word = (word ?? "") + String(character) }
      } else {
        switch character {
        case "'", "\"":
          quote = character
          word = word ?? ""
        case "\\": if let next = text.popFirst(), next != "\n" { word = (word ?? "") + String(next) }
        case " ", "\t": endWord()
        case "#" where word == nil:
          endCommand()
          text = text.drop { $0 != "\n" }
        case "|", "&", ";", "\n": endCommand()
        case ")" where isNested:
          endCommand()
          return commands
        case ">", "<":
          // A number before it is a descriptor.
          if let number = word, number.allSatisfy(\.isNumber) { word = nil }
          endWord()
          if text.first == "&" || text.first == ">" { text.removeFirst() }
          isFile = true
        default: word = (word ?? "") + String(character)
        }
      }
    }
    endCommand()
    return commands
  }

  /// The arguments of each run of envlock in it.
  var envlock: [[String]] {
    commands.compactMap { words in
      // Variables may stand before a command, and `ssh HOST` too.
      var words = words[...]
      while let word = words.first, word.contains("="), !word.hasPrefix("-") { words.removeFirst() }
      if words.first == "ssh" { words = words.dropFirst(2) }
      return words.first == "envlock" ? Array(words.dropFirst()) : nil
    }
  }
}
