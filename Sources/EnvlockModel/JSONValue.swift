/// A JSON document as a value (RFC 8259).
public enum JSONValue: Hashable, Sendable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A number that was written without fraction and exponent and fits an `Int`.
  case integer(Int)
  /// Any other number.
  case number(Double)
  /// A string.
  case string(String)
  /// An array.
  case array([JSONValue])
  /// An object.
  case object(JSONObject)
}

extension JSONValue {
  /// The value of `key`; nil where this is no object or has no such key.
  public subscript(key: String) -> JSONValue? {
    guard case .object(let object) = self else { return nil }
    return object[key]
  }

  /// The text of a string; nil for anything else.
  public var stringValue: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  /// An integer; nil for anything else, also for a number with a fraction.
  public var integerValue: Int? {
    guard case .integer(let number) = self else { return nil }
    return number
  }

  /// Any number as a `Double`; nil for anything else.
  public var numberValue: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .number(let number): number
    default: nil
    }
  }

  /// A truth value; nil for anything else.
  public var boolValue: Bool? {
    guard case .bool(let flag) = self else { return nil }
    return flag
  }

  /// The elements of an array; nil for anything else.
  public var arrayValue: [JSONValue]? {
    guard case .array(let elements) = self else { return nil }
    return elements
  }

  /// The members of an object; nil for anything else.
  public var objectValue: JSONObject? {
    guard case .object(let object) = self else { return nil }
    return object
  }
}

// No nil literal: `condition ? value : nil` would silently become `null` where an optional is meant.
extension JSONValue: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// A literal truth value.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// A literal integer.
  public init(integerLiteral value: Int) { self = .integer(value) }
  /// A literal number.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// A literal string.
  public init(stringLiteral value: String) { self = .string(value) }
  /// A literal array.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// A literal object; of a key that is written twice the last value counts.
  public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}

/// The members of a JSON object, ordered by the UTF-8 bytes of their keys, so that equal objects are equal
/// whatever order they were written in.
public struct JSONObject: Hashable, Sendable {
  /// One key and its value.
  public struct Member: Hashable, Sendable {
    /// The key.
    public let key: String
    /// Its value.
    public var value: JSONValue

    /// Pairs a key with its value.
    public init(key: String, value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  /// The members by ascending key.
  public private(set) var members: [Member]

  /// An object without members.
  public init() { members = [] }

  /// An object of these pairs; of a key that comes twice the last value counts.
  public init(_ pairs: some Sequence<(String, JSONValue)>) {
    self.init()
    for (key, value) in pairs { self[key] = value }
  }

  /// An object of members that are known to be sorted and free of duplicates.
  init(sorted members: [Member]) { self.members = members }

  /// The keys in ascending order.
  public var keys: [String] { members.map(\.key) }

  /// Whether it has no member.
  public var isEmpty: Bool { members.isEmpty }

  /// The value of `key`; assigning nil removes the key.
  public subscript(key: String) -> JSONValue? {
    get {
      let (index, found) = place(of: key)
      return found ? members[index].value : nil
    }
    set {
      let (index, found) = place(of: key)
      switch (newValue, found) {
      case (let value?, true): members[index].value = value
      case (let value?, false): members.insert(Member(key: key, value: value), at: index)
      case (nil, true): members.remove(at: index)
      case (nil, false): break
      }
    }
  }

  /// Where `key` stands, or where it would have to be inserted.
  private func place(of key: String) -> (index: Int, found: Bool) {
    var low = 0
    var high = members.count
    // Objects are mostly built in ascending order: look at the end first.
    if let last = members.last, JSONObject.precedes(last.key, key) { return (high, false) }
    while low < high {
      let middle = low + (high - low) / 2
      if JSONObject.precedes(members[middle].key, key) { low = middle + 1 } else { high = middle }
    }
    let found = low < members.count && !JSONObject.precedes(key, members[low].key)
    return (low, found)
  }

  /// Order by UTF-8 bytes; `String`'s own order depends on the Unicode version of the standard library.
  static func precedes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  /// A literal object; of a key that is written twice the last value counts.
  public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}

/// Text that is not JSON.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, without the place: "expected a value, found `}`".
  public let reason: String
  /// The line, counted from 1.
  public let line: Int
  /// The column in Unicode scalars, counted from 1.
  public let column: Int

  /// Describes a fault at a place.
  public init(reason: String, line: Int, column: Int) {
    self.reason = reason
    self.line = line
    self.column = column
  }

  /// "line 3, column 7: expected a value".
  public var description: String { "line \(line), column \(column): \(reason)" }
}
