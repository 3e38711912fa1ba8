package import EnvlockModel

/// How a source distribution is built: `[build-system]` of its `pyproject.toml` (PEP 518, PEP 517).
package struct BuildSystem: Hashable, Sendable {
  /// What has to be installed for the build.
  package var requirements: [SourcedRequirement]
  /// The object with the hooks: "hatchling.build".
  package var backend: String
  /// Folders of the source that the backend is imported from.
  package var backendPath: [String]

  /// What builds a source that says nothing (PEP 517, "Source trees").
  private static let legacyBackend = "setuptools.build_meta:__legacy__"

  /// Reads the file of a source distribution.
  ///
  /// - Parameters:
  ///   - pyproject: The content of its `pyproject.toml`; nil where it has none.
  ///   - source: What the source distribution is called in errors.
  /// - Throws: `ManifestError` with the place of what cannot be read.
  package init(pyproject: [UInt8]?, of source: String) throws(ManifestError) {
    let origin = "the build of \(source)"
    requirements = try Self.legacy.map { text throws(ManifestError) in
      do {
        return SourcedRequirement(try RequirementText.read(text, directory: ""), origin: origin)
      } catch {
        throw ManifestError("\(error)")
      }
    }
    backend = Self.legacyBackend
    backendPath = []
    guard let pyproject else { return }
    let top = try SourceText(name: "\(source)/pyproject.toml", bytes: pyproject).table()
    guard let table = try top.table("build-system", title: "[build-system]") else { return }
    if table.member("requires") != nil {
      requirements = []
      for text in try table.strings("requires") {
        let requirement = try text.requirement().requirement
        guard requirement.url == nil else {
          throw text.error("a build can only run with wheels of an index")
        }
        requirements.append(SourcedRequirement(requirement, origin: origin))
      }
    }
    guard let backend = try table.string("build-backend") else { return }
    self.backend = backend.text
    for path in try table.strings("backend-path") {
      guard !path.text.hasPrefix("/"), !path.text.split(separator: "/").contains("..") else {
        throw path.error("`backend-path` leads out of the source")
      }
      backendPath.append(path.text)
    }
  }

  private static let legacy = ["setuptools>=40.8.0"]
}
