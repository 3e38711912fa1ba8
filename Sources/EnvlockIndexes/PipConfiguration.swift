/// What pip's environment variables and configuration files say.
///
/// Source: pip's documentation, "Configuration": environment variables come first, then `[install]`, then `[global]`;
/// within a section later files come before earlier ones.
struct PipConfiguration {
  private var values: [String: IndexDiscovery.Place] = [:]

  /// Reads all files that pip would read.
  init(environment: [String: String], configurationHome: String?, prefix: String?, files: MachineFiles) {
    var sections: [String: [String: IndexDiscovery.Place]] = [:]
    for path in PipConfiguration.paths(environment, configurationHome, prefix) {
      guard let text = files.read(path) else { continue }
      for (section, key, value) in PipConfiguration.parse(text) {
        sections[section, default: [:]][key] = IndexDiscovery.Place(url: value, source: path)
      }
    }
    for section in ["global", "install"] {
      values.merge(sections[section] ?? [:]) { $1 }
    }
    for key in ["index-url", "extra-index-url", "find-links", "no-index"] {
      let name = "PIP_" + key.uppercased().replacing("-", with: "_")
      if let value = environment[name], !value.isEmpty {
        values[key] = IndexDiscovery.Place(url: value, source: name)
      }
    }
  }

  /// One value.
  func value(_ key: String) -> IndexDiscovery.Place? { values[key] }

  /// A list, which is separated by white space.
  func places(_ key: String) -> [IndexDiscovery.Place] {
    guard let list = values[key] else { return [] }
    return list.url.split(whereSeparator: \.isWhitespace).map { .init(url: String($0), source: list.source) }
  }

  /// The files in the order in which they are read.
  private static func paths(_ environment: [String: String], _ configurationHome: String?, _ prefix: String?)
    -> [String]
  {
    let own = environment["PIP_CONFIG_FILE"].flatMap { $0.isEmpty ? nil : $0 }
    if own == "/dev/null" { return [] }
    var paths: [String] = []
    let shared = environment["XDG_CONFIG_DIRS"].flatMap { $0.isEmpty ? nil : $0 } ?? "/etc/xdg"
    paths += shared.split(separator: ":").map { $0 + "/pip/pip.conf" }
    paths.append("/etc/pip.conf")
    if let home = environment["HOME"], !home.isEmpty { paths.append(home + "/.pip/pip.conf") }
    if let configurationHome { paths.append(configurationHome + "/pip/pip.conf") }
    if let prefix { paths.append(prefix + "/pip.conf") }
    if let own { paths.append(own) }
    return paths
  }

  /// The settings of a file in the form of Python's configparser, in their order.
  static func parse(_ text: String) -> [(section: String, key: String, value: String)] {
    var settings: [(section: String, key: String, value: String)] = []
    var section = ""
    var isContinuable = false
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      let content = line.trimmed
      if content.isEmpty || content.hasPrefix("#") || content.hasPrefix(";") { continue }
      if line.first?.isWhitespace == true, isContinuable, let last = settings.indices.last {
        settings[last].value += "\n" + content
        continue
      }
      isContinuable = false
      if content.hasPrefix("["), let end = content.firstIndex(of: "]") {
        section = String(content[..<end].dropFirst())
      } else if let mark = content.firstIndex(where: { $0 == "=" || $0 == ":" }) {
        let key = content[..<mark].trimmed.lowercased().replacing("_", with: "-")
        settings.append((section, key, String(content[mark...].dropFirst().trimmed)))
        isContinuable = true
      }
    }
    return settings.filter { !$0.value.isEmpty }
  }
}
