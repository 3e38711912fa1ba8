import EnvlockImage
import EnvlockModel
import EnvlockNative
import Synchronization

/// Hashes the tar archive of a layer, and in it each member whose hash the plan knows.
struct LayerHashSide {
  /// Where the archive goes besides.
  enum Output {
    /// It is only hashed.
    case nowhere
    /// The layer is the archive.
    case file(LayerFile)
    /// The layer is made of it.
    case frames(LayerFrames)
  }

  private let job: LayerJob
  private var archive = SHA256Stream()
  private var member: MemberHash?
  /// The segment that the next byte belongs to, and how many of its bytes are still to come.
  private var segment = -1
  private var rest = 0

  /// Hashes all that comes.
  ///
  /// - Parameters:
  ///   - job: the layer.
  ///   - ring: where the archive comes from.
  ///   - output: gets the archive too.
  /// - Returns: the digest of the archive.
  /// - Throws: the fault of the first member whose hash is another.
  static func run(
    _ job: LayerJob, from ring: LayerRing, to output: Output
  ) throws(LayerJob.Fault) -> EnvlockModel.Digest {
    defer {
      ring.giveUp()
      if case .frames(let frames) = output { if job.mustEnd { frames.giveUp() } else { frames.close() } }
    }
    var side = LayerHashSide(job: job)
    try ring.drain { (block) throws(LayerJob.Fault) in
      side.archive.update(block)
      try side.verify(block)
      switch output {
      case .nowhere: break
      case .file(let file):
        do throws(FileFailure) { try file.write(block) } catch {
          throw LayerJob.Fault(segment: side.segment, error: LayerError("", .file(error)))
        }
      case .frames(let frames):
        // Whoever broke it off tells why.
        if !frames.append(block) { job.isStopped.store(true, ordering: .relaxed) }
      }
    }
    return side.archive.digest()
  }

  private init(job: LayerJob) { self.job = job }

  private mutating func verify(_ block: UnsafeRawBufferPointer) throws(LayerJob.Fault) {
    var bytes = block
    while !bytes.isEmpty {
      while rest == 0 { begin() }
      let count = min(rest, bytes.count)
      member?.update(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
      bytes = UnsafeRawBufferPointer(rebasing: bytes[count...])
      rest -= count
      if rest == 0, let member, case .splice(let splice) = job.plan.segments[segment] {
        self.member = nil
        guard let expected = splice.expected, let found = member.hash, expected != found else { continue }
        throw job.fault(segment, splice) {
          .hash(member: $0, expected: "\(expected)", found: "\(found)")
        }
      }
    }
  }

  private mutating func begin() {
    segment += 1
    // No more bytes come than the plan has.
    guard job.plan.segments.indices.contains(segment) else {
      rest = .max
      return
    }
    switch job.plan.segments[segment] {
    case .literal(let range): rest = range.count
    case .splice(let splice):
      rest = splice.size
      member = splice.expected.map { MemberHash($0) }
    }
  }
}

/// The hash of one member, by whichever function its RECORD uses.
struct MemberHash {
  private var state: SHA2

  init(_ kind: ContentHash) {
    switch kind {
    case .sha256: state = SHA2(.sha256)
    case .sha384: state = SHA2(.sha384)
    case .sha512: state = SHA2(.sha512)
    }
  }

  mutating func update(_ bytes: UnsafeRawBufferPointer) { state.update(bytes) }

  /// Nil never, since the digest of SHA-256 has its length.
  var hash: ContentHash? {
    let digest = state.digest
    switch state.function {
    case .sha256: return digest.withUnsafeBytes { Digest(raw: $0) }.map { .sha256($0) }
    case .sha384: return .sha384(digest)
    case .sha512: return .sha512(digest)
    }
  }
}
