/// envlock's user configuration: the keys before the first table of `config.toml`, as far as they are strings.
struct UserConfiguration {
  /// Where it is; nil where there is no home.
  let path: String?
  private let files: MachineFiles

  /// Reads nothing yet.
  init(environment: [String: String], files: MachineFiles) {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    let home = value("XDG_CONFIG_HOME") ?? value("HOME").map { $0 + "/.config" }
    path = home.map { $0 + "/envlock/config.toml" }
    self.files = files
  }

  /// The value of a key, with the file as its source; nil where it is missing or empty.
  func place(_ key: String) -> IndexDiscovery.Place? {
    guard let path, let text = files.read(path) else { return nil }
    for line in text.split(whereSeparator: \.isNewline) {
      let line = line.trimmed
      // Only the keys before the first table.
      if line.hasPrefix("[") { return nil }
      guard line.hasPrefix(key), let equals = line.firstIndex(of: "=") else { continue }
      let value = line[equals...].dropFirst().trimmed
      guard line[..<equals].trimmed == key, let quote = value.first, quote == "\"" || quote == "'",
        let end = value.dropFirst().firstIndex(of: quote)
      else { continue }
      let text = value[..<end].dropFirst()
      if !text.isEmpty { return IndexDiscovery.Place(url: String(text), source: path) }
    }
    return nil
  }
}
