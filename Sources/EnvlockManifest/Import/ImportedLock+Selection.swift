package import EnvlockModel
import EnvlockVersions

/// What a file decides for one environment.
package struct ImportSelection: Hashable, Sendable {
  /// The packages that are installed, by name; trees on the disk are not among them.
  package var packages: [ProjectName: ImportedPackage] = [:]
  /// The trees on the disk, in the order in which they are reached.
  package var folders: [ImportedPackage] = []
  /// What cannot be kept.
  package var refusals: [ImportRefusal] = []
}

extension ImportedLock {
  /// What the file decides for a platform and a Python.
  package func selection(_ platform: Platform, _ python: PythonVersion, _ choice: ImportChoice)
    -> ImportSelection
  {
    let environment = ImportEnvironment(
      environment: MarkerEnvironment(python: python, platform: platform), extras: extras(choice),
      groups: choice.groups ?? defaultGroups)
    var selection = ImportSelection()
    selection.refusals = refusals.filter { refusal in
      refusal.name.map { !choice.without.contains($0) } ?? true
    }
    if !environments.isEmpty, !environments.contains(where: environment.holds) {
      selection.refusals.append(
        ImportRefusal(
          text: "\(fileName) is not for \(platform) and Python \(python): it is for "
            + environments.map(\.description).joined(separator: ", or "),
          hint: "let the tool that wrote it add this environment"))
    }
    if let requiresPython, !requiresPython.contains(python.fullVersion) {
      selection.refusals.append(
        ImportRefusal(
          text: "\(fileName) is for Python \(requiresPython)", hint: "choose one with `--python`"))
    }
    var walk = ImportWalk(lock: self, environment: environment, choice: choice, selection: selection)
    if format == .uvLock {
      walk.followProjects()
    } else {
      walk.takeAll(python)
    }
    return walk.selection
  }

  /// The extras that markers can ask about: in a uv.lock its own names for those of its projects.
  private func extras(_ choice: ImportChoice) -> Set<ExtraName> {
    guard format == .uvLock else { return choice.extras }
    var names: Set<ExtraName> = []
    for place in chosenProjects(choice) {
      let project = packages[place].name.text
      let length = project.utf8.count
      let own =
        ["project-\(length)-\(project)"] + choice.extras.map { "extra-\(length)-\(project)-\($0)" }
        + (choice.groups ?? []).map { "group-\(length)-\(project)-\($0)" }
      names.formUnion(own.compactMap { try? ExtraName($0) })
    }
    return names
  }

  /// The projects whose requirements are wanted.
  func chosenProjects(_ choice: ImportChoice) -> [Int] {
    guard let wanted = choice.project else { return projects }
    return packages.indices.filter { packages[$0].name == wanted && packages[$0].source.isFolder }
  }

  /// Checks that what is chosen is there.
  ///
  /// - Throws: `ManifestError` that lists what can be chosen.
  package func check(_ choice: ImportChoice) throws(ManifestError) {
    for (chosen, known, what) in [
      (choice.extras, knownExtras, "extra"), (choice.groups ?? [], knownGroups, "group"),
    ] {
      guard let name = chosen.subtracting(known).min() else { continue }
      let list = known.sorted().map(\.text).joined(separator: ", ")
      throw ManifestError(
        "\(fileName) has no \(what) “\(name)”",
        hints: [known.isEmpty ? "it has none at all" : "it has \(list)"])
    }
    if let project = choice.project, chosenProjects(choice).isEmpty {
      let folders = packages.filter { $0.source.isFolder }.map(\.name.text).sorted()
      throw ManifestError(
        "\(fileName) has no project “\(project)”",
        hints: [folders.isEmpty ? "it has none" : "it has \(folders.joined(separator: ", "))"])
    }
    for name in choice.without.sorted() where !packages.contains(where: { $0.name == name }) {
      guard !refusals.contains(where: { $0.name == name }) else { continue }
      throw ManifestError("\(fileName) has no package “\(name)” that could be left out")
    }
  }
}

/// Goes through a lock from what is asked for to all that it needs.
struct ImportWalk {
  let lock: ImportedLock
  let environment: ImportEnvironment
  let choice: ImportChoice
  var selection: ImportSelection
  private let places: [ProjectName: [Int]]
  private var visited: Set<Visit> = []
  private var waiting: [Visit] = []
  private var reached: Set<Int> = []

  private struct Visit: Hashable {
    let place: Int
    let extra: ExtraName?
  }

  init(
    lock: ImportedLock, environment: ImportEnvironment, choice: ImportChoice, selection: ImportSelection
  ) {
    self.lock = lock
    self.environment = environment
    self.choice = choice
    self.selection = selection
    places = Dictionary(grouping: lock.packages.indices) { lock.packages[$0].name }
  }

