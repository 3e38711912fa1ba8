/// A document that is JSON, but not the document that was expected.
public struct JSONDecodingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Where in the document: "wheels[3].sha256"; empty for the document itself.
  public let path: String
  /// What is wrong there: "expected a string, found a number".
  public let reason: String

  /// Describes a fault at a place.
  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  /// "wheels[3].sha256: expected a string, found a number".
  public var description: String { path.isEmpty ? reason : "\(path): \(reason)" }
}

/// A value and the way to it, so that every error can name the place.
public struct JSONCursor: Sendable {
  /// The value here.
  public let value: JSONValue
  private let place: Place

  private indirect enum Place: Sendable {
    case document
    case member(String, of: Place)
    case element(Int, of: Place)
  }

  /// Stands at the top of a document.
  public init(_ document: JSONValue) {
    value = document
    place = .document
  }

  private init(_ value: JSONValue, _ place: Place) {
    self.value = value
    self.place = place
  }

  /// The way to this value: "wheels[3].sha256"; empty at the top. Keys that hold a dot or a space are quoted.
  public var path: String {
    var steps: [String] = []
    var place = place
    while true {
      switch place {
      case .document:
        let text = steps.reversed().joined()
        return text.hasPrefix(".") ? String(text.dropFirst()) : text
      case .member(let key, let parent):
        let isPlain = key.utf8.allSatisfy {
          $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "[") && $0 != UInt8(ascii: "\"") && $0 > 0x20
        }
        steps.append(isPlain && !key.isEmpty ? ".\(key)" : "[\"\(key)\"]")
        place = parent
      case .element(let index, let parent):
        steps.append("[\(index)]")
        place = parent
      }
    }
  }

  /// An error that says what is wrong with this value.
  public func error(_ reason: String) -> JSONDecodingError { JSONDecodingError(path: path, reason: reason) }

  // MARK: objects

  /// The value of a key that must be there.
  ///
  /// - Throws: `JSONDecodingError` when this is no object, or the key is missing.
  public func member(_ key: String) throws(JSONDecodingError) -> JSONCursor {
    guard let value = try object()[key] else { throw error("the key `\(key)` is missing") }
    return JSONCursor(value, .member(key, of: place))
  }

  /// The value of a key that may be missing; nil also where it is `null`.
  ///
  /// - Throws: `JSONDecodingError` when this is no object.
  public func optional(_ key: String) throws(JSONDecodingError) -> JSONCursor? {
    guard let value = try object()[key], value != .null else { return nil }
    return JSONCursor(value, .member(key, of: place))
  }

  /// All keys with their values, by ascending key.
  ///
  /// - Throws: `JSONDecodingError` when this is no object.
  public func members() throws(JSONDecodingError) -> [(key: String, value: JSONCursor)] {
    try object().members.map { ($0.key, JSONCursor($0.value, .member($0.key, of: place))) }
  }

  /// Checks that no other keys than these are there.
  ///
  /// - Throws: `JSONDecodingError` when this is no object, or a key is unknown; it offers the nearest known one.
  public func allow(_ known: [String]) throws(JSONDecodingError) {
    for (key, member) in try members() where !known.contains(key) {
      guard let nearest = NearestName.of(key, among: known) else {
        throw member.error("unknown key")
      }
      throw member.error("unknown key; did you mean `\(nearest)`?")
    }
  }

  /// The object here.
  ///
  /// - Throws: `JSONDecodingError` when this is something else.
  public func object() throws(JSONDecodingError) -> JSONObject {
    guard case .object(let object) = value else { throw expected("an object") }
    return object
  }

  // MARK: other values

  /// The elements of the array here.
  ///
  /// - Throws: `JSONDecodingError` when this is something else.
  public func elements() throws(JSONDecodingError) -> [JSONCursor] {
    guard case .array(let elements) = value else { throw expected("an array") }
    return elements.enumerated().map { JSONCursor($1, .element($0, of: place)) }
  }

  /// The string here.
  ///
  /// - Throws: `JSONDecodingError` when this is something else.
  public func string() throws(JSONDecodingError) -> String {
    guard case .string(let text) = value else { throw expected("a string") }
    return text
  }

  /// The strings of the array here.
  ///
  /// - Throws: `JSONDecodingError` when this is something else.
  public func strings() throws(JSONDecodingError) -> [String] {
    var strings: [String] = []
    for element in try elements() { strings.append(try element.string()) }
    return strings
  }

  /// The integer here.
  ///
  /// - Throws: `JSONDecodingError` when this is something else.
  public func integer() throws(JSONDecodingError) -> Int {
    guard case .integer(let number) = value else { throw expected("an integer") }
    return number
  }

  /// The number here, whole or not.
  ///
  /// - Throws: `JSONDecodingError` when this is something else.
  public func number() throws(JSONDecodingError) -> Double {
    guard let number = value.numberValue else { throw expected("a number") }
    return number
  }

  /// The truth value here.
  ///
  /// - Throws: `JSONDecodingError` when this is something else.
  public func bool() throws(JSONDecodingError) -> Bool {
    guard case .bool(let flag) = value else { throw expected("true or false") }
    return flag
  }

  /// Makes a value of a type of its own from the string here: `try cursor.parse { try Version($0) }`.
  ///
  /// - Throws: `JSONDecodingError` when this is no string, or `make` rejects it; its error becomes the reason.
  public func parse<Result>(_ make: (String) throws -> Result) throws(JSONDecodingError) -> Result {
    let text = try string()
    do {
      return try make(text)
    } catch {
      throw self.error("\(error)")
    }
  }

  private func expected(_ what: String) -> JSONDecodingError {
    let found =
      switch value {
      case .null: "null"
      case .bool: "true or false"
      case .integer, .number: "a number"
      case .string: "a string"
      case .array: "an array"
      case .object: "an object"
      }
    return error("expected \(what), found \(found)")
  }
}
