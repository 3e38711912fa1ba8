/// Why a text is no path inside of an image.
public enum PathProblem: Error, Hashable, Sendable {
  /// It is empty.
  case empty
  /// It begins with a slash.
  case absolute
  /// A `..` leads out of, or about in, the tree.
  case parent
  /// An empty part or a `.`: two texts would be one path.
  case notPlain
  /// It holds a backslash, which is a separator elsewhere. Only zip files are held to this: units of systemd have one.
  case backslash
  /// It holds a control character.
  case control
  /// A part is longer than 255 bytes, or the whole than 4095: no Linux file system takes it.
  case tooLong
  /// A part begins with `.wh.`, by which layers say that a file is deleted (OCI image-spec, "Whiteouts").
  case whiteout

  /// A clause about the path: "it begins with a slash".
  public var reason: String {
    switch self {
    case .empty: "it is empty"
    case .absolute: "it begins with a slash"
    case .parent: "it has a part `..`"
    case .notPlain: "it has an empty part or a part `.`"
    case .backslash: "it holds a backslash"
    case .control: "it holds a control character"
    case .tooLong: "it is longer than a file system takes"
    case .whiteout: "it has a part that begins with `.wh.`, which deletes files when a layer is unpacked"
    }
  }
}

/// A path below the root of an image: parts joined by single slashes, none of them `.` or `..`, none at either end.
///
/// Paths order by their bytes, so that a folder stands before what is in it.
public struct ImagePath: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The path.
  public let text: String
  /// Whether all of it is ASCII; then the order of strings is the order of bytes, and fast.
  let isASCII: Bool

  /// Reads a path.
  ///
  /// - Throws: `PathProblem`.
  public init(_ text: String) throws(PathProblem) {
    var copy = text
    let outcome = copy.withUTF8 { ImagePath.check($0) }
    isASCII = try outcome.get()
    self.text = copy
  }

  /// A path whose text is known to be one.
  init(unchecked text: String, isASCII: Bool) {
    self.text = text
    self.isASCII = isASCII
  }

  /// The path.
  public var description: String { text }

  /// The folder that it is in; nil for what lies at the root.
  public var parent: ImagePath? {
    guard let slash = text.utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
    let parent = text[..<slash]
    return ImagePath(unchecked: String(parent), isASCII: isASCII || parent.utf8.allSatisfy { $0 < 0x80 })
  }

  /// A path below this one.
  ///
  /// - Throws: `PathProblem`.
  public func appending(_ rest: String) throws(PathProblem) -> ImagePath { try ImagePath(text + "/" + rest) }

  /// Orders by bytes.
  public static func < (a: ImagePath, b: ImagePath) -> Bool {
    if a.isASCII, b.isASCII { return a.text < b.text }
    return a.text.utf8.lexicographicallyPrecedes(b.text.utf8)
  }

  /// Equal when the bytes are: to a file system, two Unicode forms are two names.
  public static func == (a: ImagePath, b: ImagePath) -> Bool {
    if a.isASCII, b.isASCII { return a.text == b.text }
    return a.isASCII == b.isASCII && a.text.utf8.elementsEqual(b.text.utf8)
  }

  /// Two Unicode forms of a name may have one hash.
  public func hash(into hasher: inout Hasher) { hasher.combine(text) }

  /// Whether all bytes are ASCII, or what is wrong with the path.
  private static func check(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<Bool, PathProblem> {
    guard let first = bytes.first else { return .failure(.empty) }
    if first == UInt8(ascii: "/") { return .failure(.absolute) }
    if bytes.count > 4095 { return .failure(.tooLong) }
    var all: UInt8 = 0
    var start = 0
    for index in 0...bytes.count {
      let byte = index < bytes.count ? bytes[index] : UInt8(ascii: "/")
      all |= byte
      if byte < 0x20 || byte == 0x7F { return .failure(.control) }
      guard byte == UInt8(ascii: "/") else { continue }
      let length = index - start
      if length > 255 { return .failure(.tooLong) }
      if length == 0 { return .failure(.notPlain) }
      if bytes[start] == UInt8(ascii: ".") {
        if length == 1 { return .failure(.notPlain) }
        if length == 2, bytes[start + 1] == UInt8(ascii: ".") { return .failure(.parent) }
        if length >= 4, bytes[start + 1] == UInt8(ascii: "w"), bytes[start + 2] == UInt8(ascii: "h"),
          bytes[start + 3] == UInt8(ascii: ".")
        {
          return .failure(.whiteout)
        }
      }
      start = index + 1
    }
    return .success(all < 0x80)
  }
}

/// Text that mostly is ASCII only.
enum ASCII {
  /// Whether it is.
  static func holds(_ text: String) -> Bool {
    let known: Bool? = text.utf8.withContiguousStorageIfAvailable { holds(UnsafeRawBufferPointer($0)) }
    return known ?? text.utf8.allSatisfy { $0 < 0x80 }
  }

  /// Whether they are; eight bytes a step.
  static func holds(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var place = 0
    var all: UInt64 = 0
    while place + 8 <= bytes.count {
      all |= bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
      place += 8
    }
    while place < bytes.count {
      all |= UInt64(bytes[place])
      place += 1
    }
    return all & 0x8080_8080_8080_8080 == 0
  }

  /// The text that these bytes are; nil where they are no UTF-8.
  static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
    // What is ASCII need not be validated.
    holds(UnsafeRawBufferPointer(bytes))
      ? String(decoding: bytes, as: UTF8.self) : String(validating: bytes, as: UTF8.self)
  }
}

/// Where a symbolic link points: any text that a link can hold, absolute or with `..` too, since whoever follows it
/// does so inside of the image.
public struct LinkTarget: Hashable, Sendable, CustomStringConvertible {
  /// The text of the link.
  public let text: String

  /// Reads a target.
  ///
  /// - Throws: `PathProblem` where it is empty, holds a control character or is longer than 4095 bytes.
  public init(_ text: String) throws(PathProblem) {
    if text.isEmpty { throw .empty }
    if text.utf8.count > 4095 { throw .tooLong }
    if text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) { throw .control }
    self.text = text
  }

  /// The text of the link.
  public var description: String { text }
}
