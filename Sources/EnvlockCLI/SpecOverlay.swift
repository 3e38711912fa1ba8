import EnvlockData
import EnvlockRunSpec

/// The overlays that come with envlock.
enum EmbeddedOverlay {
  private static let folder = "templates/run/"

  /// Their names, sorted.
  static var names: [String] {
    embeddedPaths.filter { $0.hasPrefix(folder) }.compactMap { path in
      path.dropFirst(folder.utf8.count).split(separator: ".").first.map(String.init)
    }
  }

  /// Their bytes; nil for a name that none has.
  static func bytes(_ name: String) -> [UInt8]? { embeddedFile("\(folder)\(name).yaml") }
}

extension Overlay {
  /// Reads an overlay: a file, or one of envlock's own by its name.
  ///
  /// - Throws: `UsageError` for one that is not there or cannot be read.
  init(_ name: String, _ session: Session) throws {
    // A file of such a name is "./eks".
    if let bytes = EmbeddedOverlay.bytes(name) {
      self.init(name, documents: try DocumentFile.documents(bytes, name))
    } else {
      self.init(name, documents: try DocumentFile.read(name, session))
    }
  }
}
