import EnvlockImage
import EnvlockModel
import EnvlockStore
import EnvlockVersions

/// The layers of the image of one answer, the lowest first.
///
/// Which layers there are depends on the answer, and on what the manifest says of the image; a layer depends on nothing
/// but what is in it. So a wheel gives the same layer in every image of the same Python.
struct ImageRecipe: Sendable {
  /// The answer.
  let answer: PlatformLock
  /// What is below the wheels.
  let base: LockedBase
  /// Where the environment lies.
  let layout: EnvironmentLayout
  /// Which files of the image its Python starts from.
  let interpreterParts: InterpreterParts
  /// The layers, the lowest first.
  let layers: [LayerRecipe]

  /// Layers that an image can have: more than 127 cannot be mounted at once by Docker.
  static let layerLimit = 127

  /// Changed whenever the same recipe comes to mean other bytes.
  private static let version = 1

  /// - Parameters:
  ///   - answer: The lock's answer for a platform.
  ///   - lock: The text of the lock, which the image holds.
  ///   - image: What the manifest says of the image.
  ///   - files: The user's files.
  /// - Throws: `BadRequest` for an answer without a base, and one of too many layers.
  init(_ answer: PlatformLock, lock: String, image: ImageDeclaration, files: UserFolder.Content) throws {
    guard let base = answer.base else { throw BadRequest.withoutBase }
    self.answer = answer
    self.base = base
    layout = try EnvironmentLayout(
      python: answer.python, interpreterPath: Self.interpreterPath(base.interpreter, answer.python))
    interpreterParts = try InterpreterParts(layout, platform: answer.platform)
    var layers = Self.baseLayers(base, answer.platform)
    if case .build(let build) = base.interpreter.origin {
      layers.append(
        LayerRecipe(
          .interpreter, "python \(base.interpreter.version)", .interpreter(build),
          key: "interpreter/\(Self.version) \(build.sha256)"))
    }
    layers.append(
      LayerRecipe(
        .environment, "environment", .entries(try layout.entries(version: base.interpreter.version)),
        key: "environment/\(Self.version) \(base.interpreter.version) \(layout.interpreterPath)"))
    var top: [LayerRecipe] = [
      LayerRecipe(
        .lock, Self.lockTitle, .entries([try Self.lockEntry(lock)]),
        key: "lock/\(Self.version) \(sha256(Array(lock.utf8)))")
    ]
    if !files.entries.isEmpty {
      top.append(
        LayerRecipe(
          .files, "files", .files(files.entries, sources: files.sources),
          key: "files/\(Self.version) \(files.identity)"))
    }
    var room = Self.layerLimit - layers.count - top.count
    // One more for the standard library, and two for each group of wheels.
    if image.bytecode { room = (room - 1) / 2 }
    guard room > 0 else {
      throw BadRequest(
        "the base has \(layers.count) layers, and an image can have \(Self.layerLimit)",
        hints: ["choose a base of fewer layers"])
    }
    let wheels = Self.wheelLayers(answer, layout, limit: room)
    layers += wheels
    if image.bytecode {
      let (parts, layout) = (interpreterParts, layout)
      let replaced = files.entries.map(\.path).filter { parts.isStandardModule($0) || layout.isModule($0) }
      layers += Self.bytecodeLayers(answer, base, layout, wheels: wheels, replaced: replaced)
    }
    self.layers = layers + top
  }

  // MARK: base

  private static func interpreterPath(_ interpreter: LockedInterpreter, _ python: PythonVersion) -> String {
    switch interpreter.origin {
    case .debian(let package): "/usr/bin/\(package)"
    case .build: "/opt/python/bin/\(EnvironmentLayout.binaryName(python))"
    }
  }

