import EnvlockModel
import EnvlockVersions

extension SourceText {
  /// The top level of a TOML document.
  ///
  /// - Throws: `ManifestError` with the place, where it is none.
  func table() throws(ManifestError) -> TableReader {
    let document = try TOMLParser.parse(self)
    guard case .table(let members) = document.content else {
      return TableReader(source: self, title: name, range: document.range, members: [])
    }
    return TableReader(source: self, title: "the top level", range: document.range, members: members)
  }
}

extension TableReader {
  /// The place of the table's header: "uv.lock:120".
  var origin: String { "\(source.name):\(source.position(of: range.lowerBound).line)" }

  func projectName(_ key: String) throws(ManifestError) -> ProjectName {
    try requiredString(key).parsed { text throws(MalformedText) in try ProjectName(text) }
  }

  func version(_ key: String) throws(ManifestError) -> Version? {
    try string(key)?.parsed { text throws(MalformedText) in try Version(text) }
  }

  func marker(_ key: String) throws(ManifestError) -> Marker? {
    try string(key)?.parsed { text throws(MalformedText) in try Marker(text) }
  }

  func markers(_ key: String) throws(ManifestError) -> [Marker] {
    var markers: [Marker] = []
    for text in try strings(key) {
      markers.append(try text.parsed { text throws(MalformedText) in try Marker(text) })
    }
    return markers
  }

  func extraNames(_ key: String) throws(ManifestError) -> [ExtraName] {
    var names: [ExtraName] = []
    for text in try strings(key) {
      names.append(try text.parsed { text throws(MalformedText) in try ExtraName(text) })
    }
    return names
  }

  func specifiers(_ key: String) throws(ManifestError) -> SpecifierSet? {
    try string(key)?.parsed { text throws(MalformedText) in try SpecifierSet(text) }
  }

  /// The keys of this table, which are names of extras or groups.
  func extraNameKeys() throws(ManifestError) -> [(key: String, name: ExtraName)] {
    var names: [(String, ExtraName)] = []
    for member in members {
      do {
        names.append((member.key, try ExtraName(member.key)))
      } catch {
        throw ManifestError(
          "“\(member.key)” is no name of an extra or a group: \(error.reason)", at: member.keyRange,
          in: source)
      }
    }
    return names
  }
}
