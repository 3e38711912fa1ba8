public import EnvlockVersions

/// What one alternative of a dependency asks for: a package, perhaps within versions (deb-control(5), "Depends").
public struct DebianRelation: Hashable, Sendable, CustomStringConvertible {
  /// How a version is compared.
  public enum Operator: String, Hashable, Sendable {
    /// Strictly older.
    case older = "<<"
    /// Older or the same.
    case atMost = "<="
    /// The same.
    case exactly = "="
    /// Newer or the same.
    case atLeast = ">="
    /// Strictly newer.
    case newer = ">>"
  }

  /// Which versions will do.
  public struct Constraint: Hashable, Sendable, CustomStringConvertible {
    /// How the version is compared.
    public let comparison: Operator
    /// With what.
    public let version: DebianVersion

    /// Whether a version will do.
    public func contains(_ candidate: DebianVersion) -> Bool {
      switch comparison {
      case .older: candidate < version
      case .atMost: candidate <= version
      case .exactly: candidate == version
      case .atLeast: candidate >= version
      case .newer: candidate > version
      }
    }

    /// ">= 2.36".
    public var description: String { "\(comparison.rawValue) \(version)" }
  }

  /// The package, real or virtual.
  public let name: String
  /// Which versions of it; nil: all.
  public let constraint: Constraint?

  /// "libc6 (>= 2.36)".
  public var description: String { constraint.map { "\(name) (\($0))" } ?? name }

  /// Reads one alternative; an architecture qualifier such as `:any` is dropped, since one architecture is resolved.
  ///
  /// - Throws: `MalformedText` for anything but `name`, `name:arch` or these with `(operator version)`.
  public init(_ text: some StringProtocol) throws(MalformedText) {
    var scanner = ByteScanner(text, what: "Debian dependency")
    scanner.skipBlanks()
    let start = scanner.position
    while let byte = scanner.next, Self.isNameByte(byte) { scanner.position += 1 }
    let name = String(decoding: scanner.bytes[start..<scanner.position], as: UTF8.self)
    guard !name.isEmpty else { throw scanner.fault("the name of a package is expected") }
    self.name = name
    if scanner.take(UInt8(ascii: ":")) {
      while let byte = scanner.next, Self.isNameByte(byte) { scanner.position += 1 }
    }
    scanner.skipBlanks()
    var constraint: Constraint?
    if scanner.take(UInt8(ascii: "(")) {
      let inside = scanner.position
      while let byte = scanner.next, byte != UInt8(ascii: ")") { scanner.position += 1 }
      let content = scanner.bytes[inside..<scanner.position]
      guard scanner.take(UInt8(ascii: ")")) else { throw scanner.fault("a closing parenthesis is missing") }
      constraint = try Self.constraint(String(decoding: content, as: UTF8.self))
      scanner.skipBlanks()
    }
    guard scanner.isAtEnd else { throw scanner.fault("nothing more is expected") }
    self.constraint = constraint
  }

  private static func constraint(_ text: String) throws(MalformedText) -> Constraint {
    let bytes = Array(text.utf8)
    let signs = bytes.drop { $0 == UInt8(ascii: " ") }.prefix { "<=>".utf8.contains($0) }
    // "<" and ">" alone are old spellings of "<=" and ">=" (deb-control(5)).
    let spelling = ["<": "<=", ">": ">="]
    let sign = String(decoding: signs, as: UTF8.self)
    guard let comparison = Operator(rawValue: spelling[sign] ?? sign) else {
      throw MalformedText(
        what: "Debian dependency", text: text, reason: "expected <<, <=, =, >= or >> and a version")
    }
    let version = bytes[signs.endIndex...].filter { $0 != UInt8(ascii: " ") }
    return Constraint(
      comparison: comparison, version: try DebianVersion(String(decoding: version, as: UTF8.self)))
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }
}

/// One dependency of a package: any of its alternatives will do, and the first is preferred.
public struct DebianDependency: Hashable, Sendable, CustomStringConvertible {
  /// The alternatives in their order, at least one.
  public let alternatives: [DebianRelation]

  /// "default-mta | mail-transport-agent".
  public var description: String { alternatives.map(\.description).joined(separator: " | ") }

  /// Reads the value of a field such as Depends: dependencies separated by commas.
  ///
  /// - Throws: `MalformedText` for the first that is malformed.
  public static func list(_ text: some StringProtocol) throws(MalformedText) -> [DebianDependency] {
    var dependencies: [DebianDependency] = []
    for part in text.split(separator: ",") {
      var alternatives: [DebianRelation] = []
      for alternative in part.split(separator: "|") {
        // A field may go on over several lines.
        let text = alternative.drop(while: \.isWhitespace)
        guard let last = text.lastIndex(where: { !$0.isWhitespace }) else { continue }
        alternatives.append(try DebianRelation(text[...last]))
      }
      guard !alternatives.isEmpty else { continue }
      dependencies.append(DebianDependency(alternatives: alternatives))
    }
    return dependencies
  }
}
