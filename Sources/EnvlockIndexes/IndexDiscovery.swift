/// Which wheel index this machine is configured for.
///
/// envlock knows no index of its own. In this order: the command line, ENVLOCK_INDEX_URL, UV_DEFAULT_INDEX, UV_INDEX_URL,
/// PIP_INDEX_URL, envlock's user configuration, pip's configuration files, the default that is built into the
/// pip that is installed.
package struct IndexDiscovery: Sendable {
  /// A place of wheels and who named it.
  package struct Place: Hashable, Sendable {
    /// The URL or path; it may hold a password.
    package let url: String
    /// Who named it, for people: "PIP_INDEX_URL", "/etc/pip.conf".
    package let source: String
  }

  /// What was found.
  package struct Result: Hashable, Sendable {
    /// The default index; nil where none is configured.
    package var index: Place?
    /// Further indexes that the same tool is configured for.
    package var extra: [Place] = []
    /// Flat places of wheels that the same tool is configured for.
    package var findLinks: [Place] = []
    /// Whether pip is told to use no index at all.
    package var noIndex = false
  }

  private let flag: String?
  private let environment: [String: String]
  private let files: MachineFiles
  private let askPip: @Sendable () -> String?

  /// Looks at nothing yet.
  ///
  /// - Parameters:
  ///   - environment: the environment variables.
  ///   - flag: what the command line says.
  ///   - files: reads configuration files and looks for pip.
  ///   - askPip: asks pip itself for its default index, by running it: the last resort, since it takes long.
  package init(
    environment: [String: String], flag: String? = nil, files: MachineFiles = .disk,
    askPip: @escaping @Sendable () -> String? = IndexDiscovery.runPip
  ) {
    self.environment = environment
    self.flag = flag
    self.files = files
    self.askPip = askPip
  }

  /// The URL of the default index; nil where none is configured.
  package var defaultIndex: String? { discover().index?.url }

  /// Everything that is configured.
  package func discover() -> Result {
    for (url, source) in [(flag, "--index-url"), (value("ENVLOCK_INDEX_URL"), "ENVLOCK_INDEX_URL")] {
      if let url, !url.isEmpty { return Result(index: Place(url: url, source: source)) }
    }
    for name in ["UV_DEFAULT_INDEX", "UV_INDEX_URL"] {
      guard let url = value(name) else { continue }
      return Result(
        index: Place(url: withoutName(url), source: name),
        extra: places("UV_INDEX") + places("UV_EXTRA_INDEX_URL"),
        findLinks: places("UV_FIND_LINKS", separator: ","))
    }
    if value("PIP_INDEX_URL") == nil, let place = userConfiguration.place("index-url") {
      return Result(index: place)
    }
    return pip()
  }

  /// Where envlock's user configuration is; nil where there is no home.
  package var userConfigurationPath: String? { userConfiguration.path }

  /// Runs pip's Python to print its default index; nil when that fails.
  package static let runPip: @Sendable () -> String? = {
    outputLine(
      of: "python3 -c 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)' 2>/dev/null"
    )
    .map { $0.hasSuffix("/") ? $0 : $0 + "/" }
  }

  // MARK: private

  private var userConfiguration: UserConfiguration {
    UserConfiguration(environment: environment, files: files)
  }

  private func value(_ name: String) -> String? {
    environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  private var configurationHome: String? {
    value("XDG_CONFIG_HOME") ?? value("HOME").map { $0 + "/.config" }
  }

  private func places(_ name: String, separator: Character = " ") -> [Place] {
    (value(name) ?? "").split { $0 == separator || $0.isWhitespace }
      .map { Place(url: withoutName(String($0)), source: name) }
  }

  /// uv lets indexes be written as "name=URL".
  private func withoutName(_ text: String) -> String {
    guard let equals = text.firstIndex(of: "="),
      text[..<equals].allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
    else { return text }
    return String(text[equals...].dropFirst())
  }

  // MARK: pip

  private func pip() -> Result {
    let pythons = PythonFinder(environment: environment, files: files)
    let configuration = PipConfiguration(
      environment: environment, configurationHome: configurationHome, prefix: pythons.prefixes.first,
      files: files)
    var result = Result()
    result.extra = configuration.places("extra-index-url")
    result.findLinks = configuration.places("find-links")
    if let word = configuration.value("no-index")?.url.lowercased(),
      ["1", "true", "yes", "on"].contains(word)
    {
      result.noIndex = true
      return result
    }
    result.index = configuration.value("index-url") ?? builtIn(pythons)
    return result
  }

  /// The default index in the source of the pip that is installed.
  private func builtIn(_ pythons: PythonFinder) -> Place? {
    for path in pythons.pipSources {
      if let text = files.read(path), let url = IndexDiscovery.defaultIndex(inSource: text) {
        return Place(url: url, source: path)
      }
    }
    // Python brings the wheel of a pip with it, also where none is installed.
    for path in pythons.pipWheels {
      if let text = files.readMember(path, "pip/" + PythonFinder.pipSource),
        let url = IndexDiscovery.defaultIndex(inSource: text)
      {
        return Place(url: url, source: path)
      }
    }
    return askPip().map { Place(url: $0, source: "pip") }
  }

  /// The URL in the first `PackageIndex("https://…", …)` of pip's source, with the path that pip appends to it.
  static func defaultIndex(inSource text: String) -> String? {
    var rest = text[...]
    while let call = rest.firstRange(of: "PackageIndex(") {
      rest = rest[call.upperBound...]
      let argument = rest.drop { $0.isWhitespace }
      guard let quote = argument.first, quote == "\"" || quote == "'" else { continue }
      let url = argument.dropFirst().prefix { $0 != quote }
      guard url.hasPrefix("http"), url.contains("://"), url.allSatisfy({ $0.isASCII && !$0.isWhitespace })
      else {
        continue
      }
      return url + (url.hasSuffix("/") ? "simple/" : "/simple/")
    }
    return nil
  }
}

extension StringProtocol {
  /// Without white space at both ends.
  var trimmed: SubSequence {
    let start = drop { $0.isWhitespace }
    let end = start.lastIndex { !$0.isWhitespace }
    return end.map { start[...$0] } ?? start
  }
}
