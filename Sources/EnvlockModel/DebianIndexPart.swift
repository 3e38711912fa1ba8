import EnvlockVersions

/// A `Packages` file in a compact form that is searched where it lies.
///
/// Numbers are little-endian, four bytes each; places are counted from the form's first byte:
///
///     0    magic "envlkDI1"; its last byte is the version of the form
///     8    how many paragraphs, how many provided names
///     16   for each paragraph, sorted by the package's name: its place, its length
///          for each provided name, sorted: its place, its length, the place and the length of the paragraph
///          the paragraphs, with the fields of ``DebianPackage`` only, "Package" first
///
/// Opening it reads nothing but the head, so that a suite of 60,000 packages is there at once.
package struct DebianIndexPart: Sendable {
  /// The form.
  package let bytes: [UInt8]
  /// The archive that the packages come from.
  package let archive: LockedDebianPackage.Archive

  private let paragraphCount: Int
  private let providedCount: Int

  private static let magic = Array("envlkDI1".utf8)
  private static let headSize = 16
  private static let paragraphEntry = 8
  private static let providedEntry = 16

  /// Opens the compact form; nil where it is no such form.
  ///
  /// - Parameters:
  ///   - bytes: what ``bytes`` of another part was.
  ///   - archive: the archive that the packages come from.
  package init?(compact bytes: [UInt8], archive: LockedDebianPackage.Archive) {
    guard bytes.starts(with: Self.magic), let paragraphs = Self.number(bytes, 8),
      let provided = Self.number(bytes, 12),
      Self.headSize + paragraphs * Self.paragraphEntry + provided * Self.providedEntry <= bytes.count
    else { return nil }
    self.bytes = bytes
    self.archive = archive
    paragraphCount = paragraphs
    providedCount = provided
  }

  /// Reads a `Packages` file; nil where it is larger than 4 GB.
  ///
  /// - Parameters:
  ///   - packages: the file, decompressed; what is no paragraph with a name is passed over.
  ///   - archive: the archive that the packages come from.
  package init?(packages: [UInt8], archive: LockedDebianPackage.Archive) {
    guard packages.count < Int(UInt32.max) else { return nil }
    var scan = DebianIndexScan()
    packages.withUnsafeBufferPointer { scan.read($0) }
    let paragraphs = scan.paragraphs.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    let provided = scan.provided.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    let start =
      Self.headSize + paragraphs.count * Self.paragraphEntry + provided.count * Self.providedEntry
    var form: [UInt8] = []
    form.reserveCapacity(start + scan.text.count)
    func append(_ number: Int) {
      for shift in [0, 8, 16, 24] { form.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
    form += Self.magic
    append(paragraphs.count)
    append(provided.count)
    for entry in paragraphs {
      append(start + entry.paragraph.lowerBound)
      append(entry.paragraph.count)
    }
    for entry in provided {
      append(start + entry.place.lowerBound)
      append(entry.place.count)
      append(start + entry.paragraph.lowerBound)
      append(entry.paragraph.count)
    }
    form += scan.text
    self.init(compact: form, archive: archive)
  }

  /// The names of all real packages, sorted; one that has several versions stands there as often.
  var names: [String] {
    (0..<paragraphCount).map { String(decoding: bytes[name(ofParagraph: $0)], as: UTF8.self) }
  }

  /// The packages of a name, in the order of the file.
  func packages(named name: String) throws(MalformedText) -> [DebianPackage] {
    let found = entries(Array(name.utf8), among: paragraphCount) { self.name(ofParagraph: $0) }
    var packages: [DebianPackage] = []
    for entry in found { packages.append(try package(at: Self.headSize + entry * Self.paragraphEntry)) }
    return packages
  }

  /// The packages that stand in for a name, in the order of the file.
  func providers(of name: String) throws(MalformedText) -> [DebianPackage] {
    let start = Self.headSize + paragraphCount * Self.paragraphEntry
    let found = entries(Array(name.utf8), among: providedCount) {
      self.range(at: start + $0 * Self.providedEntry)
    }
    var packages: [DebianPackage] = []
    for entry in found { packages.append(try package(at: start + entry * Self.providedEntry + 8)) }
    return packages
  }

  // MARK: private

  /// The entries of a name in a sorted table.
  private func entries(_ name: [UInt8], among count: Int, nameAt: (Int) -> Range<Int>) -> Range<Int> {
    func firstIndex(where isFarEnough: (ArraySlice<UInt8>) -> Bool) -> Int {
      var low = 0
      var high = count
      while low < high {
        let middle = (low + high) / 2
        if isFarEnough(bytes[nameAt(middle)]) { high = middle } else { low = middle + 1 }
      }
      return low
    }
    let start = firstIndex { !$0.lexicographicallyPrecedes(name) }
    var end = start
    while end < count, bytes[nameAt(end)].elementsEqual(name) { end += 1 }
    return start..<end
  }

  private func package(at entry: Int) throws(MalformedText) -> DebianPackage {
    try DebianPackage(DebianParagraph(bytes, range(at: entry)), archive: archive)
  }

  /// Where the name stands in a paragraph: after "Package: ".
  private func name(ofParagraph index: Int) -> Range<Int> {
    let paragraph = range(at: Self.headSize + index * Self.paragraphEntry)
    let start = min(paragraph.lowerBound + 9, paragraph.upperBound)
    return DebianText.line(bytes, from: start, to: paragraph.upperBound)
  }

  /// A place and a length, cut to what is there.
  private func range(at entry: Int) -> Range<Int> {
    guard let place = Self.number(bytes, entry), let length = Self.number(bytes, entry + 4) else {
      return 0..<0
    }
    return (place..<place + length).clamped(to: 0..<bytes.count)
  }

  private static func number(_ bytes: [UInt8], _ place: Int) -> Int? {
    guard place + 4 <= bytes.count else { return nil }
    return (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
  }
}

/// Goes through a `Packages` file and keeps what matters.
private struct DebianIndexScan {
  /// The paragraphs, one after the other.
  var text: [UInt8] = []
  var paragraphs: [(name: String, paragraph: Range<Int>)] = []
  var provided: [(name: String, place: Range<Int>, paragraph: Range<Int>)] = []

  /// The fields that are kept, beside "Package".
  private static let fields = [
    "Version", "Architecture", "Priority", "Provides", "Pre-Depends", "Depends", "Conflicts", "Breaks",
    "Filename", "Size", "SHA256",
  ].map { Array("\($0):".utf8) }
  private static let nameField = Array("Package:".utf8)
  private static let providesField = Array("Provides:".utf8)

  mutating func read(_ file: UnsafeBufferPointer<UInt8>) {
    var lines: [Range<Int>] = []
    var name: Range<Int>?
    var isKept = false
    var position = 0
    while position < file.count {
      var end = position
      while end < file.count, file[end] != UInt8(ascii: "\n") { end += 1 }
      if end == position {
        close(file, name, lines)
        (name, isKept) = (nil, false)
        lines.removeAll(keepingCapacity: true)
      } else if DebianText.isBlank(file[position]) {
        if isKept { lines.append(position..<end) }
      } else if Self.starts(file, position..<end, with: Self.nameField) {
        name = (position + 8)..<end
        isKept = false
      } else {
        isKept = Self.fields.contains { Self.starts(file, position..<end, with: $0) }
        if isKept { lines.append(position..<end) }
      }
      position = end + 1
    }
    close(file, name, lines)
  }

  /// Ends a paragraph.
  private mutating func close(_ file: UnsafeBufferPointer<UInt8>, _ name: Range<Int>?, _ lines: [Range<Int>])
  {
    guard let name else { return }
    let trimmed = DebianText.trimmed(Array(file[name]), 0, name.count)
    guard !trimmed.isEmpty else { return }
    let start = text.count
    text += "Package: \(trimmed)\n".utf8
    var providing: Range<Int>?
    for line in lines {
      // A field that goes on over several lines is one.
      if let range = providing, DebianText.isBlank(file[line.lowerBound]) {
        providing = range.lowerBound..<(range.upperBound + line.count + 1)
      } else if Self.starts(file, line, with: Self.providesField) {
        providing = (text.count + 9)..<(text.count + line.count)
      } else if let range = providing {
        note(range, start)
        providing = nil
      }
      text += UnsafeBufferPointer(rebasing: file[line])
      text.append(UInt8(ascii: "\n"))
    }
    if let providing { note(providing, start) }
    let paragraph = start..<text.count
    paragraphs.append((trimmed, paragraph))
    for index in provided.indices.reversed() {
      guard provided[index].paragraph.isEmpty else { break }
      provided[index].paragraph = paragraph
    }
  }

  /// The names in the value of "Provides"; the paragraph is put in when its end is known.
  private mutating func note(_ value: Range<Int>, _ paragraph: Int) {
    var position = value.lowerBound
    while position < value.upperBound {
      while position < value.upperBound, Self.isSpace(text[position]) || text[position] == UInt8(ascii: ",") {
        position += 1
      }
      let start = position
      while position < value.upperBound, !Self.endsName(text[position]) { position += 1 }
      if start < position {
        let name = String(decoding: text[start..<position], as: UTF8.self)
        provided.append((name, start..<position, paragraph..<paragraph))
      }
      while position < value.upperBound, text[position] != UInt8(ascii: ",") { position += 1 }
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    DebianText.isBlank(byte) || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }

  private static func endsName(_ byte: UInt8) -> Bool {
    isSpace(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "(") || byte == UInt8(ascii: ":")
  }

  private static func starts(_ file: UnsafeBufferPointer<UInt8>, _ line: Range<Int>, with word: [UInt8])
    -> Bool
  {
    guard line.count >= word.count else { return false }
    for offset in word.indices where file[line.lowerBound + offset] != word[offset] { return false }
    return true
  }
}
