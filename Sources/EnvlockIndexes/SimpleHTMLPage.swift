import EnvlockModel

/// A page of links (PEP 503, 592, 629, 658, 714): a project's page of a simple index, or a flat page of wheels.
///
/// No HTML parser: it finds the tags, reads their attributes as HTML does, and ignores the rest.
struct SimpleHTMLPage {
  /// What links are relative to: the page's own URL, or what `<base href>` says.
  private(set) var baseURL: String
  /// The version of the format from `<meta name="pypi:repository-version">`; nil where the page does not say.
  private(set) var apiVersion: String?
  /// The files that links lead to, with the links as they stand on the page.
  private(set) var files: [IndexFile] = []
  /// How many links there are, whatever they lead to.
  private(set) var linkCount = 0
  /// Whether the page has a form or a script, as login pages have and index pages have not.
  private(set) var looksInteractive = false

  private var hasBase = false

  init(parsing body: [UInt8], url: String) {
    baseURL = url
    body.withUnsafeBufferPointer { body in
      var scanner = HTMLTagScanner(body)
      while let tag = scanner.nextTag() { add(tag, pageURL: url) }
    }
  }

  private mutating func add(_ tag: HTMLTagScanner.Tag, pageURL: String) {
    switch tag.kind {
    case .anchor:
      guard let reference = tag["href"] else { return }
      linkCount += 1
      if let file = SimpleHTMLPage.file(reference, tag) { files.append(file) }
    case .base:
      guard !hasBase, let reference = tag["href"] else { return }
      hasBase = true
      baseURL = URLReference.resolve(reference, against: pageURL)
    case .meta:
      if tag["name"] == "pypi:repository-version" { apiVersion = tag["content"] }
    case .interactive: looksInteractive = true
    }
  }

  private static let suffixes: [StaticString] = [
    ".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar.Z", ".tar", ".egg", ".exe", ".rpm",
    ".msi", ".dmg",
    ".deb",
  ]

  /// The file that a link leads to; nil for a link to another page.
  private static func file(_ reference: String, _ tag: HTMLTagScanner.Tag) -> IndexFile? {
    let (url, fragment) = URLReference.splitFragment(reference)
    let fileName = URLReference.fileName(of: url)
    guard suffixes.contains(where: fileName.endsInBytes) else { return nil }
    var file = IndexFile(fileName: fileName, url: url)
    for part in (fragment ?? "").utf8.split(separator: UInt8(ascii: "&")) {
      if let digest = digest(part) { file.sha256 = digest }
    }
    file.requiresPython = tag["data-requires-python"].flatMap { $0.isEmpty ? nil : $0 }
    file.yanked = tag["data-yanked"]
    if let offer = tag["data-core-metadata"] ?? tag["data-dist-info-metadata"] {
      if offer == "false" {
        file.metadata = .absent
      } else {
        file.metadata = .offered(digest(offer.utf8[...]))
      }
    }
    return file
  }

  /// The digest in "sha256=<64 hexadecimal digits>"; nil for anything else.
  private static func digest(_ text: Substring.UTF8View) -> Digest? {
    let prefix = "sha256="
    guard text.starts(with: prefix.utf8) else { return nil }
    return try? Digest(sha256Hex: String(Substring(text.dropFirst(prefix.utf8.count))))
  }
}
