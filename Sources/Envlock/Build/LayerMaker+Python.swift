import EnvlockImage
import EnvlockModel
import EnvlockNative
import EnvlockStore

/// The libraries of an image by their names, as if all lay in one folder.
private struct LibraryFolder {
  enum Item {
    case content([UInt8])
    /// Another name of the library of this name.
    case link(String)
  }

  private(set) var items: [String: Item] = [:]

  /// Adds a library; what comes later lies above.
  mutating func add(_ name: String, _ content: [UInt8]) { items[name] = .content(content) }

  /// Adds a link; wherever it leads to, a library of that name is in the folder.
  mutating func add(_ name: String, linkTo text: String) {
    guard let target = text.split(separator: "/").last, target != name else { return }
    items[name] = .link(String(target))
  }
}

extension LayerMaker {
  /// Unpacks what the image's own Python needs to start.
  ///
  /// - Parameter recipe: what it consists of.
  /// - Returns: where it is, and its modules.
  /// - Throws: what is wrong with an artifact, or out of reach.
  func unpackPython(of recipe: BytecodeRecipe) async throws -> UnpackedPython.Content {
    let folder = try site.packer.scratchFolder()
    var libraries = LibraryFolder()
    var library = Draft(entries: [], sources: [])
    do {
      switch recipe.base.system {
      case .debian(let debian):
        library = try await draft(
          LayerRecipe.DebianGroup(
            debian: debian, packages: recipe.packages, isLowest: false, platform: recipe.platform))
        try await unpack(library, into: folder, &libraries)
      case .image(let image):
        for layer in image.layers { try await add(layer, of: image, to: &libraries) }
      }
      if case .build(let build) = recipe.base.interpreter.origin {
        library.clear()
        library = try await draft(build)
        try await unpack(library, into: folder, &libraries)
      }
      for (name, item) in libraries.items {
        let path = try ImagePath("\(UnpackedPython.libraries)/\(name)")
        switch item {
        case .content(let content): try folder.write(content, to: path, isExecutable: true)
        case .link(let target): try folder.link(path, to: target)
        }
      }
    } catch {
      library.clear()
      throw error
    }
    library.entries.removeAll { !$0.isFile || !python.parts.isStandardModule($0.path) }
    return UnpackedPython.Content(folder: folder, library: library)
  }

  /// Unpacks what Python needs of a layer.
  private func unpack(
    _ draft: Draft, into folder: ScratchFolder, _ libraries: inout LibraryFolder
  ) async throws {
    let parts = python.parts
    let entries = Dictionary(draft.entries.map { ($0.path, $0) }) { first, _ in first }
    var files: [(path: ImagePath, part: InterpreterParts.Part, entry: LayerEntry)] = []
    for entry in draft.entries {
      guard let part = parts.part(entry.path) else { continue }
      switch entry.content {
      case .bytes, .splice: files.append((entry.path, part, entry))
      case .hardLink(let target): if let file = entries[target] { files.append((entry.path, part, file)) }
      case .symbolicLink(let target):
        if case .library(let name) = part { libraries.add(name, linkTo: target.text) }
      case .directory: break
      }
    }
    let contents = try await site.layers.contents(of: files.map(\.entry), sources: draft.sources)
    for (file, content) in zip(files, contents) {
      switch file.part {
      case .library(let name): libraries.add(name, content)
      case .python: try folder.write(content, to: file.path, isExecutable: file.path == parts.program)
      }
    }
  }

  /// Takes the libraries of glibc out of a layer of the image below, where all else that Python needs is its own.
  private func add(
    _ layer: LockedImage.Layer, of image: LockedImage, to libraries: inout LibraryFolder
  ) async throws {
    let parts = python.parts
    let stored = try await site.fetch(layer.blob, of: image)
    let members = try await LayerMembers.read(stored.path, name: "a layer of \(image.reference)") { path in
      Self.path(path).map { parts.isGlibc($0) } ?? false
    }
    for (member, content) in members {
      guard let path = Self.path(member.path), let name = path.text.split(separator: "/").last else {
        continue
      }
      switch member.kind {
      case .file: libraries.add(String(name), content)
      case .symbolicLink(let text), .hardLink(let text): libraries.add(String(name), linkTo: text)
      case .directory, .special: break
      }
    }
  }

  /// A member's path without what some tools write before it.
  private static func path(_ text: String) -> ImagePath? {
    try? ImagePath(String(text.hasPrefix("./") ? text.dropFirst(2) : text.drop { $0 == "/" }))
  }
}