  // MARK: a list

  /// Takes every package whose marker holds.
  mutating func takeAll(_ python: PythonVersion) {
    for package in lock.packages where environment.holds(package.marker) {
      if let wanted = package.requiresPython, !wanted.contains(python.fullVersion) {
        refuse(
          package, "is for Python \(wanted) alone", "choose one with `--python`")
      }
      take(package)
    }
  }

  // MARK: a graph

  /// Follows the projects' dependencies, with those of the extras and groups that are chosen.
  mutating func followProjects() {
    for place in lock.chosenProjects(choice) {
      visit(place, [])
      for extra in choice.extras.sorted() where lock.packages[place].extras[extra] != nil {
        visit(place, [extra])
      }
      for group in (choice.groups ?? []).sorted() {
        for edge in lock.packages[place].groups[group] ?? [] { follow(edge) }
      }
    }
    let listed = lock.requirements + (choice.groups ?? []).sorted().flatMap { lock.groups[$0] ?? [] }
    for requirement in listed.map(\.requirement) {
      follow(
        ImportedPackage.Edge(
          name: requirement.name, extras: requirement.extras, marker: requirement.marker))
    }
    while let next = waiting.popLast() {
      let package = lock.packages[next.place]
      for edge in next.extra.map({ package.extras[$0] ?? [] }) ?? package.edges { follow(edge) }
    }
    for place in reached.sorted() { take(lock.packages[place]) }
  }

  private mutating func follow(_ edge: ImportedPackage.Edge) {
    guard environment.holds(edge.marker), let place = target(of: edge) else { return }
    visit(place, edge.extras)
  }

  private mutating func visit(_ place: Int, _ extras: [ExtraName]) {
    reached.insert(place)
    for extra in [nil] + extras.map(Optional.some) {
      let visit = Visit(place: place, extra: extra)
      if visited.insert(visit).inserted { waiting.append(visit) }
    }
  }

  /// The package that an edge means: of several, the one whose version, source and fork fit.
  private mutating func target(of edge: ImportedPackage.Edge) -> Int? {
    let named = places[edge.name] ?? []
    let fitting = named.filter { place in
      let package = lock.packages[place]
      return (edge.version == nil || package.version == edge.version)
        && (edge.source == nil || package.source == edge.source)
    }
    if fitting.count == 1 { return fitting[0] }
    let here = fitting.filter { place in
      let forks = lock.packages[place].forks
      return forks.isEmpty || forks.contains(where: environment.holds)
    }
    if here.count == 1 { return here[0] }
    let text =
      here.isEmpty
      ? "\(edge.name) is needed, and \(lock.fileName) has no such package for this environment"
      : "\(lock.fileName) has \(here.count) packages \(edge.name) for this environment"
    selection.refusals.append(
      ImportRefusal(name: edge.name, text: text, hint: "`uv lock` writes it anew"))
    return nil
  }

  // MARK: packages

  private mutating func take(_ package: ImportedPackage) {
    if package.source.isFolder {
      selection.folders.append(package)
      return
    }
    guard !choice.without.contains(package.name) else { return }
    if let other = selection.packages[package.name], other != package {
      let versions = [other, package].map { $0.version?.description ?? "?" }.joined(separator: " and ")
      selection.refusals.append(
        ImportRefusal(
          name: package.name,
          text: "\(package.name) is there twice, as \(versions) (\(other.origin) and \(package.origin))",
          hint: "what is chosen with `--extra` and `--group` excludes each other"))
      return
    }
    switch package.source {
    case .repository(let url):
      refuse(package, "comes from the repository \(URLCredentials.redacted(url))", Self.hintForTrees(package))
    case .archive(let place):
      refuse(
        package, "is a source archive, \(URLCredentials.redacted(place))", Self.hintForTrees(package))
    case .index, .wheel, .folder:
      guard !package.hasOtherHashes || !package.wheels.isEmpty else {
        return refuse(
          package, "has no wheel with a SHA-256, which is what a lock pins",
          "let the tool that wrote the file write SHA-256 hashes")
      }
      selection.packages[package.name] = package
    }
  }

  private mutating func refuse(_ package: ImportedPackage, _ clause: String, _ hint: String) {
    let version = package.version.map { " \($0)" } ?? ""
    selection.refusals.append(
      ImportRefusal(
        name: package.name, text: "\(package.name)\(version) \(clause) (\(package.origin))", hint: hint))
  }

  private static func hintForTrees(_ package: ImportedPackage) -> String {
    "build a wheel of \(package.name), name it in the project instead, as in "
      + "`\(package.name) @ https://wheels.example.com/…whl`, and lock again; or go on without it: "
      + "`--without \(package.name)`"
  }
}
