/// Finds what a person probably meant.
package enum NearestName {
  /// The candidate that is few typing errors away from `word`; nil where none is near. Of equals the first.
  ///
  /// Case, dashes and underscores do not count. One error is allowed for every three characters, and at least one.
  package static func of(_ word: String, among candidates: some Sequence<String>) -> String? {
    let folded = fold(word)
    var best: (name: String, distance: Int)?
    for candidate in candidates {
      let limit = min(max(1, folded.count / 3), (best?.distance ?? Int.max) - 1)
      guard limit >= 0 else { break }
      let distance = distance(folded, fold(candidate))
      if distance <= limit { best = (candidate, distance) }
    }
    return best?.name
  }

  /// Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment).
  package static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (row, leftByte) in left.enumerated() {
      var current = [row + 1]
      for (column, rightByte) in right.enumerated() {
        var cost = min(last[column + 1] + 1, current[column] + 1)
        cost = min(cost, last[column] + (leftByte == rightByte ? 0 : 1))
        if row > 0, column > 0, leftByte == right[column - 1], left[row - 1] == rightByte {
          cost = min(cost, beforeLast[column - 1] + 1)
        }
        current.append(cost)
      }
      beforeLast = last
      last = current
    }
    return last[right.count]
  }

  private static func fold(_ word: String) -> [UInt8] {
    // Longer than any name; keeps the table small whatever was typed.
    word.utf8.prefix(64).compactMap { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
      case UInt8(ascii: "_"), UInt8(ascii: "-"): nil
      default: byte
      }
    }
  }
}
