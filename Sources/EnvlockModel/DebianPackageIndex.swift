public import EnvlockVersions

/// The packages of a suite, for one architecture: an archive's `Packages` file.
///
/// Only names are read at first, a package when it is asked for: a suite has 60,000 of them, and a closure needs some
/// dozens.
public struct DebianPackageIndex: Sendable {
  private let bytes: [UInt8]
  /// Where the paragraphs of each package lie.
  private let places: [String: [Range<Int>]]
  /// The paragraphs of those that stand in for a name.
  private let providers: [String: [Range<Int>]]

  /// Finds the paragraphs.
  ///
  /// - Parameter bytes: the file, decompressed; what is no paragraph with a name is passed over.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    var places: [String: [Range<Int>]] = [:]
    var providers: [String: [Range<Int>]] = [:]
    var start = 0
    var name: String?
    var provided: Range<Int>?
    func close(at end: Int) {
      defer { (name, provided) = (nil, nil) }
      guard let name else { return }
      places[name, default: []].append(start..<end)
      guard let provided else { return }
      let text = DebianText.trimmed(bytes, provided.lowerBound, provided.upperBound)
      for part in text.split(separator: ",") {
        let other = part.drop(while: \.isWhitespace).prefix { !$0.isWhitespace && $0 != "(" && $0 != ":" }
        providers[String(other), default: []].append(start..<end)
      }
    }
    bytes.withUnsafeBufferPointer { buffer in
      var position = 0
      while position < buffer.count {
        var end = position
        while end < buffer.count, buffer[end] != UInt8(ascii: "\n") { end += 1 }
        if end == position {
          close(at: position)
          start = position + 1
        } else if Self.starts(buffer, position..<end, with: "Package:") {
          name = DebianText.trimmed(bytes, position + 8, end)
        } else if Self.starts(buffer, position..<end, with: "Provides:") {
          provided = (position + 9)..<end
        }
        position = end + 1
      }
      close(at: buffer.count)
    }
    self.places = places
    self.providers = providers
  }

  /// How many names of real packages there are.
  public var count: Int { places.count }

  /// The names of all real packages, sorted.
  public var names: [String] { places.keys.sorted() }

  /// The packages of a name, newest first.
  ///
  /// - Throws: `MalformedText` where one of them is malformed.
  public func packages(named name: String) throws(MalformedText) -> [DebianPackage] {
    try read(places[name] ?? []).sorted { $0.version > $1.version }
  }

  /// The packages that stand in for a name, sorted by their own name, the newest of one name first.
  ///
  /// - Throws: `MalformedText` where one of them is malformed.
  public func providers(of name: String) throws(MalformedText) -> [DebianPackage] {
    try read(providers[name] ?? []).sorted { one, other in
      if one.name != other.name { return one.name < other.name }
      return one.version > other.version
    }
  }

  private func read(_ ranges: [Range<Int>]) throws(MalformedText) -> [DebianPackage] {
    var packages: [DebianPackage] = []
    for range in ranges { packages.append(try DebianPackage(DebianParagraph(bytes, range))) }
    return packages
  }

  private static func starts(
    _ buffer: UnsafeBufferPointer<UInt8>, _ line: Range<Int>, with word: StaticString
  ) -> Bool {
    let count = word.utf8CodeUnitCount
    guard line.count >= count else { return false }
    for offset in 0..<count where buffer[line.lowerBound + offset] != word.utf8Start[offset] { return false }
    return true
  }
}
