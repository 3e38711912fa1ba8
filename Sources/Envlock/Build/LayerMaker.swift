import EnvlockImage
import EnvlockModel
import EnvlockNative
import EnvlockStore

/// Makes layers: brings what goes into them, plans, writes, remembers.
struct LayerMaker: Sendable {
  let site: BuildSite
  let layout: EnvironmentLayout
  /// Compiles modules, where a recipe asks for it.
  let python: UnpackedPython
  let compression: BuildRequest.Compression
  let stargz: Bool

  /// A layer before it is written.
  struct Draft: Sendable {
    /// What is in it.
    var entries: [LayerEntry]
    /// The files that the entries' splices number.
    var sources: [LayerSource]
    /// Notes of its descriptor.
    var annotations: [String: String] = [:]
    /// What the user should know, a sentence each.
    var notes: [String] = []
    /// Unpacked archives, to be removed when the layer is written.
    var packs: [ArchivePack] = []

    /// Removes what was only needed to write the layer.
    func clear() { for pack in packs { pack.remove() } }
  }

  /// The layer of a recipe, if the store has it.
  func made(_ recipe: LayerRecipe) -> BuiltLayer? {
    if case .carried(let layer, _) = recipe.content {
      // Its bytes have to be here too: an image is written with all of its blobs.
      guard site.artifacts.contains(layer.blob.digest, size: layer.blob.size) else { return nil }
      return Self.carried(layer)
    }
    return site.layers.layer(for: key(recipe)).map { BuiltLayer($0) }
  }

  /// The layer of a recipe, if it was made before; its bytes may be gone by now.
  func known(_ recipe: LayerRecipe) -> BuiltLayer? {
    if case .carried(let layer, _) = recipe.content { return Self.carried(layer) }
    return site.layers.remembered(for: key(recipe)).map { BuiltLayer($0) }
  }

  /// What two recipes have in common that make the same layer.
  func identity(_ recipe: LayerRecipe) -> String {
    if case .carried(let layer, _) = recipe.content { return "\(layer.blob.digest)" }
    return key(recipe)
  }

  /// Where the bytes of a layer lie that is in the store.
  func path(of layer: BuiltLayer, _ recipe: LayerRecipe) -> String {
    if case .carried = recipe.content { return site.artifacts.path(of: layer.digest) }
    return site.layers.path(of: layer.digest)
  }

  /// Makes the layer of a recipe.
  ///
  /// - Parameters:
  ///   - recipe: The recipe.
  ///   - gate: Lets so many layers be made at a time.
  ///   - progress: Gets the number of bytes that are written, from another thread.
  /// - Returns: The layer, how many seconds it took to make, downloads left out, and what the user should know.
  /// - Throws: What is wrong with an artifact, or out of reach.
  func make(
    _ recipe: LayerRecipe, gate: Gate, progress: @escaping @Sendable (Int) -> Void
  ) async throws -> (layer: BuiltLayer, seconds: Double, notes: [String]) {
    if case .carried(let layer, let image) = recipe.content {
      _ = try await site.fetch(layer.blob, of: image)
      return (Self.carried(layer), 0, [])
    }
    try await bring(recipe)
    guard await gate.enter() else { throw CancellationError() }
    defer { gate.leave() }
    let start = ContinuousClock.now
    // Compiling takes its time before the first byte is written.
    if case .bytecode = recipe.content { progress(0) }
    let draft = try await draft(recipe)
    defer { draft.clear() }
    let layer: StoredLayer
    do {
      layer = try await write(draft, progress)
    } catch let fault as LayerFault {
      throw BadRequest("the layer “\(recipe.title)” cannot be made: \(fault.message)", kind: fault.kind)
    }
    try site.layers.remember(layer, for: key(recipe))
    return (BuiltLayer(layer), start.duration(to: .now).seconds, draft.notes)
  }

  private static func carried(_ layer: LockedImage.Layer) -> BuiltLayer {
    BuiltLayer(
      mediaType: MediaType.standard(layer.blob.mediaType), digest: layer.blob.digest, diffID: layer.diffID,
      size: layer.blob.size, tarSize: nil)
  }

  private var form: LayerForm {
    switch compression {
    case .splice: .spliced
    case .zstd: .zstd
    case .none: .plain
    }
  }

  private func key(_ recipe: LayerRecipe) -> String {
    "\(recipe.key) \(stargz ? "estargz" : form.recipe)"
  }

  private func write(_ draft: Draft, _ progress: @escaping @Sendable (Int) -> Void) async throws
    -> StoredLayer
  {
    var annotations = draft.annotations
    let plan: LayerPlan
    if stargz {
      let stargz = try StargzLayer(
        try await site.layers.digested(draft.entries, sources: draft.sources))
      plan = stargz.plan
      annotations.merge(stargz.annotations) { _, new in new }
    } else {
      plan = try LayerPlan(draft.entries)
    }
    var layer = try await site.layers.write(plan, sources: draft.sources, form: form, progress: progress)
    layer.annotations = annotations
    return layer
  }
}

extension BuiltLayer {
  init(_ layer: StoredLayer) {
    self.init(
      mediaType: layer.mediaType, digest: layer.digest, diffID: layer.diffID, size: layer.size,
      tarSize: layer.tarSize, annotations: layer.annotations)
  }
}

// MARK: Bringing

