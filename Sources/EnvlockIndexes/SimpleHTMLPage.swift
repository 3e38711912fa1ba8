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
    var scanner = HTMLTagScanner(body)
    while let tag = scanner.nextTag() { add(tag, pageURL: url) }
  }

  private mutating func add(_ tag: HTMLTagScanner.Tag, pageURL: String) {
    switch tag.name {
    case "a":
      guard let reference = tag["href"] else { return }
      linkCount += 1
      if let file = SimpleHTMLPage.file(reference, tag) { files.append(file) }
    case "base":
      guard !hasBase, let reference = tag["href"] else { return }
      hasBase = true
      baseURL = URLReference.resolve(reference, against: pageURL)
    case "meta":
      if tag["name"] == "pypi:repository-version" { apiVersion = tag["content"] }
    case "form", "script", "input": looksInteractive = true
    default: break
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
    for part in (fragment ?? "").split(separator: "&") where part.hasPrefix("sha256=") {
      file.sha256 = try? Digest(sha256Hex: part.dropFirst("sha256=".count))
    }
    file.requiresPython = tag["data-requires-python"].flatMap { $0.isEmpty ? nil : $0 }
    file.yanked = tag["data-yanked"]
    if let offer = tag["data-core-metadata"] ?? tag["data-dist-info-metadata"] {
      if offer == "false" {
        file.metadata = .absent
      } else {
        file.metadata = .offered(
          offer.hasPrefix("sha256=") ? try? Digest(sha256Hex: offer.dropFirst("sha256=".count)) : nil)
      }
    }
    return file
  }
}

/// Finds the start tags of an HTML document.
struct HTMLTagScanner {
  /// A start tag.
  struct Tag {
    /// Its name in lower case.
    let name: String
    /// Attributes with names in lower case and decoded values.
    let attributes: [(name: String, value: String)]

    /// The value of an attribute: the first, as HTML wants it; empty where it has none.
    subscript(name: String) -> String? { attributes.first { $0.name == name }?.value }
  }

  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The next start tag; nil at the end.
  mutating func nextTag() -> Tag? {
    while let open = bytes[position...].firstIndex(of: UInt8(ascii: "<")) {
      position = open + 1
      if skip("!--") {
        skipPast("-->")
        continue
      }
      guard let first = current, isLetter(first) else { continue }
      let name = readName()
      let attributes = readAttributes()
      // Their content is no markup.
      if name == "script" || name == "style" || name == "textarea" || name == "title" {
        skipPast("</\(name)")
      }
      return Tag(name: name, attributes: attributes)
    }
    position = bytes.count
    return nil
  }

  // MARK: private

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 }

  private func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 || byte == 0x0C
  }

  private mutating func skip(_ text: String) -> Bool {
    guard bytes[position...].starts(with: text.utf8) else { return false }
    position += text.utf8.count
    return true
  }

  /// Moves behind the next `text`, which is lower case, in either case; to the end where there is none.
  private mutating func skipPast(_ text: String) {
    let wanted = Array(text.utf8)
    while position + wanted.count <= bytes.count {
      var matched = 0
      while matched < wanted.count, lowered(bytes[position + matched]) == wanted[matched] { matched += 1 }
      if matched == wanted.count {
        position += wanted.count
        return
      }
      position += 1
    }
    position = bytes.count
  }

  private func lowered(_ byte: UInt8) -> UInt8 { byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte }

  private mutating func readName() -> String {
    let start = position
    while let byte = current, !isSpace(byte), byte != UInt8(ascii: ">"), byte != UInt8(ascii: "/") {
      position += 1
    }
    return String(decoding: bytes[start..<position].lazy.map(lowered), as: UTF8.self)
  }

  private mutating func readAttributes() -> [(name: String, value: String)] {
    var attributes: [(name: String, value: String)] = []
    while let byte = current {
      if isSpace(byte) || byte == UInt8(ascii: "/") {
        position += 1
        continue
      }
      if byte == UInt8(ascii: ">") {
        position += 1
        break
      }
      let start = position
      position += 1
      while let byte = current, !isSpace(byte), byte != UInt8(ascii: "="), byte != UInt8(ascii: ">"),
        byte != UInt8(ascii: "/")
      {
        position += 1
      }
      let name = String(decoding: bytes[start..<position].lazy.map(lowered), as: UTF8.self)
      skipSpace()
      var value: ArraySlice<UInt8> = []
      if current == UInt8(ascii: "=") {
        position += 1
        skipSpace()
        value = readValue()
      }
      attributes.append((name, HTMLTagScanner.decoded(value)))
    }
    return attributes
  }

  private mutating func skipSpace() {
    while let byte = current, isSpace(byte) { position += 1 }
  }

  private mutating func readValue() -> ArraySlice<UInt8> {
    guard let quote = current else { return [] }
    if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
      let start = position + 1
      let end = bytes[start...].firstIndex(of: quote) ?? bytes.count
      position = min(end + 1, bytes.count)
      return bytes[start..<end]
    }
    let start = position
    while let byte = current, !isSpace(byte), byte != UInt8(ascii: ">") { position += 1 }
    return bytes[start..<position]
  }

  /// The text of an attribute: without white space round it, character references decoded.
  private static func decoded(_ value: ArraySlice<UInt8>) -> String {
    var value = value
    while let first = value.first, first <= 0x20 { value.removeFirst() }
    while let last = value.last, last <= 0x20 { value.removeLast() }
    guard value.contains(UInt8(ascii: "&")) else { return String(decoding: value, as: UTF8.self) }
    var text: [UInt8] = []
    while let byte = value.first {
      if byte == UInt8(ascii: "&"), let (scalar, length) = reference(value) {
        text.append(contentsOf: String(scalar).utf8)
        value = value.dropFirst(length)
      } else {
        text.append(byte)
        value = value.dropFirst()
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The character that a reference at the front of `value` stands for, and the reference's length; nil for an
  /// ampersand that begins none. Of the named ones those that escaping produces.
  private static func reference(_ value: ArraySlice<UInt8>) -> (Unicode.Scalar, Int)? {
    guard let end = value.prefix(12).firstIndex(of: UInt8(ascii: ";")) else { return nil }
    let name = String(decoding: value[value.startIndex + 1..<end], as: UTF8.self)
    let length = end - value.startIndex + 1
    let scalar: Unicode.Scalar?
    switch name {
    case "amp": scalar = "&"
    case "lt": scalar = "<"
    case "gt": scalar = ">"
    case "quot": scalar = "\""
    case "apos": scalar = "'"
    case "nbsp": scalar = "\u{A0}"
    default:
      guard name.hasPrefix("#") else { return nil }
      let digits = name.dropFirst()
      let number =
        digits.hasPrefix("x") || digits.hasPrefix("X")
        ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits, radix: 10)
      scalar = number.flatMap(Unicode.Scalar.init)
    }
    return scalar.map { ($0, length) }
  }
}
