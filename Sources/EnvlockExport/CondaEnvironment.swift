public import EnvlockModel

/// An answer as conda's environment.yml: Python from conda, the wheels by pip with their hashes.
///
/// Source: conda's "Managing environments", "Creating an environment file manually". pip's part becomes a requirements
/// file, so that hashes are checked as they are there.
public struct CondaEnvironment: Hashable, Sendable {
  /// What the environment is called.
  public var name: String
  /// The wheels.
  public var answer: PlatformLock
  /// The lock's name, for the comment at the top.
  public var source: String

  /// Puts the file together.
  public init(_ answer: PlatformLock, name: String, source: String) {
    self.answer = answer
    self.name = name
    self.source = source
  }

  /// The document.
  public var json: JSONValue {
    let python = answer.python
    // "3.11.9" is that release, "3.11.*" any of the minor version.
    let version =
      python.patch.map { "\(python.major).\(python.minor).\($0)" }
      ?? "\(python.major).\(python.minor).*"
    let build = python.freeThreaded ? ["python-freethreading"] : []
    let pip = answer.wheels.map { wheel in
      let requirement = RequirementsDocument.requirement(wheel)
      let hashes = RequirementsDocument.digests(wheel).map { " --hash=sha256:\($0.hex)" }
      return JSONValue.string(requirement + hashes.joined())
    }
    let conda = ["python=\(version)"] + build + ["pip"]
    return [
      "name": .string(name), "channels": ["conda-forge"],
      "dependencies": .array(conda.map { .string($0) } + (pip.isEmpty ? [] : [["pip": .array(pip)]])),
    ]
  }

  /// The file's text.
  public var text: String {
    let lines = [
      "# \(CommentText.line(source)) for \(answer.platform), written by envlock.",
      "# Every wheel is pinned by SHA-256. Python and pip are conda's, by version and not by hash; what the lock says of",
      "# the system below is not in this file, nor is the driver that the wheels need.",
    ]
    return lines.joined(separator: "\n") + "\n" + YAMLText.text(of: [json])
  }
}
