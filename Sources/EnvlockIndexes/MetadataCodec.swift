package import EnvlockModel
import EnvlockVersions

/// The form in which a wheel's METADATA is cached: those of its header lines that matter to a resolver, led by a line
/// with the digest of the wheel that it was taken from. A tenth of the file, and `CoreMetadata` reads it as it
/// reads the whole.
package enum MetadataCodec {
  /// What is made of a body for the cache; to be renamed with every change of the form.
  package static let kind = "metadata-1"

  private static let kept = [
    "name", "version", "requires-python", "requires-dist", "provides-extra",
  ]
  private static let seal = "Wheel-Digest: "

  /// The cached form of a METADATA file.
  ///
  /// - Parameters:
  ///   - metadata: the file.
  ///   - digest: the SHA-256 of the wheel, by which the entry is known again; nil where the index states none.
  /// - Returns: what `decode(_:of:)` reads.
  package static func encode(_ metadata: [UInt8], of digest: Digest?) -> [UInt8] {
    var kept = Array("\(seal)\(digest?.hex ?? "")\n".utf8)
    var isKept = false
    for line in metadata.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      guard let first = line.first else { break }
      if first != UInt8(ascii: " "), first != UInt8(ascii: "\t") { isKept = isWanted(line) }
      if isKept {
        kept += line
        kept.append(UInt8(ascii: "\n"))
      }
    }
    return kept
  }

  /// The metadata in a cached form; nil when it belongs to another wheel than the one with `digest`, or is damaged.
  package static func decode(_ cached: [UInt8], of digest: Digest?) -> CoreMetadata? {
    guard cached.starts(with: "\(seal)\(digest?.hex ?? "")\n".utf8) else { return nil }
    return try? CoreMetadata(parsing: cached)
  }

  private static func isWanted(_ line: ArraySlice<UInt8>) -> Bool {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return false }
    let name = line[..<colon].map { $0 &- UInt8(ascii: "A") < 26 ? $0 | 0x20 : $0 }
    return kept.contains { $0.utf8.elementsEqual(name) }
  }
}

extension WheelName {
  /// Why METADATA cannot be this wheel's: a phrase that follows the wheel's name; nil when name and version agree.
  package func disagreement(with metadata: CoreMetadata) -> String? {
    if metadata.name != project {
      return "says in its METADATA that it is \(metadata.name) \(metadata.version)"
    }
    guard metadata.version == version else {
      return "says in its METADATA that it is version \(metadata.version)"
    }
    return nil
  }
}
