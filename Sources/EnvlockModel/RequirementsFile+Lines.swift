/// The logical lines of a requirements file: continuations joined, comments taken off, variables expanded.
struct RequirementsFileLines {
  private let source: RequirementsFileSource
  private var position = 0

  init(_ text: String, name: String) {
    source = RequirementsFileSource(text, name: name)
  }

  /// The next line that holds anything.
  mutating func next(expanding variable: (String) -> String?) -> RequirementsFileLine? {
    while position < source.lines.count {
      var line = RequirementsFileLine(source: source)
      var continues = true
      while continues && position < source.lines.count {
        let range = source.lines[position]
        position += 1
        let isComment = source.bytes[range].first { !isBlank($0) } == UInt8(ascii: "#")
        // A comment ends a continuation, as it does for pip, even with a backslash at its own end.
        continues = !isComment && source.bytes[range].last == UInt8(ascii: "\\")
        if !isComment { line.append(continues ? range.dropLast() : range) }
      }
      line.dropComment()
      line.expand(variable)
      line.trim()
      if !line.bytes.isEmpty { return line }
    }
    return nil
  }
}

/// The bytes of the file and where its lines lie.
struct RequirementsFileSource {
  let name: String
  let bytes: [UInt8]
  /// Without line ends.
  let lines: [Range<Int>]

  init(_ text: String, name: String) {
    self.name = name
    let bytes = Array(text.utf8)
    var lines: [Range<Int>] = []
    let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    var start = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
    var position = start
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      guard byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") else { continue }
      lines.append(start..<(position - 1))
      if byte == UInt8(ascii: "\r"), position < bytes.count, bytes[position] == UInt8(ascii: "\n") {
        position += 1
      }
      start = position
    }
    if start < bytes.count { lines.append(start..<bytes.count) }
    self.bytes = bytes
    self.lines = lines
  }

  /// The index of the line that the byte at `origin` lies in.
  func lineIndex(of origin: Int) -> Int {
    var (low, high) = (0, lines.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if lines[middle].lowerBound <= origin { low = middle } else { high = middle - 1 }
    }
    return low
  }
}

/// A logical line, of which each byte knows where it comes from.
struct RequirementsFileLine {
  private let source: RequirementsFileSource
  private(set) var bytes: [UInt8] = []
  /// For each byte its offset in the file; for one that a variable gave, that of the reference.
  private var origins: [Int] = []
  private var endOrigin = 0

  init(source: RequirementsFileSource) { self.source = source }

  mutating func append(_ range: Range<Int>) {
    bytes.append(contentsOf: source.bytes[range])
    origins.append(contentsOf: range)
    endOrigin = range.upperBound
  }

  /// Takes off a `#` at the start or behind white space, and all that follows it.
  mutating func dropComment() {
    for index in bytes.indices
    where bytes[index] == UInt8(ascii: "#") && (index == 0 || isBlank(bytes[index - 1])) {
      cut(from: index)
      return
    }
  }

  /// Replaces `${NAME}` where the variable exists; only capitals, digits and underscores make a name, as for pip.
  mutating func expand(_ variable: (String) -> String?) {
    guard bytes.contains(UInt8(ascii: "$")) else { return }
    var expanded = RequirementsFileLine(source: source)
    expanded.endOrigin = endOrigin
    var position = 0
    while position < bytes.count {
      if let reference = reference(at: position),
        let value = variable(String(decoding: bytes[reference], as: UTF8.self))
      {
        expanded.bytes.append(contentsOf: value.utf8)
        expanded.origins.append(contentsOf: repeatElement(origins[position], count: value.utf8.count))
        position = reference.upperBound + 1
      } else {
        expanded.bytes.append(bytes[position])
        expanded.origins.append(origins[position])
        position += 1
      }
    }
    self = expanded
  }

  /// The name in the `${…}` that begins at `position`.
  private func reference(at position: Int) -> Range<Int>? {
    guard bytes[position...].starts(with: "${".utf8) else { return nil }
    var end = position + 2
    while end < bytes.count, isVariableByte(bytes[end]) { end += 1 }
    guard end > position + 2, end < bytes.count, bytes[end] == UInt8(ascii: "}") else { return nil }
    return (position + 2)..<end
  }

  private func isVariableByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
    default: false
    }
  }

  /// Takes off the white space at both ends.
  mutating func trim() {
    let end = (bytes.lastIndex { !isBlank($0) } ?? -1) + 1
    if end < bytes.count { cut(from: end) }
    let start = bytes.firstIndex { !isBlank($0) } ?? 0
    bytes.removeFirst(start)
    origins.removeFirst(start)
  }

  private mutating func cut(from index: Int) {
    endOrigin = origins[index]
    bytes.removeSubrange(index...)
    origins.removeSubrange(index...)
  }

  /// The number of the line in the file that the byte at `offset` stands in, from 1.
  func number(at offset: Int = 0) -> Int { source.lineIndex(of: origin(of: offset)) + 1 }

  private func origin(of offset: Int) -> Int { offset < origins.count ? origins[offset] : endOrigin }

  /// The error at an offset of `bytes`.
  func fault(_ reason: String, at offset: Int, hints: [String] = []) -> RequirementsFileError {
    let origin = origin(of: offset)
    let index = source.lineIndex(of: origin)
    let range = source.lines[index]
    return RequirementsFileError(
      file: source.name, line: index + 1, source: Array(source.bytes[range]),
      offset: origin - range.lowerBound,
      reason: reason, hints: hints)
  }
}

/// White space within a line.
func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || (byte >= 9 && byte <= 13) }
