import ArgumentParser
import EnvlockManifest
import EnvlockModel
import EnvlockVersions

/// `envlock tree`.
struct TreeCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "tree", abstract: "Show what a lock holds, and what needs what.",
    usage: "envlock tree [--invert <name>] [--depth <number>] [<options>]",
    discussion: HelpText.discussion(examples: "envlock tree --depth 1", "envlock tree --invert markupsafe"))

  @Option(help: ArgumentHelp("Show why this project is in the lock: what needs it.", valueName: "name"))
  var invert: String?

  @Option(help: ArgumentHelp("How many levels to show below the top.", valueName: "number"))
  var depth: Int?

  @Flag(help: "Print the tree's wheels and edges as JSON.")
  var json = false

  @OptionGroup var selection: SelectionOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let depth, depth < 0 { throw ValidationError("--depth cannot be negative") }
    if json, invert != nil { throw ValidationError("--json and --invert exclude each other") }
  }

  func run(_ session: Session, _ voice: Voice) async throws {
    let path = selection.path(session.variables)
    let lock = try LockFile.required(path, session.files)
    let answers = try selection.answers(of: lock, path: path)
    let tree = RenderTree(glyphs: session.variables.speaksUTF8 ? .unicode : .ascii, depth: depth)
    if let invert {
      voice.answer(try inverted(invert, answers, tree, path))
    } else if json {
      voice.answer(RenderJSON.tree(answers))
    } else {
      voice.answer(answers.map { tree.text($0) }.joined(separator: "\n"))
    }
  }

  private func inverted(
    _ text: String, _ answers: [PlatformLock], _ tree: RenderTree, _ path: String
  ) throws(UsageError) -> String {
    let name: ProjectName
    do { name = try ProjectName(text) } catch { throw UsageError(error, in: "--invert") }
    let holders = answers.filter { $0.wheel(name) != nil }
    guard !holders.isEmpty else {
      let known = Set(answers.flatMap(\.wheels).map(\.name.text)).sorted()
      let near = NearestName.of(name.text, among: known)
      throw UsageError("\(path) has no \(name)", hints: near.map { ["did you mean `\($0)`?"] } ?? [])
    }
    return holders.map { answer in
      (answers.count > 1 ? "\(answer.platform)\n" : "") + tree.inverted(answer, from: name)
    }.joined(separator: "\n")
  }
}

extension Variables {
  /// Whether the terminal's language has box characters; as the C library decides it, except that silence is consent.
  var speaksUTF8: Bool {
    // Containers mostly set none of them, and their terminals can.
    guard let language = text(.languageAll) ?? text(.languageCharacters) ?? text(.language) else {
      return true
    }
    let lowered = language.lowercased()
    return lowered.contains("utf-8") || lowered.contains("utf8")
  }
}
