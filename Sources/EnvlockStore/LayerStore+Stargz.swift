package import EnvlockImage

extension LayerStore {
  /// Writes a layer that can be pulled file by file.
  ///
  /// - Parameters:
  ///   - layer: what is in it.
  ///   - sources: the files that the plan's splices number.
  ///   - progress: gets the number of bytes that are written, from another thread.
  /// - Returns: the layer, with the annotations that its descriptor needs.
  /// - Throws: `LayerError`.
  package func write(
    _ layer: StargzLayer, sources: [LayerSource], progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) async throws(LayerError) -> StoredLayer {
    var stored = try await write(layer.plan, sources: sources, progress: progress)
    stored.annotations = layer.annotations
    return stored
  }

  /// Entries with the SHA-256 of every file, which `StargzLayer` needs. Those that know it already are not read; a hash of
  /// another kind is verified before it gives way.
  ///
  /// - Parameters:
  ///   - entries: what is to be in a layer.
  ///   - sources: the files that the splices number.
  /// - Returns: the entries in their order.
  /// - Throws: `LayerError`.
  package func digested(
    _ entries: [LayerEntry], sources: [LayerSource]
  ) async throws(LayerError) -> [LayerEntry] {
    let unknown = entries.indices.filter { index in
      guard case .splice(let splice) = entries[index].content else { return false }
      return splice.expected?.digest == nil
    }
    guard !unknown.isEmpty else { return entries }
    return try await onThread { () throws(LayerError) in
      let reader = try MemberReader(sources)
      var entries = entries
      for index in unknown {
        guard case .splice(var splice) = entries[index].content else { continue }
        var hash = SHA256Stream()
        try reader.read(splice, entries[index].path.text) { hash.update($0) }
        splice.expected = .sha256(hash.digest())
        entries[index].content = .splice(splice)
      }
      return entries
    }
  }
}
