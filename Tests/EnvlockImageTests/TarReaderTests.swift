import EnvlockImage
import EnvlockModel
import EnvlockTestSupport
import Foundation
import Testing

private typealias Reader = EnvlockImage.TarReader

/// What a reader gave out.
private struct Reading: Equatable {
  var members: [TarMember] = []
  /// The content of each member.
  var contents: [[UInt8]] = []
  /// Everything, as it came.
  var all: [UInt8] = []
  var fault: TarFault?

  init(_ pieces: [[UInt8]]) {
    var reader = Reader()
    do throws(TarFault) {
      for piece in pieces { try push(piece, to: &reader) }
      try reader.finish()
    } catch {
      fault = error
    }
  }

  private mutating func push(_ bytes: [UInt8], to reader: inout Reader) throws(TarFault) {
    try bytes.withUnsafeBufferPointer { (bytes) throws(TarFault) in
      try reader.push(UnsafeRawBufferPointer(bytes)) { piece in
        switch piece {
        case .member(let member):
          members.append(member)
          contents.append([])
        case .content(let bytes):
          contents[contents.count - 1] += bytes
          all += bytes
        case .framing(let bytes): all += bytes
        }
      }
    }
  }

  init(_ archive: [UInt8]) { self.init([archive]) }
}

/// A header as other programs may write it.
private struct Header {
  var name: [UInt8] = Array("file".utf8)
  var mode = Array("0000644\0".utf8)
  var uid = Array("0000000\0".utf8)
  var gid = Array("0000000\0".utf8)
  var size = Array("00000000000\0".utf8)
  var mtime = Array("00000000000\0".utf8)
  var kind = UInt8(ascii: "0")
  var link: [UInt8] = []
  var magic = Array("ustar\u{0}00".utf8)
  var major: [UInt8] = []
  var minor: [UInt8] = []
  var prefix: [UInt8] = []

  init(_ name: String, kind: Character = "0", size: Int = 0) {
    self.name = Array(name.utf8)
    self.kind = kind.asciiValue ?? 0
    let digits = String(size, radix: 8)
    self.size = Array((String(repeating: "0", count: 11 - digits.count) + digits + "\0").utf8)
  }

  var bytes: [UInt8] {
    var block = [UInt8](repeating: 0, count: 512)
    func put(_ bytes: [UInt8], _ offset: Int) {
      block.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }
    put(name, 0)
    put(mode, 100)
    put(uid, 108)
    put(gid, 116)
    put(size, 124)
    put(mtime, 136)
    put(Array(repeating: 0x20, count: 8), 148)
    block[156] = kind
    put(link, 157)
    put(magic, 257)
    put(major, 329)
    put(minor, 337)
    put(prefix, 345)
    let digits = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
    put(Array((String(repeating: "0", count: 6 - digits.count) + digits + "\0 ").utf8), 148)
    return block
  }
}

private let end = [UInt8](repeating: 0, count: 1024)

private func padded(_ content: [UInt8]) -> [UInt8] {
  content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
}

private func padded(_ content: String) -> [UInt8] { padded(Array(content.utf8)) }

/// A member in front of another: pax records, a long name.
private func leading(_ kind: Character, _ content: [UInt8]) -> [UInt8] {
  Header("leading", kind: kind, size: content.count).bytes + padded(content)
}

private func pax(_ records: [(String, String)]) -> [UInt8] {
  var bytes: [UInt8] = []
  for (key, value) in records {
    let rest = key.utf8.count + value.utf8.count + 3
    var length = rest + 1
    while rest + String(length).count > length { length += 1 }
    bytes += Array("\(length) \(key)=\(value)\n".utf8)
  }
  return leading("x", bytes)
}

@Suite struct TarReaderTests {
  // MARK: What the writer writes

  @Test(arguments: 0..<15)
  func `gives back what a plan holds, however the archive is cut`(seed: Int) throws {
    var random = SplitMix64(seed: UInt64(seed))
    let entries = try TarReaderTests.entries(&random)
    let plan = try LayerPlan(entries, mtime: 1_700_000_000)
    let archive = plan.segments.reduce(into: [UInt8]()) { bytes, segment in
      if case .literal(let range) = segment { bytes += plan.literals[range] }
    }
    let whole = Reading(archive)
    #expect(whole.fault == nil)
    #expect(whole.all == archive)
    #expect(whole.members.map(\.plainPath) == plan.entries.map(\.path.text))
    for (index, (member, entry)) in zip(whole.members, plan.entries).enumerated() {
      #expect(member.mode == entry.mode)
      #expect(member.uid == Int(entry.uid))
      #expect(member.gid == Int(entry.gid))
      #expect(member.mtime == 1_700_000_000)
      #expect(member.attributes == entry.attributes.sorted { $0.name < $1.name })
      switch entry.content {
      case .directory: #expect(member.kind == .directory)
      case .bytes(let bytes):
        #expect(member.kind == .file(size: bytes.count))
        #expect(whole.contents[index] == bytes)
        #expect(Array(archive[member.contentOffset..<member.contentOffset + bytes.count]) == bytes)
      case .symbolicLink(let target): #expect(member.kind == .symbolicLink(target.text))
      case .hardLink(let target): #expect(member.kind == .hardLink(target.text))
      case .splice: Issue.record("none was planned")
      }
    }
    for longest in [7, 511, 5000] {
      #expect(Reading(cut(archive, longest: longest, &random)) == whole)
    }
  }

