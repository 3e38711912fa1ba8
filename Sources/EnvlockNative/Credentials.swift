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

/// What a request shows to be let in. It has no description that shows it.
package struct TransferAuthorization: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
  private enum Value: Hashable, Sendable {
    case basic(BasicCredentials)
    case bearer(String)
  }

  private let value: Value

  private init(_ value: Value) { self.value = value }

  /// HTTP Basic authentication. Source: RFC 7617.
  package static func basic(_ credentials: BasicCredentials) -> TransferAuthorization {
    TransferAuthorization(.basic(credentials))
  }

  /// A token of whoever grants access. Source: RFC 6750, section 2.1.
  package static func bearer(_ token: String) -> TransferAuthorization {
    TransferAuthorization(.bearer(token))
  }

  /// For libcurl.
  var credentials: BasicCredentials? { if case .basic(let credentials) = value { credentials } else { nil } }

  /// The value of the header Authorization, where libcurl does not make it.
  var header: String? { if case .bearer(let token) = value { "Bearer \(token)" } else { nil } }

  /// Always the same text.
  package var description: String { "authorization" }

  /// Shows nothing to `dump` and debuggers either.
  package var customMirror: Mirror { Mirror(self, children: [:]) }
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
