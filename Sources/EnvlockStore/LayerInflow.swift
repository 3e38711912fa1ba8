import EnvlockImage
import Glibc
import Synchronization

/// Reads a layer where it lies, hashes it as it is, and decompresses it.
struct LayerInflow {
  private let place: LayoutReader.Place
  private(set) var hash = SHA256Stream()
  /// How many bytes it has.
  private(set) var count = 0
  /// How it is compressed, as its first bytes tell.
  private(set) var compression = MediaType.Compression.none
  /// Why it could not be read to its end, as the end of a sentence about it; nil where it was.
  private(set) var damage: String?
  private var decoder: LayerDecoder?

  init(place: LayoutReader.Place) { self.place = place }

  /// Reads all of it.
  ///
  /// - Parameters:
  ///   - file: the file that it lies in.
  ///   - ring: gets the tar archive, as far as it can be decompressed.
  ///   - isCancelled: ends it soon.
  ///   - progress: gets how many bytes were read.
  /// - Throws: `FileFailure` where it cannot be read; damage is no error.
  mutating func run(
    _ file: Int32, into ring: LayerRing, _ isCancelled: borrowing Atomic<Bool>,
    _ progress: (Int) -> Void
  ) throws(FileFailure) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { buffer.deallocate() }
    while count < place.size, !isCancelled.load(ordering: .relaxed) {
      let room = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(place.size - count))
      let (read, code) = StoreFiles.read(file, at: place.offset + count, into: room)
      guard code == 0 else { throw FileFailure(.read, place.path, code: code) }
      if read == 0 { break }
      let piece = UnsafeRawBufferPointer(rebasing: room[..<read])
      hash.update(piece)
      if count == 0 {
        compression = LayerDecoder.compression(of: piece)
        decoder = LayerDecoder(compression, limit: LayerReader.sizeLimit)
        if decoder == nil { damage = "needs more memory than there is" }
      }
      count += read
      // The digest of a damaged layer is wanted all the same.
      if damage == nil { damage = decoder?.push(piece, into: ring) }
      progress(count)
    }
    if damage == nil, count == place.size { damage = decoder?.finish() }
    if count < place.size, damage == nil { damage = "is cut off" }
  }
}
