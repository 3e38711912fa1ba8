import Foundation

/// The files of the repository that are compiled in.
enum Repository {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The paths of all files in a folder that are compiled in, ascending; a README, schemas and the templates for CI,
  /// which CI reads by itself, are not.
  static func files(in folder: String) -> [String] {
    let top = root.appendingPathComponent(folder).resolvingSymlinksInPath()
    let walk = FileManager.default.enumerator(atPath: top.path)
    var paths: [String] = []
    while let path = walk?.nextObject() as? String {
      var isFolder: ObjCBool = false
      let full = top.appendingPathComponent(path).path
      guard FileManager.default.fileExists(atPath: full, isDirectory: &isFolder), !isFolder.boolValue else {
        continue
      }
      guard !path.hasSuffix("README.md"), !path.hasPrefix("schema/"), !path.hasPrefix("ci/"),
        !path.hasPrefix(".")
      else { continue }
      paths.append("\(folder)/\(path)")
    }
    return paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The bytes of a file.
  ///
  /// - Throws: an error when it cannot be read.
  static func bytes(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: root.appendingPathComponent(path)))
  }
}
