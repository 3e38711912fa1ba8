import EnvlockModel

/// What happened to a wheel or a package between two locks.
public enum ArtifactChange: String, Hashable, CaseIterable, Sendable {
  /// The version and the file are the same and its bytes are others: what is now under that name is not what was.
  case otherBytes = "other-bytes"
  /// It was not there.
  case added
  /// It is not there any more.
  case removed
  /// The version is newer.
  case upgraded
  /// The version is older.
  case downgraded
  /// The version is the same and the file is another: another build, or one for another system.
  case otherFile = "other-file"
  /// The file is the same and comes from another index or place.
  case otherSource = "other-source"
  /// The file is the same; what is said of it is not: what it needs, or its size.
  case otherFacts = "other-facts"
}

/// A wheel or package that differs.
public struct ArtifactDifference<Artifact: Hashable & Sendable>: Hashable, Sendable {
  /// Its name.
  public let name: String
  /// What happened to it.
  public let change: ArtifactChange
  /// The old lock's; nil where it was added.
  public let old: Artifact?
  /// The new lock's; nil where it was removed.
  public let new: Artifact?
}

extension ArtifactDifference where Artifact == LockedWheel {
  /// The wheels that differ, by name.
  static func all(from old: [LockedWheel], to new: [LockedWheel]) -> [Self] {
    merged(old, new, by: \.name) { name, old, new in
      ArtifactDifference(name: name.text, change: change(old, new), old: old, new: new)
    }
  }

  private static func change(_ old: LockedWheel?, _ new: LockedWheel?) -> ArtifactChange {
    guard let old else { return .added }
    guard let new else { return .removed }
    if old.version != new.version { return old.version < new.version ? .upgraded : .downgraded }
    if old.fileName != new.fileName { return .otherFile }
    if old.sha256 != new.sha256 { return .otherBytes }
    return old.index != new.index || old.url != new.url ? .otherSource : .otherFacts
  }
}

extension ArtifactDifference where Artifact == LockedDebianPackage {
  /// The packages that differ, by name.
  static func all(from old: [LockedDebianPackage], to new: [LockedDebianPackage]) -> [Self] {
    merged(old, new, by: \.name) { name, old, new in
      ArtifactDifference(name: name, change: change(old, new), old: old, new: new)
    }
  }

  private static func change(_ old: LockedDebianPackage?, _ new: LockedDebianPackage?) -> ArtifactChange {
    guard let old else { return .added }
    guard let new else { return .removed }
    if old.version != new.version { return old.version < new.version ? .upgraded : .downgraded }
    if old.architecture != new.architecture { return .otherFile }
    if old.sha256 != new.sha256 { return .otherBytes }
    return old.archive != new.archive || old.path != new.path ? .otherSource : .otherFacts
  }
}

/// Goes through two lists that are sorted by name at once, and gives what `make` says of each pair that is not the same.
private func merged<Element: Equatable, Name: Comparable, Result>(
  _ old: [Element], _ new: [Element], by name: (Element) -> Name,
  _ make: (Name, Element?, Element?) -> Result
) -> [Result] {
  var results: [Result] = []
  var (one, other) = (old[...], new[...])
  while let next = [one.first.map(name), other.first.map(name)].compactMap({ $0 }).min() {
    let before = one.first.flatMap { name($0) == next ? $0 : nil }
    let after = other.first.flatMap { name($0) == next ? $0 : nil }
    if before != nil { one.removeFirst() }
    if after != nil { other.removeFirst() }
    if before != after { results.append(make(next, before, after)) }
  }
  return results
}