  private static func entries(_ random: inout SplitMix64) throws -> [LayerEntry] {
    var entries: [LayerEntry] = []
    var files: [ImagePath] = []
    for index in 0..<Int.random(in: 0...30, using: &random) {
      let folders = [
        "a", "näive", String(repeating: "long", count: 40), "b/c", String(repeating: "d/", count: 70) + "e",
      ]
      let folder = folders[Int.random(in: 0..<folders.count, using: &random)]
      let path = try ImagePath(
        "\(folder)/\(index)" + String(repeating: "x", count: Int.random(in: 0...90, using: &random)))
      let content: LayerEntry.Content
      switch Int.random(in: 0..<6, using: &random) {
      case 0: content = .directory
      case 1:
        content = .symbolicLink(
          try LinkTarget(String(repeating: "../ö", count: Int.random(in: 1...60, using: &random))))
      case 2 where !files.isEmpty:
        content = .hardLink(files[Int.random(in: 0..<files.count, using: &random)])
      default:
        let sizes = [0, 1, 511, 512, 513, 1024, 3000]
        let size = sizes[Int.random(in: 0..<sizes.count, using: &random)]
        content = .bytes((0..<size).map { _ in UInt8.random(in: 0...255, using: &random) })
        files.append(path)
      }
      var attributes: [TarAttribute] = []
      for number in 0..<Int.random(in: 0...2, using: &random) {
        attributes.append(TarAttribute(name: "user.\(number)", value: [0, 10, 61, UInt8(number)]))
      }
      let owners: [UInt32] = [0, 1000, 2_097_151, 2_097_152, .max]
      entries.append(
        LayerEntry(
          path, content, mode: UInt16.random(in: 0...0o7777, using: &random),
          uid: owners[Int.random(in: 0..<5, using: &random)],
          gid: owners[Int.random(in: 0..<5, using: &random)], attributes: attributes))
    }
    return entries
  }

  @Test func `passes over content that can be skipped`() throws {
    let first = [UInt8](repeating: 7, count: 1300)
    let plan = try LayerPlan([
      LayerEntry(try ImagePath("a"), .bytes(first), mode: 0o644),
      LayerEntry(try ImagePath("b"), .bytes([1, 2, 3]), mode: 0o644),
    ])
    var reader = Reader()
    var place = 0
    var paths: [String] = []
    while place < plan.literals.count, !reader.hasEnded {
      try plan.literals[place..<place + 512].withUnsafeBytes { bytes in
        try reader.push(bytes) { if case .member(let member) = $0 { paths.append(member.path) } }
      }
      place += 512
      place += reader.skipContent()
      #expect(reader.offset == place)
    }
    try reader.finish()
    #expect(paths == ["a", "b"])
  }

  // MARK: What others write

  @Test func `reads long names as GNU writes them`() {
    let name = String(repeating: "n", count: 300)
    let target = String(repeating: "t", count: 200)
    let archive =
      leading("L", Array((name + "\0").utf8)) + leading("K", Array((target + "\0").utf8))
      + Header("short", kind: "2").bytes + Header("next").bytes + end
    let reading = Reading(archive)
    #expect(reading.fault == nil)
    #expect(reading.members.map(\.path) == [name, "next"])
    #expect(reading.members.first?.kind == .symbolicLink(target))
    #expect(reading.members.first?.offset == 0)
  }

  @Test func `reads numbers to the base 256`() {
    var header = Header("big")
    header.magic = Array("ustar  \0".utf8)
    header.uid = [0x80, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFE]
    header.size = [0x80] + [UInt8](repeating: 0, count: 10) + [3]
    // GNU keeps other things where POSIX has the prefix.
    header.prefix = Array("12345670123".utf8)
    let reading = Reading(header.bytes + padded("abc") + end)
    #expect(reading.fault == nil)
    #expect(reading.members.first?.path == "big")
    #expect(reading.members.first?.uid == 0xFFFF_FFFE)
    #expect(reading.contents.first == Array("abc".utf8))
  }

