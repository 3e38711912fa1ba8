import ArgumentParser
import EnvlockModel

/// A command as its help describes it.
struct CommandDescription: Sendable {
  /// An argument, option or flag.
  struct Argument: Sendable {
    /// The heading that help puts it under; nil for the first ones and for options without one.
    let section: String?
    /// "-o" and "--output"; empty for what has no name.
    let names: [String]
    /// What a value is called; nil for flags.
    let value: String?
    let isRepeating: Bool
    let abstract: String
  }

  /// "envlock", "export", "sbom".
  let path: [String]
  let aliases: [String]
  let abstract: String
  /// What help says beside the abstract; empty where there is nothing.
  let text: String
  /// Lines for a shell.
  let examples: [String]
  let usage: String
  let arguments: [Argument]
  let subcommands: [CommandDescription]

  /// This program, with all commands that its help shows.
  ///
  /// - Throws: `JSONError` or `JSONDecodingError`, where the argument parser describes commands in another way.
  static func program() throws -> CommandDescription {
    let document = JSONCursor(try JSONValue(parsing: Array(EnvlockCommand._dumpHelp().utf8)))
    return try CommandDescription(EnvlockCommand.self, document.member("command"), below: [])
  }

  private init(
    _ command: any ParsableCommand.Type, _ description: JSONCursor, below path: [String]
  ) throws {
    let configuration = command.configuration
    self.path = path + [command._commandName]
    aliases = configuration.aliases
    abstract = configuration.abstract
    (text, examples) = HelpText.parts(of: configuration.discussion)
    usage = configuration.usage ?? self.path.joined(separator: " ") + " <subcommand>"
    arguments = try description.optional("arguments")?.elements().compactMap(Argument.init) ?? []
    let known = try description.optional("subcommands")?.elements() ?? []
    var subcommands: [CommandDescription] = []
    for type in configuration.subcommands where type.configuration.shouldDisplay {
      guard let found = try known.first(where: { try $0.member("commandName").string() == type._commandName })
      else { continue }
      subcommands.append(try CommandDescription(type, found, below: self.path))
    }
    self.subcommands = subcommands
  }

  /// This command and all below it.
  var all: [CommandDescription] { [self] + subcommands.flatMap(\.all) }
}

extension CommandDescription.Argument {
  /// Reads what the argument parser says of it; nil for what help does not show.
  fileprivate init?(_ description: JSONCursor) throws {
    guard try description.member("shouldDisplay").bool() else { return nil }
    let kind = try description.member("kind").string()
    section = try description.optional("sectionTitle")?.string()
    names =
      try description.optional("names")?.elements().map { name in
        let dashes = try name.member("kind").string() == "long" ? "--" : "-"
        return try dashes + name.member("name").string()
      } ?? []
    value = kind == "flag" ? nil : try description.optional("valueName")?.string()
    isRepeating = try description.member("isRepeating").bool()
    abstract = try description.optional("abstract")?.string() ?? ""
  }
}
