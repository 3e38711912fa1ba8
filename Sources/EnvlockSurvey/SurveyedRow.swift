public import EnvlockModel

/// A row of the matrix as the wheels of a release say it.
public struct SurveyedRow: Hashable, Sendable {
  /// How a field of the matrix is compared with the wheels.
  public enum Comparison: Hashable, Sendable {
    /// Both are the same.
    case exact
    /// Both have the same elements, in any order.
    case elements
    /// Both are the same requirements, in any order and spelling.
    case requirements
    /// The matrix has this version or a newer one: what the wheel says is only a lower bound.
    case floor
    /// One of two versions begins with the other: a wheel that says 8 agrees with 8.9.
    case prefix
  }

  /// A field.
  public struct Field: Hashable, Sendable {
    /// Its name in the matrix: "kernels".
    public let name: String
    /// Its value in the form of the matrix.
    public let value: JSONValue
    /// What it was read from: "torch/version.py".
    public let evidence: String
    /// How it is compared.
    public let comparison: Comparison

    /// Takes all four.
    public init(_ name: String, _ value: JSONValue, _ evidence: String, _ comparison: Comparison = .exact) {
      self.name = name
      self.value = value
      self.evidence = evidence
      self.comparison = comparison
    }
  }

  /// Where a new row says that it is from: a key of the file's table of sources, and what that stands for.
  public struct Source: Hashable, Sendable {
    /// The key.
    public let key: String
    /// The words for it, should the file not have the key.
    public let text: String

    /// Takes both.
    public init(_ key: String, _ text: String) {
      self.key = key
      self.text = text
    }
  }

  /// The table of the file: "builds".
  public let table: String
  /// The fields that say which row it is, first of all the version.
  public let identity: [String]
  /// The fields in the order in which a row has them.
  public var fields: [Field]
  /// What a new row is from.
  public var sources: [Source]
  /// The fields that are concluded and not read.
  public var derived: [String]
  /// What a reader of a new row should know.
  public var note: String?
  /// Whether it rests on a table that the makers wrote into a wheel, about builds that were not looked at; where the matrix
  /// knows a conflict about it, the matrix is right.
  public var isHearsay: Bool

  /// Takes all; `fields` without those that are nil.
  public init(
    table: String, identity: [String], fields: [Field?], sources: [Source], derived: [String] = [],
    note: String? = nil, isHearsay: Bool = false
  ) {
    self.table = table
    self.identity = identity
    self.fields = fields.compactMap { $0 }
    self.sources = sources
    self.derived = derived
    self.note = note
    self.isHearsay = isHearsay
  }

  /// The value of a field; nil where the wheels do not say.
  public subscript(name: String) -> JSONValue? { fields.first { $0.name == name }?.value }

  /// What it is about: "2.15.0 x86_64 cu126".
  public var name: String {
    identity.compactMap { field in
      switch self[field] {
      case .string(let text): text
      case .integer(let number): "CUDA \(number)"
      default: nil
      }
    }.joined(separator: " ")
  }

  /// Whether a row of the matrix is about the same.
  public func isAbout(_ row: JSONObject) -> Bool { identity.allSatisfy { row[$0] == self[$0] } }

  /// The row as the file has it: one line, without indentation and comma.
  public var line: String {
    var members = fields.map { ($0.name, $0.value) }
    let keys = sources.map { JSONValue.string($0.key) }
    members.append(("source", keys.count == 1 ? keys[0] : .array(keys)))
    if !derived.isEmpty {
      members.append(("confidence", .object(JSONObject(derived.map { ($0, "derived") }))))
    }
    if let note { members.append(("note", .string(note))) }
    return RowText.line(members)
  }
}

/// JSON on one line, with a blank behind colons and commas, as the files of the matrix have it.
enum RowText {
  /// An object, its members in this order.
  static func line(_ members: [(String, JSONValue)]) -> String {
    "{" + members.map { "\(text(.string($0.0))): \(text($0.1))" }.joined(separator: ", ") + "}"
  }

  static func text(_ value: JSONValue) -> String {
    switch value {
    case .array(let elements): "[" + elements.map(text).joined(separator: ", ") + "]"
    case .object(let object): line(object.members.map { ($0.key, $0.value) })
    default: plain(value)
    }
  }

  /// What is neither an array nor an object has no line breaks but the last.
  private static func plain(_ value: JSONValue) -> String {
    var text = value.canonical()
    if text.hasSuffix("\n") { text.removeLast() }
    return text
  }
}
