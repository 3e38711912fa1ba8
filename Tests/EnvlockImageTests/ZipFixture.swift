import EnvlockImage
import EnvlockModel

/// Makes zip files and wheels of which every byte can be wrong.
struct ZipFixture {
  struct Member {
    var path: String
    var content: [UInt8]
    var deflated: [UInt8]?
    var flags = 0
    var method: Int?
    var attributes = 0
    var localPath: String?
    var localExtra: [UInt8] = []
    var extra: [UInt8] = []
    var size: Int?
    var crc: UInt32?
    /// Whether sizes and CRC follow the data.
    var hasDescriptor = false

    init(_ path: String, _ content: [UInt8] = [], deflated: [UInt8]? = nil, attributes: Int = 0) {
      self.path = path
      self.content = content
      self.deflated = deflated
      self.attributes = attributes
    }

    init(_ path: String, _ text: String, executable: Bool = false) {
      self.init(path, Array(text.utf8), attributes: executable ? 0o100755 << 16 : 0o100644 << 16)
    }
  }

  var members: [Member] = []
  var prefix: [UInt8] = []
  var comment: [UInt8] = []
  var isZip64 = false

  func build() -> [UInt8] {
    var file = prefix
    var directory: [UInt8] = []
    for member in members {
      let offset = file.count - prefix.count
      let data = member.deflated ?? member.content
      let isASCII = member.path.utf8.allSatisfy { $0 < 0x80 }
      let flags = member.flags | (isASCII ? 0 : 0x800) | (member.hasDescriptor ? 8 : 0)
      let method = member.method ?? (member.deflated == nil ? 0 : 8)
      let crc = Int(member.crc ?? CRC32.of(member.content))
      let size = member.size ?? member.content.count
      let head = bytes(20, 2) + bytes(flags, 2) + bytes(method, 2) + bytes(0x21_0000, 4)
      let later = member.hasDescriptor
      let local = Array((member.localPath ?? member.path).utf8)
      file += bytes(0x0403_4B50, 4) + head
      file += bytes(later ? 0 : crc, 4) + bytes(later ? 0 : data.count, 4) + bytes(later ? 0 : size, 4)
      file += bytes(local.count, 2) + bytes(member.localExtra.count, 2) + local + member.localExtra + data
      if later { file += bytes(0x0807_4B50, 4) + bytes(crc, 4) + bytes(data.count, 4) + bytes(size, 4) }

      let path = Array(member.path.utf8)
      var extra = member.extra
      if isZip64 {
        extra += bytes(1, 2) + bytes(24, 2) + bytes(size, 8) + bytes(data.count, 8) + bytes(offset, 8)
      }
      directory += bytes(0x0201_4B50, 4) + bytes(0x31E, 2) + head + bytes(crc, 4)
      directory += bytes(isZip64 ? 0xFFFF_FFFF : data.count, 4) + bytes(isZip64 ? 0xFFFF_FFFF : size, 4)
      directory += bytes(path.count, 2) + bytes(extra.count, 2) + bytes(0, 2) + bytes(0, 2) + bytes(0, 2)
      directory += bytes(member.attributes, 4) + bytes(isZip64 ? 0xFFFF_FFFF : offset, 4) + path + extra
    }
    let start = file.count - prefix.count
    file += directory
    if isZip64 {
      let record = file.count - prefix.count
      file += bytes(0x0606_4B50, 4) + bytes(44, 8) + bytes(45, 2) + bytes(45, 2) + bytes(0, 8)
      file += bytes(members.count, 8) + bytes(members.count, 8) + bytes(directory.count, 8) + bytes(start, 8)
      file += bytes(0x0706_4B50, 4) + bytes(0, 4) + bytes(record, 8) + bytes(1, 4)
    }
    let count = isZip64 ? 0xFFFF : members.count
    file += bytes(0x0605_4B50, 4) + bytes(0, 4) + bytes(count, 2) + bytes(count, 2)
    file += bytes(isZip64 ? 0xFFFF_FFFF : directory.count, 4) + bytes(isZip64 ? 0xFFFF_FFFF : start, 4)
    return file + bytes(comment.count, 2) + comment
  }

