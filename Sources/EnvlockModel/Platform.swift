public import EnvlockVersions

/// A system that an environment is resolved for, named as container images name it.
public enum Platform: String, Hashable, Comparable, CaseIterable, Sendable, CustomStringConvertible {
  /// Linux on x86_64.
  case linuxAMD64 = "linux/amd64"
  /// Linux on aarch64.
  case linuxARM64 = "linux/arm64"

  /// Reads `linux/amd64` and what else people call it: `amd64`, `x86_64`, `linux/x86_64`; likewise for `arm64`.
  ///
  /// - Throws: `MalformedText` for another system or architecture.
  public init(_ text: some StringProtocol) throws(MalformedText) {
    let lowered = text.lowercased()
    let system = "linux/"
    let architecture = lowered.hasPrefix(system) ? lowered.dropFirst(system.utf8.count) : lowered[...]
    switch architecture {
    case "amd64", "x86_64", "x86-64", "x64": self = .linuxAMD64
    case "arm64", "aarch64", "arm64/v8": self = .linuxARM64
    default:
      throw MalformedText(
        what: "platform", text: String(text), reason: "it has to be linux/amd64 or linux/arm64", offset: nil)
    }
  }

  /// `linux/amd64` or `linux/arm64`.
  public var description: String { rawValue }

  /// The architecture as wheels, `uname` and markers call it: `x86_64` or `aarch64`.
  public var machine: String {
    switch self {
    case .linuxAMD64: "x86_64"
    case .linuxARM64: "aarch64"
    }
  }

  /// The architecture as container images and Debian call it: `amd64` or `arm64`.
  public var architecture: String {
    switch self {
    case .linuxAMD64: "amd64"
    case .linuxARM64: "arm64"
    }
  }

  /// Orders by name: `linux/amd64` first.
  public static func < (a: Platform, b: Platform) -> Bool { a.rawValue < b.rawValue }
}
