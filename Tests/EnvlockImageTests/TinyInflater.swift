/// Inflates a raw deflate stream bit by bit; slow, strict, and written without a look at the encoder.
///
/// Source: RFC 1951.
struct TinyInflater {
  /// What is wrong with a stream.
  enum Fault: Error { case cutOff, badBlock, badCode, tooFar, trailing }

  private let input: [UInt8]
  private var bit = 0
  private var output: [UInt8] = []

  static func inflate(_ input: [UInt8]) throws -> [UInt8] {
    var inflater = TinyInflater(input: input)
    while try !inflater.block() {}
    guard (inflater.bit + 7) / 8 == input.count else { throw Fault.trailing }
    return inflater.output
  }

  private init(input: [UInt8]) { self.input = input }

  private mutating func take(_ count: Int) throws -> Int {
    guard bit + count <= input.count * 8 else { throw Fault.cutOff }
    var value = 0
    for index in 0..<count {
      value |= Int(input[bit >> 3] >> UInt8(bit & 7) & 1) << index
      bit += 1
    }
    return value
  }

  /// Reads a block, and says whether it is the last.
  private mutating func block() throws -> Bool {
    let isLast = try take(1) == 1
    switch try take(2) {
    case 0: try stored()
    case 1:
      let lengths = (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 }
      try symbols(Tree(lengths), Tree(Array(repeating: 5, count: 30), mayBeIncomplete: true))
    case 2:
      let (literals, distances) = try codes()
      try symbols(literals, distances)
    default: throw Fault.badBlock
    }
    return isLast
  }

  private mutating func stored() throws {
    bit = (bit + 7) & ~7
    let count = try take(16)
    guard try take(16) == ~count & 0xFFFF else { throw Fault.badBlock }
    guard bit / 8 + count <= input.count else { throw Fault.cutOff }
    output += input[bit / 8..<bit / 8 + count]
    bit += count * 8
  }

  private mutating func codes() throws -> (Tree, Tree) {
    let literalCount = try take(5) + 257
    let distanceCount = try take(5) + 1
    let count = try take(4) + 4
    guard literalCount <= 286, distanceCount <= 30 else { throw Fault.badCode }
    var outer = Array(repeating: 0, count: 19)
    let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
    for index in 0..<count { outer[order[index]] = try take(3) }
    let tree = try Tree(outer)
    var lengths: [Int] = []
    while lengths.count < literalCount + distanceCount {
      switch try symbol(tree) {
      case 16:
        guard let last = lengths.last else { throw Fault.badCode }
        lengths += Array(repeating: last, count: try take(2) + 3)
      case 17: lengths += Array(repeating: 0, count: try take(3) + 3)
      case 18: lengths += Array(repeating: 0, count: try take(7) + 11)
      case let length: lengths.append(length)
      }
    }
    guard lengths.count == literalCount + distanceCount else { throw Fault.badCode }
    return (try Tree(Array(lengths[..<literalCount])), try Tree(Array(lengths[literalCount...])))
  }

  private mutating func symbol(_ tree: Tree) throws -> Int {
    var code = 1
    while code < 1 << 16 {
      code = code << 1 | (try take(1))
      if let symbol = tree.symbols[code] { return symbol }
    }
    throw Fault.badCode
  }

  private mutating func symbols(_ literals: Tree, _ distances: Tree) throws {
    while true {
      let symbol = try symbol(literals)
      if symbol < 256 {
        output.append(UInt8(symbol))
        continue
      }
      if symbol == 256 { return }
      guard symbol <= 285 else { throw Fault.badCode }
      let length: Int
      switch symbol {
      case 285: length = 258
      case ..<265: length = symbol - 254
      default:
        let extra = (symbol - 261) / 4
        length = 3 + (4 + (symbol - 261) % 4) << extra + (try take(extra))
      }
      let code = try self.symbol(distances)
      let extra = max(0, code / 2 - 1)
      let base = code < 4 ? code + 1 : 1 + (2 + code % 2) << extra
      let distance = base + (try take(extra))
      guard distance <= min(output.count, 32_768) else { throw Fault.tooFar }
      for _ in 0..<length { output.append(output[output.count - distance]) }
    }
  }

  /// Symbols by their codes, each with a one before its first bit.
  private struct Tree {
    var symbols: [Int: Int] = [:]

    /// Takes complete codes only, as zlib does where more than one symbol has a code.
    init(_ lengths: [Int], mayBeIncomplete: Bool = false) throws {
      var code = 0
      for length in 1...15 {
        for (symbol, own) in lengths.enumerated() where own == length {
          guard code < 1 << length else { throw Fault.badCode }
          symbols[1 << length | code] = symbol
          code += 1
        }
        code <<= 1
      }
      guard mayBeIncomplete || code == 1 << 16 else { throw Fault.badCode }
    }
  }
}
