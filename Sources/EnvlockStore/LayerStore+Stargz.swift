package import EnvlockImage
import EnvlockModel
import EnvlockNative
import Glibc

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
      let digester = try MemberDigester(sources)
      var entries = entries
      for index in unknown {
        guard case .splice(var splice) = entries[index].content else { continue }
        splice.expected = .sha256(try digester.digest(of: splice, entries[index].path.text))
        entries[index].content = .splice(splice)
      }
      return entries
    }
  }
}

/// Reads single members of files, and verifies them as a layer's writer does.
private final class MemberDigester {
  private let sources: [LayerSource]
  private var descriptors: [Int32] = []
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)

  init(_ sources: [LayerSource]) throws(LayerError) {
    self.sources = sources
    for source in sources {
      let descriptor = open(source.path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else {
        throw LayerError(source.name, .file(FileFailure(.read, source.path, code: errno)))
      }
      descriptors.append(descriptor)
    }
  }

  deinit {
    for descriptor in descriptors { close(descriptor) }
    buffer.deallocate()
  }

  func digest(of splice: Splice, _ member: String) throws(LayerError) -> Digest {
    guard descriptors.indices.contains(splice.source) else {
      throw LayerError("", .noSource(member: member))
    }
    let name = sources[splice.source].name
    var hash = SHA256Stream()
    var other = splice.expected.map { MemberHash($0) }
    func take(_ bytes: UnsafeRawBufferPointer) {
      hash.update(bytes)
      other?.update(bytes)
    }
    let sum: UInt32
    do {
      sum = splice.isDeflated ? try inflate(splice, member, take) : try read(splice, member, take)
    } catch let error as LayerError {
      throw error
    } catch let error as InflateStreamError {
      throw LayerError(name, .inflate(member: member, error))
    } catch {
      throw LayerError(name, .cancelled)
    }
    if let expected = splice.crc, expected != sum {
      throw LayerError(name, .sum(member: member, expected: expected, found: sum))
    }
    if let expected = splice.expected, let found = other?.hash, expected != found {
      throw LayerError(name, .hash(member: member, expected: "\(expected)", found: "\(found)"))
    }
    return hash.digest()
  }

  private func inflate(
    _ splice: Splice, _ member: String, _ body: (UnsafeRawBufferPointer) -> Void
  ) throws -> UInt32 {
    let stream = try InflateStream(limit: splice.size)
    try pieces(splice, member) { piece in try stream.push(piece, body) }
    try stream.finish(size: splice.size)
    return stream.sum
  }

  private func read(
    _ splice: Splice, _ member: String, _ body: (UnsafeRawBufferPointer) -> Void
  ) throws -> UInt32 {
    var sum: UInt32 = 0
    try pieces(splice, member) { piece in
      sum = crc32(piece, continuing: sum)
      body(piece)
    }
    return sum
  }

  private func pieces(
    _ splice: Splice, _ member: String, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let source = sources[splice.source]
    var done = 0
    while done < splice.compressedSize {
      let piece = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(splice.compressedSize - done))
      let (count, code) = StoreFiles.read(descriptors[splice.source], at: splice.offset + done, into: piece)
      guard code == 0 else {
        throw LayerError(source.name, .file(FileFailure(.read, source.path, code: code)))
      }
      guard count == piece.count else { throw LayerError(source.name, .cutOff(member: member)) }
      try body(UnsafeRawBufferPointer(piece))
      done += count
    }
  }
}
