/// A file in which two sides of a merge stand beside each other, with git's conflict markers.
public struct ConflictText: Hashable, Sendable {
  /// The file as the side has it that was merged into.
  public let ours: [UInt8]
  /// The file as both sides had it; nil where the markers do not tell.
  public let base: [UInt8]?
  /// The file as the side has it that was merged.
  public let theirs: [UInt8]

  /// Puts the sides together.
  public init(ours: [UInt8], base: [UInt8]?, theirs: [UInt8]) {
    self.ours = ours
    self.base = base
    self.theirs = theirs
  }

  /// Takes the sides out of a file: what stands outside of conflicts is in all of them. Nil for a file without conflict
  /// markers, or with markers that do not go together.
  ///
  /// - Parameter text: The file.
  public init?(parsing text: [UInt8]) {
    var sides: [Part: [UInt8]] = [:]
    var part: Part?
    var hasBase = true
    var isFound = false
    for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Array.init) {
      if let mark = Part.marks.first(where: { Self.isMarker(line, $0.mark) }) {
        guard mark.after.contains(part) else { return nil }
        if mark.part == .theirs, part == .ours { hasBase = false }
        part = mark.part
        isFound = true
        continue
      }
      for side in Part.allCases where part == nil || part == side {
        sides[side, default: []] += line + [UInt8(ascii: "\n")]
      }
    }
    guard isFound, part == nil else { return nil }
    ours = sides[.ours] ?? []
    base = hasBase ? sides[.base] ?? [] : nil
    theirs = sides[.theirs] ?? []
  }

  /// The file with both sides whole, as git's conflict style "diff3" writes it.
  public var text: [UInt8] {
    var text: [UInt8] = []
    func add(_ marker: String, _ side: [UInt8]) {
      text += Array((marker + "\n").utf8) + side
      if let last = side.last, last != UInt8(ascii: "\n") { text.append(UInt8(ascii: "\n")) }
    }
    add("<<<<<<< ours", ours)
    if let base { add("||||||| base", base) }
    add("=======", theirs)
    add(">>>>>>> theirs", [])
    return text
  }

  /// A side of a conflict.
  private enum Part: CaseIterable {
    case ours, base, theirs

    /// What each marker begins, nil for the end, and what it may stand after.
    static let marks: [(mark: String, part: Part?, after: [Part?])] = [
      ("<<<<<<<", .ours, [nil]), ("|||||||", .base, [.ours]), ("=======", .theirs, [.ours, .base]),
      (">>>>>>>", nil, [.theirs]),
    ]
  }

  private static func isMarker(_ line: [UInt8], _ mark: String) -> Bool {
    line.starts(with: mark.utf8)
      && (line.count == mark.utf8.count
        || [UInt8(ascii: " "), UInt8(ascii: "\r")].contains(line[mark.utf8.count]))
  }
}