  @Test func `reads headers of before POSIX`() {
    var file = Header("old", size: 3)
    file.magic = []
    file.kind = 0
    file.mode = Array("   644 \0".utf8)
    file.uid = Array("     0 \0".utf8)
    var folder = file
    folder.name = Array("dir/".utf8)
    folder.size = Array("          0 ".utf8)
    let reading = Reading(file.bytes + padded("abc") + folder.bytes + end)
    #expect(reading.fault == nil)
    #expect(reading.members.map(\.kind) == [.file(size: 3), .directory])
    #expect(reading.members.map(\.plainPath) == ["old", "dir"])
    #expect(reading.members.first?.mode == 0o644)
  }

  @Test func `pax records go before the header, and global ones before nothing`() {
    var header = Header("short", size: 1)
    header.uid = Array("0000005\0".utf8)
    let global = leading("g", Array("15 uid=1234567\n13 mtime=1.9\n".utf8))
    let archive =
      global
      + pax([
        ("path", "./lange/Datei"), ("size", "4"), ("gid", "77"), ("mtime", "-1.5"), ("uid", ""),
        ("comment", "x"), ("SCHILY.xattr.user.b", "2"), ("SCHILY.xattr.user.a", "1"),
      ]) + header.bytes + padded("abcd") + Header("second").bytes + end
    let reading = Reading(archive)
    #expect(reading.fault == nil)
    let first = reading.members.first
    #expect(first?.path == "./lange/Datei")
    #expect(first?.plainPath == "lange/Datei")
    #expect(first?.kind == .file(size: 4))
    #expect(first?.gid == 77)
    #expect(first?.mtime == -2)
    #expect(first?.uid == 1_234_567)
    #expect(first?.attributes.map(\.name) == ["user.a", "user.b"])
    #expect(reading.members.last?.mtime == 1)
    #expect(reading.members.last?.attributes == [])
  }

  @Test(arguments: ["gnu", "pax", "ustar", "v7"])
  func `reads what the system's tar writes`(format: String) throws {
    try Programs.withFolder { folder in
      let deep = folder.appendingPathComponent(
        "tree/" + String(repeating: "deep/", count: format == "v7" ? 2 : 24))
      try FileManager.default.createDirectory(at: deep, withIntermediateDirectories: true)
      try Data("hello".utf8).write(to: deep.appendingPathComponent("file"))
      try FileManager.default.createSymbolicLink(
        atPath: deep.appendingPathComponent("link").path, withDestinationPath: "file")
      let arguments = ["-c", "-f", "-", "--format=\(format)", "--sort=name", "tree"]
      guard let archive = try Programs.run("tar", arguments, in: folder) else { return }
      let reading = Reading(archive)
      #expect(reading.fault == nil)
      #expect(reading.all == archive)
      #expect(reading.members.last?.kind == .symbolicLink("file"))
      #expect(reading.contents.contains(Array("hello".utf8)))
      #expect(reading.members.dropLast().last?.plainPath.hasSuffix("deep/file") == true)
    }
  }

  // MARK: Faults

  private func fault(_ archive: [UInt8]) -> TarFault.Problem? { Reading(archive).fault?.problem }

  @Test func `says what is wrong, and where`() throws {
    let good = Header("good", size: 3).bytes + padded("abc")
    var spoiled = Header("spoiled").bytes
    spoiled[3] ^= 1
    #expect(Reading(good + spoiled + end).fault == TarFault(.checksum, offset: 1024))
    #expect(Reading(good).fault == TarFault(.cutShort, offset: 1024, path: "good"))
    #expect(Reading(good.dropLast(600)).fault == TarFault(.cutShort, offset: 424))
    #expect(fault([]) == .cutShort)
    #expect(fault(good + end.dropLast(512)) == .cutShort)
    #expect(fault(good + end.dropLast(512) + good) == .trailing)
    #expect(Reading(good + end + [0, 0, 1]).fault == TarFault(.trailing, offset: 2050))
    #expect(fault(good + end + [0, 0, 0]) == nil)
    #expect(Reading(pax([("path", "x")]) + end).fault == TarFault(.alone, offset: 0))
    #expect(fault(pax([("path", "x")]) + pax([("path", "y")]) + good + end) == .alone)

    var number = Header("n")
    number.uid = Array("00x0000\0".utf8)
    #expect(Reading(number.bytes + end).fault == TarFault(.number(field: "owner"), offset: 0, path: "n"))
    number = Header("n")
    number.size = [0xFF] + [UInt8](repeating: 0xFF, count: 11)
    #expect(fault(number.bytes + end) == .number(field: "size"))
    number.size = [0x80, 0xFF] + [UInt8](repeating: 0xFF, count: 10)
    #expect(fault(number.bytes + end) == .number(field: "size"))

    var text = Header("t")
    text.name = [0xFF, 0xFE]
    #expect(fault(text.bytes + end) == .text(field: "name"))
    text.name = []
    #expect(fault(text.bytes + end) == .noName)
    #expect(fault(Header("d", kind: "5", size: 1).bytes + padded("a") + end) == .content)
    var link = Header("l", kind: "1", size: 4)
    link.link = Array("d".utf8)
    #expect(fault(link.bytes + padded("abcd") + end) == .content)
    #expect(fault(Header("s", kind: "S").bytes + end) == .kind(UInt8(ascii: "S")))
    #expect(fault(Header("l", kind: "2").bytes + end) == .noName)
    #expect(fault(Header("x", kind: "x", size: 1 << 21).bytes) == .tooLong(limit: 1 << 20))
    var device = Header("d", kind: "3")
    device.major = Array("000000x\0".utf8)
    #expect(fault(device.bytes + end) == .number(field: "device number"))
    device.major = [0x80, 0, 0, 1, 0, 0, 0, 0]
    #expect(fault(device.bytes + end) == .number(field: "device number"))
  }

