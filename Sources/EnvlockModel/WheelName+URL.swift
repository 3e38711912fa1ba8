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
    let isURL = reference.contains("://") || reference.hasPrefix("file:")
    var path = Array(reference.utf8)[...]
    path = path.prefix { $0 != UInt8(ascii: "#") }
    if isURL { path = path.prefix { $0 != UInt8(ascii: "?") } }
    let start = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? path.startIndex
    let name = String(decoding: path[start...], as: UTF8.self)
    return isURL ? URLReference.decode(name) : name
  }
}
