public import EnvlockVersions

/// What the file name of a wheel says: `torch-2.10.0-3-cp310-cp310-manylinux_2_28_x86_64.whl`.
///
/// Source: the binary distribution format (PEP 427, PEP 491), tags as in PEP 425.
public struct WheelName: Hashable, Sendable, CustomStringConvertible {
  /// The project.
  public let project: ProjectName
  /// Its version, with the local part if there is one.
  public let version: Version
  /// The build number; nil for most wheels.
  public let build: BuildTag?
  /// The interpreters, lower case, in the order of the file name: `py2`, `py3`.
  public let pythonTags: [String]
  /// The binary interfaces, lower case: `cp310`, `abi3`, `none`.
  public let abiTags: [String]
  /// The platforms, lower case: `manylinux_2_28_x86_64`, `any`.
  public let platformTags: [String]
  /// The file name as it was given.
  public let fileName: String

  /// Takes a file name apart.
  ///
  /// The name is safe to use as a file name afterwards: it holds no slash and nothing that a shell or a terminal
  /// could misread.
  ///
  /// - Throws: `MalformedText` unless the name ends in `.whl` and has five or six parts joined by dashes, with a
  ///   project name and a PEP 440 version.
  public init(_ fileName: some StringProtocol) throws(MalformedText) {
    func malformed(_ reason: String, _ offset: Int?) -> MalformedText {
      MalformedText(what: "wheel file name", text: String(fileName), reason: reason, offset: offset)
    }
    let bytes = Array(fileName.utf8)
    let suffix = ".whl"
    guard bytes.count > suffix.utf8.count, bytes.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) else {
      throw malformed("it has to end in .whl", nil)
    }
    let end = bytes.count - suffix.utf8.count
    var dashes: [Int] = []
    dashes.reserveCapacity(5)
    for (offset, byte) in bytes.enumerated() {
      guard NameNormaliser.isNameByte(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "!") else {
        throw malformed("a wheel's name cannot hold this character", offset)
      }
      if byte == UInt8(ascii: "-") { dashes.append(offset) }
    }
    guard dashes.count == 4 || dashes.count == 5 else {
      throw malformed(
        "it has \(dashes.count + 1) parts between dashes; a wheel has five or six "
          + "(name-version[-build]-python-abi-platform.whl)", nil)
    }
    func text(from start: Int, to end: Int) -> String { String(decoding: bytes[start..<end], as: UTF8.self) }
    do {
      project = try ProjectName(text(from: 0, to: dashes[0]))
    } catch {
      throw malformed("its project name is not one: \(error.reason)", error.offset)
    }
    do {
      version = try Version(text(from: dashes[0] + 1, to: dashes[1]))
    } catch {
      throw malformed("its version is not one: \(error.reason)", dashes[0] + 1 + (error.offset ?? 0))
    }
    if dashes.count == 5 {
      guard let build = Self.build(bytes[(dashes[1] + 1)..<dashes[2]]) else {
        throw malformed("a build number has to begin with digits, and not too many", dashes[1] + 1)
      }
      self.build = build
    } else {
      build = nil
    }
    let tail = dashes.suffix(3)
    let (first, second, third) = (tail[tail.startIndex], tail[tail.startIndex + 1], tail[tail.startIndex + 2])
    pythonTags = Self.tags(bytes[(first + 1)..<second])
    abiTags = Self.tags(bytes[(second + 1)..<third])
    platformTags = Self.tags(bytes[(third + 1)..<end])
    guard !pythonTags.isEmpty, !abiTags.isEmpty, !platformTags.isEmpty else {
      throw malformed("one of its three tags is empty", first + 1)
    }
    self.fileName = String(fileName)
  }

  /// The file name.
  public var description: String { fileName }

  private static func build(_ bytes: ArraySlice<UInt8>) -> BuildTag? {
    let digits = bytes.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    guard let number = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
    return BuildTag(
      number: number, suffix: String(decoding: bytes.dropFirst(digits.count), as: UTF8.self))
  }

  private static func tags(_ bytes: ArraySlice<UInt8>) -> [String] {
    bytes.split(separator: UInt8(ascii: ".")).map { tag in
      String(unsafeUninitializedCapacity: tag.count) { buffer in
        for (index, byte) in tag.enumerated() {
          let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
          buffer[index] = isUpper ? byte | 0x20 : byte
        }
        return tag.count
      }
    }
  }
}
