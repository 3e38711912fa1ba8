/// A page of the manual, in the language of man(7).
///
/// Source: groff_man(7); only what mandoc knows, too.
struct ManualPage {
  private var lines: [String] = []

  /// The page of a command.
  init(_ command: CommandDescription, version: String) {
    let name = command.path.joined(separator: "-")
    line(".TH \"\(Self.escaped(name.uppercased()))\" 1 \"\" \"envlock \(version)\" \"envlock\"")
    heading("NAME")
    let abstract = command.abstract.hasSuffix(".") ? String(command.abstract.dropLast()) : command.abstract
    line("\(Self.escaped(name)) \\- \(Self.escaped(abstract))")
    heading("SYNOPSIS")
    verbatim(command.usage.split(separator: "\n").map(String.init))
    if !command.text.isEmpty {
      heading("DESCRIPTION")
      paragraphs(command.text)
    }
    if !command.aliases.isEmpty {
      paragraphs("Also called: " + command.aliases.map { "`\($0)`" }.joined(separator: ", "))
    }
    arguments(command.arguments)
    if !command.subcommands.isEmpty {
      heading("COMMANDS")
      for below in command.subcommands {
        item("\\fB\(Self.escaped(below.path.joined(separator: "-")))\\fR(1)", below.abstract)
      }
    }
    if !command.examples.isEmpty {
      heading("EXAMPLES")
      verbatim(command.examples)
    }
    if command.path.count == 1 { general() }
    let above = (1..<command.path.count).map { command.path.prefix($0).joined(separator: "-") }
    let others = above + command.subcommands.map { $0.path.joined(separator: "-") }
    guard !others.isEmpty else { return }
    heading("SEE ALSO")
    line(others.map { "\\fB\(Self.escaped($0))\\fR(1)" }.joined(separator: ",\n"))
  }

  /// The page's text.
  var text: String { lines.joined(separator: "\n") + "\n" }

  // MARK: Parts

  /// What has no name, then options, under the headings that help has.
  private mutating func arguments(_ arguments: [CommandDescription.Argument]) {
    let (positional, options) = (arguments.filter(\.names.isEmpty), arguments.filter { !$0.names.isEmpty })
    if !positional.isEmpty { heading("ARGUMENTS") }
    for argument in positional {
      item(
        "\\fI\(Self.escaped(argument.value ?? ""))\\fR\(argument.isRepeating ? " ..." : "")",
        argument.abstract)
    }
    guard !options.isEmpty else { return }
    heading("OPTIONS")
    var sections: [String?] = []
    for option in options where !sections.contains(option.section) { sections.append(option.section) }
    // Without a heading they are for every command.
    for section in sections.filter({ $0 != nil }) + sections.filter({ $0 == nil }) {
      if let section {
        line(".SS \"\(Self.escaped(section))\"")
      } else if sections.count > 1 {
        line(".SS \"Every command\"")
      }
      for option in options where option.section == section {
        let names = option.names.map { "\\fB\(Self.escaped($0))\\fR" }.joined(separator: ", ")
        item(names + (option.value.map { " \\fI\(Self.escaped($0))\\fR" } ?? ""), option.abstract)
      }
    }
  }

  /// What holds for all commands.
  private mutating func general() {
    heading("EXIT STATUS")
    for (code, meaning) in [
      ("0", "It is done, or it fits."),
      ("1", "The honest answer is no: no solution, does not fit, out of date, different."),
      ("2", "Wrong use or bad input."),
      ("3", "It could not be found out: network, permission, a node without facts."),
    ] { item("\\fB\(code)\\fR", meaning) }
    heading("ENVIRONMENT")
    paragraphs(
      """
      Every option with a value can be set by a variable: `ENVLOCK_PYTHON` for `--python`. The variable of `--format` of \
      an image is `ENVLOCK_IMAGE_FORMAT`. These are read:
      """)
    let own = Variable.allCases.map(\.rawValue).filter { $0.hasPrefix("ENVLOCK_") }.sorted()
    paragraphs(own.map { "`\($0)`" }.joined(separator: ", "))
    for (names, meaning) in [
      (["ENVLOCK_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"], "The index of wheels."),
      (["ENVLOCK_DEBIAN_MIRROR", "ENVLOCK_DEBIAN_SECURITY_MIRROR"], "The mirrors of Debian."),
      (
        ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"], "How servers are reached."
      ),
      (["NETRC", "DOCKER_CONFIG", "REGISTRY_AUTH_FILE"], "Where credentials are."),
      (["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "HOME"], "Where the store and the user's configuration are."),
      (["SOURCE_DATE_EPOCH"], "Seconds since 1970: the time that documents state."),
      (["NO_COLOR", "CI"], "No colour; no line that shows progress."),
    ] { item(names.map { "\\fB\($0)\\fR" }.joined(separator: ", "), meaning) }
    heading("FILES")
    for (name, meaning) in [
      (
        "envlock.toml",
        "The manifest: what is asked for. `[tool.envlock]` of pyproject.toml stands in for it."
      ),
      ("envlock.lock", "The lock: the complete answer."),
      ("~/.config/envlock/config.toml", "`index-url`, `debian-mirror` and the like."),
      ("~/.cache/envlock", "The store: what was fetched and made."),
      ("~/.netrc", "User names and passwords of indexes and registries."),
    ] { item("\\fI\(Self.escaped(name))\\fR", meaning) }
  }

  // MARK: Lines

  private mutating func line(_ text: String) { lines.append(text) }

  private mutating func heading(_ text: String) { line(".SH \"\(text)\"") }

  private mutating func item(_ label: String, _ text: String) {
    lines += [".TP", label]
    line(Self.formatted(text))
  }

  private mutating func paragraphs(_ text: String) {
    for paragraph in text.split(separator: "\n\n") {
      if lines.last?.hasPrefix(".SH") != true { line(".PP") }
      line(Self.formatted(String(paragraph)))
    }
  }

  private mutating func verbatim(_ text: [String]) {
    line(".nf")
    lines += text.map(Self.escaped)
    line(".fi")
  }

  /// Prose: what stands between backquotes is bold.
  private static func formatted(_ text: String) -> String {
    let parts = text.split(separator: "`", omittingEmptySubsequences: false)
    return parts.enumerated().map { place, part in
      let text = escaped(String(part))
      return place % 2 == 0 || part.isEmpty ? text : "\\fB\(text)\\fR"
    }.joined()
  }

  /// A text in which nothing is a request, an escape or a typographic dash.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if !result.isEmpty || text.hasPrefix("\n") { result += "\n" }
      if line.hasPrefix(".") || line.hasPrefix("'") { result += "\\&" }
      for scalar in line.unicodeScalars {
        switch scalar {
        case "\\": result += "\\e"
        case "-": result += "\\-"
        case "\"": result += "\\(dq"
        case "`": result += "\\(ga"
        case "'": result += "\\(aq"
        case "^": result += "\\(ha"
        case "~": result += "\\(ti"
        case _ where scalar.isASCII: result.unicodeScalars.append(scalar)
        default:
          let digits = String(scalar.value, radix: 16, uppercase: true)
          result += "\\[u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "]"
        }
      }
    }
    return result
  }
}
