public import EnvlockVersions

/// A requirement and where it was written, so that an explanation can point at it.
public struct SourcedRequirement: Hashable, Sendable {
  /// What is required.
  public let requirement: Requirement
  /// Where it stands: "envlock.toml", "requirements.txt:3", "command line".
  public let origin: String

  /// Pairs a requirement with its place.
  public init(_ requirement: Requirement, origin: String) {
    self.requirement = requirement
    self.origin = origin
  }
}

/// Which CUDA the user asks for.
public enum CUDARequest: Hashable, Sendable, CustomStringConvertible {
  /// This CUDA; without a patch number any patch of it.
  case version(CUDAVersion)
  /// None: the framework's build for the CPU.
  case cpu

  /// Reads `12.8`, `12.8.1` or `cpu`.
  ///
  /// - Throws: `MalformedText` for anything else.
  public init(_ text: some StringProtocol) throws(MalformedText) {
    if text == "cpu" {
      self = .cpu
      return
    }
    do {
      self = .version(try CUDAVersion(text))
    } catch {
      throw MalformedText(
        what: "CUDA version", text: String(text), reason: "it has to look like 12.8, or be \"cpu\"",
        offset: nil)
    }
  }

  /// `12.8` or `cpu`.
  public var description: String {
    switch self {
    case .version(let version): version.description
    case .cpu: "cpu"
    }
  }
}

/// When pre-releases (PEP 440: a, b, rc, dev) may be chosen.
public enum PrereleaseMode: String, Hashable, Sendable, CaseIterable {
  /// Where a requirement names one, or where no stable version of the project fits.
  case ifNecessary = "if-necessary"
  /// Only where one of the user's own requirements names one.
  case explicit
  /// Everywhere, like any other version.
  case allow
  /// Never.
  case disallow
}

/// A kind of node the environment must run on.
public struct Target: Hashable, Sendable {
  /// What the user calls it; unique in a manifest. The command line's own target is called "command line".
  public let name: String
  /// The driver that is installed there; nil where it is not stated.
  public let driver: DriverVersion?
  /// GPU models ("A100-SXM4-80GB") and compute capabilities ("8.0"), as written; the matrix knows the models.
  public let gpus: [String]

  /// Describes a kind of node.
  public init(name: String, driver: DriverVersion? = nil, gpus: [String] = []) {
    self.name = name
    self.driver = driver
    self.gpus = gpus
  }
}

/// An index of wheels with a name, under which the lock refers to it.
public struct IndexDeclaration: Hashable, Sendable {
  /// The name; unique in a manifest.
  public let name: String
  /// Where it is; nil for an index that the matrix names. It never reaches a lock.
  public let url: String?
  /// The projects that come from this index and from no other; empty: every project may, before the default index.
  public let packages: [ProjectName]

  /// Declares an index.
  public init(name: String, url: String? = nil, packages: [ProjectName] = []) {
    self.name = name
    self.url = url
    self.packages = packages
  }
}

extension IndexDeclaration {
  /// Checks a name for an index.
  ///
  /// - Parameter text: The name.
  /// - Throws: `MalformedText` unless it consists of ASCII letters, digits, dots, dashes and underscores: it is written
  ///   into locks and before the `=` of an option.
  public static func checkName(_ text: String) throws(MalformedText) {
    func isAllowed(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
    let fault = text.utf8.firstIndex { !isAllowed($0) }
    guard text.isEmpty || fault != nil else { return }
    throw MalformedText(
      what: "name of an index", text: text, reason: "use letters, digits, dots, dashes and underscores",
      offset: fault.map { text.utf8.distance(from: text.startIndex, to: $0) })
  }

  /// Checks the URL of an index.
  ///
  /// - Parameter text: The URL.
  /// - Throws: `MalformedText` unless it begins with `https://`, `http://` or `file://`.
  public static func checkURL(_ text: String) throws(MalformedText) {
    let known = ["https://", "http://", "file://"]
    let lowered = text.lowercased()
    guard known.contains(where: { lowered.hasPrefix($0) && lowered.utf8.count > $0.utf8.count }) else {
      // Without a scheme, a user and password in front are not recognised as such further on.
      let shown = text.lastIndex(of: "@").map { "****" + text[$0...] } ?? text
      throw MalformedText(
        what: "URL of an index", text: shown, reason: "it has to begin with https://, http:// or file://",
        offset: nil)
    }
  }
}

extension Manifest {
  /// Reads the version of a glibc: `2.28`.
  ///
  /// - Parameter text: The version.
  /// - Returns: Its major and minor number.
  /// - Throws: `MalformedText` unless it is `2.` and a number.
  public static func glibc(_ text: some StringProtocol) throws(MalformedText) -> Version {
    guard let version = try? Version(text), version.release.count == 2, version.release[0] == 2,
      Version(release: version.release).description == text
    else {
      throw MalformedText(
        what: "glibc version", text: String(text), reason: "it has to look like 2.28", offset: nil)
    }
    return version
  }
}
