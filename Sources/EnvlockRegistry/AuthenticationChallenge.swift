/// What a server wants to be shown: "Bearer realm=…,service=…".
///
/// Source: RFC 9110, section 11.6.1.
struct AuthenticationChallenge: Hashable {
  /// The scheme in lower case: "bearer", "basic".
  let scheme: String
  /// The parameters by name in lower case.
  let parameters: [String: String]

  /// Reads the values of WWW-Authenticate; each may hold several challenges. What cannot be read is passed over.
  static func read(_ values: [String]) -> [AuthenticationChallenge] {
    values.flatMap { value in
      var reader = Reader(bytes: Array(value.utf8))
      return reader.challenges()
    }
  }

  private struct Reader {
    let bytes: [UInt8]
    var place = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var next: UInt8? { place < bytes.count ? bytes[place] : nil }

    mutating func challenges() -> [AuthenticationChallenge] {
      var found: [AuthenticationChallenge] = []
      var scheme: String?
      var parameters: [String: String] = [:]
      func end() {
        if let scheme { found.append(AuthenticationChallenge(scheme: scheme, parameters: parameters)) }
      }
      while true {
        skip { $0 == UInt8(ascii: ",") || isSpace($0) }
        let word = token()
        guard !word.isEmpty else {
          if next == nil { break }
          // Something that is no token, such as the rest of a token68.
          place += 1
          continue
        }
        let start = place
        skip(isSpace)
        if scheme != nil, next == UInt8(ascii: "="), let value = value() {
          parameters[word.lowercased()] = value
        } else {
          place = start
          end()
          scheme = word.lowercased()
          parameters = [:]
          skipToken68()
        }
      }
      end()
      return found
    }

    /// What follows "=": a token or a quoted text; nil where it is neither.
    private mutating func value() -> String? {
      place += 1
      skip(isSpace)
      guard next == UInt8(ascii: "\"") else {
        let word = token()
        return word.isEmpty ? nil : word
      }
      place += 1
      var text: [UInt8] = []
      while let byte = next, byte != UInt8(ascii: "\"") {
        if byte == UInt8(ascii: "\\"), place + 1 < bytes.count { place += 1 }
        text.append(bytes[place])
        place += 1
      }
      // The closing quote, where there is one.
      if next != nil { place += 1 }
      return String(decoding: text, as: UTF8.self)
    }

    /// Passes over "Negotiate abc==": one text in place of parameters.
    private mutating func skipToken68() {
      let start = place
      skip(isSpace)
      guard place > start else { return }
      skip { isToken($0) || $0 == UInt8(ascii: "/") }
      skip { $0 == UInt8(ascii: "=") }
      skip(isSpace)
      let isAlone = next == nil || next == UInt8(ascii: ",")
      if !isAlone { place = start }
    }

    private mutating func token() -> String {
      let start = place
      skip(isToken)
      return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    private mutating func skip(_ isMeant: (UInt8) -> Bool) {
      while let byte = next, isMeant(byte) { place += 1 }
    }
  }
}

private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

private func isToken(_ byte: UInt8) -> Bool {
  (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
    || "!#$%&'*+-.^_`|~".utf8.contains(byte)
}
