package import EnvlockNative

/// The names in an archive.
package enum ArchiveNames {
  /// Lists the files and links of an archive, on a thread of its own; nothing is unpacked.
  ///
  /// - Parameters:
  ///   - path: the archive.
  ///   - name: what it is called in errors: its file name.
  ///   - kind: what it must be.
  /// - Returns: the paths as written, links with their texts, in the order of the archive.
  /// - Throws: `ArchiveError`.
  package static func list(
    _ path: String, name: String, kind: ArchiveReader.Kind
  ) async throws(ArchiveError) -> [(path: String, link: String?)] {
    try await onThread { () throws(ArchiveError) in
      var names: [(path: String, link: String?)] = []
      do throws(ArchiveFault) {
        let reader = try ArchiveReader(path, kind)
        while let member = try reader.next() {
          guard member.part == .data else { continue }
          switch member.kind {
          case .file, .hardLink: names.append((member.path, nil))
          case .symbolicLink(let text): names.append((member.path, text))
          case .directory, .special: break
          }
        }
      } catch {
        throw ArchiveError(name, .archive(error))
      }
      return names
    }
  }
}
