/// Keeps user names and passwords out of what is shown and recorded.
package enum URLCredentials {
  /// `text` with the credentials of every URL in it replaced by `****`.
  package static func redacted(_ text: String) -> String { redacted(text, offset: 0).text }

  /// The same, and where the byte at `offset` has gone; the place of a caret under the text.
  ///
  /// - Parameters:
  ///   - text: Anything: a URL, a line of a file, an error.
  ///   - offset: A UTF-8 offset in `text`.
  /// - Returns: What may be shown, and the offset in it.
  package static func redacted(_ text: String, offset: Int) -> (text: String, offset: Int) {
    let bytes = Array(text.utf8)
    guard bytes.contains(UInt8(ascii: "@")) else { return (text, offset) }
    var shown: [UInt8] = []
    shown.reserveCapacity(bytes.count)
    var shownOffset = offset
    var position = 0
    while position < bytes.count {
      guard bytes[position...].starts(with: "://".utf8) else {
        shown.append(bytes[position])
        position += 1
        continue
      }
      shown.append(contentsOf: "://".utf8)
      position += 3
      let authority = bytes[position...].prefix { !Self.endsAuthority($0) }
      guard let at = authority.lastIndex(of: UInt8(ascii: "@")) else { continue }
      let hidden = at - position
      if offset >= at {
        shownOffset += 4 - hidden
      } else if offset > position {
        shownOffset -= offset - position
      }
      shown.append(contentsOf: "****".utf8)
      position = at
    }
    return (String(decoding: shown, as: UTF8.self), shownOffset)
  }

  private static func endsAuthority(_ byte: UInt8) -> Bool {
    byte <= UInt8(ascii: " ") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?")
      || byte == UInt8(ascii: "#")
      || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: ">")
  }
}
