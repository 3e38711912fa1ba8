/// Writes marshalled code: what is equal once, and references to it afterwards.
struct MarshalWriter {
  private let objects: MarshalObjects
  /// How often each object is come across; what is in one that was written counts once.
  private var counts: [Int]
  /// By which number an object that was written is referred to.
  private var references: [Int?]
  private var lastReference = -1
  private var bytes: [UInt8] = []

  private init(_ objects: MarshalObjects) {
    self.objects = objects
    counts = Array(repeating: 0, count: objects.all.count)
    references = Array(repeating: nil, count: objects.all.count)
  }

  /// The bytes of an object with all that is in it.
  static func bytes(of root: Int, in objects: MarshalObjects) -> [UInt8] {
    var writer = MarshalWriter(objects)
    writer.count(root)
    writer.write(root)
    return writer.bytes
  }

  private mutating func count(_ number: Int) {
    counts[number] += 1
    guard counts[number] == 1 else { return }
    for part in objects[number].parts { count(part) }
  }

  private mutating func write(_ number: Int) {
    typealias Kind = MarshalObjects.Kind
    let object = objects[number]
    switch object.kind {
    case Kind.none, Kind.true, Kind.false, Kind.ellipsis, Kind.stopIteration:
      // As short as a reference can be.
      return bytes.append(object.kind)
    default: break
    }
    if let reference = references[number] {
      bytes.append(UInt8(ascii: "r"))
      return append(UInt32(truncatingIfNeeded: reference))
    }
    var flag: UInt8 = 0
    if counts[number] > 1 {
      flag = 0x80
      lastReference += 1
      references[number] = lastReference
    }
    switch object.kind {
    case Kind.text: write(text: object.bytes, flag)
    case Kind.tuple where object.parts.count < 256:
      bytes += [UInt8(ascii: ")") | flag, UInt8(object.parts.count)]
      for part in object.parts { write(part) }
    case Kind.tuple, Kind.frozenSet:
      bytes.append(object.kind | flag)
      append(UInt32(truncatingIfNeeded: object.parts.count))
      for part in object.parts { write(part) }
    case Kind.code: write(code: object, flag)
    default:
      bytes.append(object.kind | flag)
      bytes += object.bytes
      for part in object.parts { write(part) }
    }
  }

  private mutating func write(text: [UInt8], _ flag: UInt8) {
    guard text.allSatisfy({ $0 < 0x80 }) else {
      bytes.append(UInt8(ascii: "u") | flag)
      append(UInt32(truncatingIfNeeded: text.count))
      bytes += text
      return
    }
    // Python itself interns constants of these characters, and all names.
    let isName = text.allSatisfy {
      ($0 | 0x20 >= UInt8(ascii: "a") && $0 | 0x20 <= UInt8(ascii: "z"))
        || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")) || $0 == UInt8(ascii: "_")
    }
    if text.count < 256 {
      bytes += [UInt8(ascii: isName ? "Z" : "z") | flag, UInt8(text.count)]
    } else {
      bytes.append(UInt8(ascii: isName ? "A" : "a") | flag)
      append(UInt32(truncatingIfNeeded: text.count))
    }
    bytes += text
  }

  private mutating func write(code: MarshalObjects.Object, _ flag: UInt8) {
    bytes.append(code.kind | flag)
    let (numbers, line) = (code.bytes.dropLast(4), code.bytes.suffix(4))
    bytes += numbers
    for part in code.parts.prefix(MarshalLayout.objects) { write(part) }
    bytes += line
    for part in code.parts.dropFirst(MarshalLayout.objects) { write(part) }
  }

  private mutating func append(_ number: UInt32) {
    for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
  }
}
