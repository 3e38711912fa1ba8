/// Reads what `marshal.dumps` wrote of code. Nothing in the bytes makes it trap.
struct MarshalReader {
  private(set) var objects = MarshalObjects()

  private let bytes: [UInt8]
  private let layout: MarshalLayout
  private var offset = 0
  /// The objects that can be referred to, in the order in which they began; nil while one is not complete.
  private var references: [Int?] = []

  /// How deep objects may lie in each other: far deeper than Python's parser lets them.
  private static let depthLimit = 1000
  /// Set in the byte of a kind where the object is going to be referred to.
  private static let referenceFlag: UInt8 = 0x80

  init(_ bytes: [UInt8], layout: MarshalLayout) {
    self.bytes = bytes
    self.layout = layout
  }

  /// Reads the one object that the bytes are.
  ///
  /// - Returns: its number in `objects`.
  /// - Throws: `MarshalFault`.
  mutating func readAll() throws(MarshalFault) -> Int {
    let root = try object(depth: 0)
    guard offset == bytes.count else { throw MarshalFault(.trailing, offset: offset) }
    return root
  }

  private mutating func object(depth: Int) throws(MarshalFault) -> Int {
    guard depth < Self.depthLimit else { throw MarshalFault(.tooDeep, offset: offset) }
    let start = offset
    let first = try take(1)[0]
    let kind = first & ~Self.referenceFlag
    if kind == UInt8(ascii: "r") {
      let place = try number()
      guard references.indices.contains(place), let known = references[place] else {
        throw MarshalFault(.reference, offset: start)
      }
      return known
    }
    var slot: Int?
    if first & Self.referenceFlag != 0 {
      slot = references.count
      references.append(nil)
    }
    let number = objects.add(try content(of: kind, at: start, depth: depth))
    if let slot { references[slot] = number }
    return number
  }

  private mutating func content(
    of kind: UInt8, at start: Int, depth: Int
  ) throws(MarshalFault) -> MarshalObjects.Object {
    typealias Kind = MarshalObjects.Kind
    func simple(_ bytes: [UInt8]) -> MarshalObjects.Object { MarshalObjects.Object(kind: kind, bytes: bytes) }
    func text(_ bytes: [UInt8]) -> MarshalObjects.Object {
      MarshalObjects.Object(kind: Kind.text, bytes: bytes)
    }
    switch kind {
    case Kind.none, Kind.true, Kind.false, Kind.ellipsis, Kind.stopIteration: return simple([])
    // Integers, floating-point and complex numbers.
    case UInt8(ascii: "i"): return simple(try take(4))
    case UInt8(ascii: "g"): return simple(try take(8))
    case UInt8(ascii: "y"): return simple(try take(16))
    case UInt8(ascii: "l"):
      let count = try take(4)
      return simple(count + (try take(abs(Self.signed(count)) * 2)))
    case UInt8(ascii: "s"):
      let count = try take(4)
      return simple(count + (try take(Self.unsigned(count))))
    case UInt8(ascii: "u"), UInt8(ascii: "t"), UInt8(ascii: "a"), UInt8(ascii: "A"):
      return text(try take(try number()))
    case UInt8(ascii: "z"), UInt8(ascii: "Z"): return text(try take(Int(try take(1)[0])))
    case UInt8(ascii: "("): return try group(Kind.tuple, try number(), depth)
    case UInt8(ascii: ")"): return try group(Kind.tuple, Int(try take(1)[0]), depth)
    case Kind.frozenSet:
      var set = try group(kind, try number(), depth)
      set.parts.sort { objects.precedes($0, $1) }
      return set
    case Kind.slice: return try group(kind, 3, depth)
    case Kind.code:
      var code = MarshalObjects.Object(kind: kind, bytes: try take(layout.numbers * 4))
      code.parts = try group(kind, MarshalLayout.objects, depth).parts
      code.bytes += try take(4)
      code.parts += try group(kind, layout.lastObjects, depth).parts
      return code
    default: throw MarshalFault(.kind(kind), offset: start)
    }
  }

  private mutating func group(
    _ kind: UInt8, _ count: Int, _ depth: Int
  ) throws(MarshalFault) -> MarshalObjects.Object {
    var parts: [Int] = []
    for _ in 0..<count { parts.append(try object(depth: depth + 1)) }
    return MarshalObjects.Object(kind: kind, parts: parts)
  }

  // MARK: Bytes

  private mutating func take(_ count: Int) throws(MarshalFault) -> [UInt8] {
    guard count <= bytes.count - offset else { throw MarshalFault(.cutShort, offset: offset) }
    defer { offset += count }
    return Array(bytes[offset..<offset + count])
  }

  private mutating func number() throws(MarshalFault) -> Int { Self.unsigned(try take(4)) }

  private static func unsigned(_ bytes: [UInt8]) -> Int {
    bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private static func signed(_ bytes: [UInt8]) -> Int {
    Int(Int32(truncatingIfNeeded: unsigned(bytes)))
  }
}
