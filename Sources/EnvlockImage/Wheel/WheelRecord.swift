/// The RECORD of a wheel: its files with hash and size, one a line, as comma separated values.
///
/// Source: PyPA specifications, "Recording installed projects": UTF-8, in the default format of Python's `csv` module.
public struct WheelRecord: Hashable, Sendable {
  /// One line.
  public struct Row: Hashable, Sendable {
    /// The path, as it is written.
    public var path: String
    /// The hash; nil where there is none, or none that counts.
    public var hash: ContentHash?
    /// Bytes of the content; nil where nothing is said.
    public var size: Int?

    /// Describes a line.
    public init(path: String, hash: ContentHash?, size: Int?) {
      self.path = path
      self.hash = hash
      self.size = size
    }
  }

  /// The lines in their order.
  public var rows: [Row]

  /// A RECORD of these lines.
  public init(rows: [Row]) { self.rows = rows }

  /// Reads a RECORD.
  ///
  /// - Parameters:
  ///   - bytes: the file.
  ///   - wheel: the wheel's file name, for errors.
  /// - Throws: `WheelFault` where it is no UTF-8, or a line has not three fields or a size that is no number.
  public init(_ bytes: [UInt8], wheel: String) throws(WheelFault) {
    rows = []
    // A line takes at least a path, a hash and a size, some 70 bytes.
    rows.reserveCapacity(bytes.count / 70)
    var scanner = CSVScanner(bytes)
    while let fields = scanner.next() {
      func fault(_ clause: String) -> WheelFault {
        WheelFault(wheel: wheel, .file("RECORD", line: scanner.line, clause))
      }
      if fields.count == 1, fields[0].isEmpty { continue }
      guard fields.count == 3, !scanner.isBroken else { throw fault("has not three fields") }
      guard let path = String(validating: fields[0], as: UTF8.self) else { throw fault("is not UTF-8") }
      var size: Int?
      if !fields[2].isEmpty {
        size = Int(String(decoding: fields[2], as: UTF8.self))
        guard let size, size >= 0 else { throw fault("has a size that is no number") }
      }
      rows.append(Row(path: path, hash: ContentHash(fields[1]), size: size))
    }
  }

  /// The file: lines by ascending path, ended by LF, fields quoted where they have to be.
  public var bytes: [UInt8] {
    var sorted = rows
    let isASCII = rows.allSatisfy { $0.path.utf8.allSatisfy { $0 < 0x80 } }
    sorted.sort {
      isASCII ? $0.path < $1.path : $0.path.utf8.lexicographicallyPrecedes($1.path.utf8)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(rows.count * 128)
    for row in sorted {
      WheelRecord.append(field: row.path, to: &bytes)
      bytes.append(UInt8(ascii: ","))
      if let hash = row.hash { bytes += hash.description.utf8 }
      bytes.append(UInt8(ascii: ","))
      if let size = row.size { bytes += String(size).utf8 }
      bytes.append(UInt8(ascii: "\n"))
    }
    return bytes
  }

  private static func append(field: String, to bytes: inout [UInt8]) {
    let needsQuotes = field.utf8.contains {
      $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\n")
        || $0 == UInt8(ascii: "\r")
    }
    guard needsQuotes else {
      bytes += field.utf8
      return
    }
    bytes.append(UInt8(ascii: "\""))
    for byte in field.utf8 {
      if byte == UInt8(ascii: "\"") { bytes.append(byte) }
      bytes.append(byte)
    }
    bytes.append(UInt8(ascii: "\""))
  }
}

/// Goes through comma separated values, record by record.
private struct CSVScanner {
  private let bytes: [UInt8]
  private var place = 0
  /// The line of the record that was read last, counted from 1.
  private(set) var line = 0
  /// Whether a quoted field was not closed, or was followed by something.
  private(set) var isBroken = false

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The fields of the next record; nil at the end.
  mutating func next() -> [ArraySlice<UInt8>]? {
    guard place < bytes.count else { return nil }
    line += 1
    var fields: [ArraySlice<UInt8>] = []
    fields.reserveCapacity(3)
    while true {
      fields.append(field())
      guard place < bytes.count else { return fields }
      let byte = bytes[place]
      place += 1
      switch byte {
      case UInt8(ascii: ","): continue
      case UInt8(ascii: "\r"):
        if place < bytes.count, bytes[place] == UInt8(ascii: "\n") { place += 1 }
        return fields
      case UInt8(ascii: "\n"): return fields
      default:
        // Something behind a closing quote.
        isBroken = true
        return fields
      }
    }
  }

  private mutating func field() -> ArraySlice<UInt8> {
    if place < bytes.count, bytes[place] == UInt8(ascii: "\"") { return quotedField() }
    let start = place
    while place < bytes.count {
      let byte = bytes[place]
      if byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { break }
      place += 1
    }
    return bytes[start..<place]
  }

  private mutating func quotedField() -> ArraySlice<UInt8> {
    var content: [UInt8] = []
    place += 1
    while place < bytes.count {
      let byte = bytes[place]
      place += 1
      if byte == UInt8(ascii: "\"") {
        guard place < bytes.count, bytes[place] == byte else { return content[...] }
        place += 1
      }
      content.append(byte)
    }
    isBroken = true
    return content[...]
  }
}
