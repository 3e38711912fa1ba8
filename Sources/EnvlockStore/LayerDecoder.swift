import EnvlockImage
import EnvlockNative

/// Makes a tar archive of a layer's bytes, whatever they are compressed with.
struct LayerDecoder {
  private enum Kind {
    case none
    case gzip(GzipReader)
    case zstd(ZstdStream)
  }

  private var kind: Kind
  private let limit: Int
  private var made = 0

  /// How bytes are compressed, as they begin.
  static func compression(of bytes: UnsafeRawBufferPointer) -> MediaType.Compression {
    if bytes.starts(with: [0x1F, 0x8B]) { return .gzip }
    // A frame, or one of those that are passed over.
    if bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return .zstd }
    if bytes.count >= 4, bytes[0] & 0xF0 == 0x50, bytes[1...3].elementsEqual([0x2A, 0x4D, 0x18]) {
      return .zstd
    }
    return .none
  }

  /// Nil where there is no memory for it.
  init?(_ compression: MediaType.Compression, limit: Int) {
    self.limit = limit
    switch compression {
    case .none: kind = .none
    case .gzip: kind = .gzip(GzipReader(limit: limit))
    case .zstd:
      guard let stream = try? ZstdStream(limit: limit) else { return nil }
      kind = .zstd(stream)
    }
  }

  private struct GivenUp: Error {}

  /// Takes bytes; gives what is wrong with them.
  mutating func push(_ bytes: UnsafeRawBufferPointer, into ring: LayerRing) -> String? {
    do {
      switch kind {
      case .none:
        made += bytes.count
        if made > limit { return "holds more than \(limit) bytes" }
        if !ring.append(bytes) { return "could not be read" }
      case .gzip(var reader):
        kind = .none
        defer { kind = .gzip(reader) }
        try reader.push(bytes) { if !ring.append($0) { throw GivenUp() } }
      case .zstd(let stream):
        try stream.push(bytes) { if !ring.append($0) { throw GivenUp() } }
      }
      return nil
    } catch let fault as GzipFault {
      return fault.clause
    } catch let error as ZstdError {
      return LayerDecoder.clause(error)
    } catch {
      return "could not be read"
    }
  }

  /// Says that all bytes were pushed; gives what is wrong.
  func finish() -> String? {
    switch kind {
    case .none: break
    case .gzip(let reader):
      do throws(GzipFault) { try reader.finish() } catch { return error.clause }
    case .zstd(let stream):
      do throws(ZstdError) { try stream.finish() } catch { return LayerDecoder.clause(error) }
    }
    return nil
  }

  private static func clause(_ error: ZstdError) -> String {
    switch error {
    case .corrupt: "is damaged: its zstd frames cannot be decompressed"
    case .cutShort: "is cut off in a zstd frame"
    case .tooLong(let limit): "holds more than \(limit) bytes"
    case .noMemory: "needs more memory than there is"
    }
  }
}
