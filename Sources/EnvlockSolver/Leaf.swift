public import EnvlockVersions

/// One thing that the source said and that a proof rests on.
public enum Leaf: Hashable, Sendable {
  /// These versions of a package need another package, in one of the versions `required`.
  case dependency(PackageID, VersionSet, on: PackageID, required: VersionSet)
  /// These versions of a package cannot be used.
  case fact(PackageID, VersionSet, FactID)

  /// The package that it speaks of.
  public var package: PackageID {
    switch self {
    case .dependency(let package, _, _, _), .fact(let package, _, _): package
    }
  }

  /// The versions that it speaks of.
  public var versions: VersionSet {
    switch self {
    case .dependency(_, let versions, _, _), .fact(_, let versions, _): versions
    }
  }

  /// The same of more versions or fewer.
  func of(_ versions: VersionSet) -> Leaf {
    switch self {
    case .dependency(let package, _, let on, let required):
      .dependency(package, versions, on: on, required: required)
    case .fact(let package, _, let fact): .fact(package, versions, fact)
    }
  }

  /// The terms that must not all be true, by the numbers of their packages.
  ///
  /// The root's term is always true, and so is that of a package which must be in no version at all; both are
  /// left out. A version that asks for another version of its own package cannot be used.
  var terms: [Term] {
    switch self {
    case .fact(let package, let versions, _):
      return package == .root ? [] : [Term(package, versions)]
    case .dependency(let package, let versions, let on, let required):
      if package == on { return [Term(package, versions.subtracting(required))] }
      let subject = Term(package, versions)
      let needed = Term(on, required).inverse
      if package == .root { return required.isEmpty ? [] : [needed] }
      if required.isEmpty { return [subject] }
      return package < on ? [subject, needed] : [needed, subject]
    }
  }

  /// What two leaves must share to be one leaf about the versions of both.
  var kind: LeafKind {
    switch self {
    case .dependency(let package, _, let on, let required):
      .dependency(package, on: on, required: required)
    case .fact(let package, _, let fact): .fact(package, fact)
    }
  }
}

/// A leaf apart from its versions.
enum LeafKind: Hashable, Sendable {
  case dependency(PackageID, on: PackageID, required: VersionSet)
  case fact(PackageID, FactID)
}
