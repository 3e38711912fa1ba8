import EnvlockImage
import EnvlockIndexes
import EnvlockModel
import EnvlockRegistry
import EnvlockStore
import Synchronization

/// What a build works with: the stores, and the places that artifacts come from.
///
/// Places are looked for when something has to be fetched: a build of what is in the store needs none.
final class BuildSite: Sendable {
  let artifacts: ArtifactStore
  let layers: LayerStore
  let packer: ArchivePacker
  let configuration: Configuration

  private let indexes: [IndexDeclaration]
  private let usedIndexes: Set<String>
  private let bundle: EnvironmentBundle?
  private let lock: Lockfile
  private let buildable: Set<ProjectName>
  /// One build at a time: each may use every core.
  private let building = Gate(1)
  private let progress: any BuildProgress
  private let http: HTTPClient
  private let opened: Mutex<Opened>
  private let turns = Mutex<[Digest: Gate]>([:])

  /// How many artifacts are fetched at a time.
  private static let parallelTransfers = 6
  /// How many layers are made at a time: each keeps more than one core busy, and one that waits for the disk should
  /// leave no core idle.
  static let parallelLayers = 2

  private struct Opened {
    var indexes: IndexSet?
    var freshIndexes: IndexSet?
    var debian: DebianArchive?
    var registry: RegistryClient?
  }

  /// - Parameters:
  ///   - configuration: Where things come from and are kept.
  ///   - request: What is to be built.
  ///   - progress: Somebody who watches.
  /// - Throws: What is wrong with a setting; that there is no cache.
  init(_ configuration: Configuration, _ request: BuildRequest, progress: any BuildProgress) throws {
    guard let root = configuration.cacheDirectory else {
      throw BadRequest(
        "there is no folder to keep layers in", hints: ["name one with `--cache-dir` or ENVLOCK_CACHE_DIR"])
    }
    self.configuration = configuration
    bundle = request.bundle
    lock = request.lock
    buildable = request.buildSdist
    indexes = request.indexes
    usedIndexes = Set(request.lock.platforms.flatMap { $0.wheels.compactMap(\.index) })
    self.progress = progress
    http = HTTPClient(cache: HTTPCache(folder: root), options: try configuration.transferOptions())
    artifacts = ArtifactStore(
      folder: root, client: http, parallel: configuration.jobs ?? Self.parallelTransfers)
    layers = LayerStore(folder: root)
    packer = ArchivePacker(folder: root, parallel: configuration.jobs ?? Self.parallelLayers)
    opened = Mutex(Opened())
  }

  /// Brings an artifact into the store, unless it is there.
  ///
  /// - Parameters:
  ///   - name: The artifact's file name.
  ///   - digest: Its SHA-256.
  ///   - size: Its bytes, where that is known.
  ///   - absence: What to do where its server no longer has it.
  ///   - place: Where it comes from; asked where it has to be fetched, and there is no bundle.
  /// - Returns: Where it lies.
  /// - Throws: `ArtifactError`; `BadRequest` for one that may not be fetched, or is not there.
  private func fetch(
    name: String, digest: Digest, size: Int?, absence: [String],
    from place: () async throws -> Artifact
  ) async throws -> StoredArtifact {
    // Several layers are made of one package: whoever comes second waits for the first.
    let turn = turns.withLock { turns in
      let turn = turns[digest] ?? Gate(1)
      turns[digest] = turn
      return turn
    }
    guard await turn.enter() else { throw CancellationError() }
    defer { turn.leave() }
    if artifacts.contains(digest, size: size) {
      return try await artifacts.fetch(
        Artifact(name: name, origin: .file(artifacts.path(of: digest)), digest: digest, size: size))
    }
    let bundled = try bundle?.artifact(name, digest)
    if configuration.offline, bundle?.source.isLocal != true {
      throw BadRequest(
        "\(name) is not in the store, and nothing may be fetched", hints: ["leave out `--offline`"],
        kind: .couldNotFindOut)
    }
    let start = ContinuousClock.now
    let artifact: Artifact
    if let bundled { artifact = bundled } else { artifact = try await place() }
    progress.report(.fetching(name: name, count: 0, size: size))
    let progress = progress
    let stored: StoredArtifact
    do throws(ArtifactError) {
      stored = try await artifacts.fetch(artifact) { state in
        progress.report(.fetching(name: name, count: state.count, size: state.size ?? size))
      }
    } catch {
      guard error.cause == .notFound else { throw error }
      let hints =
        bundle.map {
          ["the registry has lost a part of the bundle: `envlock bundle -o \($0.name)` brings it back"]
        }
        ?? absence
      throw BadRequest(error.message, hints: hints, kind: error.kind)
    }
    progress.report(.fetched(name: name, size: stored.size, seconds: start.duration(to: .now).seconds))
    return stored
  }

  // MARK: wheels

