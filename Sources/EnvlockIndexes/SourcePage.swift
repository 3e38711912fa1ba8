import EnvlockModel

/// The source distributions of a project: what a `ProjectPage` leaves out, as a page in JSON (PEP 691, PEP 700) that is kept
/// beside it for the few projects that may be built.
enum SourcePage {
  /// What is made of a page for the cache.
  static let kind = "sources-1"

  /// The bytes for the cache.
  ///
  /// - Parameter files: Source distributions with absolute URLs.
  /// - Returns: What ``files(_:)`` reads.
  static func bytes(_ files: [IndexFile]) -> [UInt8] {
    Array(JSONValue.object(["files": .array(files.map(json))]).canonical().utf8)
  }

  /// What ``bytes(_:)`` wrote; nil when it is damaged.
  static func files(_ bytes: [UInt8]) -> [IndexFile]? {
    guard let page = try? SimpleJSONPage(parsing: bytes) else { return nil }
    return page.files
  }

  private static func json(_ file: IndexFile) -> JSONValue {
    var object: JSONObject = ["filename": .string(file.fileName), "url": .string(file.url)]
    object["hashes"] = file.sha256.map { .object(["sha256": .string($0.hex)]) }
    object["size"] = file.size.map { .integer($0) }
    object["requires-python"] = file.requiresPython.map { .string($0) }
    object["upload-time"] = file.uploadTime.map { .string($0) }
    object["yanked"] = file.yanked.map { $0.isEmpty ? .bool(true) : .string($0) }
    return .object(object)
  }
}
