public import EnvlockVersions

extension WheelName {
  /// Reads the file name at the end of a URL or a path, whatever query or fragment follows it.
  ///
  /// - Throws: `MalformedText` as `init(_:)` does; its text is the file name, not the whole URL.
  public init(atEndOf reference: some StringProtocol) throws(MalformedText) {
    try self.init(Self.fileName(atEndOf: reference))
  }

  /// The file name at the end of a URL or a path, percent-decoded, without query and fragment.
  package static func fileName(atEndOf reference: some StringProtocol) -> String {
    let isURL = reference.contains("://")
    var path = Array(reference.utf8)[...]
    path = path.prefix { $0 != UInt8(ascii: "#") }
    if isURL { path = path.prefix { $0 != UInt8(ascii: "?") } }
    let start = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? path.startIndex
    let last = Array(path[start...])
    return isURL ? percentDecoded(last) : String(decoding: last, as: UTF8.self)
  }

  private static func percentDecoded(_ bytes: [UInt8]) -> String {
    func digit(_ byte: UInt8) -> UInt8? {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
      default: nil
      }
    }
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var position = 0
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "%"), position + 2 < bytes.count,
        let high = digit(bytes[position + 1]), let low = digit(bytes[position + 2])
      {
        decoded.append(high << 4 | low)
        position += 3
      } else {
        decoded.append(bytes[position])
        position += 1
      }
    }
    return String(decoding: decoded, as: UTF8.self)
  }
}
