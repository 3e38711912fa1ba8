extension JSONValue {
  /// Reads a JSON document, strictly: no comments, no trailing commas, no key twice in one object, at most 200
  /// levels deep.
  ///
  /// - Parameter bytes: the document in UTF-8.
  /// - Throws: `JSONError` with line and column.
  public init(parsing bytes: [UInt8]) throws(JSONError) {
    self = try JSONReader.read(bytes) { (reader) throws(JSONError) in try JSONValue.value(from: &reader) }
  }

  /// Reads a JSON document from text, as strictly.
  ///
  /// - Parameter text: the document.
  /// - Throws: `JSONError` with line and column.
  public init(parsing text: some StringProtocol) throws(JSONError) {
    try self.init(parsing: [UInt8](text.utf8))
  }

  /// Reads the next value of `reader` as a tree.
  ///
  /// - Throws: `JSONError` when it is broken, or has a key twice.
  package static func value(from reader: inout JSONReader) throws(JSONError) -> JSONValue {
    switch try reader.peek() {
    case .string: return .string(try reader.string())
    case .number: return try reader.number()
    case .bool: return .bool(try reader.bool())
    case .null:
      guard reader.null() else { throw reader.failure("expected a value") }
      return .null
    case .array:
      try reader.beginArray()
      var elements: [JSONValue] = []
      while try reader.nextElement() { elements.append(try value(from: &reader)) }
      return .array(elements)
    case .object:
      return .object(try object(from: &reader))
    }
  }

  private static func object(from reader: inout JSONReader) throws(JSONError) -> JSONObject {
    try reader.beginObject()
    var members: [JSONObject.Member] = []
    var offsets: [Int] = []
    var isAscending = true
    while let slice = try reader.nextKey() {
      let key = reader.decode(slice)
      if let last = members.last, !JSONObject.precedes(last.key, key) { isAscending = false }
      members.append(JSONObject.Member(key: key, value: try value(from: &reader)))
      offsets.append(slice.start - 1)
    }
    if isAscending { return JSONObject(sorted: members) }
    let order = members.indices.sorted {
      if JSONObject.precedes(members[$0].key, members[$1].key) { return true }
      if JSONObject.precedes(members[$1].key, members[$0].key) { return false }
      return $0 < $1
    }
    for (before, after) in zip(order, order.dropFirst())
    where !JSONObject.precedes(members[before].key, members[after].key) {
      throw reader.failure("the key \"\(members[after].key)\" comes twice", at: offsets[after])
    }
    return JSONObject(sorted: order.map { members[$0] })
  }
}