extension LayerMaker {
  /// Brings all that goes into a layer, several things at a time.
  func bring(_ recipe: LayerRecipe) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      switch recipe.content {
      case .carried, .entries: break
      case .files: group.addTask { try await site.bringUserFiles() }
      case .debian(let debian):
        for package in debian.packages { group.addTask { _ = try await site.fetch(package) } }
      case .libraryCache(let debian, _):
        for package in debian.packages { group.addTask { _ = try await site.fetch(package) } }
      case .interpreter(let build): group.addTask { _ = try await site.fetch(build) }
      case .wheels(let wheels):
        for wheel in wheels { group.addTask { _ = try await site.fetch(wheel) } }
      case .bytecode(let bytecode):
        for package in bytecode.packages { group.addTask { _ = try await site.fetch(package) } }
        if case .image(let image) = bytecode.base.system {
          for layer in image.layers { group.addTask { _ = try await site.fetch(layer.blob, of: image) } }
        }
        if case .build(let build) = bytecode.base.interpreter.origin {
          group.addTask { _ = try await site.fetch(build) }
        }
        if case .wheels(let wheels) = bytecode.subject {
          for wheel in wheels { group.addTask { _ = try await site.fetch(wheel) } }
        }
      }
      try await group.waitForAll()
    }
  }
}

// MARK: Drafting

extension LayerMaker {
  /// What is in a layer; its artifacts are in the store, or are brought now.
  func draft(_ recipe: LayerRecipe) async throws -> Draft {
    switch recipe.content {
    case .carried: Draft(entries: [], sources: [])
    case .entries(let entries): Draft(entries: entries, sources: [])
    case .files(let entries, let sources): Draft(entries: entries, sources: sources)
    case .wheels(let wheels): try await draft(wheels)
    case .bytecode(let bytecode): try await draft(bytecode, title: recipe.title)
    case .debian(let group): try await draft(group)
    case .libraryCache(let debian, let platform): try await draft(cacheOf: debian, platform)
    case .interpreter(let build): try await draft(build)
    }
  }

  func draft(_ wheels: [LockedWheel]) async throws -> Draft {
    var installs: [(install: WheelInstall, source: Int)] = []
    var draft = Draft(entries: [], sources: [])
    for (source, wheel) in wheels.enumerated() {
      let stored = try await site.fetch(wheel)
      let install = try install(wheel, at: stored.path)
      installs.append((install, source))
      draft.sources.append(LayerSource(name: wheel.fileName, path: stored.path, digest: wheel.sha256))
      if let first = install.disagreements.first {
        let more = install.disagreements.count - 1
        draft.notes.append(
          "\(wheel.fileName): \(first.clause)" + (more > 0 ? ", and \(more) more of the kind" : ""))
      }
    }
    for clash in InstallClash.all(in: installs.map(\.install)) {
      draft.notes.append(
        "\(clash.first.project) and \(clash.second.project) both bring \(clash.path); that of \(clash.first.project) is taken"
      )
    }
    draft.entries = InstallClash.entries(installs)
    let folders = ImageSettings.libraryFolders(
      in: draft.entries.lazy.filter(\.isFile).map(\.path), below: layout.sitePackages)
    if !folders.isEmpty {
      draft.annotations[Self.librariesKey] = folders.map(\.text).joined(separator: ":")
    }
    return draft
  }

  /// The note of a layer's descriptor that names its folders of CUDA libraries, so that the image's configuration can be
  /// written without the wheels.
  static let librariesKey = "dev.envlock.libraries"

  private func install(_ wheel: LockedWheel, at path: String) throws -> WheelInstall {
    let file = try WheelFile(path, name: wheel.fileName)
    return try WheelInstall(
      wheel: WheelName(wheel.fileName), members: file.members, scheme: layout.scheme,
      interpreter: layout.interpreter, rule: .noted
    ) { index, limit in try file.content(index, limit: limit) }
  }
}

extension LayerMaker {
  func draft(_ group: LayerRecipe.DebianGroup) async throws -> Draft {
    var draft = Draft(entries: [], sources: [])
    do {
      var trees: [DebianTree] = []
      for package in group.packages {
        let stored = try await site.fetch(package)
        let pack = try await site.packer.pack(stored, name: package.fileName, kind: .debianPackage)
        draft.packs.append(pack)
        trees.append(
          try DebianTree(
            package: package.name, members: pack.entries, source: draft.sources.count,
            control: pack.control ?? [], md5sums: pack.md5sums, read: { try pack.content(of: $0) }))
        draft.sources.append(pack.file)
      }
      draft.entries = try DebianSystem(suite: group.debian.suite, platform: group.platform).layer(
        of: trees, isLowest: group.isLowest)
      return draft
    } catch {
      draft.clear()
      throw error
    }
  }

  private func draft(cacheOf debian: LockedDebian, _ platform: Platform) async throws -> Draft {
    var names: [(path: String, link: String?)] = []
    for package in debian.packages {
      let stored = try await site.fetch(package)
      names += try await ArchiveNames.list(stored.path, name: package.fileName, kind: .debianPackage)
    }
    let cache = LibraryCache(names, platform: platform)
    return Draft(
      entries: [LayerEntry(try ImagePath(LibraryCache.path), .bytes(cache.bytes), mode: 0o644)], sources: [])
  }

  func draft(_ build: LockedInterpreter.Build) async throws -> Draft {
    let stored = try await site.fetch(build)
    let pack = try await site.packer.pack(stored, name: build.file, kind: .tar)
    do {
      return Draft(
        entries: try InterpreterTree.entries(pack.entries, source: 0, archive: build.file),
        sources: [pack.file], packs: [pack])
    } catch {
      pack.remove()
      throw error
    }
  }
}
