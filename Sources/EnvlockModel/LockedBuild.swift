/// How a wheel that no index has was made: from a source distribution, inside the lock's own base (PEP 517).
///
/// With the base of the lock and what stands here, whoever has the source makes the same wheel again, as far as the
/// project's own build repeats.
public struct LockedBuild: Hashable, Sendable {
  /// The file name of the source distribution, exactly as the index names it.
  public let fileName: String
  /// The digest of its bytes.
  public let sha256: Digest
  /// Its size in bytes, where the index tells it.
  public let size: Int?
  /// The time that the build saw, in seconds since 1970: `SOURCE_DATE_EPOCH` (reproducible-builds.org).
  public let epoch: Int
  /// The platform that it was built on, where that is another one than it is locked for: such a wheel has nothing compiled.
  public let platform: Platform?
  /// The wheels that the build ran with, sorted by name: what the source's `build-system.requires` came to (PEP 518).
  public let requirements: [LockedWheel]

  /// Puts the facts together.
  public init(
    fileName: String, sha256: Digest, size: Int?, epoch: Int, platform: Platform? = nil,
    requirements: [LockedWheel]
  ) {
    self.fileName = fileName
    self.sha256 = sha256
    self.size = size
    self.epoch = epoch
    self.platform = platform
    self.requirements = requirements
  }
}

// MARK: JSON

extension LockedBuild {
  var json: JSONValue {
    var object = JSONObject([
      ("source", .string(fileName)), ("sha256", .string(sha256.hex)), ("source-date-epoch", .integer(epoch)),
      ("requirements", .array(requirements.map(\.json))),
    ])
    object["size"] = size.map { .integer($0) }
    object["platform"] = platform.map { .string($0.rawValue) }
    return .object(object)
  }

  init(_ entry: JSONCursor) throws(JSONDecodingError) {
    fileName = try entry.member("source").string()
    sha256 = try entry.member("sha256").parse { try Digest(sha256Hex: $0) }
    size = try entry.optional("size")?.integer()
    epoch = try entry.member("source-date-epoch").integer()
    platform = try entry.optional("platform")?.parse { try Platform($0) }
    var requirements: [LockedWheel] = []
    for element in try entry.member("requirements").elements() {
      let wheel = try LockedWheel(element)
      guard wheel.built == nil else { throw element.error("what a build ran with is not built itself") }
      if let last = requirements.last, last.name >= wheel.name {
        throw element.error("\(wheel.name) stands after \(last.name); wheels are sorted by name, each once")
      }
      requirements.append(wheel)
    }
    self.requirements = requirements
    guard (0...253_402_300_799).contains(epoch) else {
      throw entry.error("\(epoch) is no time of a build")
    }
  }
}
