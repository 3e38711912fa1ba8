import EnvlockModel
import Testing

@Suite struct JSONReaderStreamTests {
  @Test func `a body can read several values, one after the other`() throws {
    let values = try JSONReader.read(Array("1 [2]\n\t{\"a\": 3} \r\n".utf8)) { (reader) throws(JSONError) in
      var values: [JSONValue] = []
      repeat {
        values.append(try JSONValue.value(from: &reader))
      } while !reader.isAtEnd()
      return values
    }
    #expect(values == [1, [2], ["a": 3]])
  }

  @Test func `a document in memory is read as an array is`() throws {
    let bytes = Array("[true]".utf8)
    let value = try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) in
      try JSONReader.read(buffer) { (reader) throws(JSONError) in try JSONValue.value(from: &reader) }
    }
    #expect(value == [true])
    #expect(throws: JSONError.self) {
      try JSONReader.read(UnsafeBufferPointer(start: nil, count: 0)) { (reader) throws(JSONError) in
        try reader.skipValue()
      }
    }
  }

  @Test func `white space of every length and kind is passed over`() throws {
    for length in 0...40 {
      for end in ["", " ", "\t", "\r\n", "\n"] {
        let space = end + "\n" + String(repeating: " ", count: length) + end
        let value = try JSONValue(
          parsing: "\(space)[\(space)1\(space),\(space){\(space)\"a\"\(space):\(space)2}]\(space)")
        #expect(value == [1, ["a": 2]])
      }
      #expect(throws: JSONError.self) { try JSONValue(parsing: "\n" + String(repeating: " ", count: length)) }
    }
  }

  @Test func `a prefix is compared without decoding`() throws {
    let found = try JSONReader.read(Array(#"["nvidia.com/gpu", "nvidia", "nvidia.com\/gpu"]"#.utf8)) {
      (reader) throws(JSONError) in
      var found: [Bool] = []
      try reader.beginArray()
      while try reader.nextElement() { found.append(reader.hasPrefix(try reader.slice(), "nvidia.com/")) }
      return found
    }
    #expect(found == [true, false, false])
  }
}
