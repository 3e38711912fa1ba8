package import EnvlockModel
package import EnvlockNative
package import EnvlockVersions

/// What an image's layers say about the system in it.
package enum ImageSystem {
  /// What was found.
  package struct Facts: Hashable, Sendable {
    /// The version of the GNU C Library; nil where the image has none.
    package var glibc: Version?
    /// Whether there is musl instead.
    package var hasMusl = false
    /// What the system calls itself: "Ubuntu 22.04.4 LTS"; nil where it does not say.
    package var name: String?
  }

  /// The version of the GNU C Library that containers of an image have.
  ///
  /// It is read from the library itself, wherever the usual linkers look for it; 32-bit ones do not count. Layers are read
  /// from the topmost down to the one that decides; it may take seconds, and blocks its thread.
  /// - Parameter layers: the files, the lowest layer first. How they are compressed is read from their bytes.
  /// - Returns: nil where the image has another C library, or none.
  /// - Throws: `ImageSystemError` for a layer that cannot be read.
  package static func glibc(layers: [(path: String, mediaType: String)]) throws -> Version? {
    try read(layers) { $0.glibc != nil }.glibc
  }

  /// All that can be said of the system. It reads on until it knows the C library and the name.
  ///
  /// - Parameter layers: as for `glibc(layers:)`.
  /// - Returns: what was found.
  /// - Throws: `ImageSystemError` for a layer that cannot be read.
  package static func facts(layers: [(path: String, mediaType: String)]) throws -> Facts {
    try read(layers) { $0.glibc != nil && $0.name != nil }
  }

  private static func read(
    _ layers: [(path: String, mediaType: String)], isEnough: (Facts) -> Bool
  ) throws -> Facts {
    var tree = SystemTree()
    for layer in layers.reversed() {
      do throws(ArchiveFault) { try read(layer.path, into: &tree) } catch {
        // Some tools write layers without their end, and every runtime takes them. The layer's digest tells that
        // nothing is missing.
        guard error == .cutOff, tree.hasMembers else {
          throw ImageSystemError(layer: layer.path, fault: error)
        }
      }
      tree.endLayer()
      let facts = tree.facts
      if isEnough(facts) { return facts }
    }
    return tree.facts
  }

  private static func read(_ path: String, into tree: inout SystemTree) throws(ArchiveFault) {
    let reader = try ArchiveReader(path, .tar)
    while let member = try reader.next() {
      guard let wanted = tree.meet(member.path, member.kind) else { continue }
      switch wanted {
      case .library:
        var search = LibraryVersionSearch()
        _ = try reader.read { search.take($0) }
        tree.put(.library(search.finish()), at: member.path)
      case .release:
        var text: [UInt8] = []
        _ = try reader.read { piece in
          text += piece.prefix(SystemTree.releaseLimit - text.count)
          return text.count < SystemTree.releaseLimit
        }
        tree.put(.release(SystemTree.prettyName(String(decoding: text, as: UTF8.self))), at: member.path)
      }
    }
  }
}

/// A layer that cannot be read.
package struct ImageSystemError: UserFacingError, Hashable {
  /// Where it lies.
  package let layer: String
  /// What is wrong with it.
  package let fault: ArchiveFault

  /// The layer, and what is wrong.
  package var message: String { "the layer `\(layer)` \(fault.clause)" }

  /// What to do next.
  package var hints: [String] { fault.hints }

  /// A damaged layer is a "no"; what this machine cannot do could not be found out.
  package var kind: ErrorKind { fault.isInArchive ? .answerIsNo : .couldNotFindOut }
}
