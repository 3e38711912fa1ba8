/// Many names of nodes in few words: "gpu-[1-32,40], login".
enum NodeNames {
  /// How many pieces are written out before the others are counted.
  static let pieces = 4

  /// The names, those that differ only in a number taken together.
  ///
  /// - Parameters:
  ///   - names: The names as they were read, not yet fit for a terminal.
  ///   - limit: How many pieces are written out before the others are counted; a range is one piece.
  /// - Returns: "gpu-[1-32,40], login and 3 more"; the numbers of a pattern ascending, patterns as first met.
  static func text(_ names: [String], limit: Int = pieces) -> String {
    var text = ""
    var left = limit
    var shown = 0
    var total = 0
    for pattern in patterns(names) {
      total += pattern.count
      guard left > 0 else { continue }
      let (words, count) = pattern.text(limit: &left)
      text += (text.isEmpty ? "" : ", ") + words
      shown += count
    }
    return total > shown ? "\(text) and \(total - shown) more" : text
  }

  private static func patterns(_ names: [String]) -> [Pattern] {
    var patterns: [Pattern] = []
    var places: [PatternKey: Int] = [:]
    for name in names {
      let (key, number) = split(name)
      let place = places[key] ?? patterns.count
      if place == patterns.count {
        places[key] = place
        patterns.append(Pattern(key: key))
      }
      if let number { patterns[place].numbers.append(number) }
    }
    return patterns.map(\.ordered)
  }

  /// The name around the last number of its first label; numbers of more than nine digits are none.
  private static func split(_ name: String) -> (PatternKey, Number?) {
    let bytes = Array(name.utf8)
    let label = bytes.prefix { $0 != UInt8(ascii: ".") }
    guard let last = label.lastIndex(where: isDigit) else {
      return (PatternKey(prefix: name, suffix: nil), nil)
    }
    let first = (label[..<last].lastIndex { !isDigit($0) } ?? -1) + 1
    guard last - first < 9 else { return (PatternKey(prefix: name, suffix: nil), nil) }
    let value = bytes[first...last].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    let key = PatternKey(
      prefix: String(decoding: bytes[..<first], as: UTF8.self),
      suffix: String(decoding: bytes[(last + 1)...], as: UTF8.self))
    return (
      key,
      Number(value: value, width: last - first + 1, isPadded: last - first + 1 > String(value).utf8.count)
    )
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }
}

/// What names have in common.
private struct PatternKey: Hashable {
  let prefix: String
  /// Nil: there is no number in the name.
  let suffix: String?
}

/// The number in a name.
private struct Number: Hashable {
  let value: Int
  let width: Int
  let isPadded: Bool

  var text: String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }

  /// Whether a list of nodes that counts up from `self` comes to `next`.
  func isFollowed(by next: Number) -> Bool {
    next.value == value + 1 && (width == next.width || !isPadded && !next.isPadded)
  }
}

/// Names that differ only in their number.
private struct Pattern {
  let key: PatternKey
  var numbers: [Number] = []

  /// How many different names there are.
  var count: Int { max(1, numbers.count) }

  /// With the numbers ascending, each once.
  var ordered: Pattern {
    var pattern = self
    pattern.numbers = []
    for number in numbers.sorted(by: { ($0.value, $0.width) < ($1.value, $1.width) })
    where pattern.numbers.last != number { pattern.numbers.append(number) }
    return pattern
  }

  /// As many pieces as are left, and how many names they stand for.
  func text(limit: inout Int) -> (String, Int) {
    var runs: [(first: Number, last: Number, count: Int)] = []
    for number in numbers {
      if let run = runs.last, run.last.isFollowed(by: number) {
        runs[runs.count - 1] = (run.first, number, run.count + 1)
      } else if runs.count == limit {
        break
      } else {
        runs.append((number, number, 1))
      }
    }
    let prefix = Printable.text(key.prefix, limit: 80)
    guard let suffix = key.suffix, let first = runs.first else {
      limit -= 1
      return (prefix, 1)
    }
    limit -= runs.count
    let texts = runs.map { run in
      run.count == 1 ? run.first.text : run.first.text + (run.count == 2 ? "," : "-") + run.last.text
    }
    let count = runs.reduce(0) { $0 + $1.count }
    return (
      prefix + (count == 1 ? first.first.text : "[" + texts.joined(separator: ",") + "]")
        + Printable.text(suffix, limit: 80), count
    )
  }
}
