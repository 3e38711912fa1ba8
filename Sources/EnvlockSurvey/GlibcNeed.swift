public import EnvlockVersions

/// The newest glibc whose symbols a library names, "GLIBC_2.17": what it needs at least, whatever its wheel's name says.
public enum GlibcNeed {
  private static let prefix = Array("GLIBC_".utf8)

  /// Looks through the bytes of a whole library.
  ///
  /// - Returns: nil where it names none.
  public static func newest(in library: [UInt8]) -> Version? {
    var newest: Version?
    var place = 0
    while place < library.count {
      guard library[place] == prefix[0], library[place...].starts(with: prefix) else {
        place += 1
        continue
      }
      place += prefix.count
      let text = library[place...].prefix(8).prefix { $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) }
      place += text.count
      guard let version = try? Version(String(decoding: text, as: UTF8.self)), version.release.count >= 2
      else {
        continue
      }
      newest = max(newest ?? version, version)
    }
    return newest
  }
}
