/// Compares what a page shows with what a command printed: word for word, but for sizes, times, digests and the numbers of
/// packages, files, layers and blobs, which are those of other artifacts. `…` on a line of its own stands for any lines, in a line for any text.
struct Transcript {
  private let shown: [[String]]

  init(_ lines: [String]) { shown = lines.map(Self.words) }

  func matches(_ output: String) -> Bool {
    var lines = output.split(separator: "\n", omittingEmptySubsequences: false).map { Self.words(String($0)) }
    while lines.last?.isEmpty ?? false { lines.removeLast() }
    return Self.matches(shown[...], lines[...], isWild: { $0 == ["…"] }) { pattern, line in
      Self.matches(pattern[...], line[...], isWild: { $0 == "…" }, isSame: Self.isSame)
    }
  }

  /// Whether items match a pattern, in which some stand for any number of items.
  private static func matches<Item>(
    _ pattern: ArraySlice<Item>, _ items: ArraySlice<Item>, isWild: (Item) -> Bool,
    isSame: (Item, Item) -> Bool
  ) -> Bool {
    guard let first = pattern.first else { return items.isEmpty }
    let rest = pattern.dropFirst()
    if isWild(first) {
      return (items.startIndex...items.endIndex).contains {
        matches(rest, items[$0...], isWild: isWild, isSame: isSame)
      }
    }
    guard let item = items.first, isSame(first, item) else { return false }
    return matches(rest, items.dropFirst(), isWild: isWild, isSame: isSame)
  }

  private static func isSame(_ shown: String, _ word: String) -> Bool {
    guard let gap = shown.firstIndex(of: "…") else { return shown == word }
    let tail = shown[shown.index(after: gap)...]
    // The digits of a digest are those of another artifact.
    if shown.hasPrefix("sha256:") { return word.hasPrefix("sha256:") }
    return word.hasPrefix(shown[..<gap]) && word.hasSuffix(tail)
  }

  /// The words of a line, with a word for each size, time and count.
  private static func words(_ line: String) -> [String] {
    var words: [String] = []
    for word in line.split(separator: " ").map(String.init) {
      let number = (words.last ?? "").drop { $0 == "~" }
      let end = word.last.map { ",;:)".contains($0) } ?? false ? String(word.suffix(1)) : ""
      if let kind = units[String(word.dropLast(end.count))], !number.isEmpty,
        number.allSatisfy({ $0.isNumber || $0 == "." || $0 == "," })
      {
        words[words.count - 1] = kind + end
      } else {
        words.append(word)
      }
    }
    return words
  }

  private static let units = [
    "bytes": "SIZE", "byte": "SIZE", "kB": "SIZE", "MB": "SIZE", "GB": "SIZE", "s": "TIME", "ms": "TIME",
    "packages": "COUNT packages", "files": "COUNT files", "layers": "COUNT layers", "blobs": "COUNT blobs",
  ]
}
