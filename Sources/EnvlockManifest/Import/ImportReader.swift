package import EnvlockModel
import EnvlockVersions

/// Reads the answer of another tool.
package struct ImportReader: Sendable {
  private let files: FileReader
  private let variable: @Sendable (String) -> String?
  private let yaml: @Sendable (_ text: String, _ path: String) throws -> [JSONValue]

  /// A reader.
  ///
  /// - Parameters:
  ///   - files: How it gets at files.
  ///   - variable: The value of a variable that a requirements file refers to as `${NAME}`.
  ///   - yaml: Reads the documents of a YAML text.
  package init(
    files: FileReader, variable: @escaping @Sendable (String) -> String?,
    yaml: @escaping @Sendable (_ text: String, _ path: String) throws -> [JSONValue]
  ) {
    self.files = files
    self.variable = variable
    self.yaml = yaml
  }

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - format: What kind of file it is; nil: its name and content tell.
  /// - Returns: What it says.
  /// - Throws: A `UserFacingError` for a file that is missing or cannot be used, with the place at fault.
  package func read(_ path: String, as format: ImportFormat?) throws -> ImportedLock {
    let bytes = try bytes(path)
    let format = try format ?? ImportFormat(path: path, bytes: bytes)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ManifestError("\(path): this is not UTF-8 text", hints: ["save the file as UTF-8"])
    }
    let requirements = RequirementsImport(files: files, variable: variable)
    switch format {
    case .uvLock: return try UVLockReader.read(SourceText(name: path, bytes: bytes))
    case .pylock: return try PylockReader.read(SourceText(name: path, bytes: bytes))
    case .requirements:
      var lock = ImportedLock(.requirements, fileName: path)
      try requirements.read(text, path: path, into: &lock)
      return lock
    case .environment:
      return try CondaImport.read(text, try yaml(text, path), path: path, pip: requirements)
    }
  }

  private func bytes(_ path: String) throws(ManifestError) -> [UInt8] {
    let bytes: [UInt8]
    do {
      bytes = try files.read(path)
    } catch {
      switch error {
      case .notFound: throw ManifestError("there is no file \(path)")
      case .unreadable(let why):
        throw ManifestError("\(path) could not be read: \(why)", kind: .couldNotFindOut)
      }
    }
    guard bytes.count <= ImportFormat.sizeLimit else {
      throw ManifestError(
        "\(path) has \(bytes.count) bytes, and \(ImportFormat.sizeLimit) is the most that is read")
    }
    return bytes.withoutByteOrderMark
  }
}
