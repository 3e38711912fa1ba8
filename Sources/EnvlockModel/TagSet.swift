public import EnvlockVersions

/// The wheels that one CPython on one Linux can install, in order of preference.
///
/// Order as in PEP 425 and the reference implementation: the interpreter's own binary interface, the stable one,
/// none; then the stable interfaces of older minor versions, newest first; then wheels that only name a Python
/// language version. Within each, platforms from the newest glibc down (PEP 600), each with its older name, and
/// `linux_…` last; wheels for any platform after all others.
public struct TagSet: Sendable {
  /// The interpreter.
  public let python: PythonVersion
  /// The system.
  public let platform: Platform
  /// The C library that the system has.
  public let glibc: Version

  /// Platform tag -> place among the platforms; smaller is better.
  private let platformRanks: [String: Int]
  /// Pairs of Python and ABI tags -> place among the pairs that fit a named platform.
  private let nativeRanks: [TagPair: Int]
  /// Python tag -> place among the pure wheels, all of ABI "none" and platform "any".
  private let pureRanks: [String: Int]

  /// The tags for one interpreter on one system.
  ///
  /// - Parameters:
  ///   - python: The interpreter; its patch release does not matter.
  ///   - platform: The system.
  ///   - glibc: The C library's version, such as 2.28. Wheels built for a newer one are left out.
  public init(python: PythonVersion, platform: Platform, glibc: Version) {
    self.python = python
    self.platform = platform
    self.glibc = glibc
    platformRanks = Self.numbered(Self.platformTags(platform: platform, glibc: glibc))
    nativeRanks = Self.numbered(Self.nativePairs(python))
    pureRanks = Self.numbered(["cp\(python.major)\(python.minor)"] + Self.languageTags(python))
  }

  /// How well a wheel fits: smaller is better, nil if it cannot be installed.
  ///
  /// Wheels of the same rank differ by their build number only; `preference(of:)` takes it into account.
  public func rank(of wheel: WheelName) -> Int? {
    var best: Int?
    for platformTag in wheel.platformTags {
      let isAny = platformTag == "any"
      guard isAny || platformRanks[platformTag] != nil else { continue }
      let platformRank = platformRanks[platformTag] ?? 0
      for pythonTag in wheel.pythonTags {
        for abiTag in wheel.abiTags {
          let rank: Int
          if isAny {
            guard abiTag == "none", let place = pureRanks[pythonTag] else { continue }
            rank = nativeRanks.count * platformRanks.count + place
          } else {
            guard let place = nativeRanks[TagPair(python: pythonTag, abi: abiTag)] else { continue }
            rank = place * platformRanks.count + platformRank
          }
          best = min(best ?? rank, rank)
        }
      }
    }
    return best
  }

  /// What decides between wheels of one version, nil if this one cannot be installed: the smallest is the one to
  /// install.
  public func preference(of wheel: WheelName) -> WheelPreference? {
    rank(of: wheel).map { WheelPreference(rank: $0, build: wheel.build) }
  }

  /// Whether one of `tags` is the name of a platform that this system is.
  func fitsPlatform(_ tags: [String]) -> Bool {
    tags.contains { $0 == "any" || platformRanks[$0] != nil }
  }

  /// Whether the interpreter loads a wheel with these tags, on whatever platform.
  func fitsInterpreter(_ wheel: WheelName) -> Bool {
    wheel.pythonTags.contains { pythonTag in
      wheel.abiTags.contains { abiTag in
        nativeRanks[TagPair(python: pythonTag, abi: abiTag)] != nil
          || (abiTag == "none" && pureRanks[pythonTag] != nil)
      }
    }
  }

  /// Whether the interpreter's version is one that `pythonTags` name, the binary interface left aside.
  func fitsPythonVersion(_ wheel: WheelName) -> Bool {
    wheel.pythonTags.contains { tag in
      tag == "cp\(python.major)\(python.minor)" || pureRanks[tag] != nil
    }
  }

  // MARK: The lists

  private static func numbered<Key: Hashable>(_ keys: [Key]) -> [Key: Int] {
    var ranks: [Key: Int] = [:]
    ranks.reserveCapacity(keys.count)
    for key in keys where ranks[key] == nil { ranks[key] = ranks.count }
    return ranks
  }

  /// Newest glibc first (PEP 600), each followed by the name it had before PEP 600 (PEP 513, 571, 599).
  static func platformTags(platform: Platform, glibc: Version) -> [String] {
    let machine = platform.machine
    let oldest =
      switch platform {
      case .linuxAMD64: 5
      case .linuxARM64: 17
      }
    var tags: [String] = []
    func append(_ major: Int, _ minors: ClosedRange<Int>) {
      for minor in minors.reversed() {
        tags.append("manylinux_\(major)_\(minor)_\(machine)")
        switch (major, minor) {
        case (2, 17): tags.append("manylinux2014_\(machine)")
        case (2, 12): tags.append("manylinux2010_\(machine)")
        case (2, 5): tags.append("manylinux1_\(machine)")
        default: break
        }
      }
    }
    let release = glibc.release
    let major = release.first ?? 0
    // No glibc has come near these numbers; a mistyped one must not make a list of millions.
    let minor = min(release.count > 1 ? release[1] : 0, 199)
    if major == 2 && minor >= oldest { append(2, oldest...minor) }
    tags.append("linux_\(machine)")
    return tags
  }

  /// Everything with a binary interface, and "none" on a named platform.
  private static func nativePairs(_ python: PythonVersion) -> [TagPair] {
    let own = "cp\(python.major)\(python.minor)"
    // PEP 803: free-threaded builds have a stable interface of their own.
    let stable = python.freeThreaded ? "abi3t" : "abi3"
    let hasStable = python.minor >= 2
    var pairs = [TagPair(python: own, abi: own + abiFlags(python))]
    if hasStable { pairs.append(TagPair(python: own, abi: stable)) }
    pairs.append(TagPair(python: own, abi: "none"))
    if hasStable {
      for minor in (2..<python.minor).reversed() {
        pairs.append(TagPair(python: "cp\(python.major)\(minor)", abi: stable))
      }
    }
    pairs += languageTags(python).map { TagPair(python: $0, abi: "none") }
    return pairs
  }

  private static func abiFlags(_ python: PythonVersion) -> String {
    if python.freeThreaded { return "t" }
    return python.minor < 3 ? "mu" : python.minor < 8 ? "m" : ""
  }

  /// py311, py3, then py310 down to py30.
  private static func languageTags(_ python: PythonVersion) -> [String] {
    ["py\(python.major)\(python.minor)", "py\(python.major)"]
      + (0..<python.minor).reversed().map { "py\(python.major)\($0)" }
  }
}

/// What decides between wheels of one version: how well the tags fit, then the later build.
public struct WheelPreference: Hashable, Comparable, Sendable {
  /// The place of the best tag of the wheel in its `TagSet`; smaller is better.
  public let rank: Int
  /// The build number.
  public let build: BuildTag?

  /// The wheel to install first: by rank, and of equal ranks the later build.
  public static func < (a: WheelPreference, b: WheelPreference) -> Bool {
    if a.rank != b.rank { return a.rank < b.rank }
    switch (a.build, b.build) {
    case (let a?, let b?): return a > b
    case (_?, nil): return true
    case (nil, _): return false
    }
  }
}

/// A Python tag and an ABI tag.
private struct TagPair: Hashable {
  let python: String
  let abi: String
}
