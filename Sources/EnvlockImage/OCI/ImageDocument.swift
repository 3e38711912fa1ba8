public import EnvlockModel

/// A JSON document of an image. Equal documents are equal bytes, and so have one digest.
public protocol ImageDocument: Hashable, Sendable {
  /// What it is, in the reader's words: "manifest".
  static var what: String { get }
  /// Reads the value.
  ///
  /// - Throws: `JSONDecodingError` where something that is read here is missing or of another kind; keys that are not
  ///   known are passed over, as the OCI wants it.
  init(_ json: JSONCursor) throws(JSONDecodingError)
  /// The value.
  var json: JSONValue { get }
}

extension ImageDocument {
  /// Reads a document.
  ///
  /// - Parameters:
  ///   - bytes: the document.
  ///   - name: what it is called in errors: a digest, a file name.
  /// - Throws: `ImageDocumentError`.
  public init(bytes: [UInt8], name: String) throws(ImageDocumentError) {
    do {
      try self.init(JSONCursor(try JSONValue(parsing: bytes)))
    } catch {
      throw ImageDocumentError(what: Self.what, name: name, reason: "\(error)")
    }
  }

  /// The document: canonical JSON.
  public var bytes: [UInt8] { Array(json.canonical().utf8) }
}

/// A document of an image that cannot be read.
public struct ImageDocumentError: UserFacingError, Hashable, Sendable {
  /// What it should be: "manifest".
  public let what: String
  /// What it is called: a digest, a file name.
  public let name: String
  /// What is wrong and where, as a clause.
  public let reason: String

  /// Describes a fault.
  public init(what: String, name: String, reason: String) {
    self.what = what
    self.name = name
    self.reason = reason
  }

  /// The document, and what is wrong where.
  public var message: String { "\(name) is no image \(what): \(reason)" }

  /// The document is at fault.
  public var kind: ErrorKind { .badInput }
}

extension JSONCursor {
  /// The texts by key; empty where there are none.
  ///
  /// - Throws: `JSONDecodingError` where a value is no string.
  func texts(_ key: String) throws(JSONDecodingError) -> [String: String] {
    guard let object = try optional(key) else { return [:] }
    var texts: [String: String] = [:]
    for (key, value) in try object.members() { texts[key] = try value.string() }
    return texts
  }

  /// The keys of an object that is used as a set, sorted; empty where there is none.
  ///
  /// - Throws: `JSONDecodingError` where it is no object.
  func keys(_ key: String) throws(JSONDecodingError) -> [String] {
    guard let object = try optional(key) else { return [] }
    return try object.object().keys
  }

  /// The digest here.
  ///
  /// - Throws: `JSONDecodingError` where it is no SHA-256.
  func digest() throws(JSONDecodingError) -> Digest { try parse { try Digest($0) } }

  /// - Throws: `JSONDecodingError` unless `schemaVersion` is 2 and the media type, where there is one, is one of these.
  func expect(mediaTypes: [String]) throws(JSONDecodingError) {
    let version = try member("schemaVersion")
    guard try version.integer() == 2 else { throw version.error("only version 2 is known") }
    guard let mediaType = try optional("mediaType") else { return }
    guard mediaTypes.contains(try mediaType.string()) else {
      throw mediaType.error("expected \(mediaTypes[0])")
    }
  }
}

extension JSONObject {
  /// Adds texts by key, if there are any.
  mutating func set(_ key: String, _ texts: [String: String]) {
    guard !texts.isEmpty else { return }
    self[key] = .object(JSONObject(texts.map { ($0.key, .string($0.value)) }))
  }

  /// Adds an array of texts, if there are any.
  mutating func set(_ key: String, _ texts: [String]) {
    guard !texts.isEmpty else { return }
    self[key] = .array(texts.map { .string($0) })
  }

  /// Adds a text, if there is one.
  mutating func set(_ key: String, _ text: String?) {
    if let text { self[key] = .string(text) }
  }

  /// Adds an object that is used as a set, if there is anything in it.
  mutating func set(_ key: String, keys: [String]) {
    guard !keys.isEmpty else { return }
    self[key] = .object(JSONObject(keys.map { ($0, .object(JSONObject())) }))
  }
}