  /// Brings a wheel into the store; one that no index has is built of its source, if that is allowed.
  func fetch(_ wheel: LockedWheel) async throws -> StoredArtifact {
    if let build = wheel.built, bundle == nil, !artifacts.contains(wheel.sha256, size: wheel.size) {
      return try await make(wheel, build)
    }
    let absence =
      wheel.url == nil ? "resolve again, or name an index that has it with `--index-url`" : "resolve again"
    return try await fetch(
      name: wheel.fileName, digest: wheel.sha256, size: wheel.size, absence: [absence]
    ) {
      Artifact(
        name: wheel.fileName, origin: try await origin(of: wheel), digest: wheel.sha256, size: wheel.size)
    }
  }

  private func make(_ wheel: LockedWheel, _ build: LockedBuild) async throws -> StoredArtifact {
    guard buildable.contains(wheel.name) else {
      throw BadRequest(
        "\(wheel.fileName) is in no index: it was built of \(build.fileName), and it is not in the store",
        hints: [
          "`--build-sdist \(wheel.name)` builds it again, which has to give the same bytes",
          "or take it from where it was built: `envlock bundle` there, `--bundle` here",
        ], kind: .answerIsNo)
    }
    guard await building.enter() else { throw CancellationError() }
    defer { building.leave() }
    // Somebody else may have built it meanwhile.
    if artifacts.contains(wheel.sha256, size: wheel.size) { return try await fetch(wheel) }
    let builder = SourceBuilder(configuration: configuration, indexes: indexes, artifacts: artifacts)
    return try await SourceRebuild(builder, lock).make(wheel) { build in
      try await fetch(
        name: build.fileName, digest: build.sha256, size: build.size,
        absence: ["take the wheel from where it was built: `envlock bundle` there, `--bundle` here"]
      ) {
        Artifact(
          name: build.fileName, origin: try await origin(ofSource: build, of: wheel), digest: build.sha256,
          size: build.size)
      }
    }
  }

  /// Where the source of a built wheel lies, as the indexes say.
  private func origin(ofSource build: LockedBuild, of wheel: LockedWheel) async throws -> Artifact.Origin {
    for isFresh in [false, true] where !(isFresh && configuration.offline) {
      guard case .page(let page) = try await indexSet(isFresh: isFresh).page(wheel.name).page else {
        continue
      }
      let files = page.releases.filter { $0.version == wheel.version }.compactMap {
        page.source(of: $0)?.file
      }
      if let file = files.first(where: { $0.fileName == build.fileName }) { return Self.origin(file.url) }
    }
    throw BadRequest(
      "no index has \(build.fileName), of which \(wheel.fileName) was built",
      hints: ["take the wheel from where it was built: `envlock bundle` there, `--bundle` here"],
      kind: .answerIsNo)
  }

  /// Where a wheel lies, as the indexes say, or the source of one that was built; the cache is asked first.
  func origin(of wheel: LockedWheel) async throws -> Artifact.Origin {
    if let build = wheel.built { return try await origin(ofSource: build, of: wheel) }
    if let url = wheel.url { return Self.origin(url) }
    var answer = try await indexSet().page(wheel.name)
    if !Self.holds(answer, wheel), !configuration.offline {
      // The page of the cache may be older than the lock.
      answer = try await indexSet(isFresh: true).page(wheel.name)
    }
    switch answer.page {
    case .page(let page):
      let files = page.allWheels.filter { $0.name.fileName == wheel.fileName }
      // Of several places of one name, one that states the digest; the store holds the bytes against it anyhow.
      guard let file = files.first(where: { $0.file.sha256 == wheel.sha256 }) ?? files.first else {
        throw BadRequest(
          "the index “\(answer.index)” no longer has \(wheel.fileName)",
          hints: ["resolve again, or name an index that has it with `--index-url`"], kind: .answerIsNo)
      }
      if let stated = file.file.sha256, stated != wheel.sha256 {
        throw BadRequest(
          "the index “\(answer.index)” has another \(wheel.fileName): its SHA-256 is \(stated.hex), and the lock has "
            + wheel.sha256.hex,
          hints: ["if that is right, resolve again with `-P \(wheel.name)`"], kind: .answerIsNo)
      }
      return Self.origin(file.file.url)
    case .noSuchProject:
      throw BadRequest(
        "no index has \(wheel.name); \(wheel.fileName) was locked from the index “\(wheel.index ?? "")”",
        hints: ["name an index that has it, as for `envlock resolve`: `--index-url`, `--index NAME=URL`"],
        kind: .answerIsNo)
    case .unauthorized(let host):
      throw BadRequest(
        "\(host) refused the credentials for \(wheel.name)", hints: ["credentials belong in ~/.netrc"],
        kind: .couldNotFindOut)
    case .offline:
      throw BadRequest(
        "where \(wheel.fileName) lies is not known, and nothing may be fetched",
        hints: ["leave out `--offline`"], kind: .couldNotFindOut)
    case .failed(let error): throw error
    }
  }

