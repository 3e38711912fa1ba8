/// The name of a GPU as words that can be compared, whoever wrote it.
struct GPUName: Sendable {
  /// How well a text names a model; a better match displaces all worse ones.
  enum Match: Int, Comparable {
    case none
    /// The text says more than the model's name, but nothing that tells models apart: a memory size, "Laptop GPU".
    case beyond
    /// Every word of the text is in the model's name, which says more: several models may share them.
    case partly
    /// The words are the same, apart from the maker's and brand names.
    case whole

    static func < (left: Match, right: Match) -> Bool { left.rawValue < right.rawValue }
  }

  /// The words in lower case, without the maker and brand: "a100", "sxm4", "80gb".
  let words: [[UInt8]]

  /// Takes a name apart at everything that is neither letter nor digit.
  ///
  /// GPU Feature Discovery joins words by dashes and appends "-SHARED" or "-MIG-" and a profile.
  init(_ text: String) {
    var words: [[UInt8]] = []
    var word: [UInt8] = []
    // Longer than any name; keeps a comparison short whatever was typed.
    for byte in text.utf8.prefix(128) {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): word.append(byte | 0x20)
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): word.append(byte)
      default:
        if !word.isEmpty { words.append(word) }
        word = []
      }
    }
    if !word.isEmpty { words.append(word) }
    if let mig = words.firstIndex(where: { $0.elementsEqual("mig".utf8) }), mig > 0 {
      words.removeSubrange(mig...)
    }
    self.words = words.filter { word in !Self.brands.contains { word.elementsEqual($0.utf8) } }
  }

  // "quadro" tells models apart: the Quadro RTX 6000 is older than the RTX 6000 Ada.
  private static let brands = ["nvidia", "tesla", "geforce", "shared"]
  private static let idle = ["laptop", "mobile", "notebook", "gpu", "graphics", "max", "q", "with", "design"]

  /// All words in one.
  var joined: [UInt8] { Array(words.joined()) }

  /// How well this text names the model called `name`.
  func match(_ name: GPUName) -> Match {
    var rest = name.words
    var left: [[UInt8]] = []
    for word in words {
      // "1080ti" and "rtx4090" are words of a person that are two in the name.
      if let run = Self.run(of: word, in: rest) { rest.removeSubrange(run) } else { left.append(word) }
    }
    if left.isEmpty { return rest.isEmpty ? .whole : .partly }
    return rest.isEmpty && left.allSatisfy(Self.isIdle) ? .beyond : .none
  }

  /// The neighbouring words that make up `word`.
  private static func run(of word: [UInt8], in words: [[UInt8]]) -> Range<Int>? {
    for start in words.indices {
      var length = 0
      for end in start..<words.count {
        guard word.dropFirst(length).starts(with: words[end]) else { break }
        length += words[end].count
        if length == word.count { return start..<(end + 1) }
      }
    }
    return nil
  }

  private static func isIdle(_ word: [UInt8]) -> Bool {
    if idle.contains(where: { word.elementsEqual($0.utf8) }) { return true }
    // A memory size, "6gb".
    guard word.count > 2, word.suffix(2).elementsEqual("gb".utf8) else { return false }
    return word.dropLast(2).allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
