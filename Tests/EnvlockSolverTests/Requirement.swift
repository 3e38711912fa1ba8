import EnvlockVersions

/// A requirement in short: `a`, `a^1` (1 up to 2), `a^1.2` (1.2 up to 2), `a>=1`, `a<2`, `a>=1,<3`, `a=1`, `a!=1`.
struct Requirement: ExpressibleByStringLiteral, Hashable {
  let package: String
  let versions: VersionSet

  init(_ package: String, _ versions: VersionSet) {
    self.package = package
    self.versions = versions
  }

  init(stringLiteral text: String) {
    let end = text.firstIndex { "^<>=!".contains($0) } ?? text.endIndex
    package = String(text[..<end])
    var versions = VersionSet.all
    for clause in text[end...].split(separator: ",") {
      versions = versions.intersection(Self.set(clause))
    }
    self.versions = versions
  }

  private static func set(_ clause: Substring) -> VersionSet {
    let sign = clause.prefix { "^<>=!".contains($0) }
    let version = Version(short: clause.dropFirst(sign.count))
    return switch sign {
    case "^": .between(version, Version(release: [(version.release.first ?? 0) + 1]))
    case ">=": .atLeast(version)
    case ">": .above(version)
    case "<": .below(version)
    case "<=": .atMost(version)
    case "!=": VersionSet(version).complement
    default: VersionSet(version)
    }
  }
}

extension Version {
  /// A version that is only numbers and dots.
  init(short text: some StringProtocol) {
    self.init(release: text.split(separator: ".").map { Int($0) ?? 0 })
  }
}
