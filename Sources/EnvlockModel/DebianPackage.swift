public import EnvlockVersions

/// A binary package as an archive's index describes it (deb-control(5), Debian Policy 5.3).
public struct DebianPackage: Hashable, Sendable {
  /// The name.
  public let name: String
  /// The version.
  public let version: DebianVersion
  /// "amd64", "arm64" or "all".
  public let architecture: String
  /// What must be there before it is unpacked.
  public let preDepends: [DebianDependency]
  /// What must be there for it to work.
  public let depends: [DebianDependency]
  /// The packages that it stands in for, with the version as which it does so.
  public let provides: [DebianRelation]
  /// What must not be there beside it: Conflicts and Breaks.
  public let excludes: [DebianRelation]
  /// The archive that it comes from.
  public let archive: LockedDebianPackage.Archive
  /// Where the package lies, relative to the archive's root: "pool/main/z/zlib/zlib1g_1.2.13.dfsg-1_amd64.deb".
  public let path: String
  /// The package's size in bytes.
  public let size: Int
  /// The digest of the package's bytes.
  public let sha256: Digest
  /// "required", "important", "standard", "optional" or "extra"; nil where it is not said.
  public let priority: String?

  /// The file's name, the last part of ``path``.
  public var fileName: String { String(path.split(separator: "/").last ?? "") }

  /// Reads a paragraph of an index.
  ///
  /// - Parameters:
  ///   - paragraph: its fields.
  ///   - archive: the archive that the index belongs to.
  /// - Throws: `MalformedText` where a field that is needed is missing or malformed.
  public init(_ paragraph: DebianParagraph, archive: LockedDebianPackage.Archive = .main)
    throws(MalformedText)
  {
    name = try paragraph.required("Package")
    version = try DebianVersion(paragraph.required("Version"))
    architecture = try paragraph.required("Architecture")
    preDepends = try DebianDependency.list(paragraph["Pre-Depends"] ?? "")
    depends = try DebianDependency.list(paragraph["Depends"] ?? "")
    provides = try DebianDependency.list(paragraph["Provides"] ?? "").flatMap(\.alternatives)
    excludes =
      try DebianDependency.list(paragraph["Conflicts"] ?? "").flatMap(\.alternatives)
      + DebianDependency.list(paragraph["Breaks"] ?? "").flatMap(\.alternatives)
    self.archive = archive
    path = try paragraph.required("Filename")
    guard Self.isInside(path) else {
      throw MalformedText(what: "path in an archive", text: path, reason: "it leaves the archive")
    }
    let bytes = try paragraph.required("Size")
    guard let size = Int(bytes), size >= 0 else {
      throw MalformedText(what: "size", text: bytes, reason: "it is no number of bytes")
    }
    self.size = size
    sha256 = try Digest(sha256Hex: paragraph.required("SHA256"))
    priority = paragraph["Priority"]
  }

  /// Whether a path stays below the root that it is relative to.
  static func isInside(_ path: String) -> Bool {
    !path.utf8.contains(0)
      && path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
        !$0.isEmpty && $0 != "." && $0 != ".."
      }
  }
}

/// A paragraph of fields in Debian's control format.
public struct DebianParagraph: Sendable {
  private let bytes: [UInt8]
  private let range: Range<Int>

  /// A paragraph within a larger text; nothing is read yet.
  ///
  /// - Parameters:
  ///   - bytes: the text.
  ///   - range: where the paragraph lies in it; cut to the text.
  init(_ bytes: [UInt8], _ range: Range<Int>) {
    self.bytes = bytes
    self.range = range.clamped(to: 0..<bytes.count)
  }

  /// A paragraph that is a text of its own.
  public init(_ text: String) {
    self.init(Array(text.utf8), 0..<text.utf8.count)
  }

  /// The value of a field, its lines joined by line feeds; nil where the field is missing. Names are compared without
  /// regard to case.
  public subscript(name: String) -> String? {
    let wanted = Array(name.utf8)
    var position = range.lowerBound
    while position < range.upperBound {
      let line = DebianText.line(bytes, from: position, to: range.upperBound)
      let after = line.upperBound + 1
      guard matches(line, wanted) else {
        position = after
        continue
      }
      var end = line.upperBound
      var next = after
      while next < range.upperBound, DebianText.isBlank(bytes[next]) {
        end = DebianText.line(bytes, from: next, to: range.upperBound).upperBound
        next = end + 1
      }
      return DebianText.trimmed(bytes, line.lowerBound + wanted.count + 1, end)
    }
    return nil
  }

  /// The value of a field that must be there.
  ///
  /// - Throws: `MalformedText` where it is missing or empty.
  public func required(_ name: String) throws(MalformedText) -> String {
    guard let value = self[name], !value.isEmpty else {
      throw MalformedText(
        what: "package paragraph", text: String(decoding: bytes[range].prefix(60), as: UTF8.self),
        reason: "\(name) is missing")
    }
    return value
  }

  private func matches(_ line: Range<Int>, _ name: [UInt8]) -> Bool {
    guard line.count > name.count, bytes[line.lowerBound + name.count] == UInt8(ascii: ":") else {
      return false
    }
    for (offset, byte) in name.enumerated()
    where bytes[line.lowerBound + offset] | 0x20 != byte | 0x20 { return false }
    return true
  }
}

/// Lines of control files, as byte ranges.
enum DebianText {
  /// The line that starts at `position`, without its line feed.
  static func line(_ bytes: [UInt8], from position: Int, to end: Int) -> Range<Int> {
    var stop = position
    while stop < end, bytes[stop] != UInt8(ascii: "\n") { stop += 1 }
    return position..<stop
  }

  /// The text between two offsets, without white space at both ends of each line.
  static func trimmed(_ bytes: [UInt8], _ start: Int, _ end: Int) -> String {
    guard start < end else { return "" }
    let lines = bytes[start..<end].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let texts = lines.map { line in
      let head = line.drop(while: isBlank)
      let tail = head.reversed().drop { isBlank($0) || $0 == UInt8(ascii: "\r") }
      return String(decoding: tail.reversed(), as: UTF8.self)
    }
    return texts.joined(separator: "\n")
  }

  static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
