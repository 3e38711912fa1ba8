import EnvlockModel
import EnvlockNative

/// What a registry is shown, and where it was found. It has no description that shows it.
struct RegistryCredentials: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
  /// The kinds that `docker login` keeps.
  enum Value: Hashable, Sendable {
    /// Name and password.
    case basic(BasicCredentials)
    /// A token that the token service changes into others.
    case identityToken(String)
    /// A token that goes to the registry as it is.
    case registryToken(String)
  }

  let value: Value
  /// The file or program, for people.
  let source: String

  /// Always the same text.
  var description: String { "credentials" }

  /// Shows nothing to `dump` and debuggers either.
  var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// A configuration file of Docker (`config.json`) or of containers' tools (`auth.json`), as far as it is about
/// credentials.
///
/// Sources: `docker login`, "Credential stores"; containers-auth.json(5).
struct CredentialFile: Sendable {
  /// A helper program, and what it is asked for.
  struct Helper: Hashable, Sendable {
    /// "desktop" for `docker-credential-desktop`.
    let name: String
    /// What it knows the registry by.
    let server: String
  }

  /// A file that is not what it should be; it says nothing of its content.
  struct Fault: Error {
    let reason: String
  }

  let path: String
  private let entries: JSONObject
  private let helpers: JSONObject
  private let store: String?

  /// - Throws: `Fault` where the file is no JSON object.
  init(path: String, bytes: [UInt8]) throws(Fault) {
    self.path = path
    let document: JSONValue
    do { document = try JSONValue(parsing: bytes) } catch {
      throw Fault(reason: "it is no JSON (line \(error.line), column \(error.column))")
    }
    guard let object = document.objectValue else { throw Fault(reason: "it is no JSON object") }
    entries = object["auths"]?.objectValue ?? JSONObject()
    helpers = object["credHelpers"]?.objectValue ?? JSONObject()
    store = object["credsStore"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The programs to ask about a repository, the first one first.
  ///
  /// - Parameter key: "registry.example.com/team/app".
  /// - Returns: the programs.
  func helpers(for key: String) -> [Helper] {
    let server = Self.server(of: key)
    var found: [Helper] = []
    for name in Self.lookups(key) {
      guard let member = helpers.members.first(where: { Self.normalised($0.key) == name }),
        let helper = member.value.stringValue, !helper.isEmpty
      else { continue }
      found.append(Helper(name: helper, server: server))
      break
    }
    if let store, !found.contains(where: { $0.name == store }) {
      found.append(Helper(name: store, server: server))
    }
    return found
  }

  /// What the file itself holds for a repository; the entry for the longest part of its name counts.
  ///
  /// - Throws: `Fault` where the entry is not what it should be.
  func credentials(for key: String) throws(Fault) -> RegistryCredentials? {
    for name in Self.lookups(key) {
      for member in entries.members where Self.normalised(member.key) == name {
        guard let entry = member.value.objectValue, let value = try Self.value(entry, name) else { continue }
        return RegistryCredentials(value: value, source: "`\(path)`")
      }
    }
    return nil
  }

  private static func value(_ entry: JSONObject, _ name: String) throws(Fault) -> RegistryCredentials.Value? {
    func text(_ key: String) -> String? { entry[key]?.stringValue.flatMap { $0.isEmpty ? nil : $0 } }
    if let token = text("identitytoken") { return .identityToken(token) }
    if let token = text("registrytoken") { return .registryToken(token) }
    if let packed = text("auth") {
      guard let bytes = base64Decoded(packed), let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else {
        throw Fault(reason: "its entry for \(name) holds no name and password")
      }
      var secret = bytes[(colon + 1)...]
      // Docker pads some with zero bytes.
      while secret.last == 0 { secret = secret.dropLast() }
      return .basic(
        BasicCredentials(
          name: String(decoding: bytes[..<colon], as: UTF8.self),
          secret: String(decoding: secret, as: UTF8.self)))
    }
    if let user = text("username"), let secret = text("password") {
      return .basic(BasicCredentials(name: user, secret: secret))
    }
    return nil
  }

  // MARK: names

  /// The name itself and what it lies in, down to the host.
  static func lookups(_ key: String) -> [String] {
    var parts = key.split(separator: "/")
    var found: [String] = []
    while !parts.isEmpty {
      found.append(parts.joined(separator: "/"))
      parts.removeLast()
    }
    return found
  }

  /// "https://index.docker.io/v1/" is docker.io; "https://registry.example.com/v2/" is registry.example.com. A URL
  /// stands for its host, whatever its path.
  static func normalised(_ key: String) -> String {
    var rest = key[...]
    var isURL = false
    for scheme in ["https://", "http://"] where rest.lowercased().hasPrefix(scheme) {
      rest = rest.dropFirst(scheme.count)
      isURL = true
    }
    var parts = rest.split(separator: "/").map(String.init)
    guard let host = parts.first?.lowercased() else { return "" }
    parts[0] = dockerHosts.contains(host) ? "docker.io" : host
    if isURL || (parts.count == 2 && ["v1", "v2"].contains(parts[1])) { return parts[0] }
    return parts.joined(separator: "/")
  }

  /// What a helper knows a registry by: its host, and for docker.io the URL that it once had.
  private static func server(of key: String) -> String {
    let host = key.prefix { $0 != "/" }
    return host == "docker.io" ? "https://index.docker.io/v1/" : String(host)
  }

  private static let dockerHosts = ["docker.io", "index.docker.io", "registry-1.docker.io"]
}

/// Undoes base64, with or without padding; nil for anything else. Source: RFC 4648, section 4.
func base64Decoded(_ text: String) -> [UInt8]? {
  var bytes: [UInt8] = []
  var word: UInt32 = 0
  var bits = 0
  var digits = Array(text.utf8)[...]
  while digits.last == UInt8(ascii: "=") { digits = digits.dropLast() }
  for digit in digits {
    let value: UInt8
    switch digit {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = digit - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): value = digit - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"), UInt8(ascii: "-"): value = 62
    case UInt8(ascii: "/"), UInt8(ascii: "_"): value = 63
    default: return nil
    }
    word = (word << 6 | UInt32(value)) & 0xFFF
    bits += 6
    if bits >= 8 {
      bits -= 8
      bytes.append(UInt8(truncatingIfNeeded: word >> UInt32(bits)))
    }
  }
  return bits == 6 ? nil : bytes
}
