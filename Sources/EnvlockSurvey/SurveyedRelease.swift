public import EnvlockModel
public import EnvlockVersions

/// Which wheels of a release belong to one row.
public enum SurveyedSystem: Hashable, Sendable {
  /// Those for every system.
  case any
  /// Those for Linux, whatever the processor.
  case linux
  /// Those for one system.
  case only(Platform)

  /// The one system; nil for several.
  public var platform: Platform? { if case .only(let platform) = self { platform } else { nil } }

  func includes(tag: String) -> Bool {
    func isLinux(_ platform: Platform) -> Bool {
      tag.hasPrefix("manylinux") && tag.hasSuffix("_" + platform.machine)
        || tag == "linux_" + platform.machine
    }
    switch self {
    case .any: return tag == "any"
    case .linux: return Platform.allCases.contains { isLinux($0) }
    case .only(let platform): return isLinux(platform)
    }
  }
}

/// The wheels of one release of a project for one system, and what was read of the one of them that was looked into.
public struct SurveyedRelease: Sendable {
  /// The project.
  public let project: ProjectName
  /// The release.
  public let version: Version
  /// The systems that its wheels are for.
  public let system: SurveyedSystem
  /// Its wheels, all of them.
  public let wheels: [Wheel]
  /// The one that was looked into.
  public let wheel: WheelName
  /// The METADATA of that one.
  public let metadata: CoreMetadata
  /// Files of it, by path; a path that it does not have is missing.
  public var files: [String: [UInt8]] = [:]
  /// The architecture lists in its library, once looked for.
  public var lists: [ArchitectureList]?
  /// The fat binaries of its library, once looked for.
  public var fatbins: FatbinSummary?

  /// Takes what is known before the wheel is looked into.
  public init(
    project: ProjectName, version: Version, system: SurveyedSystem, wheels: [Wheel], wheel: WheelName,
    metadata: CoreMetadata
  ) {
    self.project = project
    self.version = version
    self.system = system
    self.wheels = wheels
    self.wheel = wheel
    self.metadata = metadata
  }

  /// The wheels of a release for a system, and the one to look into: that for the oldest Python, of the newest build, for
  /// x86_64 before aarch64.
  ///
  /// - Returns: nil where there is none.
  public static func choose(_ wheels: [Wheel], for system: SurveyedSystem) -> (all: [Wheel], chosen: Wheel)? {
    let fitting = wheels.filter { $0.name.platformTags.contains { system.includes(tag: $0) } }
    let chosen = fitting.min { left, right in
      let (one, other) = (PythonTag(left.name), PythonTag(right.name))
      if one != other { return one < other }
      let (here, there) = (left.name.platformTags.last ?? "", right.name.platformTags.last ?? "")
      if here.hasSuffix("x86_64") != there.hasSuffix("x86_64") { return here.hasSuffix("x86_64") }
      return left.name.fileName > right.name.fileName
    }
    return chosen.map { (fitting, $0) }
  }
}

extension SurveyedRelease {
  /// The one system that its wheels are for; nil where they are for several.
  var platform: Platform? { system.platform }

  /// The processors that it has wheels for, as the matrix orders them.
  var machines: JSONValue {
    .array(
      Platform.allCases.filter { platform in
        wheels.contains { $0.name.platformTags.contains { SurveyedSystem.only(platform).includes(tag: $0) } }
      }.map { .string($0.machine) })
  }

  /// The Python tags of its wheels, as the matrix has them: those without the global lock behind the others.
  var pythonTags: JSONValue {
    .array(Set(wheels.map { PythonTag($0.name) }).sorted().map { .string($0.text) })
  }

  /// The glibc that the chosen wheel's name asks for; nil where it asks for none.
  var glibcOfName: Version? {
    // A wheel with several names runs wherever one of them fits.
    wheel.platformTags.compactMap { tag -> Version? in
      if tag.hasPrefix("manylinux2014_") { return Version(release: [2, 17]) }
      if tag.hasPrefix("manylinux2010_") { return Version(release: [2, 12]) }
      if tag.hasPrefix("manylinux1_") { return Version(release: [2, 5]) }
      let parts = tag.split(separator: "_")
      guard parts.count >= 4, parts[0] == "manylinux", let major = Int(parts[1]), let minor = Int(parts[2])
      else { return nil }
      return Version(release: [major, minor])
    }.min()
  }

  /// The day of the first upload, "2026-10-28"; nil where the index does not say.
  var uploaded: JSONValue? {
    let days = wheels.compactMap { $0.file.uploadTime.map { String($0.prefix(10)) } }
    return days.min().map { .string($0) }
  }

  /// Whether all of its wheels were withdrawn.
  var isYanked: Bool { !wheels.isEmpty && wheels.allSatisfy { $0.file.isYanked } }

  /// The requirement of a wheel whose name begins so, such as "nvidia-cudnn-cu"; with or without an extra.
  func requirement(_ prefix: String, extra: String? = nil) -> Requirement? {
    requirements(extra: extra).first { $0.name.text.hasPrefix(prefix) }
  }

  /// What it requires: of an extra, or without one.
  func requirements(extra: String? = nil) -> [Requirement] {
    metadata.requiresDist.filter { requirement in
      let extras = requirement.marker?.mentionedExtras.map(\.text) ?? []
      return extra.map { extras.contains($0) } ?? extras.isEmpty
    }
  }

  /// A text field, unless there is nothing to say.
  func field(_ name: String, _ value: (any CustomStringConvertible)?, _ evidence: String)
    -> SurveyedRow.Field?
  {
    value.map { SurveyedRow.Field(name, .string($0.description), evidence) }
  }
}

extension Requirement {
  /// The version that it pins, "9.10.2.21"; nil where it allows several.
  var pin: String? {
    guard specifiers.specifiers.count == 1, let only = specifiers.specifiers.first, only.operator == .equal,
      !only.isPrefix
    else { return nil }
    return only.versionText
  }

  /// The lowest version that it allows, as it names it; nil where it names none.
  var floor: Version? {
    specifiers.specifiers.first { $0.operator == .atLeast || $0.operator == .equal }?.version
  }
}

extension Version {
  /// Its first two numbers: "9.10" of 9.10.2.21; nil where it has only one.
  var minor: String? {
    let numbers = release
    return numbers.count >= 2 ? "\(numbers[0]).\(numbers[1])" : nil
  }
}

/// The Python of a wheel, "cp311" or "cp313t", as the matrix orders them.
struct PythonTag: Hashable, Comparable {
  let text: String
  private let isFree: Bool
  private let numbers: [Int]

  init(_ wheel: WheelName) {
    let tag = wheel.pythonTags.first ?? ""
    isFree = wheel.abiTags.contains { $0.hasPrefix("cp") && $0.hasSuffix("t") }
    text = isFree ? tag + "t" : tag
    let digits = tag.utf8.drop { !(0x30...0x39).contains($0) }
    // 3 and 11 of cp311.
    let major = digits.prefix(1).reduce(0) { $0 * 10 + Int($1 & 0xF) }
    let minor = digits.dropFirst().prefix(4).reduce(0) { $0 * 10 + Int($1 & 0xF) }
    numbers = [major, minor]
  }

  static func < (left: PythonTag, right: PythonTag) -> Bool {
    if left.isFree != right.isFree { return right.isFree }
    if left.numbers != right.numbers { return left.numbers.lexicographicallyPrecedes(right.numbers) }
    return left.text < right.text
  }
}
