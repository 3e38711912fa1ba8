import EnvlockNative

/// What a netrc file says of hosts.
///
/// Source: the GNU inetutils manual, "The .netrc file"; quotation marks as libcurl reads them.
struct NetrcFile: Sendable {
  private let words: [String]

  /// Takes the file apart; whatever is in it.
  init(bytes: [UInt8]) {
    var words: [String] = []
    var inMacro = false
    for line in String(decoding: bytes, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    {
      // A macro ends with an empty line.
      if inMacro {
        inMacro = !line.allSatisfy(\.isWhitespace)
        continue
      }
      let found = Self.words(in: line)
      if let macro = found.firstIndex(of: "macdef") {
        words += found[..<macro]
        inMacro = true
      } else {
        words += found
      }
    }
    self.words = words
  }

  /// The credentials for a host: those of the first entry that names it, or of the default entry.
  ///
  /// - Parameter host: the host, without its port.
  /// - Returns: nil where there are none with a name and a password.
  func credentials(for host: String) -> BasicCredentials? {
    var isMeant = false
    var (login, password): (String?, String?)
    var place = 0
    while place < words.count {
      let value = place + 1 < words.count ? words[place + 1] : nil
      switch words[place] {
      case "machine", "default":
        if isMeant { return Self.pair(login, password) }
        isMeant = words[place] == "default" || value?.lowercased() == host.lowercased()
        place += words[place] == "default" ? 1 : 2
      case "login":
        if isMeant { login = value }
        place += 2
      case "password":
        if isMeant { password = value }
        place += 2
      case "account": place += 2
      default: place += 1
      }
    }
    return isMeant ? Self.pair(login, password) : nil
  }

  private static func pair(_ login: String?, _ password: String?) -> BasicCredentials? {
    guard let login, let password else { return nil }
    return BasicCredentials(name: login, secret: password)
  }

  private static func words(in line: Substring) -> [String] {
    var words: [String] = []
    var rest = line[...]
    while true {
      rest = rest.drop(while: \.isWhitespace)
      guard let first = rest.first, first != "#" else { return words }
      guard first == "\"" else {
        let word = rest.prefix { !$0.isWhitespace }
        words.append(String(word))
        rest = rest.dropFirst(word.count)
        continue
      }
      var word = ""
      var isEscaped = false
      rest = rest.dropFirst()
      while let character = rest.first, isEscaped || character != "\"" {
        if !isEscaped, character == "\\" {
          isEscaped = true
        } else {
          word.append(character)
          isEscaped = false
        }
        rest = rest.dropFirst()
      }
      rest = rest.dropFirst()
      words.append(word)
    }
  }
}
