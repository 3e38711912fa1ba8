import ArgumentParser
import EnvlockCheck
import EnvlockModel

/// Which lock is checked, and whether against its manifest too.
struct CheckLockOptions: ParsableArguments {
  @OptionGroup var lock: LockOption

  @Flag(help: "Also fail where the manifest changed and the lock did not; works without nodes too.")
  var lockCurrent = false

  @Option(
    help: ArgumentHelp(
      "The manifest that the lock is of: an envlock.toml or a pyproject.toml.", valueName: "file"),
    completion: .file(extensions: ["toml"]))
  var manifest: String?
}

/// What is asked of the nodes.
struct CheckRuleOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "linux/amd64 or linux/arm64, of nodes that do not say what they are.", valueName: "platform"),
    completion: .platforms)
  var platform: String?

  @Option(help: ArgumentHelp("The GPU memory that is needed, such as 40GiB.", valueName: "size"))
  var gpuMemory: String?

  @Flag(help: "The image carries NVIDIA's forward-compatibility package.")
  var forwardCompat = false

  @Option(
    help: ArgumentHelp("Count this rule's errors as warnings, and say so; repeatable.", valueName: "rule"),
    completion: .list(Rule.allCases.map(\.rawValue)))
  var allow: [String] = []
}

/// How the answer is written.
struct CheckOutputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("text (default), json, github, sarif, junit or markdown.", valueName: "format"),
    completion: .list(CheckFormat.allCases.map(\.rawValue)))
  var format: String?

  @Flag(help: "The same as --format json.")
  var json = false

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where to write. Default: standard output", valueName: "file"),
    completion: .file())
  var output: String?

  @OptionGroup var matrix: MatrixOption
}

/// What a person who typed `envlock check …` means: values, conflicts ruled out, variables taken into account.
///
/// Nothing has been read yet.
struct CheckInvocation: Hashable, Sendable {
  var nodes: NodeSelection
  /// The image whose labels say what is in it; nil: the lock says it.
  var image: String?
  var lock: String
  var asksIfCurrent: Bool
  /// The manifest; nil: the one of the current folder.
  var manifest: String?
  var allowed: Set<Rule>
  var gpuMemoryMiB: Int?
  var hasForwardCompatibility: Bool
  var format: CheckFormat
  /// Where the answer is written; nil for standard output.
  var output: String?
  var matrixDirectory: String?

  /// Makes sense of what was typed.
  ///
  /// - Throws: `UsageError` for texts that cannot be read, and options that contradict each other.
  init(_ command: CheckCommand, _ variables: Variables) throws(UsageError) {
    var platform: Platform?
    if let text = command.rules.platform ?? variables.text(.platform) {
      let place = command.rules.platform == nil ? Variable.platform.rawValue : "--platform"
      do { platform = try Platform(text) } catch { throw UsageError(error, in: place) }
    }
    nodes = try NodeSelection(command.nodes, platform: platform, variables)
    image = command.image
    lock = command.lock.lock.path(variables)
    asksIfCurrent = command.lock.lockCurrent
    if let image {
      guard command.lock.lock.typed == nil else {
        throw UsageError(
          "an image says itself what is in it, and `--lock` names another thing to check",
          hints: ["leave out `--lock` or \(Printable.text(image))"])
      }
      guard !asksIfCurrent else {
        throw UsageError(
          "`--lock-current` is about a lock and its manifest, and an image has neither",
          hints: ["leave out `--lock-current` or \(Printable.text(image))"])
      }
    }
    manifest = command.lock.manifest ?? variables.text(.manifest)
    allowed = try Self.rules(command.rules.allow, variables)
    gpuMemoryMiB = try Self.gpuMemory(command.rules.gpuMemory, variables)
    hasForwardCompatibility = command.rules.forwardCompat
    format = try Self.format(command.output, variables)
    output = command.output.output == "-" ? nil : command.output.output
    matrixDirectory = command.output.matrix.folder(variables)
  }

  /// The GPU memory of `--gpu-memory` or its variable, in MiB.
  ///
  /// - Throws: `UsageError` for a text that is no size.
  static func gpuMemory(_ typed: String?, _ variables: Variables) throws(UsageError) -> Int? {
    guard let text = typed ?? variables.text(.gpuMemory) else { return nil }
    guard let size = try? ByteCount(text) else {
      throw UsageError(
        "\(typed == nil ? Variable.gpuMemory.rawValue : "--gpu-memory"): “\(Printable.text(text))” is not a size of memory",
        hints: ["write it like 40GiB, 24GB or 40960MiB"])
    }
    return size.mebibytes
  }

  /// The rules of `--allow` or its variable.
  ///
  /// - Throws: `UsageError` for a rule that there is not.
  static func rules(_ typed: [String], _ variables: Variables) throws(UsageError) -> Set<Rule> {
    var rules: Set<Rule> = []
    let place = typed.isEmpty ? Variable.allow.rawValue : "--allow"
    for text in typed.isEmpty ? variables.items(.allow) : typed {
      guard let rule = Rule(rawValue: text) else {
        let names = Rule.allCases.map(\.rawValue)
        let near = NearestName.of(text, among: names)
        throw UsageError(
          "\(place): there is no rule “\(Printable.text(text))”",
          hints: near.map { ["did you mean `\($0)`?"] } ?? ["the rules: " + names.joined(separator: ", ")])
      }
      rules.insert(rule)
    }
    return rules
  }

  private static func format(
    _ options: CheckOutputOptions, _ variables: Variables
  ) throws(UsageError) -> CheckFormat {
    guard let text = options.format ?? (options.json ? nil : variables.text(.format)) else {
      return options.json ? .json : .text
    }
    guard let format = CheckFormat(rawValue: text) else {
      let place = options.format == nil ? Variable.format.rawValue : "--format"
      throw UsageError(
        "\(place) cannot be “\(Printable.text(text))”",
        hints: ["it can be: " + CheckFormat.allCases.map(\.rawValue).joined(separator: ", ")])
    }
    if options.json, format != .json {
      throw UsageError(
        "`--json` and `--format \(format.rawValue)` exclude each other", hints: ["leave one of them out"])
    }
    return format
  }
}
