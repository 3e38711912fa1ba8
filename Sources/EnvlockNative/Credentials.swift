/// Name and secret of HTTP Basic authentication. It has no description that shows them.
///
/// Source: RFC 7617.
package struct BasicCredentials: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
  let name: String
  let secret: String

  /// Takes both as they are.
  package init(name: String, secret: String) {
    self.name = name
    self.secret = secret
  }

  /// Takes "name:secret" or "token" out of a URL, percent-encoded.
  package init(userInfo: String) {
    let parts = userInfo.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    name = Self.decode(parts.first ?? "")
    secret = parts.count > 1 ? Self.decode(parts[1]) : ""
  }

  /// The name alone; it is nothing to be shown either.
  package var userName: String { name }

  /// Always the same text.
  package var description: String { "credentials" }

  /// Shows nothing to `dump` and debuggers either.
  package var customMirror: Mirror { Mirror(self, children: [:]) }

  /// Undoes percent-encoding. What is not well encoded is kept as it is: it may be meant so.
  private static func decode(_ text: Substring) -> String {
    let bytes = Array(text.utf8)
    var decoded: [UInt8] = []
    var place = 0
    while place < bytes.count {
      if bytes[place] == UInt8(ascii: "%"), place + 2 < bytes.count,
        let byte = UInt8(String(decoding: bytes[(place + 1)...(place + 2)], as: UTF8.self), radix: 16),
        byte != 0
      {
        decoded.append(byte)
        place += 3
      } else {
        decoded.append(bytes[place])
        place += 1
      }
    }
    return String(decoding: decoded, as: UTF8.self)
  }
}

/// Which credentials go to which host.
package struct CredentialList: Hashable, Sendable {
  private var byOrigin: [String: BasicCredentials] = [:]

  /// No credentials.
  package init() {}

  /// Takes the user information out of URLs, such as those of configured indexes; those without are passed over. The
  /// files of an index mostly lie on its own host, under URLs that do not repeat it.
  package init(urls: [String]) {
    for url in urls {
      guard let address = try? WebAddress(url), let credentials = address.credentials else { continue }
      add(credentials, for: address)
    }
  }

  /// Sends `credentials` to the scheme, host and port of `address`, and nowhere else. The first for an origin stays.
  package mutating func add(_ credentials: BasicCredentials, for address: WebAddress) {
    if byOrigin[address.origin] == nil { byOrigin[address.origin] = credentials }
  }

  /// What to send to `address`.
  package subscript(address: WebAddress) -> BasicCredentials? { byOrigin[address.origin] }
}
