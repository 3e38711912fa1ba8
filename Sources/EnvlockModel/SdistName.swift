package import EnvlockVersions

/// File names of source distributions (PEP 527, PEP 625): "numpy-2.5.5.tar.gz".
package enum SdistName {
  private static let suffixes: [StaticString] = [
    ".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar.Z", ".tar",
  ]

  /// The version in the name of a source distribution of `project`; nil for any other file.
  package static func version(of fileName: String, project: ProjectName) -> Version? {
    guard let suffix = suffixes.first(where: fileName.endsInBytes) else { return nil }
    let stem = fileName.utf8.dropLast(suffix.utf8CodeUnitCount)
    // Old names may hold dashes in project and version: try every dash.
    var rest = stem[...]
    while let dash = rest.firstIndex(of: UInt8(ascii: "-")) {
      let tail = stem[stem.index(after: dash)...]
      if let name = try? ProjectName(Substring(stem[..<dash])), name == project {
        return try? Version(Substring(tail))
      }
      rest = tail
    }
    return nil
  }
}

extension String {
  /// Whether the text ends in these bytes. `hasSuffix` compares characters, which takes twenty times as long.
  package func endsInBytes(_ suffix: StaticString) -> Bool {
    let bytes = utf8
    let length = suffix.utf8CodeUnitCount
    guard bytes.count >= length else { return false }
    return bytes.suffix(length).elementsEqual(UnsafeBufferPointer(start: suffix.utf8Start, count: length))
  }
}