  private static func holds(_ answer: IndexSet.Answer, _ wheel: LockedWheel) -> Bool {
    guard case .page(let page) = answer.page else { return false }
    return page.allWheels.contains { $0.name.fileName == wheel.fileName }
  }

  private static func origin(_ url: String) -> Artifact.Origin {
    if let path = LocalFiles.path(of: url) { return .file(path) }
    return .url(url)
  }

  /// The indexes.
  ///
  /// - Parameter isFresh: Whether servers are asked, however fresh the cache is.
  /// - Returns: The indexes, opened once.
  /// - Throws: What is wrong with a setting.
  private func indexSet(isFresh: Bool = false) throws -> IndexSet {
    try opened.withLock { opened in
      if let set = isFresh ? opened.freshIndexes : opened.indexes { return set }
      var configuration = configuration
      configuration.refresh = configuration.refresh || isFresh
      var manifest = Manifest()
      manifest.indexes = indexes
      manifest.buildSdist = buildable.sorted()
      // A lock names indexes of the matrix too; each is asked after those that the user declares.
      let named = configuration.matrix.indexes.map {
        IndexDeclaration(name: $0.name, url: $0.url, packages: configuration.matrix.indexedProjects)
      }
      let set = try configuration.openIndexes(
        for: manifest, named: named.filter { usedIndexes.contains($0.name) }
      ).indexes
      if isFresh { opened.freshIndexes = set } else { opened.indexes = set }
      return set
    }
  }
}

// MARK: the user's files

extension BuildSite {
  /// The user's files as a bundle has them; nil without one. They come into the store when they are brought.
  var userItems: [FolderItem]? {
    bundle?.document.files.map { file in
      let text = file.path.text
      switch file.kind {
      case .folder: return FolderItem(path: text, place: text, kind: .folder)
      case .link(let target): return FolderItem(path: text, place: text, kind: .link(target))
      case .file(let digest, let size, let isExecutable):
        return FolderItem(
          path: text, place: artifacts.path(of: digest),
          kind: .file(size: size, digest: digest, isExecutable: isExecutable))
      }
    }
  }

  /// Brings the user's files of a bundle into the store.
  func bringUserFiles() async throws {
    guard let bundle else { return }
    for file in bundle.document.files {
      guard case .file(let digest, let size, _) = file.kind else { continue }
      let name = file.path.text
      _ = try await fetch(name: name, digest: digest, size: size, absence: []) {
        try bundle.artifact(name, digest)
      }
    }
  }
}

// MARK: what lies below the wheels

extension BuildSite {
  /// Brings a package of Debian into the store.
  func fetch(_ package: LockedDebianPackage) async throws -> StoredArtifact {
    let option = package.archive == .security ? "--debian-security-mirror" : "--debian-mirror"
    let absence = [
      "mirrors drop a package when a newer one takes its place: `envlock resolve -U` locks what there is now",
      "for the image as it was locked, name a mirror that keeps old packages, such as a snapshot, with `\(option)`",
    ]
    return try await fetch(
      name: package.fileName, digest: package.sha256, size: package.size, absence: absence
    ) {
      let url = try debianArchive().url(of: package)
      return Artifact(name: package.fileName, origin: .url(url), digest: package.sha256, size: package.size)
    }
  }

  /// Brings a build of CPython into the store.
  func fetch(_ build: LockedInterpreter.Build) async throws -> StoredArtifact {
    try await fetch(
      name: build.file, digest: build.sha256, size: nil,
      absence: ["set ENVLOCK_PYTHON_MIRROR to a folder with this release, or resolve again"]
    ) {
      let mirror = try configuration.interpreterMirror()
      let folder = LocalFiles.path(of: mirror)
      let place = "\(build.release)/\(build.file)"
      return Artifact(
        name: build.file,
        origin: folder.map { .file("\($0)/\(place)") }
          ?? .url("\(mirror)/\(URLReference.encodePath(place))"),
        digest: build.sha256)
    }
  }

  /// Brings a document or layer of an image into the store.
  func fetch(_ blob: LockedImage.Blob, of image: LockedImage) async throws -> StoredArtifact {
    let name = "layer \(blob.digest.hex.prefix(12)) of \(image.reference)"
    return try await fetch(
      name: name, digest: blob.digest, size: blob.size,
      absence: ["the registry no longer has the image that was locked: resolve again with `-U`"]
    ) {
      try await registry().artifact(blob, of: image)
    }
  }

  private func debianArchive() -> DebianArchive {
    opened.withLock { opened in
      if let archive = opened.debian { return archive }
      let archive = configuration.debianArchive(http)
      opened.debian = archive
      return archive
    }
  }

  private func registry() -> RegistryClient {
    opened.withLock { opened in
      if let client = opened.registry { return client }
      let client = configuration.registry(http)
      opened.registry = client
      return client
    }
  }
}
