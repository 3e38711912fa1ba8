public import EnvlockModel

/// A lock's wheels of one platform as a requirements file with hashes, for `pip install --require-hashes` and
/// `uv pip sync`.
///
/// Source: pip's "Requirements File Format" and "Secure installs".
public struct RequirementsDocument: Hashable, Sendable {
  /// The wheels.
  public var answer: PlatformLock
  /// Whether each line demands the wheel's SHA-256.
  public var hashes: Bool
  /// The lock's name, for the comment at the top.
  public var source: String

  /// Puts the file together.
  public init(_ answer: PlatformLock, hashes: Bool = true, source: String) {
    self.answer = answer
    self.hashes = hashes
    self.source = source
  }

  /// The file's text.
  public var text: String {
    var lines = [
      "# \(CommentText.line(source)) for \(answer.platform) and Python \(answer.python), written by envlock"
    ]
    let named = Set(answer.wheels.compactMap(\.index)).subtracting([Self.defaultIndex]).sorted()
    // Nothing but ASCII: pip reads the file in the locale's encoding.
    if !named.isEmpty {
      lines.append(
        "# not on the default index alone, but on " + CommentText.line(named.joined(separator: ", ")))
    }
    for wheel in answer.wheels {
      var line = Self.requirement(wheel)
      if let index = wheel.index, index != Self.defaultIndex, !hashes {
        line += "  # " + CommentText.line(index)
      }
      if hashes {
        let hashes = Self.digests(wheel).map { "    --hash=sha256:\($0.hex)" }
        lines += [line] + hashes
        for at in lines.indices.suffix(hashes.count + 1).dropLast() { lines[at] += " \\" }
      } else {
        lines.append(line)
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The files that a requirement may be met with: the wheel, and what it was built of, of which an installer builds its own.
  static func digests(_ wheel: LockedWheel) -> [Digest] {
    [wheel.sha256] + [wheel.built?.sha256].compactMap { $0 }
  }

  /// What asks for exactly this wheel, as far as a requirement can.
  static func requirement(_ wheel: LockedWheel) -> String {
    guard let url = wheel.url.map(onOneLine) else { return "\(wheel.name)==\(wheel.version)" }
    guard url.contains("://") else { return url.hasPrefix("/") || url.hasPrefix(".") ? url : "./" + url }
    // Both installers check the hash of a direct reference in its URL.
    return "\(wheel.name) @ \(url)#sha256=\(wheel.sha256.hex)"
  }

  /// A reference with its spaces and control characters percent-encoded: raw, they would end it, or the line.
  private static func onOneLine(_ url: String) -> String {
    var bytes: [UInt8] = []
    for byte in url.utf8 {
      if byte > 0x20, byte != 0x7F {
        bytes.append(byte)
      } else {
        bytes.append(contentsOf: "%\(byte < 16 ? "0" : "")\(String(byte, radix: 16, uppercase: true))".utf8)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// What a lock calls the index that is configured and not named.
  private static let defaultIndex = "default"
}
