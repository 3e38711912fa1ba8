package import EnvlockImage

import EnvlockNative
import Glibc

/// Reads single members of files, and verifies them as a layer's writer does.
final class MemberReader {
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

  /// Hands on the content of a member, piece by piece.
  ///
  /// - Parameters:
  ///   - splice: where it lies.
  ///   - member: what it is called in errors.
  ///   - body: gets the pieces, before all of it is verified.
  /// - Throws: `LayerError`.
  func read(
    _ splice: Splice, _ member: String, _ body: (UnsafeRawBufferPointer) -> Void
  ) throws(LayerError) {
    guard descriptors.indices.contains(splice.source) else {
      throw LayerError("", .noSource(member: member))
    }
    let name = sources[splice.source].name
    var hash = splice.expected.map { MemberHash($0) }
    func take(_ bytes: UnsafeRawBufferPointer) {
      hash?.update(bytes)
      body(bytes)
    }
    let sum: UInt32
    do {
      sum = splice.isDeflated ? try inflate(splice, member, take) : try copy(splice, member, take)
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
    if let expected = splice.expected, let found = hash?.hash, expected != found {
      throw LayerError(name, .hash(member: member, expected: "\(expected)", found: "\(found)"))
    }
  }

  private func inflate(
    _ splice: Splice, _ member: String, _ body: (UnsafeRawBufferPointer) -> Void
  ) throws -> UInt32 {
    let stream = try InflateStream(limit: splice.size)
    try pieces(splice, member) { piece in try stream.push(piece, body) }
    try stream.finish(size: splice.size)
    return stream.sum
  }

  private func copy(
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

extension LayerStore {
  /// The contents of files, each in one piece, verified as when a layer is written.
  ///
  /// - Parameters:
  ///   - entries: the files; links and folders have no content.
  ///   - sources: the files that the splices number.
  /// - Returns: the contents in the order of the entries.
  /// - Throws: `LayerError`.
  package func contents(
    of entries: [LayerEntry], sources: [LayerSource]
  ) async throws(LayerError) -> [[UInt8]] {
    try await onThread { () throws(LayerError) in
      let reader = try MemberReader(sources)
      var contents: [[UInt8]] = []
      for entry in entries {
        var content: [UInt8] = []
        switch entry.content {
        case .bytes(let bytes): content = bytes
        case .splice(let splice):
          try reader.read(splice, entry.path.text) { content += $0 }
        case .directory, .symbolicLink, .hardLink: break
        }
        contents.append(content)
      }
      return contents
    }
  }
}
