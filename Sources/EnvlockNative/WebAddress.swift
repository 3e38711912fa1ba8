/// An http or https URL, split where transfers and caches need it.
///
/// Source: RFC 3986, section 3. Bytes that may not stand in a URL (spaces, controls, non-ASCII) are percent-encoded,
/// since index pages contain them.
package struct WebAddress: Hashable, Sendable {
  /// "http" or "https".
  package let scheme: String
  /// Lower-cased name or number; an IPv6 number stands in brackets.
  package let host: String
  /// The port, stated or the scheme's own.
  package let port: Int
  /// Path and query, beginning with a slash; the fragment is dropped, since it is never sent.
  package let target: String
  /// What stands before the "@", still encoded: "name:secret" or "token". Never show it.
  package let userInfo: String?

  /// - Throws: `TransferError.badURL` unless `text` is an absolute http or https URL.
  package init(_ text: String) throws(TransferError) {
    func bad(_ reason: String) -> TransferError { .badURL(url: redact(text), reason: reason) }
    let bytes = Array(text.utf8)
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[colon...].starts(with: Array("://".utf8))
    else { throw bad("it has no scheme") }
    scheme = String(decoding: bytes[..<colon], as: UTF8.self).lowercased()
    let standardPort: Int
    switch scheme {
    case "https": standardPort = 443
    case "http": standardPort = 80
    default: throw bad("its scheme is neither http nor https")
    }
    let rest = bytes[(colon + 3)...]
    let authorityEnd = rest.firstIndex { "/?#\\".utf8.contains($0) } ?? rest.endIndex
    var authority = rest[..<authorityEnd]
    if let at = authority.lastIndex(of: UInt8(ascii: "@")) {
      let user = authority[..<at]
      userInfo = user.isEmpty ? nil : String(decoding: user, as: UTF8.self)
      authority = authority[(at + 1)...]
    } else {
      userInfo = nil
    }
    guard let (name, port) = Self.splitPort(authority) else { throw bad("its port is not a number") }
    self.port = port ?? standardPort
    host = String(decoding: name, as: UTF8.self).lowercased()
    guard !host.isEmpty else { throw bad("it names no host") }
    guard name.allSatisfy({ $0 > 0x20 && $0 != 0x7F && !"<>\"%\\^`{|}".utf8.contains($0) }) else {
      throw bad("its host name has a character that no host name has")
    }
    let path = rest[authorityEnd...].prefix { $0 != UInt8(ascii: "#") }
    let slash = path.first == UInt8(ascii: "/") ? "" : "/"
    target = slash + Self.encodeUnsafe(path)
  }

  /// Scheme, host and port, without anything secret; the port only where it is not the scheme's own.
  package var origin: String { "\(scheme)://\(hostAndPort)" }

  /// The host as it is named in errors: "example.org", "localhost:8080".
  package var hostAndPort: String {
    port == (scheme == "https" ? 443 : 80) ? host : "\(host):\(port)"
  }

  /// The whole URL without user information and fragment.
  package var text: String { origin + target }

  /// Name and secret, decoded, as HTTP Basic wants them; nil when the URL holds none.
  package var credentials: BasicCredentials? { userInfo.map { BasicCredentials(userInfo: $0) } }

  /// Whether what is secret may go along from here to `other`: the same host and port, and not from https to http.
  package func sharesSecrets(with other: WebAddress) -> Bool {
    guard host == other.host else { return false }
    if scheme == other.scheme { return port == other.port }
    return scheme == "http" && port == 80 && other.scheme == "https" && other.port == 443
  }

  /// Whether two URLs are of one scheme, host and port.
  package static func haveOneOrigin(_ one: String, _ other: String) -> Bool {
    guard let one = try? WebAddress(one), let other = try? WebAddress(other) else { return false }
    return one.origin == other.origin
  }

  /// Splits "host:8080" and "[::1]:8080". Nil when the port is no port.
  static func splitPort(_ authority: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, Int?)? {
    let afterBracket = authority.lastIndex(of: UInt8(ascii: "]")) ?? authority.startIndex
    guard let colon = authority[afterBracket...].firstIndex(of: UInt8(ascii: ":")) else {
      return (authority, nil)
    }
    let digits = authority[(colon + 1)...]
    if digits.isEmpty { return (authority[..<colon], nil) }
    guard digits.allSatisfy({ (0x30...0x39).contains($0) }),
      let port = UInt16(String(decoding: digits, as: UTF8.self))
    else { return nil }
    return (authority[..<colon], Int(port))
  }

  private static func encodeUnsafe(_ bytes: ArraySlice<UInt8>) -> String {
    func isUnsafe(_ byte: UInt8) -> Bool { byte <= 0x20 || byte >= 0x7F }
    guard bytes.contains(where: isUnsafe) else { return String(decoding: bytes, as: UTF8.self) }
    let digits = Array("0123456789ABCDEF".utf8)
    var encoded: [UInt8] = []
    for byte in bytes {
      if isUnsafe(byte) {
        encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      } else {
        encoded.append(byte)
      }
    }
    return String(decoding: encoded, as: UTF8.self)
  }
}