  private static func baseLayers(_ base: LockedBase, _ platform: Platform) -> [LayerRecipe] {
    switch base.system {
    case .image(let image):
      return image.layers.enumerated().map { place, layer in
        let title = image.layers.count == 1 ? image.reference : "\(image.reference) (\(place + 1))"
        return LayerRecipe(.base, title, .carried(layer, of: image), key: "")
      }
    case .debian(let debian):
      let lowest = debian.closure(of: debian.essential)
      var taken = Set(lowest.map(\.name))
      func rest(_ packages: [LockedDebianPackage]) -> [LockedDebianPackage] {
        packages.filter { taken.insert($0.name).inserted }
      }
      var groups = [("\(debian.suite), \(lowest.count) packages", lowest)]
      if case .debian(let package) = base.interpreter.origin {
        groups.append(("\(package) (Debian)", rest(debian.closure(of: [package]))))
      }
      let further = rest(debian.packages)
      groups.append((further.count == 1 ? further[0].name : "\(further.count) further packages", further))
      let layers = groups.filter { !$0.1.isEmpty }.enumerated().map { place, group in
        let content = LayerRecipe.DebianGroup(
          debian: debian, packages: group.1, isLowest: place == 0, platform: platform)
        let digests = group.1.map(\.sha256.hex).joined(separator: ",")
        let kind = place == 0 ? "debian-lowest" : "debian"
        return LayerRecipe(
          .base, group.0, .debian(content),
          key: "\(kind)/\(version) \(debian.suite) \(platform.architecture) \(digests)")
      }
      let all = debian.packages.map(\.sha256.hex).joined(separator: ",")
      let cache = LayerRecipe(
        .base, "library cache", .libraryCache(debian, platform),
        key: "library-cache/\(version) \(platform.architecture) \(all)")
      return layers + [cache]
    }
  }

  // MARK: wheels

  private static func wheelLayers(
    _ answer: PlatformLock, _ layout: EnvironmentLayout, limit: Int
  ) -> [LayerRecipe] {
    let items = answer.wheels.map { LayerGrouping.Item(project: $0.name, size: $0.size ?? 0) }
    return LayerGrouping().groups(items, limit: limit).map { group in
      let wheels = group.projects.compactMap { answer.wheel($0) }
      let digests = wheels.map(\.sha256.hex).joined(separator: ",")
      return LayerRecipe(
        .wheels, title(wheels), .wheels(wheels), key: "wheels/\(version) \(layout.sitePackages) \(digests)")
    }
  }

  /// The layers of compiled modules, for the interpreter and for each layer of wheels.
  private static func bytecodeLayers(
    _ answer: PlatformLock, _ base: LockedBase, _ layout: EnvironmentLayout, wheels: [LayerRecipe],
    replaced: [ImagePath]
  ) -> [LayerRecipe] {
    func recipe(_ subject: BytecodeRecipe.Subject) -> BytecodeRecipe {
      BytecodeRecipe(subject: subject, base: base, platform: answer.platform, replaced: Set(replaced))
    }
    let library = recipe(.standardLibrary)
    // What Python makes of a source depends on nothing but which Python it is.
    let python: String =
      switch base.interpreter.origin {
      case .debian: library.packages.map(\.sha256.hex).joined(separator: ",")
      case .build(let build): build.sha256.hex
      }
    let but = replaced.isEmpty ? "" : " but " + replaced.map(\.text).joined(separator: "\n")
    return [
      LayerRecipe(
        .bytecode, "bytecode of python \(base.interpreter.version)", .bytecode(library),
        key: "bytecode/\(version) \(layout.interpreterPath) \(python)\(but)")
    ]
      + wheels.compactMap { layer in
        guard case .wheels(let wheels) = layer.content else { return nil }
        return LayerRecipe(
          .bytecode, "bytecode of \(layer.title)", .bytecode(recipe(.wheels(wheels))),
          key: "bytecode/\(version) \(python) \(layer.key)\(but)")
      }
  }

  private static func title(_ wheels: [LockedWheel]) -> String {
    if wheels.count == 1 { return "\(wheels[0].name) \(wheels[0].version)" }
    let first = wheels.prefix(2).map(\.name.text).joined(separator: ", ")
    return wheels.count == 2 ? first : "\(first) and \(wheels.count - 2) more"
  }

  /// What the layer with the lock is called.
  static let lockTitle = "lock"
  /// Where an image holds its lock.
  static let lockPath = "etc/envlock/envlock.lock"

  private static func lockEntry(_ text: String) throws -> LayerEntry {
    LayerEntry(try ImagePath(lockPath), .bytes(Array(text.utf8)), mode: 0o644)
  }
}

extension BadRequest {
  /// A lock of wheels only is to become an image.
  static let withoutBase = BadRequest(
    "the lock has no base, so there is nothing below its wheels",
    hints: [
      "add to the manifest, then run `envlock resolve` again:\n  [base]\n  debian = \"bookworm\"",
      "without a manifest: `envlock resolve … --base debian:bookworm`",
    ])
}
