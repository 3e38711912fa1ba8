public import EnvlockVersions

/// What lies below the wheels: the manifest's `[base]`.
public struct BaseDeclaration: Hashable, Sendable {
  /// Where the operating system comes from.
  public enum System: Hashable, Sendable {
    /// Packages of this suite of Debian, by its code name.
    case debian(suite: String)
    /// The image of this reference, as written.
    case image(reference: String)
  }

  /// The operating system.
  public var system: System
  /// Further packages of Debian, as dependencies: "git", "libfoo2 (>= 2.1)".
  public var packages: [String]
  /// Whether the suite's security updates are looked at.
  public var security: Bool

  /// Declares a base.
  public init(_ system: System, packages: [String] = [], security: Bool = true) {
    self.system = system
    self.packages = packages
    self.security = security
  }

  /// Reads `debian:bookworm` or `image:docker.io/library/python:3.11`.
  ///
  /// - Throws: `MalformedText` for anything else.
  public init(_ text: some StringProtocol) throws(MalformedText) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[1].isEmpty else { throw Self.malformed(text) }
    switch parts[0] {
    case "debian": self.init(.debian(suite: try Self.suite(parts[1])))
    case "image": self.init(.image(reference: String(parts[1])))
    default: throw Self.malformed(text)
    }
  }

  /// Checks the name of a suite.
  ///
  /// - Throws: `MalformedText` unless it consists of small ASCII letters, digits and dashes.
  public static func suite(_ text: some StringProtocol) throws(MalformedText) -> String {
    let isName = text.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "-")
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
    guard isName, text.utf8.first.map({ $0 != UInt8(ascii: "-") }) ?? false else {
      throw MalformedText(
        what: "suite of Debian", text: String(text), reason: "it has to look like bookworm", offset: nil)
    }
    return String(text)
  }

  private static func malformed(_ text: some StringProtocol) -> MalformedText {
    MalformedText(
      what: "base", text: String(text), reason: "it has to look like debian:bookworm or image:REFERENCE",
      offset: nil)
  }
}

/// What is in an image beside the environment, and how it starts: the manifest's `[image]`.
public struct ImageDeclaration: Hashable, Sendable {
  /// Files and folders to copy, relative to the manifest's folder; "src/" copies what is in the folder, to
  /// `workdir`/src.
  public var copy: [String]
  /// Where a container starts, and where files are copied to; nil for "/".
  public var workdir: String?
  /// The command that always runs.
  public var entrypoint: [String]?
  /// Its arguments unless others are given.
  public var cmd: [String]?
  /// Variables by name.
  public var env: [String: String]
  /// User and group, by name or number: "1000:1000".
  public var user: String?
  /// Labels by name.
  public var labels: [String: String]
  /// Whether modules are compiled when the image is built.
  public var bytecode: Bool

  /// Says nothing but what is given.
  public init(
    copy: [String] = [], workdir: String? = nil, entrypoint: [String]? = nil, cmd: [String]? = nil,
    env: [String: String] = [:], user: String? = nil, labels: [String: String] = [:], bytecode: Bool = false
  ) {
    self.copy = copy
    self.workdir = workdir
    self.entrypoint = entrypoint
    self.cmd = cmd
    self.env = env
    self.user = user
    self.labels = labels
    self.bytecode = bytecode
  }
}
