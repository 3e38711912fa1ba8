import EnvlockManifest
import EnvlockModel
import EnvlockYAML

/// Files of YAML or JSON.
enum DocumentFile {
  /// The documents of a file.
  ///
  /// - Throws: A `UserFacingError` for a file that is missing, and for one that is not read.
  static func read(_ path: String, _ session: Session) throws -> [JSONValue] {
    try documents(try bytes(path, "file", session), Printable.text(path))
  }

  /// The bytes of a file.
  ///
  /// - Parameters:
  ///   - path: Where it is said to be.
  ///   - what: What is expected there: "record".
  ///   - hints: What to do where there is none.
  ///   - session: The world.
  /// - Returns: The bytes.
  /// - Throws: A `UserFacingError` for a file that is missing or cannot be read.
  static func bytes(
    _ path: String, _ what: String, hints: [String] = [], _ session: Session
  ) throws -> [UInt8] {
    let name = Printable.text(path)
    do throws(FileFault) { return try session.files.read(path) } catch {
      switch error {
      case .notFound: throw UsageError("there is no \(what) \(name)", hints: hints)
      case .unreadable(let why):
        throw LockProblem("\(name) could not be read: \(why)", kind: .couldNotFindOut)
      }
    }
  }

  /// The documents of a text.
  ///
  /// - Throws: `UsageError` for a text that is not YAML, of which JSON is a part.
  static func documents(_ bytes: [UInt8], _ name: String) throws(UsageError) -> [JSONValue] {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw UsageError("\(name) is not in UTF-8")
    }
    do throws(YAMLFault) { return try YAMLDocuments.read(text) } catch {
      throw UsageError("\(name) is not YAML that can be read: \(error)")
    }
  }
}
