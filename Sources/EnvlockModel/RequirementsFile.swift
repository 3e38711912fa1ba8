/// A file of requirements in pip's format, taken apart.
///
/// Files that it includes are named, not opened, so that reading needs no file system. Wheels only: what would
/// have to be built first (`-e`, source trees and archives, version control) is an error that says what to do.
/// Source: pip's "Requirements File Format".
public struct RequirementsFile: Hashable, Sendable {
  /// A requirement of the file.
  public struct Line: Hashable, Sendable {
    /// The requirement. A wheel that is named by its path or URL has the name that its file name begins with, and
    /// the path or URL as its `url`.
    public let requirement: Requirement
    /// The files that may be used (`--hash`); empty for any.
    public let hashes: [Digest]
    /// Where it begins, from 1.
    public let line: Int
  }

  /// The value of an option, and where it stands.
  public struct Setting: Hashable, Sendable {
    /// A path or a URL, as written, variables expanded. It may hold credentials.
    public let value: String
    /// The line, from 1.
    public let line: Int
  }

  /// The name that the file was given, for errors and origins.
  public let name: String
  /// The requirements, in the order of the file.
  public internal(set) var requirements: [Line] = []
  /// Further files of requirements (`-r`); paths are relative to this file.
  public internal(set) var includes: [Setting] = []
  /// Files of constraints (`-c`); paths are relative to this file.
  public internal(set) var constraints: [Setting] = []
  /// The index (`-i`); the last one counts.
  public internal(set) var indexURL: Setting?
  /// More indexes (`--extra-index-url`).
  public internal(set) var extraIndexURLs: [Setting] = []
  /// Pages or folders of wheels (`-f`).
  public internal(set) var findLinks: [Setting] = []
  /// Whether no index is to be asked (`--no-index`).
  public internal(set) var noIndex = false
  /// Whether pre-releases are welcome (`--pre`).
  public internal(set) var allowsPrereleases = false
  /// Whether each requirement has to name its hashes (`--require-hashes`).
  public internal(set) var requiresHashes = false

  /// Takes a file apart.
  ///
  /// - Parameters:
  ///   - text: The file.
  ///   - name: Its name, for errors.
  ///   - variable: The value of an environment variable that the file refers to as `${NAME}`; a reference whose
  ///     variable is nil stays as it is, as it does for pip.
  /// - Throws: `RequirementsFileError` for the first line that cannot be read or followed.
  public init(
    parsing text: String, name: String, variable: (String) -> String? = { _ in nil }
  ) throws(RequirementsFileError) {
    self.name = name
    var lines = RequirementsFileLines(text, name: name)
    while let line = lines.next(expanding: variable) {
      try read(line)
    }
  }
}
