public import EnvlockModel

/// A Dockerfile for an answer, and what has to lie beside it: for teams that must build with Docker.
///
/// What a lock pins is pinned here as far as Docker, apt and pip can; what is not says so in a comment. Docker writes times
/// into what it builds, so that no two builds are the same: the image of `envlock build` is another one.
public struct DockerContext: Hashable, Sendable {
  /// A file of the build.
  public struct File: Hashable, Sendable {
    /// Its name.
    public let name: String
    /// Its text.
    public let text: String
  }

  /// The Dockerfile, then what it copies.
  public let files: [File]

  /// The name of the requirements beside the Dockerfile; no file of a project is called like this.
  static let requirements = "envlock-requirements.txt"

  /// Writes the files.
  ///
  /// - Parameters:
  ///   - answer: What the lock says for the platform.
  ///   - lock: The digest of the lock's text.
  ///   - source: The lock's name, for comments.
  ///   - image: What the manifest says of the image.
  ///   - interpreters: The folder that holds the releases of python-build-standalone, for an answer that needs one.
  /// - Throws: `ExportError` for what a Dockerfile cannot hold.
  public init(
    _ answer: PlatformLock, lock: Digest, source: String, image: ImageDeclaration, interpreters: String?
  ) throws(ExportError) {
    let writer = DockerfileWriter(answer: answer, image: image, interpreters: interpreters)
    let header = [
      "# \(CommentText.line(source)) (\(lock)) for \(answer.platform), written by envlock.",
      "# `envlock build` makes an image of the same lock without Docker, which is the same whenever it is built.",
    ]
    let lines = header + (try writer.lines())
    files = [
      File(name: "Dockerfile", text: lines.joined(separator: "\n") + "\n"),
      File(name: Self.requirements, text: RequirementsDocument(answer, source: source).text),
    ]
  }
}
