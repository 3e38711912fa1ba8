/// What the WHEEL file of a wheel says of how to install it.
///
/// Source: PyPA specifications, "Binary distribution format".
public struct WheelHeader: Hashable, Sendable {
  /// The version of the format: "1.0".
  public let wheelVersion: String
  /// Whether the root of the wheel goes to purelib; otherwise to platlib. Where nothing is said, to platlib, as
  /// installers do.
  public let rootIsPurelib: Bool

  /// Reads a WHEEL file: lines of a key, a colon and a value; keys in any case.
  ///
  /// - Parameters:
  ///   - bytes: the file.
  ///   - wheel: the wheel's file name, for errors.
  /// - Throws: `WheelFault` where it is no UTF-8, has no version, or one of another major number than 1.
  public init(_ bytes: [UInt8], wheel: String) throws(WheelFault) {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw WheelFault(wheel: wheel, .file("WHEEL", line: nil, "is not UTF-8"))
    }
    var version: String?
    var isPurelib = false
    for line in text.split(whereSeparator: \.isNewline) {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = Trimmed.text(line[line.index(after: colon)...])
      switch line[..<colon].lowercased() {
      case "wheel-version": version = version ?? value
      case "root-is-purelib": isPurelib = value.lowercased() == "true"
      default: break
      }
    }
    guard let version else {
      throw WheelFault(wheel: wheel, .file("WHEEL", line: nil, "has no Wheel-Version"))
    }
    guard version.split(separator: ".", omittingEmptySubsequences: false).first.flatMap({ Int($0) }) == 1
    else {
      throw WheelFault(wheel: wheel, .wheelVersion(version))
    }
    wheelVersion = version
    rootIsPurelib = isPurelib
  }
}

/// Text without the white space round it.
enum Trimmed {
  static func text(_ text: some StringProtocol) -> String {
    guard let first = text.firstIndex(where: { !$0.isWhitespace }),
      let last = text.lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(text[first...last])
  }
}
