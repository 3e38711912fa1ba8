package import EnvlockModel
import EnvlockVersions

/// A requirement that names its wheel itself: `name @ https://…/x.whl#sha256=…`, or a local file.
package struct DirectReference {
  /// What stands in place of an index's name.
  package static let indexName = "direct"

  let file: IndexFile

  /// Nil where `fault(in:)` says something.
  init?(requirement: Requirement, url: String) {
    guard let name = try? WheelName(atEndOf: url), name.project == requirement.name else { return nil }
    let address = url.prefix { $0 != "#" }
    file = IndexFile(fileName: name.fileName, url: String(address), sha256: requirement.urlDigest)
  }

  /// What is wrong with a direct reference: a sentence without anything secret; nil for a good one, and for a
  /// requirement that is none.
  package static func fault(in requirement: Requirement) -> String? {
    guard let url = requirement.url else { return nil }
    let shown = URLCredentials.redacted(url)
    guard let reference = DirectReference(requirement: requirement, url: url) else {
      return "`\(shown)` is no wheel of \(requirement.name)"
    }
    if reference.file.sha256 == nil, url.contains("#sha256=") || url.contains("&sha256=") {
      return "the SHA-256 of `\(shown)` has to be 64 hexadecimal digits"
    }
    return nil
  }
}
