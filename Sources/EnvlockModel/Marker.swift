public import EnvlockVersions

/// When a requirement applies: `python_version >= "3.9" and extra == "cuda"`.
///
/// Source: dependency specifiers, "Environment markers" (PEP 508), with the set variables of PEP 751.
public indirect enum Marker: Hashable, Sendable, CustomStringConvertible {
  /// One comparison.
  case comparison(MarkerComparison)
  /// All of two or more; none of them is itself an `and`.
  case and([Marker])
  /// One of two or more; none of them is itself an `or`.
  case or([Marker])

  /// Reads a marker.
  ///
  /// - Throws: `MalformedText` with the offset of the fault.
  public init(_ text: some StringProtocol) throws(MalformedText) {
    var scanner = ByteScanner(text, what: "marker")
    self = try Marker.parse(&scanner)
    guard scanner.isAtEnd else {
      throw scanner.fault("\"and\", \"or\" or the end of the marker is expected here")
    }
  }

  /// As the specification writes it, with double quotes and only the parentheses that it needs. Reading the text
  /// gives an equal marker.
  public var description: String {
    switch self {
    case .comparison(let comparison): comparison.description
    case .and(let terms):
      terms.map { if case .or = $0 { "(\($0))" } else { "\($0)" } }.joined(separator: " and ")
    case .or(let terms): terms.map { "\($0)" }.joined(separator: " or ")
    }
  }

  /// Whether the answer can depend on the extras that are asked for.
  public var mentionsExtra: Bool {
    contains { $0.variables.contains { $0 == .extra || $0 == .extras } }
  }

  /// The extras that are named, sorted, each once.
  public var mentionedExtras: [ExtraName] {
    var names: Set<ExtraName> = []
    visit { comparison in
      guard comparison.variables.contains(where: { $0 == .extra || $0 == .extras }) else { return }
      for case .literal(let text) in [comparison.left, comparison.right] {
        if let name = try? ExtraName(text) { names.insert(name) }
      }
    }
    return names.sorted()
  }

  /// Whether a comparison satisfies `condition`.
  func contains(_ condition: (MarkerComparison) -> Bool) -> Bool {
    switch self {
    case .comparison(let comparison): condition(comparison)
    case .and(let terms), .or(let terms): terms.contains { $0.contains(condition) }
    }
  }

  /// Calls `body` with each comparison, from left to right.
  func visit(_ body: (MarkerComparison) -> Void) {
    switch self {
    case .comparison(let comparison): body(comparison)
    case .and(let terms), .or(let terms): for term in terms { term.visit(body) }
    }
  }
}

/// One comparison of a marker: `python_version >= "3.9"`.
public struct MarkerComparison: Hashable, Sendable, CustomStringConvertible {
  /// What stands on the left.
  public let left: MarkerOperand
  /// How the two are compared.
  public let `operator`: MarkerOperator
  /// What stands on the right.
  public let right: MarkerOperand

  /// Compares two operands; a text that is compared with `extra` is normalised (PEP 685).
  public init(_ left: MarkerOperand, _ operator: MarkerOperator, _ right: MarkerOperand) {
    self.left = left.normalised(against: right)
    self.operator = `operator`
    self.right = right.normalised(against: left)
  }

  /// `python_version >= "3.9"`.
  public var description: String { "\(left) \(`operator`.rawValue) \(right)" }

  /// The variables on either side.
  var variables: [MarkerVariable] { [left, right].compactMap(\.variable) }
}

/// One side of a marker's comparison.
public enum MarkerOperand: Hashable, Sendable, CustomStringConvertible {
  /// A property of the environment.
  case variable(MarkerVariable)
  /// A quoted text, without its quotes.
  case literal(String)

  /// The name, or the text in quotes: double ones, unless it holds one.
  public var description: String {
    switch self {
    case .variable(let variable): variable.name
    case .literal(let text): text.utf8.contains(UInt8(ascii: "\"")) ? "'\(text)'" : "\"\(text)\""
    }
  }

  var variable: MarkerVariable? {
    if case .variable(let variable) = self { variable } else { nil }
  }

  fileprivate func normalised(against other: MarkerOperand) -> MarkerOperand {
    guard case .literal(let text) = self, let variable = other.variable, variable.isName else { return self }
    return .literal(MarkerOperand.normalisedName(text))
  }

  /// The normalised name, of a text that need not be a valid one.
  static func normalisedName(_ text: String) -> String {
    NameNormaliser.normalised(nameBytes: text.utf8, count: text.utf8.count)
  }
}

/// How a marker compares.
public enum MarkerOperator: String, Hashable, CaseIterable, Sendable {
  /// `==`.
  case equal = "=="
  /// `!=`.
  case notEqual = "!="
  /// `<`.
  case less = "<"
  /// `<=`.
  case atMost = "<="
  /// `>`.
  case greater = ">"
  /// `>=`.
  case atLeast = ">="
  /// `~=`, of versions only.
  case compatible = "~="
  /// `===`, of versions only.
  case arbitrary = "==="
  /// `in`: the left is part of the right, or a member of it where that is a set.
  case `in` = "in"
  /// The opposite of `in`.
  case notIn = "not in"
}
