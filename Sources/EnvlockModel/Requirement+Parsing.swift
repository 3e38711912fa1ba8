import EnvlockVersions

extension Requirement {
  /// Reads a requirement up to the end of the scanner's text.
  init(_ scanner: inout ByteScanner) throws(MalformedText) {
    scanner.skipBlanks()
    let name = ProjectName(unchecked: try Self.parseName(&scanner, "a project name"))
    scanner.skipBlanks()
    let extras = try Self.parseExtras(&scanner)
    scanner.skipBlanks()
    var specifiers = SpecifierSet.any
    var url: String?
    var marker: Marker?
    if scanner.take(UInt8(ascii: "@")) {
      url = try Self.parseURL(&scanner)
    } else {
      specifiers = try Self.parseSpecifiers(&scanner)
    }
    scanner.skipBlanks()
    if scanner.take(UInt8(ascii: ";")) { marker = try Marker.parse(&scanner) }
    guard scanner.isAtEnd else { throw scanner.fault(Self.complaint(marker: marker, url: url)) }
    self.init(name: name, extras: extras, specifiers: specifiers, url: url, marker: marker)
  }

  private static func complaint(marker: Marker?, url: String?) -> String {
    if marker != nil { return "\"and\", \"or\" or the end of the marker is expected here" }
    if url != nil { return "a semicolon and a marker, or the end, is expected after the URL" }
    return "a semicolon and a marker, or the end, is expected here"
  }

  /// A name, normalised: of a project or of an extra.
  static func parseName(_ scanner: inout ByteScanner, _ expected: String) throws(MalformedText) -> String {
    let range = scanner.takeWhile(NameNormaliser.isNameByte)
    guard let last = range.last, NameNormaliser.isAlphanumeric(scanner.bytes[range.lowerBound]) else {
      throw scanner.fault(
        "\(expected) is expected here, beginning with a letter or digit", at: range.lowerBound)
    }
    guard NameNormaliser.isAlphanumeric(scanner.bytes[last]) else {
      throw scanner.fault("a name has to end with a letter or digit", at: last)
    }
    return NameNormaliser.normalised(nameBytes: scanner.bytes[range], count: range.count)
  }

  /// `[a, b]`, `[]` or nothing.
  static func parseExtras(_ scanner: inout ByteScanner) throws(MalformedText) -> [ExtraName] {
    let open = scanner.position
    guard scanner.take(UInt8(ascii: "[")) else { return [] }
    scanner.skipBlanks()
    if scanner.take(UInt8(ascii: "]")) { return [] }
    var extras: [ExtraName] = []
    repeat {
      scanner.skipBlanks()
      extras.append(ExtraName(unchecked: try parseName(&scanner, "the name of an extra")))
      scanner.skipBlanks()
    } while scanner.take(UInt8(ascii: ","))
    guard scanner.take(UInt8(ascii: "]")) else {
      if scanner.isAtEnd { throw scanner.fault("this bracket is not closed", at: open) }
      throw scanner.fault("a comma or a closing bracket is expected between extras")
    }
    return extras
  }

  /// What follows the `@`: everything up to the next blank.
  private static func parseURL(_ scanner: inout ByteScanner) throws(MalformedText) -> String {
    scanner.skipBlanks()
    let range = scanner.takeWhile { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
    guard let last = range.last else { throw scanner.fault("a URL is expected after the @") }
    // A marker that sticks to the URL would silently become a part of it.
    if scanner.bytes[last] == UInt8(ascii: ";") {
      throw scanner.fault("the URL takes this semicolon in; put a blank before it", at: last)
    }
    let url = scanner.text(range)
    if let hex = sha256Fragment(of: url) {
      do { _ = try Digest(sha256Hex: hex) } catch {
        throw scanner.fault("the sha256 of the URL is broken: \(error.reason)", at: range.lowerBound)
      }
    }
    return url
  }

  /// `>=1,<2`, with or without parentheses round it, or nothing.
  private static func parseSpecifiers(_ scanner: inout ByteScanner) throws(MalformedText) -> SpecifierSet {
    let open = scanner.position
    let range: Range<Int>
    if scanner.take(UInt8(ascii: "(")) {
      range = scanner.takeWhile { $0 != UInt8(ascii: ")") }
      guard scanner.take(UInt8(ascii: ")")) else {
        throw scanner.fault("this parenthesis is not closed", at: open)
      }
    } else {
      range = scanner.takeWhile { $0 != UInt8(ascii: ";") }
    }
    guard
      let first = scanner.bytes[range].firstIndex(where: {
        $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t")
      })
    else { return .any }
    if let reason = complaint(startingSpecifier: scanner.bytes[first]) {
      throw scanner.fault(reason, at: first)
    }
    if let comma = emptyClause(scanner.bytes, first..<range.upperBound) {
      throw scanner.fault("a comparison such as >=1.0 is expected between the commas", at: comma)
    }
    do {
      return try SpecifierSet(scanner.text(range))
    } catch {
      throw scanner.fault(error.reason, at: range.lowerBound + (error.offset ?? first - range.lowerBound))
    }
  }

  /// Why a comparison cannot begin with this byte; nil if it can.
  private static func complaint(startingSpecifier byte: UInt8) -> String? {
    switch byte {
    case UInt8(ascii: "="), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "!"), UInt8(ascii: "~"): nil
    case UInt8(ascii: "0")...UInt8(ascii: "9"): "a version needs an operator before it, such as == or >="
    case UInt8(ascii: ","): "a comparison such as >=1.0 is expected before the comma"
    default: "a comparison such as >=1.0, a semicolon and a marker, or the end is expected here"
    }
  }

  /// The second of two commas with nothing between them.
  private static func emptyClause(_ bytes: [UInt8], _ range: Range<Int>) -> Int? {
    var afterComma = false
    for index in range {
      switch bytes[index] {
      case UInt8(ascii: ","):
        if afterComma { return index }
        afterComma = true
      case UInt8(ascii: " "), UInt8(ascii: "\t"): break
      default: afterComma = false
      }
    }
    return nil
  }
}
