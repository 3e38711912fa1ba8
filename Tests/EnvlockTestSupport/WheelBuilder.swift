/// Makes small wheels and other zip files for tests: stored members, fixed times, the same bytes on every machine.
public struct WheelBuilder {
  /// One member of a zip file.
  public struct Member {
    /// The path inside of the zip file.
    public var path: String
    /// The content, uncompressed.
    public var content: [UInt8]
    /// The deflated content; nil stores it as it is.
    public var deflated: [UInt8]?
    /// Bytes in the extra field of the local header.
    public var localExtra: [UInt8] = []

    /// A stored member.
    public init(_ path: String, _ content: [UInt8], deflated: [UInt8]? = nil) {
      self.path = path
      self.content = content
      self.deflated = deflated
    }

    /// A stored member that holds a text.
    public init(_ path: String, _ text: String) { self.init(path, Array(text.utf8)) }
  }

  /// The members in the order of the file.
  public var members: [Member]
  /// The comment at the end of the file.
  public var comment: [UInt8] = []
  /// Whether sizes and offsets are written as zip64 wants them.
  public var isZip64 = false
  /// Bytes in front of the zip file.
  public var prefix: [UInt8] = []
  /// Whether names are marked as UTF-8.
  public var isUTF8 = false

  /// A zip file of these members.
  public init(members: [Member]) { self.members = members }

  /// A wheel with METADATA, WHEEL, RECORD and one module.
  ///
  /// - Parameters:
  ///   - name: the project as the file name spells it: "some_lib".
  ///   - version: the version as the file name spells it.
  ///   - tag: "py3-none-any".
  ///   - headers: further lines of METADATA, such as "Requires-Dist: numpy".
  ///   - padding: so many bytes of another member stand first.
  public init(
    name: String, version: String, tag: String = "py3-none-any", headers: [String] = [], padding: Int = 0
  ) {
    let folder = "\(name)-\(version).dist-info"
    let metadata = WheelBuilder.metadata(name: name, version: version, headers: headers)
    members = []
    if padding > 0 { members.append(Member("\(name)/data.bin", [UInt8](repeating: 0x55, count: padding))) }
    members += [
      Member("\(name)/__init__.py", "version = \"\(version)\"\n"), Member("\(folder)/METADATA", metadata),
      Member("\(folder)/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: \(tag)\n"),
      Member(
        "\(folder)/RECORD",
        "\(name)/__init__.py,,\n\(folder)/METADATA,,\n\(folder)/WHEEL,,\n\(folder)/RECORD,,\n"),
    ]
  }

  /// The text of a METADATA file with a description.
  public static func metadata(name: String, version: String, headers: [String] = []) -> String {
    let lines =
      ["Metadata-Version: 2.1", "Name: \(name)", "Version: \(version)", "Summary: made by a test"] + headers
    return lines.joined(separator: "\n") + "\n\nDescription\n"
  }

  /// The bytes of the file.
  public func build() -> [UInt8] {
    var file = prefix
    var directory: [UInt8] = []
    for member in members {
      let offset = file.count - prefix.count
      let data = member.deflated ?? member.content
      let fields =
        number(20, 2) + number(isUTF8 ? 0x800 : 0, 2) + number(member.deflated == nil ? 0 : 8, 2)
        + number(0, 2)
        + number(0x21, 2) + number(Int(WheelBuilder.crc(member.content)), 4)
      let path = Array(member.path.utf8)
      file += number(0x0403_4B50, 4) + fields + number(data.count, 4) + number(member.content.count, 4)
      file += number(path.count, 2) + number(member.localExtra.count, 2) + path + member.localExtra + data

      let long =
        isZip64
        ? number(1, 2) + number(24, 2) + number(member.content.count, 8) + number(data.count, 8)
          + number(offset, 8) : []
      let sizes =
        isZip64
        ? number(0xFFFF_FFFF, 4) + number(0xFFFF_FFFF, 4)
        : number(data.count, 4) + number(member.content.count, 4)
      directory += number(0x0201_4B50, 4) + number(20, 2) + fields + sizes + number(path.count, 2)
      directory += number(long.count, 2) + number(0, 2) + number(0, 2) + number(0, 2) + number(0, 4)
      directory += number(isZip64 ? 0xFFFF_FFFF : offset, 4) + path + long
    }
    let start = file.count - prefix.count
    file += directory
    if isZip64 {
      let record = file.count - prefix.count
      file +=
        number(0x0606_4B50, 4) + number(44, 8) + number(45, 2) + number(45, 2) + number(0, 4) + number(0, 4)
      file +=
        number(members.count, 8) + number(members.count, 8) + number(directory.count, 8) + number(start, 8)
      file += number(0x0706_4B50, 4) + number(0, 4) + number(record, 8) + number(1, 4)
    }
    file += number(0x0605_4B50, 4) + number(0, 4) + number(isZip64 ? 0xFFFF : members.count, 2)
    file += number(isZip64 ? 0xFFFF : members.count, 2) + number(isZip64 ? 0xFFFF_FFFF : directory.count, 4)
    file += number(isZip64 ? 0xFFFF_FFFF : start, 4) + number(comment.count, 2) + comment
    return file
  }

  private func number(_ value: Int, _ width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// The CRC-32 that zip files use, bit by bit.
  public static func crc(_ bytes: [UInt8]) -> UInt32 {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
  }
}