  private func bytes(_ value: Int, _ width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}

extension ZipFixture {
  /// A wheel "some_lib-1.0" of these members, with WHEEL and METADATA and a RECORD that is right.
  static func wheel(
    _ members: [Member], purelib: Bool = true, entryPoints: String? = nil, record: String? = nil
  ) -> ZipFixture {
    let info = "some_lib-1.0.dist-info"
    var all = members
    all.append(Member("\(info)/METADATA", "Metadata-Version: 2.1\nName: some-lib\nVersion: 1.0\n"))
    all.append(
      Member("\(info)/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: \(purelib)\nTag: py3-none-any\n"))
    if let entryPoints { all.append(Member("\(info)/entry_points.txt", entryPoints)) }
    let lines = all.filter { !$0.path.hasSuffix("/") }.map { recordLine($0) } + ["\(info)/RECORD,,"]
    all.append(Member("\(info)/RECORD", record ?? lines.joined(separator: "\n") + "\n"))
    return ZipFixture(members: all)
  }

  static func recordLine(_ member: Member) -> String {
    let hash = ContentHash.sha256(SmallSHA256.of(member.content))
    let path =
      member.path.contains(",") || member.path.contains("\"")
      ? "\"" + member.path.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
        + "\""
      : member.path
    return "\(path),\(hash),\(member.content.count)"
  }
}

/// A zip file in memory, as the writer of images will have it on disk.
struct OpenedZip {
  let file: [UInt8]
  let members: [ZipMember]
  /// The contents by path.
  let contents: [String: [UInt8]]

  init(_ fixture: ZipFixture, name: String = "some_lib-1.0-py3-none-any.whl") throws {
    file = fixture.build()
    members = try OpenedZip.members(file, name: name)
    contents = Dictionary(fixture.members.map { ($0.path, $0.content) }) { $1 }
  }

  static func members(_ file: [UInt8], name: String = "some_lib-1.0-py3-none-any.whl") throws -> [ZipMember] {
    let tail = Array(file.suffix(ZipDirectory.tailLength))
    let directory = try ZipDirectory(tail: tail, fileSize: file.count, file: name)
    return try directory.members(Array(file[directory.range])) { range in
      Array(file[min(range.lowerBound, file.count)..<min(range.upperBound, file.count)])
    }
  }

  func install(
    scheme: InstallScheme? = nil, interpreter: String = "/usr/bin/python3", rule: RecordRule = .strict
  ) throws -> WheelInstall {
    try WheelInstall(
      wheel: WheelName("some_lib-1.0-py3-none-any.whl"), members: members,
      scheme: scheme ?? InstallScheme.target(""), interpreter: Interpreter(interpreter), rule: rule
    ) { index, count in
      Array((contents[members[index].path] ?? []).prefix(count))
    }
  }
}

extension WheelInstall {
  /// The content of each file by its path.
  func landed(_ zip: OpenedZip) -> [String: [UInt8]] {
    var landed: [String: [UInt8]] = [:]
    for file in files {
      switch file.content {
      case .bytes(let bytes): landed[file.path.text] = bytes
      case .member(let index): landed[file.path.text] = zip.contents[members[index].path]
      }
    }
    return landed
  }

  /// The text of a file that lands.
  func text(_ path: String, _ zip: OpenedZip) -> String? {
    landed(zip)[path].map { String(decoding: $0, as: UTF8.self) }
  }
}

/// Writes a plan as floor 4 will, all in memory.
enum LayerRenderer {
  /// The gzip file.
  static func gzip(_ plan: LayerPlan, _ sources: [[UInt8]]) -> [UInt8] {
    var bytes: [UInt8] = []
    for segment in plan.segments {
      switch segment {
      case .literal(let range): bytes += GzipMember.stored(plan.literals[range])
      case .splice(let splice):
        let raw = sources[splice.source][splice.offset..<splice.offset + splice.compressedSize]
        if splice.isDeflated {
          bytes += GzipMember.header + raw
          bytes += GzipMember.trailer(crc: splice.crc ?? 0, size: splice.size)
        } else {
          bytes += GzipMember.stored(raw, crc: splice.crc)
        }
      }
    }
    return bytes + plan.trailer
  }
}
