import EnvlockTestSupport

/// The bytes of a zip file, to be made wrong.
struct ZipBytes {
  var bytes: [UInt8]

  init(_ builder: WheelBuilder) { bytes = builder.build() }

  /// Where the header of a member lies in front of its content, and where in the directory.
  private func headers(_ path: String) -> (local: Int, listed: Int)? {
    func place(_ signature: [UInt8], _ nameOffset: Int) -> Int? {
      bytes.indices.first { start in
        bytes[start...].starts(with: signature) && start + nameOffset <= bytes.count
          && bytes[(start + nameOffset)...].starts(with: path.utf8)
      }
    }
    guard let local = place([0x50, 0x4B, 3, 4], 30), let listed = place([0x50, 0x4B, 1, 2], 46) else {
      return nil
    }
    return (local, listed)
  }

  private mutating func put(_ value: Int, _ width: Int, at place: Int) {
    for index in 0..<width { bytes[place + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
  }

  /// Sets a field that both headers have: 6 the flags, 8 the method, 14 the CRC, 18 the compressed size, 22 the size.
  func setting(_ field: Int, _ width: Int, to value: Int, of path: String) -> ZipBytes {
    var copy = self
    guard let (local, listed) = headers(path) else { return self }
    copy.put(value, width, at: local + field)
    copy.put(value, width, at: listed + field + 2)
    return copy
  }

  /// Sets the Unix mode of a member.
  func settingMode(_ mode: Int, of path: String) -> ZipBytes {
    var copy = self
    guard let (_, listed) = headers(path) else { return self }
    copy.put(mode << 16, 4, at: listed + 38)
    return copy
  }

  /// Lets the directory say that a member lies in the content of another, where its header has to be too.
  func moving(_ path: String, into other: String) -> ZipBytes {
    var copy = self
    guard let (_, listed) = headers(path), let (local, _) = headers(other) else { return self }
    copy.put(local + 30 + other.utf8.count, 4, at: listed + 42)
    return copy
  }

  /// The header and content of a zip file's only member.
  static func only(_ member: WheelBuilder.Member) -> [UInt8] {
    let bytes = WheelBuilder(members: [member]).build()
    return Array(bytes.prefix(30 + member.path.utf8.count + member.content.count))
  }
}
