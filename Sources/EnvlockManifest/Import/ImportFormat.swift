import EnvlockModel

/// What kind of file a Python answer of another tool is.
package enum ImportFormat: String, Hashable, CaseIterable, Sendable {
  /// uv's own lock.
  case uvLock = "uv.lock"
  /// The lock of PEP 751.
  case pylock = "pylock.toml"
  /// pip's list of requirements, pinned or not.
  case requirements = "requirements.txt"
  /// conda's environment.
  case environment = "environment.yml"

  /// The largest file that is read, in bytes. A uv.lock of a thousand packages has 5 MB.
  package static let sizeLimit = 64 << 20

  /// The kind of a file, by its name, else by what it begins with.
  ///
  /// - Parameters:
  ///   - path: Its name, with or without folders.
  ///   - bytes: Its content.
  /// - Throws: `ManifestError` where neither tells, and for a manifest of a project, which is no answer.
  package init(path: String, bytes: [UInt8]) throws(ManifestError) {
    let name = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
    if name == "uv.lock" {
      self = .uvLock
    } else if name.hasPrefix("pylock.") && name.hasSuffix(".toml") {
      self = .pylock
    } else if name.hasSuffix(".yml") || name.hasSuffix(".yaml") {
      self = .environment
    } else if name == "pyproject.toml" {
      throw ManifestError(
        "\(path) says what a project asks for, and not what was decided",
        hints: ["import the lock beside it, or add [tool.envlock] to it and run `envlock resolve`"])
    } else if let known = Self.otherLocks[name] {
      throw ManifestError("\(path) is \(known.tool)'s lock, which is not read", hints: [known.hint])
    } else if name.hasSuffix(".txt") || name.hasSuffix(".in") {
      self = .requirements
    } else if let known = Self.byContent(bytes) {
      self = known
    } else {
      throw ManifestError(
        "\(path): nothing tells what kind of file this is",
        hints: ["say it with `--format`: " + Self.allCases.map(\.rawValue).joined(separator: ", ")])
    }
  }

  /// Locks of other tools, and how to get one that is read.
  private static let otherLocks: [String: (tool: String, hint: String)] = [
    "poetry.lock": (
      "Poetry", "`poetry export -f requirements.txt -o requirements.txt` writes one that is"
    ),
    "pdm.lock": ("PDM", "`pdm export -f pylock -o pylock.toml` writes one that is"),
    "pipfile.lock": ("Pipenv", "`pipenv requirements --hash > requirements.txt` writes one that is"),
    "conda-lock.yml": ("conda-lock", "import the environment.yml that it was made from"),
    "pixi.lock": ("pixi", "`pixi workspace export conda-environment environment.yml` writes one that is"),
  ]

  private static func byContent(_ bytes: [UInt8]) -> ImportFormat? {
    let text = String(decoding: bytes.prefix(1 << 16), as: UTF8.self)
    var isTable = false
    for line in text.split(whereSeparator: \.isNewline) {
      if line.hasPrefix("lock-version = ") { return .pylock }
      if line.hasPrefix("version = ") { isTable = true }
      if line == "[[package]]", isTable { return .uvLock }
      if line.hasPrefix("dependencies:") || line.hasPrefix("channels:") { return .environment }
      if line.contains("--hash=") || line.contains("==") && !line.hasPrefix("#") && !line.contains(" = ") {
        return .requirements
      }
    }
    return nil
  }
}