  @Test func `reads devices and pipes`() throws {
    func kind(_ header: Header) -> TarMember.Kind? { Reading(header.bytes + end).members.first?.kind }
    var header = Header("d", kind: "3")
    header.major = Array("0000001\0".utf8)
    header.minor = Array("0000011\0".utf8)
    #expect(kind(header) == .special(.characterDevice(major: 1, minor: 9)))
    header.kind = UInt8(ascii: "4")
    #expect(kind(header) == .special(.blockDevice(major: 1, minor: 9)))
    #expect(kind(Header("p", kind: "6")) == .special(.pipe))
  }

  @Test(arguments: [
    "", "x", "5 a=x", "99 path=x\n", "8 path=x", "9 path=xy\n9", "6 =xy\n", "4 a\n", "-5 path=x\n",
    "99999999999999999999 a=b\n", "14 size=twelve\n", "24 size=9999999999999999\n", "16 mtime=never!\n",
    "22 GNU.sparse.major=1\n", "17 SCHILY.xattr.=\n", "10 uid=-1\n\n", "33 size=99999999999999999999999\n",
  ])
  func `refuses records that are none`(records: String) {
    let archive = leading("x", Array(records.utf8)) + Header("f").bytes + end
    let fault = Reading(archive).fault
    #expect((fault == nil) == records.isEmpty)
    if let fault { #expect(!"\(fault)".isEmpty) }
  }

  @Test(arguments: 0..<25)
  func `never traps, and says the same however damaged archives are cut`(seed: Int) throws {
    var random = SplitMix64(seed: UInt64(seed) &+ 1000)
    let plan = try LayerPlan(try TarReaderTests.entries(&random))
    for _ in 0..<10 {
      var archive = plan.literals
      for _ in 0..<Int.random(in: 1...4, using: &random) where !archive.isEmpty {
        let place = Int.random(in: 0..<archive.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: archive[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
        case 1: archive[place] = UInt8.random(in: 0...255, using: &random)
        case 2: archive.removeSubrange(place..<min(archive.count, place + 512))
        case 3:
          archive.insert(contentsOf: archive[place..<min(archive.count, place + 512)], at: place / 512 * 512)
        default: archive.removeLast(archive.count - place)
        }
      }
      // A header whose sum was mended is read further than one whose sum tells.
      if Bool.random(using: &random) { TarReaderTests.mendSums(&archive) }
      let whole = Reading(archive)
      let pieces = Reading(cut(archive, longest: 700, &random))
      #expect(pieces.members == whole.members)
      #expect(pieces.contents == whole.contents)
      #expect(pieces.fault == whole.fault)
      if let fault = whole.fault { #expect(fault.offset <= archive.count) }
    }
  }

  private static func mendSums(_ archive: inout [UInt8]) {
    for start in stride(from: 0, to: archive.count - 511, by: 512)
    where archive[(start + 257)..<(start + 262)].elementsEqual("ustar".utf8) {
      archive.replaceSubrange((start + 148)..<(start + 156), with: Array(repeating: 0x20, count: 8))
      let digits = String(archive[start..<start + 512].reduce(0) { $0 + Int($1) }, radix: 8)
      let text = String(repeating: "0", count: 6 - digits.count) + digits + "\0 "
      archive.replaceSubrange((start + 148)..<(start + 156), with: Array(text.utf8))
    }
  }
}
