package import EnvlockModel
import EnvlockVersions

extension ImportedLock {
  /// What is asked for: of a list everything on it, of projects what they require.
  ///
  /// - Parameters:
  ///   - choice: What of the file is wanted.
  ///   - selections: What the file decides for the environments that may come into question. Wheels that are named by
  ///     their place, and what left-out packages need, are asked for by themselves.
  /// - Returns: The requirements, in the order of the file.
  package func roots(_ choice: ImportChoice, _ selections: [ImportSelection]) -> [SourcedRequirement] {
    let groups = choice.groups ?? defaultGroups
    var asked = requirements
    for group in groups.sorted() { asked += self.groups[group] ?? [] }
    let folders = selections.flatMap(\.folders)
    var seen: Set<ImportedPackage> = []
    for place in chosenProjects(choice) where seen.insert(packages[place]).inserted {
      asked += whatAsks(packages[place], extras: choice.extras, groups: groups)
    }
    // Another tree of the workspace is no wheel; what it needs is needed all the same.
    for folder in folders where seen.insert(folder).inserted {
      asked += whatAsks(folder, extras: [], groups: [])
    }
    let trees = Set(packages.filter { $0.source.isFolder }.map(\.name))
    for name in choice.without.sorted() {
      for package in packages where package.name == name { asked += Self.needs(of: package) }
    }

    var direct: [ProjectName: (wheel: SourcedRequirement, extras: Set<ExtraName>)] = [:]
    for selection in selections {
      for package in selection.packages.values {
        guard let wheel = package.asDirectReference else { continue }
        direct[package.name] = (wheel, [])
      }
    }
    var roots: [SourcedRequirement] = []
    for root in asked {
      let requirement = root.requirement
      guard !trees.contains(requirement.name), !choice.without.contains(requirement.name) else { continue }
      if direct[requirement.name] != nil {
        direct[requirement.name]?.extras.formUnion(requirement.extras)
        continue
      }
      let rest = MarkerRest(requirement.marker, extras: choice.extras, groups: groups)
      guard rest != .never else { continue }
      let settled = SourcedRequirement(
        Requirement(
          name: requirement.name, extras: requirement.extras, specifiers: requirement.specifiers,
          url: requirement.url, marker: rest.marker), origin: root.origin)
      if !roots.contains(where: { $0.requirement == settled.requirement }) { roots.append(settled) }
    }
    for (name, (wheel, extras)) in direct.sorted(by: { $0.key < $1.key }) {
      roots.append(
        SourcedRequirement(
          Requirement(name: name, extras: Array(extras), url: wheel.requirement.url), origin: wheel.origin))
    }
    return roots
  }

  private func whatAsks(
    _ package: ImportedPackage, extras: Set<ExtraName>, groups: Set<ExtraName>
  ) -> [SourcedRequirement] {
    let groupLists = groups.sorted().flatMap { group in
      package.groupRequires[group] ?? Self.requirements(package.groups[group] ?? [], package)
    }
    guard let requires = package.requires else {
      return Self.requirements(package.edges + extras.sorted().flatMap { package.extras[$0] ?? [] }, package)
        + groupLists
    }
    return requires.compactMap { required -> SourcedRequirement? in
      let requirement = required.requirement
      let rest = MarkerRest(requirement.marker, extras: extras, groups: groups)
      guard rest != .never else { return nil }
      return SourcedRequirement(
        Requirement(
          name: requirement.name, extras: requirement.extras, specifiers: requirement.specifiers,
          url: requirement.url, marker: rest.marker), origin: required.origin)
    } + groupLists
  }

  /// What a package needs by itself, where nothing says more than the lock's edges.
  private static func needs(of package: ImportedPackage) -> [SourcedRequirement] {
    package.requires ?? requirements(package.edges, package)
  }

  private static func requirements(
    _ edges: [ImportedPackage.Edge], _ package: ImportedPackage
  ) -> [SourcedRequirement] {
    edges.map { edge in
      // The version of a fork is pinned; whether it applies is decided by the markers of the others, too.
      SourcedRequirement(
        Requirement(name: edge.name, extras: edge.extras, marker: edge.marker), origin: package.origin)
    }
  }
}

extension ImportedPackage {
  /// The package as something that is asked for.
  package var asRequirement: SourcedRequirement {
    let specifiers = version.flatMap { try? SpecifierSet("==\($0)") } ?? .any
    return SourcedRequirement(
      Requirement(name: name, specifiers: specifiers, marker: marker), origin: origin)
  }

  /// What to say of a tree on the disk.
  package func ownCode(_ path: String) -> String {
    let place = path.hasSuffix(".") ? "" : " in \(path)"
    return "\(name)\(place) itself, which is code and no wheel: name it in `copy` of the manifest's [image] "
      + "(\(origin))"
  }

  /// The wheel that a package names by its place; nil for one of an index.
  var asDirectReference: SourcedRequirement? {
    guard case .wheel(let place) = source else { return nil }
    let isHashed = place.contains("#sha256=")
    let hash = wheels.count == 1 && !isHashed ? wheels.first.map { "#sha256=\($0.hex)" } ?? "" : ""
    return SourcedRequirement(Requirement(name: name, url: place + hash), origin: origin)
  }
}
