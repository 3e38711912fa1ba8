import EnvlockModel

/// A text file with its name: turns UTF-8 offsets into lines, columns and excerpts with carets.
package struct SourceText: Sendable {
  /// A place in a text: a line and a column, both counted from 1; the column counts Unicode scalars.
  package struct Position: Hashable, Sendable {
    package let line: Int
    package let column: Int
  }

  /// The file's name as errors cite it.
  package let name: String
  /// The whole text.
  package let bytes: [UInt8]
  private let lineStarts: [Int]

  /// Wraps a text.
  package init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
    var starts = [0]
    for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(offset + 1) }
    lineStarts = starts
  }

  /// Where `offset` stands.
  package func position(of offset: Int) -> Position {
    let clamped = min(max(offset, 0), bytes.count)
    let line = lineIndex(of: clamped)
    let column = scalarCount(lineStarts[line]..<clamped)
    return Position(line: line + 1, column: column + 1)
  }

  /// The line that `range` begins in, and carets below the part of it that is in `range`.
  package func excerpt(_ range: Range<Int>) -> [String] {
    let line = lineRange(lineIndex(of: min(range.lowerBound, bytes.count)))
    return Excerpt.lines(
      line: String(decoding: bytes[line], as: UTF8.self),
      fault: (range.lowerBound - line.lowerBound)..<(max(range.upperBound, range.lowerBound) - line.lowerBound)
    )
  }

  private func lineIndex(of offset: Int) -> Int {
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    return low
  }

  /// A line without its line break.
  private func lineRange(_ index: Int) -> Range<Int> {
    let start = lineStarts[index]
    var end = index + 1 < lineStarts.count ? lineStarts[index + 1] - 1 : bytes.count
    if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return start..<end
  }

  private func scalarCount(_ range: Range<Int>) -> Int {
    bytes[range].reduce(into: 0) { count, byte in if byte & 0xC0 != 0x80 { count += 1 } }
  }
}

/// A source line with carets under the part at fault.
package enum Excerpt {
  /// Longer lines are cut to this many characters around the fault.
  static let widest = 96

  /// The two lines of an excerpt; credentials in the line are masked.
  ///
  /// - Parameters:
  ///   - line: The source line.
  ///   - fault: UTF-8 offsets in the line; may reach past its end. At least one caret is drawn.
  /// - Returns: The line, and the carets.
  package static func lines(line: String, fault: Range<Int>) -> [String] {
    let (masked, first) = URLCredentials.redacted(line, offset: fault.lowerBound)
    let last = URLCredentials.redacted(line, offset: min(fault.upperBound, line.utf8.count)).offset
    var shown = masked.unicodeScalars.map {
      $0.properties.generalCategory == .control && $0 != "\t" ? "\u{FFFD}" : $0
    }
    var start = scalarCount(masked, before: first)
    let width = scalarCount(masked, before: last) - start
    if shown.count > widest {
      let cut = max(0, min(start - widest / 3, shown.count - widest))
      let isCutBehind = cut + widest < shown.count
      shown = Array(shown[cut..<(cut + widest)])
      start -= cut
      if cut > 0 { shown[0] = "…" }
      if isCutBehind { shown[shown.count - 1] = "…" }
    }
    // A tab stays a tab, so that the caret stands right whatever its width is.
    let padding = shown.prefix(start).map { $0 == "\t" ? "\t" : " " }.joined()
    let carets = String(repeating: "^", count: max(1, min(width, shown.count - start)))
    var text = String.UnicodeScalarView()
    text.append(contentsOf: shown)
    return [String(text), padding + carets]
  }

  private static func scalarCount(_ text: String, before offset: Int) -> Int {
    text.utf8.prefix(max(0, offset)).reduce(into: 0) { count, byte in if byte & 0xC0 != 0x80 { count += 1 } }
  }
}
