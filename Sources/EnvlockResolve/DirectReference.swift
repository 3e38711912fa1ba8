import EnvlockModel
import EnvlockVersions

/// A requirement that names its wheel itself: `name @ https://…/x.whl#sha256=…`, or a local file.
package struct DirectReference {
  /// What stands in place of an index's name.
  package static let indexName = "direct"

  let file: IndexFile

  /// Nil when the URL does not end in the name of a wheel of the required project.
  init?(requirement: Requirement, url: String) {
    let parts = url.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    guard let name = try? WheelName(atEndOf: url), name.project == requirement.name else { return nil }
    let hash =
      parts.count > 1
      ? parts[1].split(separator: "&").first { $0.hasPrefix("sha256=") }.map { $0.dropFirst(7) } : nil
    file = IndexFile(
      fileName: name.fileName, url: String(parts[0]), sha256: hash.flatMap { try? Digest(sha256Hex: $0) })
  }

  static func isDirect(_ project: ProjectName, in question: Question) -> Bool {
    question.roots.contains { $0.requirement.name == project && $0.requirement.url != nil }
  }
}
