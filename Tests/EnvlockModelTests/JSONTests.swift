import EnvlockModel
import EnvlockTestSupport
import Testing

@Suite struct JSONTests {
  @Test func `reads every kind of value`() throws {
    let value = try JSONValue(
      parsing: #" {"a":[null,true,false,0,-12,1.5,-2e3,"x"],"b":{},"c":[]} "#)
    #expect(
      value == ["a": [.null, true, false, 0, -12, 1.5, -2000.0, "x"], "b": .object([:]), "c": []])
  }

  @Test(
    arguments: zip(
      [#""\"\\\/\b\f\n\r\t""#, #""\u0041\u00e9\u20AC""#, #""\ud83d\ude00""#, #""\u0000""#, "\"é😀\u{7F}\""],
      ["\"\\/\u{8}\u{C}\n\r\t", "Aé€", "😀", "\u{0}", "é😀\u{7F}"]))
  func `decodes escapes`(text: String, expected: String) throws {
    #expect(try JSONValue(parsing: text) == .string(expected))
  }

  @Test func `keeps integers exact at both ends of Int`() throws {
    let least = try JSONValue(parsing: "-9223372036854775808")
    let greatest = try JSONValue(parsing: "9223372036854775807")
    let beyond = try JSONValue(parsing: "[9223372036854775808, -9223372036854775809, -0]")
    #expect(least == .integer(.min))
    #expect(greatest == .integer(.max))
    #expect(beyond == [9223372036854775808.0, -9223372036854775808.0, 0])
  }

  @Test(arguments: [
    "", " ", "nul", "tru", "falsy", "01", "-", "1.", ".5", "1e", "1e+", "+1", "1 2", "[1,]", "[,1]", "[1 2]",
    "[",
    "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "\"", "\"\\", "\"\\x\"", "\"\\u12\"",
    "\"\t\"",
    "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "]", "}", "// x\n1", "NaN", "Infinity", "1e999",
    "'a'",
    "\u{FEFF}1", "{\"a\":1,\"a\":2}", "{\"a\":1,\"b\":0,\"a\":2}", "[1}", "{\"a\":1]", "\"\\u12g4\"",
    "\"abcdefgh",
  ])
  func `rejects what is not JSON`(text: String) {
    #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
  }

  @Test func `rejects bytes that are not UTF-8 and says where`() {
    let bytes = Array("[\n\"é".utf8) + [0xC3, 0x28] + Array("\"]".utf8)
    #expect(throws: JSONError(reason: "not valid UTF-8", line: 2, column: 3)) {
      try JSONValue(parsing: bytes)
    }
  }

  @Test(
    arguments: zip(
      [
        "{\n  \"é\": x\n}", "[1,\n2,,3]", "{\"a\": 1,\n \"b\": 2,\n \"a\": 3}", "[1, 2", "\n\"open",
        "{\"a\": 1",
      ],
      [
        "line 2, column 8: expected a value, found `x`", "line 2, column 3: expected a value, found `,`",
        "line 3, column 2: the key \"a\" comes twice",
        "line 1, column 6: expected a value or `]`, found the end of the document",
        "line 2, column 1: the string that begins here has no end",
        "line 1, column 8: expected a key or `}`, found the end of the document",
      ]))
  func `names line and column`(text: String, expected: String) {
    #expect { try JSONValue(parsing: text) } throws: { "\($0)" == expected }
  }

  @Test func `stops at 200 levels`() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try JSONValue(parsing: nested(200))
    #expect(throws: JSONError(reason: "nested more than 200 levels deep", line: 1, column: 201)) {
      try JSONValue(parsing: nested(201))
    }
    #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "[", count: 1_000_000)) }
    #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "{\"a\":", count: 1_000_000)) }
  }

  @Test func `writes one canonical text`() throws {
    let value: JSONValue = [
      "z": 1, "a": ["b", "a"], "empty": .object([:]), "none": [],
      "list": [["name": "x", "size": 10], ["name": "y"]],
      "long": .array((0..<40).map { .integer($0) }), "é": "\u{1}\"\\\n/\u{7F}", "B": 0.1, "C": 1e21, "D": 2.0,
      "E": .number(.infinity), "nested": [[1, 2], [3]], "holes": [[], .object([:])],
    ]
    try expectGolden(value.canonical(), "json-canonical.json")
    #expect(try JSONValue(parsing: value.canonical()).canonical() == value.canonical())
  }

  @Test func `puts an array on one line only where it fits in 100 bytes`() {
    let short: JSONValue = ["a": .array([.string(String(repeating: "x", count: 42)), .string("y")])]
    let wide: JSONValue = ["a": .array((0..<3).map { _ in .string(String(repeating: "x", count: 30)) })]
    let single: JSONValue = ["a": .array([.string(String(repeating: "x", count: 200))])]
    #expect(short.canonical().split(separator: "\n").count == 3)
    #expect(wide.canonical().split(separator: "\n").count == 7)
    #expect(single.canonical().split(separator: "\n").count == 3)
    for value in [short, wide] {
      #expect(value.canonical().split(separator: "\n").allSatisfy { $0.utf8.count <= 100 })
    }
  }

  @Test func `equal objects are equal in whatever order they were written`() throws {
    let one = try JSONValue(parsing: #"{"b":1,"a":2,"c":3}"#)
    let other = try JSONValue(parsing: #"{"c":3,"a":2,"b":1}"#)
    #expect(one == other)
    #expect(one.hashValue == other.hashValue)
    #expect(one.objectValue?.keys == ["a", "b", "c"])
    #expect(one["b"] == 1)
    #expect(one["d"] == nil)
  }

  @Test func `an object takes, replaces and drops members`() {
    var object: JSONObject = ["b": 1, "a": 2, "b": 3]
    #expect(object.keys == ["a", "b"])
    object["aa"] = "x"
    object["a"] = nil
    object["nothing"] = nil
    #expect(object == ["aa": "x", "b": 3])
  }

  @Test func `random values survive being written and read`() throws {
    var random = SplitMix64(seed: 1)
    for _ in 0..<300 {
      let value = JSONTests.randomValue(depth: 5, &random)
      #expect(try JSONValue(parsing: value.canonical()) == value)
    }
  }

  @Test func `bytes changed at random never trap`() {
    var random = SplitMix64(seed: 2)
    for _ in 0..<300 {
      var bytes = Array(JSONTests.randomValue(depth: 4, &random).canonical().utf8)
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        if Bool.random(using: &random) {
          bytes[index] = UInt8.random(in: 0...255, using: &random)
        } else {
          bytes.remove(at: index)
          if bytes.isEmpty { break }
        }
      }
      if let value = try? JSONValue(parsing: bytes) {
        let again = try? JSONValue(parsing: value.canonical())
        #expect(again == value)
      }
    }
  }

  private static func randomValue(depth: Int, _ random: inout SplitMix64) -> JSONValue {
    switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &random) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &random))
    case 2: return .integer(Int(truncatingIfNeeded: random.next()) >> Int.random(in: 0..<63, using: &random))
    case 3:
      let number = Double(bitPattern: random.next())
      return .number(number.isFinite ? number : 0.5)
    case 4, 5: return .string(randomText(&random))
    case 6:
      return .array(
        (0..<Int.random(in: 0..<6, using: &random)).map { _ in randomValue(depth: depth - 1, &random) })
    default:
      return .object(
        JSONObject(
          (0..<Int.random(in: 0..<6, using: &random)).map { _ in
            (randomText(&random), randomValue(depth: depth - 1, &random))
          }))
    }
  }

  private static func randomText(_ random: inout SplitMix64) -> String {
    let scalars: [Unicode.Scalar] = ["a", "b", "\"", "\\", "\n", "\u{0}", "\u{1F}", "/", "é", "€", "😀", " "]
    var text = ""
    for _ in 0..<Int.random(in: 0..<20, using: &random) {
      text.unicodeScalars.append(scalars[Int.random(in: 0..<scalars.count, using: &random)])
    }
    return text
  }
}

