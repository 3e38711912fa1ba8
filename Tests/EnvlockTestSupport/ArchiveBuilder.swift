/// Makes small tar archives for tests, byte for byte: fixed times, no compression.
public struct TarBuilder: Sendable {
  /// One member.
  public struct Member: Sendable {
    /// The path as it is written into the header; more than 100 bytes go into a record of their own, as GNU tar does it.
    public var path: [UInt8]
    /// The type flag: "0" a file, "5" a folder, "2" a symbolic link, "1" a hard link, "3" and "4" a
    /// device, "6" a pipe.
    public var type: Character
    /// The content.
    public var content: [UInt8] = []
    /// What a link points to.
    public var target: [UInt8] = []
    /// Permission bits.
    public var mode = 0o644
    /// The number of the owner.
    public var uid = 0
    /// The number of the group.
    public var gid = 0
    /// When it was changed, in seconds since 1970.
    public var mtime = 0
    /// The numbers of a device.
    public var device = (major: 0, minor: 0)
    /// Records of a pax header in front of it.
    public var records: [(key: String, value: [UInt8])] = []
    /// The size that the header states, instead of the truth.
    public var statedSize: Int?

    /// A member of this type.
    public init(_ path: String, type: Character) {
      self.path = Array(path.utf8)
      self.type = type
      if type == "5" || type == "2" { mode = type == "5" ? 0o755 : 0o777 }
    }

    /// A file.
    public static func file(_ path: String, _ content: [UInt8], mode: Int = 0o644) -> Member {
      var member = Member(path, type: "0")
      member.content = content
      member.mode = mode
      return member
    }

    /// A file that holds a text.
    public static func file(_ path: String, _ text: String, mode: Int = 0o644) -> Member {
      file(path, Array(text.utf8), mode: mode)
    }

    /// A folder.
    public static func folder(_ path: String, mode: Int = 0o755) -> Member {
      var member = Member(path, type: "5")
      member.mode = mode
      return member
    }

    /// A symbolic link ("2") or a hard one ("1").
    public static func link(_ path: String, _ target: String, type: Character = "2") -> Member {
      var member = Member(path, type: type)
      member.target = Array(target.utf8)
      return member
    }
  }

  /// The members in their order.
  public var members: [Member]
  /// Whether the two blocks of zeros that end an archive follow.
  public var hasEnd = true

  /// An archive of these members.
  public init(_ members: [Member]) { self.members = members }

  /// The bytes.
  public func build() -> [UInt8] {
    var bytes: [UInt8] = []
    for member in members {
      if !member.records.isEmpty {
        var record = Member("PaxHeader", type: "x")
        record.content = member.records.flatMap { TarBuilder.record($0.key, $0.value) }
        append(record, to: &bytes)
      }
      for (type, text) in [(Character("L"), member.path), ("K", member.target)] where text.count > 100 {
        var long = Member("././@LongLink", type: type)
        long.content = text + [0]
        append(long, to: &bytes)
      }
      append(member, to: &bytes)
    }
    return bytes + [UInt8](repeating: 0, count: hasEnd ? 1024 : 0)
  }

  private func append(_ member: Member, to bytes: inout [UInt8]) {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: some Collection<UInt8>, at offset: Int, width: Int) {
      for (index, byte) in text.prefix(width).enumerated() { header[offset + index] = byte }
    }
    func octal(_ value: Int, at offset: Int, width: Int) {
      let digits = String(value, radix: 8)
      put(
        (String(repeating: "0", count: max(0, width - 1 - digits.count)) + digits).utf8, at: offset,
        width: width)
    }
    put(member.path, at: 0, width: 100)
    octal(member.mode, at: 100, width: 8)
    octal(member.uid, at: 108, width: 8)
    octal(member.gid, at: 116, width: 8)
    octal(member.statedSize ?? member.content.count, at: 124, width: 12)
    octal(member.mtime, at: 136, width: 12)
    put(Array(repeating: 0x20, count: 8), at: 148, width: 8)
    put(String(member.type).utf8, at: 156, width: 1)
    put(member.target, at: 157, width: 100)
    put("ustar\u{0}00".utf8, at: 257, width: 8)
    octal(member.device.major, at: 329, width: 8)
    octal(member.device.minor, at: 337, width: 8)
    octal(header.reduce(0) { $0 + Int($1) }, at: 148, width: 7)
    bytes += header + member.content
    bytes += [UInt8](repeating: 0, count: (512 - member.content.count % 512) % 512)
  }

  /// "30 path=…\n": the number counts the record's own bytes.
  private static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
    let body = Array(" \(key)=".utf8) + value + [0x0A]
    var length = body.count + 1
    while String(length).utf8.count + body.count != length { length = String(length).utf8.count + body.count }
    return Array(String(length).utf8) + body
  }
}

/// Makes small Debian packages for tests.
public struct DebianBuilder: Sendable {
  /// The members of the `ar` archive in their order.
  public var members: [(name: String, content: [UInt8])]

  /// A package with a control file and these members of its data; neither archive is compressed.
  public init(
    _ data: [TarBuilder.Member], control: [TarBuilder.Member] = [.file("./control", "Package: a\n")]
  ) {
    members = [
      ("debian-binary", Array("2.0\n".utf8)), ("control.tar", TarBuilder(control).build()),
      ("data.tar", TarBuilder(data).build()),
    ]
  }

  /// The bytes.
  public func build() -> [UInt8] {
    var bytes = Array("!<arch>\n".utf8)
    for (name, content) in members {
      let columns = [(name, 16), ("0", 12), ("0", 6), ("0", 6), ("100644", 8), ("\(content.count)", 10)]
      for (text, width) in columns {
        bytes += Array((text + String(repeating: " ", count: max(0, width - text.utf8.count))).utf8)
      }
      bytes += [0x60, 0x0A] + content
      if content.count % 2 == 1 { bytes.append(0x0A) }
    }
    return bytes
  }

  /// A gzip file around these bytes, without compression.
  public static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var file: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
    file += storedBlocks(bytes)
    for number in [WheelBuilder.crc(bytes), UInt32(truncatingIfNeeded: bytes.count)] {
      file += (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
    return file
  }
}
