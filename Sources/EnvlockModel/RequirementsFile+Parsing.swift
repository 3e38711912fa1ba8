import EnvlockVersions

extension RequirementsFile {
  /// Reads one logical line.
  mutating func read(_ line: RequirementsFileLine) throws(RequirementsFileError) {
    let words = Self.words(of: line.bytes)
    let optionStart = words.firstIndex { $0.isOption }
    let options = optionStart.map { words[$0...] } ?? []
    if optionStart == 0 { return try readOptions(options, of: line) }
    let end = options.first?.range.lowerBound ?? line.bytes.count
    let requirement = try Self.requirement(line, end: end)
    let hashes = try Self.hashes(options, of: line)
    requirements.append(Line(requirement: requirement, hashes: hashes, line: line.number()))
  }

  // MARK: Options

  /// Options of the whole file.
  private mutating func readOptions(
    _ words: ArraySlice<Word>, of line: RequirementsFileLine
  ) throws(RequirementsFileError) {
    var words = words
    while let word = words.popFirst() {
      guard word.isOption else {
        throw line.fault("an option is expected here", at: word.range.lowerBound)
      }
      let option = try Self.option(word, next: &words, of: line)
      let setting = Setting(value: option.value, line: line.number(at: word.range.lowerBound))
      switch option.kind {
      case .include: includes.append(setting)
      case .constraint: constraints.append(setting)
      case .indexURL: indexURL = setting
      case .extraIndexURL: extraIndexURLs.append(setting)
      case .findLinks: findLinks.append(setting)
      case .noIndex: noIndex = true
      case .prereleases: allowsPrereleases = true
      case .requireHashes: requiresHashes = true
      case .editable:
        throw line.fault(
          "\(option.name) asks for a source tree", at: word.range.lowerBound, hints: wheelsOnly)
      case .noBinary where option.value != ":none:":
        throw line.fault("\(option.name) asks for a build", at: word.range.lowerBound, hints: wheelsOnly)
      case .hash:
        throw line.fault("--hash belongs behind a requirement, on its line", at: word.range.lowerBound)
      case .noBinary, .ignored, .ignoredOfRequirement: break
      }
    }
  }

  /// The hashes behind a requirement; other options there are about building and say nothing of wheels.
  private static func hashes(
    _ words: ArraySlice<Word>, of line: RequirementsFileLine
  ) throws(RequirementsFileError) -> [Digest] {
    var words = words
    var hashes: [Digest] = []
    var otherHash: Word?
    while let word = words.popFirst() {
      guard word.isOption else {
        throw line.fault("an option such as --hash is expected here", at: word.range.lowerBound)
      }
      let option = try option(word, next: &words, of: line)
      switch option.kind {
      case .hash:
        guard option.value.hasPrefix("sha256:") else {
          otherHash = word
          continue
        }
        do {
          hashes.append(try Digest(option.value))
        } catch {
          throw line.fault("the hash is broken: \(error.reason)", at: word.range.lowerBound)
        }
      case .ignoredOfRequirement: break
      default:
        throw line.fault("\(option.name) has to stand on a line of its own", at: word.range.lowerBound)
      }
    }
    if hashes.isEmpty, let otherHash {
      throw line.fault(
        "none of the hashes is a sha256", at: otherHash.range.lowerBound,
        hints: ["add a hash of the form --hash=sha256:…"])
    }
    return hashes
  }

  private enum OptionKind {
    case include, constraint, indexURL, extraIndexURL, findLinks, noIndex, prereleases, requireHashes,
      editable
    case noBinary, hash, ignored, ignoredOfRequirement
  }

  /// The options of pip's format: names, what it is, whether a value follows.
  private static let options: [(names: [String], kind: OptionKind, takesValue: Bool)] = [
    (["-r", "--requirement"], .include, true),
    (["-c", "--constraint"], .constraint, true),
    (["-i", "--index-url", "--pypi-url"], .indexURL, true),
    (["--extra-index-url"], .extraIndexURL, true),
    (["-f", "--find-links"], .findLinks, true),
    (["--no-index"], .noIndex, false),
    (["--pre"], .prereleases, false),
    (["--require-hashes"], .requireHashes, false),
    (["-e", "--editable"], .editable, true),
    (["--no-binary"], .noBinary, true),
    (["--hash"], .hash, true),
    (["--only-binary"], .ignored, true),
    (["--prefer-binary"], .ignored, false),
    (["--trusted-host"], .ignored, true),
    (["--use-feature"], .ignored, true),
    (["--no-build-isolation"], .ignored, false),
    (
      ["--config-settings", "--config-setting", "--global-option", "--install-option"], .ignoredOfRequirement,
      true
    ),
  ]

  /// Takes an option and its value, which may stand in the same word or the next.
  private static func option(
    _ word: Word, next words: inout ArraySlice<Word>, of line: RequirementsFileLine
  ) throws(RequirementsFileError) -> (kind: OptionKind, name: String, value: String) {
    let isLong = word.text.hasPrefix("--")
    let name: String
    var value: String?
    if isLong {
      name = String(word.text.prefix { $0 != "=" })
      if name.utf8.count < word.text.utf8.count { value = String(word.text.dropFirst(name.count + 1)) }
    } else {
      name = String(word.text.prefix(2))
      if name.utf8.count < word.text.utf8.count { value = String(word.text.dropFirst(2)) }
    }
    guard let option = options.first(where: { $0.names.contains(name) }) else {
      throw line.fault("\(name) is no option of requirements files", at: word.range.lowerBound)
    }
    guard option.takesValue else {
      if value != nil { throw line.fault("\(name) takes no value", at: word.range.lowerBound) }
      return (option.kind, name, "")
    }
    if value == nil, let next = words.first, !next.isOption {
      words.removeFirst()
      value = next.text
    }
    guard let value, !value.isEmpty else {
      throw line.fault("\(name) needs a value", at: word.range.lowerBound)
    }
    return (option.kind, name, value)
  }

