import Envlock
import EnvlockManifest
import EnvlockModel
import EnvlockVersions

/// What an imported file means for a resolve: a manifest to begin with, what is kept, and how the manifest gets its
/// final form once an answer is known.
struct ImportPlan: Sendable {
  /// What the command line's node is called in a manifest.
  static let targetName = "node"

  let imported: ImportedLock
  let choice: ImportChoice
  /// The manifest that was there already; nil where there is none.
  let existing: Manifest?
  /// What is asked for at first.
  let manifest: Manifest
  /// What of the file that is, for each platform and Python that may be chosen.
  let selections: [ImportSelection]

  /// Lays a file over what is said of the levels below.
  ///
  /// - Parameters:
  ///   - imported: The file.
  ///   - choice: What of it is wanted.
  ///   - existing: A manifest that is there, whose requirements the file replaces.
  ///   - ground: What counts below the wheels where there is none.
  ///   - request: What the command line says.
  ///   - matrix: The compatibility data, which know Pythons and indexes.
  init(
    _ imported: ImportedLock, _ choice: ImportChoice, over existing: Manifest?, ground: Manifest = Manifest(),
    _ request: Request, matrix: Matrix
  ) {
    self.imported = imported
    self.choice = choice
    self.existing = existing
    var manifest = existing ?? ground
    manifest.name = manifest.name ?? imported.project
    manifest.framework = nil
    manifest.requirements = []
    manifest.cuda = manifest.cuda ?? imported.cuda
    if let mode = imported.prerelease, mode != .ifNecessary { manifest.prerelease = mode }
    manifest.python = manifest.python ?? imported.python
    manifest = request.applied(to: manifest)
    manifest.targets = manifest.targets.map { target in
      target.name == Request.origin
        ? Target(name: Self.targetName, driver: target.driver, gpus: target.gpus) : target
    }
    if manifest.python == nil, existing == nil { manifest.requiresPython = imported.requiresPython }
    let pythons =
      manifest.python.map { [$0] }
      ?? matrix.interpreters.filter { imported.requiresPython?.contains($0.fullVersion) ?? true }
    selections = manifest.platforms.flatMap { platform in
      pythons.map { imported.selection(platform, $0, choice) }
    }
    manifest.require(imported.roots(choice, selections), like: existing)
    manifest.indexes = Self.indexes(manifest.indexes, for: imported, matrix: matrix)
    self.manifest = manifest
  }

  /// What has to be kept.
  var pins: Pins {
    let (imported, choice) = (imported, choice)
    let buildable = Set(manifest.buildSdist)
    let main = imported.mainIndex
    return Pins { platform, python in
      let selection = imported.selection(platform, python, choice)
      var pins: [ProjectName: Pin] = [:]
      for (name, package) in selection.packages {
        guard let version = package.version else { continue }
        var hint: String?
        if case .index(let url?) = package.source, url != main {
          hint =
            "\(imported.fileName) takes it from \(URLCredentials.redacted(url)): declare that with "
            + "`--index NAME=URL`"
        }
        // Sources are files only where they may be built.
        let files = buildable.contains(name) ? package.wheels.union(package.sources) : package.wheels
        pins[name] = Pin(version: version, files: files, origin: package.origin, hint: hint)
      }
      return Pinned(
        source: imported.fileName, pins: pins,
        refusals: selection.refusals.map { Pinned.Refusal($0.text, hint: $0.hint) })
    }
  }

  /// The manifest as an answer shows that it should be: with the Python that was chosen, with everything that the file
  /// has, and of a list without what the others bring along anyway.
  func refined(_ manifest: Manifest, after lock: Lockfile) -> Manifest {
    var manifest = manifest
    // A manifest that leaves the choice to the solve goes on doing so; the lock keeps what was chosen.
    if manifest.python == nil, existing == nil {
      manifest.python = lock.platforms.first?.python
      manifest.requiresPython = nil
    }
    var roots = manifest.roots
    if imported.projects.isEmpty, imported.isComplete {
      let needed = ImportRoots.needed(roots.map(\.requirement), lock.platforms)
      roots = roots.filter { needed.contains($0.requirement.name) }
    }
    for answer in lock.platforms {
      for package in comparison(answer).unasked {
        guard !roots.contains(where: { $0.requirement.name == package.name }) else { continue }
        roots.append(package.asRequirement)
      }
    }
    manifest.require(roots, like: existing)
    return manifest
  }

  /// What of the file cannot be in a lock.
  ///
  /// - Parameter selections: What of it is asked for.
  /// - Returns: A line each, with what to do about it.
  func leftOut(_ selections: [ImportSelection]) -> [String] {
    var lines = imported.leftOut
    var folders: [ImportedPackage] = []
    for selection in selections { folders += selection.folders.filter { !folders.contains($0) } }
    for folder in folders {
      if case .folder(let path) = folder.source { lines.append(folder.ownCode(path)) }
    }
    for name in choice.without.sorted() { lines.append("\(name): left out by `--without`") }
    let groups = choice.groups ?? imported.defaultGroups
    for (known, taken, what) in [
      (imported.knownExtras, choice.extras, "extra"), (imported.knownGroups, groups, "group"),
    ] {
      for name in known.subtracting(taken).sorted() {
        lines.append("the \(what) \(name): `--\(what) \(name)` takes it")
      }
    }
    return lines
  }

  /// What an answer has of the file.
  func comparison(_ answer: PlatformLock) -> ImportComparison {
    ImportComparison(imported.selection(answer.platform, answer.python, choice), answer)
  }

  // MARK: indexes

