extension Specifier {
  /// Whether `candidate` satisfies it, by PEP 440's rules for its operator.
  public func contains(_ candidate: Version) -> Bool {
    guard `operator` != .arbitrary else { return candidate.description == versionText.lowercased() }
    guard let version else { return false }
    switch `operator` {
    case .equal: return isEqual(candidate, version)
    case .notEqual: return !isEqual(candidate, version)
    case .compatible:
      return candidate.publicVersion >= version && candidate.begins(with: version, dropping: 1)
    case .atMost: return candidate.publicVersion <= version
    case .atLeast: return candidate.publicVersion >= version
    case .less:
      guard candidate < version else { return false }
      return version.isPrerelease || !candidate.isPrerelease || candidate < version.firstPrerelease
    case .greater:
      guard candidate > version, candidate.publicVersion != version else { return false }
      return version.isPostrelease || !candidate.isPostrelease || candidate.postBase != version
    case .arbitrary: return false
    }
  }

  private func isEqual(_ candidate: Version, _ version: Version) -> Bool {
    if isPrefix { return candidate.begins(with: version, dropping: 0) }
    return version.local == nil ? candidate.publicVersion == version : candidate == version
  }

  /// Exactly the versions that satisfy it.
  ///
  /// Only `===` differs from `contains`, which compares texts: here `===1.0` means `1.0.0` too, without local
  /// versions, and a text that is no version means none.
  public var versionSet: VersionSet {
    guard let version else { return .none }
    switch `operator` {
    case .equal: return equalSet(version)
    case .notEqual: return equalSet(version).complement
    case .compatible:
      return VersionSet(lower: version.lowerBound, upper: version.withoutLastSegment.nextRelease)
    case .atMost: return VersionSet(lower: .first, upper: version.upperBoundOfLocals)
    case .atLeast: return .atLeast(version)
    case .less:
      let upper = version.isPrerelease ? version.lowerBound : version.lowerBoundOfPrereleases
      return VersionSet(lower: .first, upper: upper)
    case .greater: return VersionSet(lower: version.upperBoundOfPosts, upper: .end)
    case .arbitrary: return VersionSet(version)
    }
  }

  private func equalSet(_ version: Version) -> VersionSet {
    if isPrefix { return .release(version) }
    if version.local != nil { return VersionSet(version) }
    return VersionSet(lower: version.lowerBound, upper: version.upperBoundOfLocals)
  }

  /// Whether it asks for a pre-release by naming one, in any way but `!=`.
  public var mentionsPrerelease: Bool {
    `operator` != .notEqual && version?.isPrerelease == true
  }

  /// Whether it names a local version.
  public var mentionsLocal: Bool { version?.local != nil }
}

extension Version {
  /// Whether the epoch is the same, and the release begins as that of `other` without its last `dropped`
  /// segments.
  fileprivate func begins(with other: Version, dropping dropped: Int) -> Bool {
    epoch == other.epoch && hasPrefix(release: other.release.dropLast(dropped))
  }

  fileprivate var firstPrerelease: Version {
    var parts = parts
    parts.dev = 0
    return Version(parts)
  }

  /// The version that this one is a post-release of.
  fileprivate var postBase: Version {
    var parts = parts
    parts.post = nil
    parts.dev = nil
    return Version(parts)
  }

  fileprivate var withoutLastSegment: Version {
    var parts = VersionParts(release: release.dropLast())
    parts.epoch = epoch
    return Version(parts)
  }
}