@Suite struct JSONCursorTests {
  private func cursor(_ text: String) throws -> JSONCursor { JSONCursor(try JSONValue(parsing: text)) }

  @Test func `walks a document`() throws {
    let top = try cursor(
      #"{"wheels":[{"name":"a","size":3,"ok":true,"x":1.5,"tags":["p","q"],"none":null}]}"#)
    let wheel = try #require(try top.member("wheels").elements().first)
    #expect(try wheel.member("name").string() == "a")
    #expect(try wheel.member("size").integer() == 3)
    #expect(try wheel.member("size").number() == 3)
    #expect(try wheel.member("x").number() == 1.5)
    #expect(try wheel.member("ok").bool())
    #expect(try wheel.member("tags").strings() == ["p", "q"])
    #expect(try wheel.optional("none") == nil)
    #expect(try wheel.optional("missing") == nil)
    #expect(try wheel.members().map(\.key) == ["name", "none", "ok", "size", "tags", "x"])
    #expect(try wheel.member("size").path == "wheels[0].size")
  }

  @Test func `errors name the place`() throws {
    let top = try cursor(#"{"wheels":[{"sha256":5,"a b":[true]}],"pythn":1}"#)
    let wheel = try top.member("wheels").elements()[0]
    #expect { try wheel.member("sha256").string() } throws: {
      "\($0)" == "wheels[0].sha256: expected a string, found a number"
    }
    #expect { try wheel.member("size") } throws: { "\($0)" == "wheels[0]: the key `size` is missing" }
    #expect { try wheel.member("a b").strings() } throws: {
      "\($0)" == "wheels[0][\"a b\"][0]: expected a string, found true or false"
    }
    #expect { try top.elements() } throws: { "\($0)" == "expected an array, found an object" }
    #expect { try top.allow(["wheels", "platform", "python"]) } throws: {
      "\($0)" == "pythn: unknown key; did you mean `python`?"
    }
    #expect { try top.allow(["wheels", "x"]) } throws: { "\($0)" == "pythn: unknown key" }
    #expect { try top.member("pythn").parse { $0 } } throws: {
      "\($0)" == "pythn: expected a string, found a number"
    }
  }

  @Test(arguments: zip(["pyhton", "requirments", "xyz", "gpu"], ["python", "requirements", nil, "gpus"]))
  func `finds the word that was meant`(typed: String, meant: String?) {
    #expect(NearestName.of(typed, among: ["python", "platforms", "requirements", "gpus"]) == meant)
  }
}
