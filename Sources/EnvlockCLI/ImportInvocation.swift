import Envlock
import EnvlockManifest
import EnvlockModel
import EnvlockVersions

/// What a person who typed `envlock import …` means. Nothing has been read yet.
struct ImportInvocation: Hashable, Sendable {
  /// What is imported.
  enum Source: Hashable, Sendable {
    /// A file of another tool.
    case file(String)
    /// An image on the disk or in a registry.
    case image(String)
  }

  /// What is imported.
  let source: Source
  /// What kind of file it is; nil: it tells itself.
  let format: ImportFormat?
  /// What of it is wanted.
  let choice: ImportChoice
  /// The manifest's path; nil: the usual one, or a pyproject.toml with a table for it.
  let manifest: String?
  /// How the answer is found and where the lock goes.
  let resolve: ResolveInvocation

  /// Makes sense of what was typed.
  ///
  /// - Throws: `UsageError` for texts that cannot be read, and options that contradict each other.
  init(_ command: ImportCommand, _ variables: Variables) throws(UsageError) {
    switch (command.file, command.what.fromImage) {
    case (let file?, nil): source = .file(file)
    case (nil, let path?): source = .image(path)
    case (_?, _?):
      throw UsageError(
        "a file and `--from-image` exclude each other", hints: ["import one after the other"])
    case (nil, nil):
      throw UsageError(
        "nothing is named to import",
        hints: [
          "name a uv.lock, pylock.toml, requirements.txt or environment.yml",
          "or an image: `--from-image PATH`, `--from-image REFERENCE`",
        ])
    }
    let what = command.what
    if let text = what.format {
      guard let known = ImportFormat(rawValue: text) else {
        throw UsageError(
          "--format cannot be “\(text)”",
          hints: ["it can be: " + ImportFormat.allCases.map(\.rawValue).joined(separator: ", ")])
      }
      format = known
    } else {
      format = nil
    }
    var choice = ImportChoice()
    choice.extras = try Self.names(what.extra, "--extra") { text throws(MalformedText) in try ExtraName(text)
    }
    if !what.group.isEmpty {
      choice.groups = try Self.names(what.group, "--group") { text throws(MalformedText) in
        try ExtraName(text)
      }
    }
    choice.without = try Self.names(what.without, "--without") { text throws(MalformedText) in
      try ProjectName(text)
    }
    choice.project = try Self.names(what.package.map { [$0] } ?? [], "--package") {
      text throws(MalformedText) in
      try ProjectName(text)
    }.first
    self.choice = choice
    manifest = command.written.manifest ?? variables.text(.manifest)
    resolve = try ResolveInvocation(
      Request(command.stack, command.sources, variables), from: .commandLine,
      command.written.dryRun.typed ? .dryRun : .write, .none, command.sources, command.output,
      written: command.written.output, variables)
  }

  private static func names<Name: Hashable>(
    _ texts: [String], _ place: String, _ read: (String) throws(MalformedText) -> Name
  ) throws(UsageError) -> Set<Name> {
    var names: Set<Name> = []
    for text in texts {
      do { names.insert(try read(text)) } catch { throw UsageError(error, in: place) }
    }
    return names
  }
}
