/// Where the parts of a Debian package lie in its file.
///
/// Source: deb(5). The package is an `ar` archive: debian-binary with the format's version, the control archive, the data
/// archive. Members whose names begin with an underscore may stand between them; what follows the data is passed over.
struct ArchiveDebianLayout {
  /// One of the two archives.
  struct Section {
    /// Its bytes in the file.
    var range: Range<Int>
    /// How it is compressed; nil for not at all.
    var compression: ArchiveCompression?
  }

  /// What the package manager reads.
  let control: Section
  /// What lands on the disk.
  let data: Section

  /// - Throws: `ArchiveFault`.
  init(_ file: ArchiveFile) throws(ArchiveFault) {
    guard try file.bytes(at: 0, count: 8) == Array("!<arch>\n".utf8) else {
      throw .notDebianPackage(reason: "it is no ar archive")
    }
    var place = 8
    let version = try Member(file, at: &place)
    guard let version, version.name == "debian-binary" else {
      throw .notDebianPackage(reason: "its first member is not debian-binary")
    }
    let text = try file.bytes(at: version.range.lowerBound, count: min(version.range.count, 64))
    // Later minor versions stay readable, as deb(5) promises.
    guard text.starts(with: "2.".utf8), text.contains(0x0A) else {
      throw .notDebianPackage(reason: "its format is another than 2")
    }
    control = try Self.section("control", file, &place)
    data = try Self.section("data", file, &place)
  }

  private static func section(
    _ name: String, _ file: ArchiveFile, _ place: inout Int
  ) throws(ArchiveFault) -> Section {
    while let member = try Member(file, at: &place) {
      if member.name.hasPrefix("_") { continue }
      let stem = "\(name).tar"
      if member.name == stem { return Section(range: member.range, compression: nil) }
      if member.name.hasPrefix(stem + ".") {
        let suffix = String(member.name.dropFirst(stem.utf8.count + 1))
        guard let compression = ArchiveCompression(rawValue: suffix) else {
          throw .notDebianPackage(
            reason: "its \(name) archive is compressed in a way that is not known: \(suffix)")
        }
        return Section(range: member.range, compression: compression)
      }
      throw .notDebianPackage(reason: "`\(member.name)` stands where its \(name) archive should")
    }
    throw .notDebianPackage(reason: "it has no \(name) archive")
  }

  /// A member of an `ar` archive. Source: the common format of ar(5), with short names only.
  private struct Member {
    let name: String
    let range: Range<Int>

    /// Reads the header at `place`, and moves on to the next; nil at the file's end.
    init?(_ file: ArchiveFile, at place: inout Int) throws(ArchiveFault) {
      let header = try file.bytes(at: place, count: 60)
      if header.isEmpty { return nil }
      guard header.count == 60 else { throw .cutOff }
      guard header[58...].elementsEqual([0x60, 0x0A]) else {
        throw .notDebianPackage(reason: "a header of its ar archive is damaged")
      }
      // Some programs end the name with a slash.
      var name = header[..<16].prefix { $0 != 0x20 && $0 != 0 }
      if name.last == UInt8(ascii: "/") { name = name.dropLast() }
      self.name = String(decoding: name, as: UTF8.self)
      let digits = header[48..<58].prefix { $0 != 0x20 }
      guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }),
        header[(48 + digits.count)..<58].allSatisfy({ $0 == 0x20 })
      else { throw .notDebianPackage(reason: "a size in its ar archive is no number") }
      // Ten digits at most.
      let size = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
      let start = place + 60
      guard size <= file.size - start else { throw .cutOff }
      range = start..<start + size
      place = start + size + size % 2
    }
  }
}
