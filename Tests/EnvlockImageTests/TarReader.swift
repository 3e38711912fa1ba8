/// Reads tar archives strictly, sharing nothing with the writer: every byte has to be where POSIX wants it.
struct TarReader {
  struct Fault: Error, CustomStringConvertible {
    let description: String
  }

  struct Entry: Equatable {
    var path = ""
    var type: Character = "0"
    var mode = 0
    var uid = 0
    var gid = 0
    var mtime = 0
    var link = ""
    var content: [UInt8] = []
    var records: [String: [UInt8]] = [:]
    /// Where the content begins in the archive.
    var offset = 0
  }

  static func entries(_ tar: [UInt8]) throws -> [Entry] {
    guard tar.count % 512 == 0 else { throw Fault(description: "\(tar.count) bytes are no blocks") }
    var entries: [Entry] = []
    var place = 0
    var records: [String: [UInt8]]?
    while true {
      guard place + 1024 <= tar.count else { throw Fault(description: "no end") }
      if tar[place..<place + 512].allSatisfy({ $0 == 0 }) {
        guard tar[place...].allSatisfy({ $0 == 0 }), place + 1024 == tar.count else {
          throw Fault(description: "something behind the end")
        }
        return entries
      }
      var (entry, size) = try header(Array(tar[place..<place + 512]))
      place += 512
      if let records {
        if let path = records["path"] { entry.path = String(decoding: path, as: UTF8.self) }
        if let link = records["linkpath"] { entry.link = String(decoding: link, as: UTF8.self) }
        if let text = records["size"] { size = Int(String(decoding: text, as: UTF8.self)) ?? -1 }
        if let text = records["uid"] { entry.uid = Int(String(decoding: text, as: UTF8.self)) ?? -1 }
        if let text = records["gid"] { entry.gid = Int(String(decoding: text, as: UTF8.self)) ?? -1 }
        entry.records = records
      }
      records = nil
      entry.offset = place
      let end = place + (size + 511) / 512 * 512
      guard size >= 0, end <= tar.count else { throw Fault(description: "\(entry.path) is cut off") }
      entry.content = Array(tar[place..<place + size])
      guard tar[(place + size)..<end].allSatisfy({ $0 == 0 }) else {
        throw Fault(description: "\(entry.path) is padded with something")
      }
      place = end
      if entry.type == "x" { records = try read(records: entry.content) } else { entries.append(entry) }
    }
  }

  private static func header(_ block: [UInt8]) throws -> (Entry, Int) {
    func text(_ offset: Int, _ length: Int) throws -> String {
      let field = block[offset..<offset + length]
      let text = field.prefix { $0 != 0 }
      guard field[(offset + text.count)...].allSatisfy({ $0 == 0 }) else {
        throw Fault(description: "bytes behind the NUL at \(offset)")
      }
      return String(decoding: text, as: UTF8.self)
    }
    func number(_ offset: Int, _ length: Int) throws -> Int {
      let digits = block[offset..<offset + length - 1]
      guard block[offset + length - 1] == 0,
        let number = Int(String(decoding: digits, as: UTF8.self), radix: 8)
      else { throw Fault(description: "no number at \(offset)") }
      return number
    }
    guard try text(257, 6) == "ustar", Array(block[263..<265]) == Array("00".utf8) else {
      throw Fault(description: "no ustar")
    }
    guard try text(265, 32).isEmpty, try text(297, 32).isEmpty else { throw Fault(description: "names") }
    guard try number(329, 8) == 0, try number(337, 8) == 0 else { throw Fault(description: "a device") }
    guard block[500...].allSatisfy({ $0 == 0 }) else { throw Fault(description: "bytes behind the fields") }
    var sum = 0
    for (index, byte) in block.enumerated() { sum += (148..<156).contains(index) ? 32 : Int(byte) }
    guard block[155] == 32, try number(148, 7) == sum else { throw Fault(description: "checksum") }
    var entry = Entry()
    let (prefix, name) = (try text(345, 155), try text(0, 100))
    entry.path = prefix.isEmpty ? name : prefix + "/" + name
    entry.type = Character(UnicodeScalar(block[156]))
    entry.mode = try number(100, 8)
    entry.uid = try number(108, 8)
    entry.gid = try number(116, 8)
    entry.mtime = try number(136, 12)
    entry.link = try text(157, 100)
    return (entry, try number(124, 12))
  }

  private static func read(records: [UInt8]) throws -> [String: [UInt8]] {
    var result: [String: [UInt8]] = [:]
    var rest = records[...]
    var lastKey = ""
    while !rest.isEmpty {
      let digits = rest.prefix { $0 != 0x20 }
      guard let length = Int(String(decoding: digits, as: UTF8.self)), length <= rest.count else {
        throw Fault(description: "a record without length")
      }
      let record = rest.prefix(length)
      let body = record.dropFirst(digits.count + 1).dropLast()
      guard record.last == 0x0A, let sign = body.firstIndex(of: 0x3D) else {
        throw Fault(description: "a record without end or key")
      }
      let key = String(decoding: body[..<sign], as: UTF8.self)
      guard key > lastKey else { throw Fault(description: "records out of order") }
      lastKey = key
      result[key] = Array(body[body.index(after: sign)...])
      rest = rest.dropFirst(length)
    }
    return result
  }
}
