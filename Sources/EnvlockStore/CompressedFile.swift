import EnvlockNative

/// Files that hold one compressed stream, such as the lists of a package archive.
package enum CompressedFile {
  /// What a file holds: gzip, bzip2, xz, LZMA and Zstandard are told by their first bytes, anything else is taken as it is.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - limit: how many bytes it may hold.
  /// - Returns: the bytes.
  /// - Throws: `ArchiveError` with the file's name.
  package static func content(of path: String, limit: Int) throws(ArchiveError) -> [UInt8] {
    var bytes: [UInt8] = []
    do throws(ArchiveFault) {
      try expand(file: path, limit: limit) { bytes.append(contentsOf: $0) }
    } catch {
      let name = path.split(separator: "/").last.map { String($0) } ?? path
      throw ArchiveError(name, .archive(error))
    }
    return bytes
  }
}
