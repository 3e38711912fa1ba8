import Crypto
import EnvlockImage
import EnvlockModel
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
  private var sha256: SHA256Stream?
  private var sha384: SHA384?
  private var sha512: SHA512?

  init(_ kind: ContentHash) {
    switch kind {
    case .sha256: sha256 = SHA256Stream()
    case .sha384: sha384 = SHA384()
    case .sha512: sha512 = SHA512()
    }
  }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    sha256?.update(bytes)
    sha384?.update(bufferPointer: bytes)
    sha512?.update(bufferPointer: bytes)
  }

  /// Nil never, since there is one of the three.
  var hash: ContentHash? {
    if let sha256 { return .sha256(sha256.digest()) }
    if let sha384 { return .sha384(Array(sha384.finalize())) }
    return sha512.map { .sha512(Array($0.finalize())) }
  }
}
