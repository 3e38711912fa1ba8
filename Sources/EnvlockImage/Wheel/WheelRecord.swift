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
    let outcome = bytes.withUnsafeBufferPointer { buffer -> Result<[Row], WheelFault> in
      do throws(WheelFault) {
        return .success(try WheelRecord.rows(buffer, wheel: wheel))
      } catch {
        return .failure(error)
      }
    }
    rows = try outcome.get()
  }

  private static func rows(_ bytes: UnsafeBufferPointer<UInt8>, wheel: String) throws(WheelFault) -> [Row] {
    var rows: [Row] = []
    // A line takes at least a path, a hash and a size, some 70 bytes.
    rows.reserveCapacity(bytes.count / 70)
    var scanner = CSVScanner(bytes)
    while let record = scanner.next() {
      func fault(_ clause: String) -> WheelFault {
        WheelFault(wheel: wheel, .file("RECORD", line: scanner.line, clause))
      }
      if record.count == 1, record.fields.0.isEmpty { continue }
      guard record.count == 3, !scanner.isBroken else { throw fault("has not three fields") }
      guard let path = scanner.text(record.fields.0) else { throw fault("is not UTF-8") }
      var size: Int?
      if !record.fields.2.isEmpty {
        size = scanner.text(record.fields.2).flatMap { Int($0) }
        guard let size, size >= 0 else { throw fault("has a size that is no number") }
      }
      let hash = ContentHash(UnsafeBufferPointer(rebasing: bytes[record.fields.1]))
      rows.append(Row(path: path, hash: hash, size: size))
    }
    return rows
  }

  /// The file: lines by ascending path, ended by LF, fields quoted where they have to be.
  public var bytes: [UInt8] {
    var sorted = rows
    let isASCII = rows.allSatisfy { ASCII.holds($0.path) }
    sorted.sort {
      isASCII ? $0.path < $1.path : $0.path.utf8.lexicographicallyPrecedes($1.path.utf8)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(rows.count * 160)
    for row in sorted {
      WheelRecord.append(field: row.path, to: &bytes)
      bytes.append(UInt8(ascii: ","))
      row.hash?.append(to: &bytes)
      bytes.append(UInt8(ascii: ","))
      if let size = row.size { bytes += String(size).utf8 }
      bytes.append(UInt8(ascii: "\n"))
    }
    return bytes
  }

  private static func append(field: String, to bytes: inout [UInt8]) {
    var field = field
    let needsQuotes = field.withUTF8 { bytes in
      var found = false
      for byte in bytes { found = found || byte == 0x2C || byte == 0x22 || byte == 0x0A || byte == 0x0D }
      return found
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
  /// The first three fields of a record, by their places, and how many there are.
  struct Record {
    var fields: (Range<Int>, Range<Int>, Range<Int>) = (0..<0, 0..<0, 0..<0)
    var count = 0
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private var place = 0
  /// The line of the record that was read last, counted from 1.
  private(set) var line = 0
  /// Whether a quoted field was not closed, or was followed by something.
  private(set) var isBroken = false

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// The next record; nil at the end.
  mutating func next() -> Record? {
    guard place < bytes.count else { return nil }
    line += 1
    var record = Record()
    while true {
      let field = field()
      switch record.count {
      case 0: record.fields.0 = field
      case 1: record.fields.1 = field
      case 2: record.fields.2 = field
      default: break
      }
      record.count += 1
      guard place < bytes.count else { return record }
      let byte = bytes[place]
      place += 1
      switch byte {
      case UInt8(ascii: ","): continue
      case UInt8(ascii: "\r"):
        if place < bytes.count, bytes[place] == UInt8(ascii: "\n") { place += 1 }
        return record
      case UInt8(ascii: "\n"): return record
      default:
        // Something behind a closing quote.
        isBroken = true
        return record
      }
    }
  }

  /// The text of a field, without its quotes; nil where it is no UTF-8.
  func text(_ field: Range<Int>) -> String? {
    let content = UnsafeBufferPointer(rebasing: bytes[field])
    guard content.first == UInt8(ascii: "\"") else { return ASCII.text(content) }
    var unquoted: [UInt8] = []
    var isSecond = false
    for byte in content.dropFirst().dropLast() {
      isSecond = byte == UInt8(ascii: "\"") && !isSecond
      if !isSecond { unquoted.append(byte) }
    }
    return String(validating: unquoted, as: UTF8.self)
  }

  /// The place of the field that begins here, its quotes included.
  private mutating func field() -> Range<Int> {
    let start = place
    if place < bytes.count, bytes[place] == UInt8(ascii: "\"") {
      place += 1
      while place < bytes.count {
        let byte = bytes[place]
        place += 1
        guard byte == UInt8(ascii: "\"") else { continue }
        guard place < bytes.count, bytes[place] == byte else { return start..<place }
        place += 1
      }
      isBroken = true
      return start..<place
    }
    while place < bytes.count {
      let byte = bytes[place]
      if byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { break }
      place += 1
    }
    return start..<place
  }
}
