import EnvlockModel

/// The archives of Debian among the sources of apt (sources.list(5), both forms).
///
/// Which entries are Debian's own is told by their suites: those of somebody else's archive have names of their own. Some
/// use Debian's names, so the likeliest entry wins; that it was Debian's, its signature tells later.
struct AptSources {
  /// The main archive.
  private(set) var main: DebianMirrors.Place?
  /// The archive of security updates.
  private(set) var security: DebianMirrors.Place?

  private static let list = "/etc/apt/sources.list"
  private static let folder = "/etc/apt/sources.list.d"
  private static let suites: Set<Substring> = [
    "stretch", "buster", "bullseye", "bookworm", "trixie", "forky", "duke", "sid", "stable", "oldstable",
    "oldoldstable", "testing", "unstable",
  ]

  /// Reads them.
  init(_ files: MachineFiles) {
    var entries: [Entry] = []
    let names = files.list(Self.folder).sorted()
    let paths =
      [Self.list]
      + names.filter { $0.hasSuffix(".list") || $0.hasSuffix(".sources") }.map { "\(Self.folder)/\($0)" }
    for path in paths {
      guard let text = files.read(path) else { continue }
      entries += path.hasSuffix(".sources") ? Self.paragraphs(text, path) : Self.lines(text, path)
    }
    main = Self.best(entries.filter { $0.isDebian && !$0.isSecurity })
    security = Self.best(entries.filter { $0.isDebian && $0.isSecurity })
  }

  /// The likeliest, of equals the first.
  private static func best(_ entries: [Entry]) -> DebianMirrors.Place? {
    var best: Entry?
    for entry in entries where best.map({ entry.likelihood > $0.likelihood }) ?? true { best = entry }
    return best.map { DebianMirrors.Place(url: $0.uri, source: $0.path) }
  }

  private struct Entry {
    var uri: String
    var suites: [Substring]
    var components: [Substring]
    var signedBy: Substring?
    var path: String

    var isDebian: Bool {
      (uri.hasPrefix("http://") || uri.hasPrefix("https://")) && components.contains("main")
        && suites.contains { AptSources.suites.contains(Self.base(of: $0)) }
    }

    var isSecurity: Bool {
      let last = uri.split(separator: "/").last
      return last == "debian-security"
        || suites.allSatisfy { $0.hasSuffix("-security") || $0.hasSuffix("/updates") }
    }

    /// How likely it is Debian's own.
    var likelihood: Int {
      var points = 0
      if let signedBy { points += signedBy.contains("debian-archive-") ? 4 : -4 }
      if suites.contains(where: { Self.base(of: $0) != $0 }) { points += 2 }
      // "https://host/debian", and not "https://host/somebody/debian".
      let path = uri.split(separator: "/").dropFirst(2)
      if path.elementsEqual(["debian"]) || path.elementsEqual(["debian-security"]) { points += 1 }
      return points
    }

    /// "bookworm" of "bookworm-updates".
    private static func base(of suite: Substring) -> Substring {
      for end in ["-updates", "-security", "-backports", "-proposed-updates", "/updates"]
      where suite.hasSuffix(end) { return suite.dropLast(end.count) }
      return suite
    }
  }

  /// "deb [arch=amd64 signed-by=…] URI suite component…", one a line.
  private static func lines(_ text: String, _ path: String) -> [Entry] {
    text.split(whereSeparator: \.isNewline).compactMap { line in
      var rest = line.prefix { $0 != "#" }.trimmed
      guard rest.hasPrefix("deb"), rest.dropFirst(3).first?.isWhitespace ?? false else { return nil }
      rest = rest.dropFirst(3).trimmed
      var signedBy: Substring?
      if rest.hasPrefix("[") {
        guard let end = rest.firstIndex(of: "]") else { return nil }
        for option in rest[..<end].dropFirst().split(whereSeparator: \.isWhitespace) {
          let parts = option.split(separator: "=", maxSplits: 1)
          if parts.count == 2, parts[0].lowercased() == "signed-by" { signedBy = parts[1] }
        }
        rest = rest[end...].dropFirst().trimmed
      }
      let words = rest.split(whereSeparator: \.isWhitespace)
      guard words.count >= 2 else { return nil }
      return Entry(
        uri: String(words[0]), suites: [words[1]], components: Array(words.dropFirst(2)), signedBy: signedBy,
        path: path)
    }
  }

  /// Paragraphs with Types, URIs, Suites, Components.
  private static func paragraphs(_ text: String, _ path: String) -> [Entry] {
    var paragraphs: [[Substring]] = [[]]
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      // A comment within a paragraph does not end it.
      if line.hasPrefix("#") { continue }
      if line.trimmed.isEmpty { paragraphs.append([]) } else { paragraphs[paragraphs.count - 1].append(line) }
    }
    return paragraphs.flatMap { lines -> [Entry] in
      let paragraph = DebianParagraph(lines.joined(separator: "\n"))
      func words(_ field: String) -> [Substring] {
        // The words outlive the value that they are cut from.
        (paragraph[field] ?? "").split(whereSeparator: \.isWhitespace)
      }
      let isOff = ["no", "false", "off", "0"].contains(paragraph["Enabled"]?.lowercased() ?? "yes")
      guard words("Types").contains("deb"), !isOff else { return [] }
      let signedBy = paragraph["Signed-By"].map { $0[...] }
      return words("URIs").map {
        Entry(
          uri: String($0), suites: words("Suites"), components: words("Components"), signedBy: signedBy,
          path: path)
      }
    }
  }
}
