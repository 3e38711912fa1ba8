import EnvlockVersions

/// Reads the file names of one release's wheels, one after the other. They differ mostly in their tags: what a name
/// shares with the name before it is not read again.
struct WheelNameDecoder: ~Copyable {
  /// The current file name.
  private(set) var bytes: [UInt8] = []

  private let project: ProjectName
  private let release: Version
  /// How many of the bytes the current name shares with the one that was read before.
  private var shared = 0
  /// Where the dashes are.
  private var dashes: [Int] = []
  /// The parts of the name that was read last.
  private var last: (count: Int, version: Version, python: [String], abi: [String])

  /// For the wheels of one release. A wheel that writes the version in another way keeps its spelling.
  init(project: ProjectName, version: Version) {
    self.project = project
    release = version
    last = (0, version, [], [])
    bytes.reserveCapacity(128)
    dashes.reserveCapacity(5)
  }

  /// Makes the next file name of the first `shared` bytes of the current one and of `tail`; false when that cannot be
  /// the name of a wheel.
  mutating func advance(keeping shared: Int, _ tail: UnsafeBufferPointer<UInt8>) -> Bool {
    guard shared >= 0, shared <= bytes.count else { return false }
    bytes.removeLast(bytes.count - shared)
    while let dash = dashes.last, dash >= shared { dashes.removeLast() }
    for (index, byte) in tail.enumerated() {
      if byte == UInt8(ascii: "-") {
        guard dashes.count < 5 else { return false }
        dashes.append(shared + index)
      }
      guard NameNormaliser.isNameByte(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "!") else {
        return false
      }
    }
    bytes.append(contentsOf: tail)
    self.shared = shared
    return true
  }

  /// The current name, as `WheelName.init(_:)` reads it; nil when it is no wheel of the release.
  mutating func name() -> WheelName? {
    // Build numbers are rare; names with one are read in the ordinary way.
    guard dashes.count == 4 else { return wheelWithBuild() }
    let end = bytes.count - 4
    guard end > dashes[3] + 1, bytes[end...].elementsEqual(".whl".utf8) else { return nil }
    let isKnown = last.count == 4
    if !isKnown || dashes[0] >= shared {
      guard let name = try? ProjectName(text(0..<dashes[0])), name == project else { return nil }
    }
    if !isKnown || dashes[1] >= shared {
      guard let version = try? Version(text(dashes[0] + 1..<dashes[1])), version == release else {
        return nil
      }
      last.version = version
    }
    if !isKnown || dashes[2] >= shared { last.python = tags(dashes[1] + 1..<dashes[2]) }
    if !isKnown || dashes[3] >= shared { last.abi = tags(dashes[2] + 1..<dashes[3]) }
    last.count = 4
    let platforms = tags(dashes[3] + 1..<end)
    guard !last.python.isEmpty, !last.abi.isEmpty, !platforms.isEmpty else { return nil }
    return WheelName(
      project: project, version: last.version, pythonTags: last.python, abiTags: last.abi,
      platformTags: platforms,
      fileName: text(0..<bytes.count))
  }

  private mutating func wheelWithBuild() -> WheelName? {
    last.count = 0
    guard let name = try? WheelName(text(0..<bytes.count)), name.project == project, name.version == release
    else {
      return nil
    }
    return name
  }

  private func text(_ range: Range<Int>) -> String {
    bytes.withUnsafeBufferPointer {
      String(decoding: UnsafeBufferPointer(rebasing: $0[range]), as: UTF8.self)
    }
  }

  /// The tags between dots, in lower case.
  private func tags(_ range: Range<Int>) -> [String] {
    var tags: [String] = []
    var start = range.lowerBound
    for index in range.lowerBound...range.upperBound {
      guard index == range.upperBound || bytes[index] == UInt8(ascii: ".") else { continue }
      if index > start {
        let tag = text(start..<index)
        let isLower = bytes[start..<index].allSatisfy { $0 &- UInt8(ascii: "A") >= 26 }
        tags.append(isLower ? tag : tag.lowercased())
      }
      start = index + 1
    }
    return tags
  }
}

extension WheelName {
  /// A name without build number whose parts are known.
  fileprivate init(
    project: ProjectName, version: Version, pythonTags: [String], abiTags: [String], platformTags: [String],
    fileName: String
  ) {
    self.project = project
    self.version = version
    build = nil
    self.pythonTags = pythonTags
    self.abiTags = abiTags
    self.platformTags = platformTags
    self.fileName = fileName
  }
}
