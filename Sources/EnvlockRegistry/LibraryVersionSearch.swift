import EnvlockVersions
import Glibc

/// Finds what a C library says of itself: "GNU C Library (Ubuntu GLIBC 2.35-0ubuntu3.8) stable release version 2.35.".
struct LibraryVersionSearch {
  private static let mark = Array("GNU C Library ".utf8)
  private static let word = Array(" version ".utf8)
  /// How long the sentence is at most.
  private static let length = 256

  /// Bytes that may belong to a sentence whose end has not come.
  private var window: [UInt8] = []
  private var hasBegun = false
  private var isOther = false
  private var found: Version?

  /// Takes the next bytes of the file.
  ///
  /// - Returns: whether more is wanted.
  mutating func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
    window += bytes
    if !hasBegun, window.count >= 5 {
      hasBegun = true
      // An ELF file of 32 bits is the C library of another architecture than the image's.
      isOther = window.starts(with: [0x7F, 0x45, 0x4C, 0x46, 1])
    }
    if isOther { return false }
    search(isEnd: false)
    return found == nil
  }

  /// Says that all bytes were taken.
  ///
  /// - Returns: nil where it is no GNU C library.
  mutating func finish() -> Version? {
    if !isOther, found == nil { search(isEnd: true) }
    return found
  }

  private mutating func search(isEnd: Bool) {
    let (found, kept) = window.withUnsafeBufferPointer { window -> (Version?, Int) in
      var place = 0
      while let start = Self.first(Self.mark, in: window, from: place) {
        if window.count - start < Self.length, !isEnd { return (nil, start) }
        let sentence = window[start..<min(start + Self.length, window.count)].prefix {
          $0 >= 0x20 && $0 < 0x7F
        }
        if let version = Self.version(Array(sentence)) { return (version, start) }
        place = start + 1
      }
      return (nil, max(place, window.count - Self.mark.count + 1, 0))
    }
    self.found = found
    window.removeFirst(min(kept, window.count))
  }

  private static func version(_ sentence: [UInt8]) -> Version? {
    guard let range = sentence.firstRange(of: word) else { return nil }
    var digits = sentence[range.upperBound...].prefix {
      (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".")
    }
    while digits.last == UInt8(ascii: ".") { digits = digits.dropLast() }
    guard digits.contains(UInt8(ascii: ".")) else { return nil }
    return try? Version(String(decoding: digits, as: UTF8.self))
  }

  /// Where `word` begins first at or behind `start`.
  private static func first(
    _ word: [UInt8], in bytes: UnsafeBufferPointer<UInt8>, from start: Int
  ) -> Int? {
    guard let letter = word.first, let base = bytes.baseAddress else { return nil }
    var place = start
    while place <= bytes.count - word.count {
      guard let found = memchr(base + place, Int32(letter), bytes.count - word.count + 1 - place) else {
        return nil
      }
      place = UnsafeRawPointer(found) - UnsafeRawPointer(base)
      if memcmp(base + place, word, word.count) == 0 { return place }
      place += 1
    }
    return nil
  }
}
