import EnvlockImage

/// A path of a layer, taken apart. Nothing in it leads up.
struct RootPath: Hashable {
  /// The names in it; none for the root itself.
  let parts: [String]

  /// Takes a path apart.
  ///
  /// - Parameter text: as an archive has it: "./usr/bin/python3", "etc/".
  /// - Throws: `UnpackError.Cause` for what is absolute, leads up, or that no file system takes.
  init(_ text: String) throws(UnpackError.Cause) {
    guard !text.hasPrefix("/") else { throw .name(reason: PathProblem.absolute.reason) }
    guard !text.utf8.contains(0) else { throw .name(reason: "it holds a NUL") }
    var parts: [String] = []
    for part in text.utf8.split(separator: UInt8(ascii: "/")) {
      let name = String(Substring(part))
      if name == "." { continue }
      guard name != ".." else { throw .name(reason: PathProblem.parent.reason) }
      guard part.count <= 255 else { throw .name(reason: PathProblem.tooLong.reason) }
      parts.append(name)
    }
    self.parts = parts
  }

  private init(parts: [String]) { self.parts = parts }

  /// The last name; nil for the root.
  var name: String? { parts.last }

  /// The names of the folders that it is in.
  var parents: ArraySlice<String> { parts.dropLast() }

  /// Another name in the same folder.
  func sibling(_ name: String) -> RootPath { RootPath(parts: parents + [name]) }
}