  /// The declared indexes, each with what the file takes from it, and those of the matrix that the file uses.
  private static func indexes(
    _ declared: [IndexDeclaration], for imported: ImportedLock, matrix: Matrix
  ) -> [IndexDeclaration] {
    var others: [String: [ProjectName]] = [:]
    for package in imported.packages {
      guard case .index(let url?) = package.source, url != imported.mainIndex else { continue }
      others[Self.plain(url), default: []].append(package.name)
    }
    var indexes = declared
    for place in indexes.indices {
      guard let url = indexes[place].url, let names = others.removeValue(forKey: plain(url)) else { continue }
      indexes[place].take(names)
    }
    for row in matrix.indexes {
      guard let names = others.removeValue(forKey: plain(row.url)) else { continue }
      if let place = indexes.firstIndex(where: { $0.name == row.name }) {
        indexes[place].take(names)
      } else {
        indexes.append(IndexDeclaration(name: row.name, packages: Set(names).sorted()))
      }
    }
    // One that is left on each side: a mirror of what the file names.
    let unused = indexes.indices.filter { declared.contains(indexes[$0]) && indexes[$0].packages.isEmpty }
    if let names = others.first?.value, others.count == 1, unused.count == 1 {
      indexes[unused[0]].take(names)
    }
    return indexes
  }

  /// A URL as it is compared: without credentials and a slash at its end.
  private static func plain(_ url: String) -> String {
    let shown = URLCredentials.redacted(url).replacing("****@", with: "")
    return shown.hasSuffix("/") ? String(shown.dropLast()) : shown
  }
}

extension IndexDeclaration {
  /// Says that these projects come from here, unless it is said already which do.
  fileprivate mutating func take(_ names: [ProjectName]) {
    guard packages.isEmpty else { return }
    self = IndexDeclaration(name: name, url: url, packages: Set(names).sorted())
  }
}

extension ImportedLock {
  /// The index that most packages come from, which stands for the one that is configured here; nil where none is named.
  var mainIndex: String? {
    var counts: [String: Int] = [:]
    for case .index(let url?) in packages.map(\.source) { counts[url, default: 0] += 1 }
    return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
  }
}

extension Manifest {
  /// All that is asked for.
  fileprivate var roots: [SourcedRequirement] { [framework].compactMap { $0 } + requirements }

  /// Asks for `roots` and nothing else; a framework among them is what the environment is built around. What another
  /// manifest says in other words stays in those.
  fileprivate mutating func require(_ roots: [SourcedRequirement], like other: Manifest?) {
    let said = other?.roots ?? []
    let roots = roots.map { root in
      said.first { $0.requirement.means(root.requirement) } ?? root
    }
    let place = roots.firstIndex { root in
      let name = root.requirement.name
      if let other { return other.framework?.requirement.name == name }
      return Request.frameworks.contains(name.text) && root.requirement.marker == nil
    }
    framework = place.map { roots[$0] }
    requirements = roots.indices.filter { $0 != place }.map { roots[$0] }
  }
}

extension Requirement {
  /// Whether another requirement says the same, perhaps with its clauses in another order.
  fileprivate func means(_ other: Requirement) -> Bool {
    name == other.name && extras == other.extras && url == other.url && marker == other.marker
      && Set(specifiers.specifiers) == Set(other.specifiers.specifiers)
  }
}

/// Which of several requirements bring the others along.
enum ImportRoots {
  /// The names that have to be asked for so that every wheel is reached: those that no other wheel needs, and of a
  /// circle one.
  ///
  /// - Parameters:
  ///   - roots: What is asked for. One with extras stays, because others may need it without them.
  ///   - answers: What came of it.
  /// - Returns: The names.
  static func needed(_ roots: [Requirement], _ answers: [PlatformLock]) -> Set<ProjectName> {
    var needed: Set<ProjectName> = []
    for answer in answers {
      let targets = Set(
        answer.wheels.flatMap { wheel in wheel.dependencies.map(\.name).filter { $0 != wheel.name } })
      let here = roots.filter { answer.wheel($0.name) != nil }
      var kept = here.filter { !targets.contains($0.name) || !$0.extras.isEmpty || $0.url != nil }.map(\.name)
      var reached = reachable(kept, answer)
      for root in here.map(\.name).sorted() where !reached.contains(root) {
        kept.append(root)
        reached.formUnion(reachable([root], answer))
      }
      needed.formUnion(kept)
    }
    return needed
  }

  private static func reachable(_ names: [ProjectName], _ answer: PlatformLock) -> Set<ProjectName> {
    var reached: Set<ProjectName> = []
    var waiting = names
    while let name = waiting.popLast() {
      guard reached.insert(name).inserted else { continue }
      waiting += answer.wheel(name)?.dependencies.map(\.name) ?? []
    }
    return reached
  }
}

/// What an answer has of a file.
struct ImportComparison: Sendable {
  /// The wheels that the file decided on.
  let kept: [LockedWheel]
  /// The wheels that it does not have.
  let added: [LockedWheel]
  /// Wheels of which the file names no file by its hash.
  let unhashed: [LockedWheel]
  /// What of the file nothing asked for.
  let unasked: [ImportedPackage]

  init(_ selection: ImportSelection, _ answer: PlatformLock) {
    kept = answer.wheels.filter { selection.packages[$0.name] != nil }
    added = answer.wheels.filter { selection.packages[$0.name] == nil }
    unhashed = kept.filter { selection.packages[$0.name]?.wheels.isEmpty ?? false }
    unasked = selection.packages.values
      .filter { !$0.isBound && $0.version != nil && answer.wheel($0.name) == nil }
      .sorted { $0.name < $1.name }
  }
}