  // MARK: Words

  /// A run of bytes without white space, or with it where quotes stood round it.
  private struct Word {
    let text: String
    /// Where it stands, quotes included.
    let range: Range<Int>
    /// Whether it begins with a dash, outside of quotes.
    let isOption: Bool
  }

  /// Splits as a shell would, as far as options need it.
  private static func words(of bytes: [UInt8]) -> [Word] {
    var words: [Word] = []
    var position = 0
    while position < bytes.count {
      if isBlank(bytes[position]) {
        position += 1
        continue
      }
      let start = position
      var text: [UInt8] = []
      var quote: UInt8?
      while position < bytes.count, quote != nil || !isBlank(bytes[position]) {
        let byte = bytes[position]
        position += 1
        if byte == quote {
          quote = nil
        } else if quote == nil && (byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")) {
          quote = byte
        } else {
          text.append(byte)
        }
      }
      let isOption = bytes[start] == UInt8(ascii: "-") && text.count > 1
      words.append(
        Word(text: String(decoding: text, as: UTF8.self), range: start..<position, isOption: isOption))
    }
    return words
  }
}

/// What to do where only a wheel will do.
private let wheelsOnly = [
  "envlock installs wheels only: build one with `pip wheel --no-deps` and name the .whl file"
]

extension RequirementsFile {
  /// The requirement in the first `end` bytes of a line.
  private static func requirement(
    _ line: RequirementsFileLine, end: Int
  ) throws(RequirementsFileError) -> Requirement {
    var scanner = ByteScanner(line.bytes, 0..<end, what: "requirement")
    scanner.redacts = false
    do {
      if let reference = bareReference(line.bytes, end) {
        return try wheel(at: reference, of: line, &scanner)
      }
      let requirement = try Requirement(&scanner)
      if let url = requirement.url { _ = try wheelName(url, of: line, at: urlOffset(line.bytes, end)) }
      return requirement
    } catch let error as MalformedText {
      throw line.fault(error.reason, at: error.offset ?? 0)
    } catch let error as RequirementsFileError {
      throw error
    } catch {
      throw line.fault("it cannot be read", at: 0)
    }
  }

  private static func urlOffset(_ bytes: [UInt8], _ end: Int) -> Int {
    guard let at = bytes[..<end].firstIndex(of: UInt8(ascii: "@")) else { return 0 }
    return bytes[(at + 1)..<end].firstIndex { !isBlank($0) } ?? at
  }

  /// Where a path or URL stands that begins the line without a name before it; nil for an ordinary requirement.
  private static func bareReference(_ bytes: [UInt8], _ end: Int) -> Range<Int>? {
    var stop = bytes[..<end].firstIndex(where: isBlank) ?? end
    let text = String(decoding: bytes[..<stop], as: UTF8.self)
    let scheme = text.prefix {
      $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "+" || $0 == "." || $0 == "-")
    }
    let isURL = text.dropFirst(scheme.count).hasPrefix("://") || text.hasPrefix("file:")
    // A marker may stick to a path, but never to a URL, to which a semicolon belongs.
    if !isURL, let semicolon = bytes[..<stop].firstIndex(of: UInt8(ascii: ";")) { stop = semicolon }
    let path = String(decoding: bytes[..<stop], as: UTF8.self)
    let isPath =
      path.hasPrefix(".") || path.hasPrefix("/") || path.hasPrefix("~")
      || (path.contains("/") && !path.contains("@"))
    let bare = path.prefix { $0 != "[" && $0 != "#" }
    let isArchive = [".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2"].contains { bare.hasSuffix($0) }
    return isURL || isPath || (isArchive && !path.contains("@")) ? 0..<stop : nil
  }

  /// A wheel named by its path or URL, with the extras and the marker that follow it.
  private static func wheel(
    at range: Range<Int>, of line: RequirementsFileLine, _ scanner: inout ByteScanner
  ) throws -> Requirement {
    var range = range
    // `./x-1.0-py3-none-any.whl[extra]`
    if let bracket = line.bytes[range].lastIndex(of: UInt8(ascii: "[")),
      line.bytes[range].last == UInt8(ascii: "]")
    {
      range = range.lowerBound..<bracket
    }
    let reference = scanner.text(range)
    let name = try wheelName(reference, of: line, at: range.lowerBound)
    if let hex = Requirement.sha256Fragment(of: reference) {
      do { _ = try Digest(sha256Hex: hex) } catch {
        throw scanner.fault("the sha256 of the URL is broken: \(error.reason)", at: range.lowerBound)
      }
    }
    scanner.position = range.upperBound
    let extras = try Requirement.parseExtras(&scanner)
    scanner.skipBlanks()
    let marker = scanner.take(UInt8(ascii: ";")) ? try Marker.parse(&scanner) : nil
    guard scanner.isAtEnd else {
      throw scanner.fault("a semicolon and a marker, or the end, is expected here")
    }
    return Requirement(name: name.project, extras: extras, url: reference, marker: marker)
  }

  private static func wheelName(
    _ reference: String, of line: RequirementsFileLine, at offset: Int
  ) throws(RequirementsFileError) -> WheelName {
    let fileName = WheelName.fileName(atEndOf: reference)
    guard fileName.hasSuffix(".whl") else {
      throw line.fault("this is no wheel", at: offset, hints: wheelsOnly)
    }
    do {
      return try WheelName(fileName)
    } catch {
      throw line.fault("the name of the wheel cannot be read: \(error.reason)", at: offset)
    }
  }
}
