import EnvlockImage
import EnvlockModel
import EnvlockStore

/// How a layer is made; known before anything is fetched.
struct LayerRecipe: Sendable {
  /// What it is made of.
  enum Content: Sendable {
    /// A layer of the image below, as it is.
    case carried(LockedImage.Layer, of: LockedImage)
    /// Packages of Debian.
    case debian(DebianGroup)
    /// The cache of the libraries of all packages of Debian.
    case libraryCache(LockedDebian, Platform)
    /// A build of CPython.
    case interpreter(LockedInterpreter.Build)
    /// Wheels, by ascending name.
    case wheels([LockedWheel])
    /// Compiled modules of the interpreter or of wheels.
    case bytecode(BytecodeRecipe)
    /// Files that envlock writes.
    case entries([LayerEntry])
    /// The user's files: entries whose content lies in these files.
    case files([LayerEntry], sources: [LayerSource])
  }

  /// The packages of one layer, and what has to be known of the others.
  struct DebianGroup: Sendable {
    /// The lock's base.
    let debian: LockedDebian
    /// The names of the packages in this layer, sorted.
    let packages: [LockedDebianPackage]
    /// Whether the layer also holds what no package brings.
    let isLowest: Bool
    /// For what platform.
    let platform: Platform
  }

  let stratum: LayerStratum
  let title: String
  let content: Content
  /// All that the tar archive in the layer depends on, and the version of how it is made.
  let key: String

  init(_ stratum: LayerStratum, _ title: String, _ content: Content, key: String) {
    self.stratum = stratum
    self.title = title
    self.content = content
    self.key = key
  }
}

extension LayerRecipe {
  /// What goes into the layer.
  func parts(isInStore: (Digest, Int?) -> Bool) -> [PlannedLayer.Part] {
    func part(_ name: String, _ version: String, _ digest: Digest, _ size: Int?) -> PlannedLayer.Part {
      PlannedLayer.Part(name: name, version: version, size: size, isInStore: isInStore(digest, size))
    }
    switch content {
    case .carried(let layer, let image):
      return [part(image.reference, "", layer.blob.digest, layer.blob.size)]
    case .debian(let group):
      return group.packages.map { part($0.name, $0.version.description, $0.sha256, $0.size) }
    case .interpreter(let build): return [part("python", build.release, build.sha256, nil)]
    case .wheels(let wheels):
      return wheels.map { part($0.name.text, $0.version.description, $0.sha256, $0.size) }
    case .libraryCache, .bytecode, .entries, .files: return []
    }
  }
}
