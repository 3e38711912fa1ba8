import EnvlockStore
import Glibc

/// Decompresses lists of packages.
enum DebianList {
  /// The bytes of a list.
  ///
  /// - Parameters:
  ///   - bytes: the compressed list.
  ///   - name: its path in the archive, for errors.
  ///   - limit: how many bytes it has.
  ///   - folder: where a file can lie for a moment.
  /// - Returns: exactly so many bytes.
  /// - Throws: `DebianError`, `FileFailure`.
  static func decompress(_ bytes: [UInt8], of name: String, limit: Int, in folder: String) throws -> [UInt8] {
    var template = Array("\(folder)/envlock-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard descriptor >= 0 else { throw FileFailure(.write, path, code: errno) }
    close(descriptor)
    defer { unlink(path) }
    try AtomicFile.write(bytes, to: path, durability: .cached)
    let content: [UInt8]
    do {
      content = try CompressedFile.content(of: path, limit: limit)
    } catch {
      throw DebianError.undecodable(file: name, reason: "\(error.cause)")
    }
    guard content.count == limit else {
      throw DebianError.undecodable(file: name, reason: "it has \(content.count) bytes instead of \(limit)")
    }
    return content
  }
}
