/// Writes ustar headers, with pax records before them where a value does not fit.
///
/// Sources: POSIX.1-2017, pax: "ustar Interchange Format", "pax Extended Header". Which values get a record, in which
/// order the records stand and how their own entry is called is fixed, so that equal entries are equal bytes.
enum TarHeader {
  /// What the entry that holds pax records is called. Readers that do not know pax would make a file of it.
  static let recordsName = "PaxHeaders/entry"

  static func append(_ entry: TarEntry, to bytes: inout [UInt8]) {
    let text = path(of: entry)
    let slash = split(text, isASCII: entry.path.isASCII)
    var link: String?
    switch entry.kind {
    case .symbolicLink(let target): link = target.text
    case .hardLink(let target): link = target.text
    case .file, .directory: break
    }
    var records = PaxRecords()
    if slash == nil { records.add("path", text.utf8) }
    if let link, !fits(link) { records.add("linkpath", link.utf8) }
    if let size = tooLarge(UInt64(entry.contentSize), .size) { records.add("size", size.utf8) }
    if let uid = tooLarge(UInt64(entry.uid), .uid) { records.add("uid", uid.utf8) }
    if let gid = tooLarge(UInt64(entry.gid), .gid) { records.add("gid", gid.utf8) }
    for attribute in entry.attributes { records.add("SCHILY.xattr." + attribute.name, attribute.value) }
    if !records.isEmpty {
      let content = records.bytes
      appendBlock(to: &bytes) { block in
        TarField.name.put(recordsName.utf8, into: block)
        putNumbers(mode: 0o644, uid: 0, gid: 0, size: UInt64(content.count), mtime: 0, into: block)
        block[TarField.type.offset] = UInt8(ascii: "x")
      }
      bytes += content
      bytes.append(contentsOf: repeatElement(0, count: TarEntry.padding(after: content.count)))
    }
    appendBlock(to: &bytes) { block in
      switch slash {
      case nil: TarField.name.put(substitute(for: text), into: block)
      case 0: TarField.name.put(text.utf8, into: block)
      case let slash?:
        TarField.name.put(text.utf8.dropFirst(slash + 1), into: block)
        TarField.prefix.put(text.utf8.prefix(slash), into: block)
      }
      if let link {
        TarField.linkName.put(fits(link) ? Array(link.utf8) : substitute(for: link), into: block)
      }
      putNumbers(
        mode: entry.mode, uid: entry.uid, gid: entry.gid, size: UInt64(entry.contentSize), mtime: entry.mtime,
        into: block)
      block[TarField.type.offset] = type(of: entry)
    }
  }

  private static func type(of entry: TarEntry) -> UInt8 {
    switch entry.kind {
    case .file: UInt8(ascii: "0")
    case .hardLink: UInt8(ascii: "1")
    case .symbolicLink: UInt8(ascii: "2")
    case .directory: UInt8(ascii: "5")
    }
  }

  /// The path as it is written: folders end in a slash.
  private static func path(of entry: TarEntry) -> String {
    guard case .directory = entry.kind else { return entry.path.text }
    return entry.path.text + "/"
  }

  private static func fits(_ link: String) -> Bool {
    link.utf8.count <= TarField.linkName.length && link.utf8.allSatisfy { $0 < 0x80 }
  }

  /// The number as text if it is too large for the field.
  private static func tooLarge(_ number: UInt64, _ field: TarField) -> String? {
    number > field.largestNumber ? String(number) : nil
  }

  /// Where a path is cut into two fields: at the first slash behind which the rest fits; 0 where all of it fits into one.
  /// Nil where it does not fit, or is not ASCII, for which ustar defines no encoding.
  private static func split(_ path: String, isASCII: Bool) -> Int? {
    guard isASCII else { return nil }
    let count = path.utf8.count
    if count <= TarField.name.length { return 0 }
    let bytes = Array(path.utf8)
    // The slash that ends a folder's path divides nothing.
    let earliest = count - TarField.name.length - 1
    guard let slash = bytes[earliest..<count - 1].firstIndex(of: UInt8(ascii: "/")), slash > 0,
      slash <= TarField.prefix.length
    else { return nil }
    return slash
  }

  /// What stands in a header whose true text is in a pax record: its end, in ASCII.
  private static func substitute(for text: String) -> [UInt8] {
    text.utf8.suffix(TarField.name.length).map { $0 < 0x80 ? $0 : UInt8(ascii: "_") }
  }

  private static func putNumbers(
    mode: UInt16, uid: UInt32, gid: UInt32, size: UInt64, mtime: UInt32,
    into block: UnsafeMutableBufferPointer<UInt8>
  ) {
    TarField.mode.put(UInt64(mode), into: block)
    TarField.uid.put(UInt64(uid), into: block)
    TarField.gid.put(UInt64(gid), into: block)
    TarField.size.put(size, into: block)
    TarField.mtime.put(UInt64(mtime), into: block)
    TarField.deviceMajor.put(0, into: block)
    TarField.deviceMinor.put(0, into: block)
    TarField.magic.put("ustar".utf8, into: block)
    TarField.version.put("00".utf8, into: block)
  }

  /// Adds a block that `fill` writes into, and its checksum: the sum of its bytes, with the checksum's own field as
  /// spaces.
  private static func appendBlock(
    to bytes: inout [UInt8], _ fill: (UnsafeMutableBufferPointer<UInt8>) -> Void
  ) {
    let start = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: TarField.blockLength))
    bytes.withUnsafeMutableBufferPointer { buffer in
      let block = UnsafeMutableBufferPointer(rebasing: buffer[start...])
      fill(block)
      var sum: UInt32 = 8 * 0x20
      for byte in block { sum &+= UInt32(byte) }
      // Six digits, a NUL, a space: as every tar has written it, one digit fewer than the field could hold.
      TarField(offset: TarField.checksum.offset, length: 7).put(UInt64(sum), into: block)
      block[TarField.checksum.offset + 7] = 0x20
    }
  }
}

/// The records of a pax extended header: `<length> <key>=<value>\n`, where the length counts itself too.
private struct PaxRecords {
  private var records: [(key: String, value: [UInt8])] = []

  var isEmpty: Bool { records.isEmpty }

  mutating func add(_ key: String, _ value: some Sequence<UInt8>) { records.append((key, Array(value))) }

  /// The records by ascending key.
  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    for (key, value) in records.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      let rest = key.utf8.count + value.count + 3
      var length = rest + 1
      while rest + String(length).utf8.count > length { length = rest + String(length).utf8.count }
      bytes += "\(length) \(key)=".utf8
      bytes += value
      bytes.append(UInt8(ascii: "\n"))
    }
    return bytes
  }
}
