import EnvlockTestSupport

/// Text gone wrong: what parsers must survive.
enum Mutation {
  /// Bytes that mean something to one of the grammars, and some that mean nothing to any.
  private static let bytes: [UInt8] =
    Array("()[];,@<>=!~\"'#\\ \t\r\n-_.*+:/$%{}0aZé\u{0}".utf8) + [0xFF, 0x80]

  /// `text` with one to four bytes replaced, inserted, removed or doubled; possibly no longer UTF-8.
  static func bytes(of text: String, _ random: inout SplitMix64) -> [UInt8] {
    var result = Array(text.utf8)
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let position = Int.random(in: 0...result.count, using: &random)
      let byte = bytes[Int.random(in: 0..<bytes.count, using: &random)]
      switch Int.random(in: 0..<4, using: &random) {
      case 0: result.insert(byte, at: position)
      case 1 where position < result.count: result[position] = byte
      case 2 where position < result.count: result.remove(at: position)
      default: result.insert(contentsOf: result.suffix(result.count - position).prefix(8), at: position)
      }
    }
    return result
  }

  /// The same, with what is no UTF-8 replaced.
  static func text(of text: String, _ random: inout SplitMix64) -> String {
    String(decoding: bytes(of: text, &random), as: UTF8.self)
  }

  /// Up to 40 bytes of noise.
  static func noise(_ random: inout SplitMix64) -> [UInt8] {
    (0..<Int.random(in: 0...40, using: &random)).map { _ in
      Bool.random(using: &random)
        ? bytes[Int.random(in: 0..<bytes.count, using: &random)] : UInt8.random(in: 0...255, using: &random)
    }
  }
}

extension Array {
  /// One of the elements, which must not be none.
  func pick(_ random: inout SplitMix64) -> Element { self[Int.random(in: 0..<count, using: &random)] }
}
