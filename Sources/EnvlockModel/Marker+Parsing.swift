import EnvlockVersions

extension Marker {
  /// Parentheses may be nested this deep; more is an attack on the stack, not a marker.
  private static let depthLimit = 64

  /// Reads a marker up to the first thing that cannot belong to it, and the blanks before that.
  static func parse(_ scanner: inout ByteScanner, depth: Int = 0) throws(MalformedText) -> Marker {
    let first = try parseConjunction(&scanner, depth: depth)
    guard scanner.takeWord("or") else { return first }
    var terms = first.terms(joinedBy: .or)
    repeat {
      terms += try parseConjunction(&scanner, depth: depth).terms(joinedBy: .or)
    } while scanner.takeWord("or")
    return .or(terms)
  }

  private static func parseConjunction(
    _ scanner: inout ByteScanner, depth: Int
  ) throws(MalformedText) -> Marker {
    let first = try parseAtom(&scanner, depth: depth)
    guard scanner.takeWord("and") else { return first }
    var terms = first.terms(joinedBy: .and)
    repeat {
      terms += try parseAtom(&scanner, depth: depth).terms(joinedBy: .and)
    } while scanner.takeWord("and")
    return .and(terms)
  }

  private enum Junction { case and, or }

  /// Itself, or its terms where it is a chain of that kind already: "(a and b) and c" is one chain of three.
  private func terms(joinedBy junction: Junction) -> [Marker] {
    switch (self, junction) {
    case (.and(let terms), .and), (.or(let terms), .or): terms
    default: [self]
    }
  }

  private static func parseAtom(_ scanner: inout ByteScanner, depth: Int) throws(MalformedText) -> Marker {
    scanner.skipBlanks()
    let open = scanner.position
    let marker: Marker
    if scanner.take(UInt8(ascii: "(")) {
      guard depth < depthLimit else { throw scanner.fault("parentheses are nested too deep", at: open) }
      marker = try parse(&scanner, depth: depth + 1)
      guard scanner.take(UInt8(ascii: ")")) else {
        if scanner.isAtEnd { throw scanner.fault("this parenthesis is not closed", at: open) }
        throw scanner.fault("\"and\", \"or\" or a closing parenthesis is expected here")
      }
    } else {
      let left = try parseOperand(&scanner)
      scanner.skipBlanks()
      let `operator` = try parseOperator(&scanner)
      scanner.skipBlanks()
      marker = .comparison(MarkerComparison(left, `operator`, try parseOperand(&scanner)))
    }
    scanner.skipBlanks()
    return marker
  }

  private static func parseOperand(_ scanner: inout ByteScanner) throws(MalformedText) -> MarkerOperand {
    let first = scanner.position
    guard let next = scanner.next else {
      throw scanner.fault("a variable such as python_version or a quoted text is expected here")
    }
    if next == UInt8(ascii: "\"") || next == UInt8(ascii: "'") {
      scanner.position += 1
      let text = scanner.takeWhile { $0 != next }
      guard scanner.take(next) else { throw scanner.fault("this quoted text does not end", at: first) }
      return .literal(scanner.text(text))
    }
    let word = scanner.takeWhile { ByteScanner.isWordByte($0) || $0 == UInt8(ascii: ".") }
    if let variable = MarkerVariable(scanner.bytes[word]) { return .variable(variable) }
    if word.isEmpty {
      throw scanner.fault("a variable such as python_version or a quoted text is expected here", at: first)
    }
    throw scanner.fault("\(scanner.text(word)) is no marker variable; a text needs quotes", at: first)
  }

  private static func parseOperator(_ scanner: inout ByteScanner) throws(MalformedText) -> MarkerOperator {
    let first = scanner.position
    if scanner.takeWord("in") { return .in }
    if scanner.takeWord("not") {
      let blank = scanner.position
      scanner.skipBlanks()
      guard scanner.position > blank, scanner.takeWord("in") else {
        throw scanner.fault("\"in\" is expected after \"not\"")
      }
      return .notIn
    }
    let signs = scanner.takeWhile { byte in
      byte == UInt8(ascii: "=") || byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">")
        || byte == UInt8(ascii: "!") || byte == UInt8(ascii: "~")
    }
    switch scanner.text(signs) {
    case "==": return .equal
    case "!=": return .notEqual
    case "<": return .less
    case "<=": return .atMost
    case ">": return .greater
    case ">=": return .atLeast
    case "~=": return .compatible
    case "===": return .arbitrary
    case "=": throw scanner.fault("= does not compare; write ==", at: first)
    default:
      throw scanner.fault("one of ==, !=, <, <=, >, >=, ~=, ===, in, not in is expected here", at: first)
    }
  }
}
