package import EnvlockModel
package import EnvlockNative

/// Why an archive was not unpacked.
package struct ArchiveError: UserFacingError, Hashable {
  /// What went wrong.
  package enum Cause: Hashable, Sendable {
    /// The archive could not be read to its end.
    case archive(ArchiveFault)
    /// It is another file than the store says.
    case digest(expected: Digest, found: Digest)
    /// A file of the store could not be written.
    case file(FileFailure)
    /// The system has no threads left.
    case noThread
    /// The task was cancelled.
    case cancelled
  }

  /// The archive's file name.
  package let name: String
  /// The member at fault or the last one before it, where that is known.
  package let member: String?
  /// What went wrong.
  package let cause: Cause

  init(_ name: String, _ cause: Cause, member: String? = nil) {
    self.name = name
    self.member = member
    self.cause = cause
  }

  /// One sentence naming the archive.
  package var message: String {
    switch cause {
    case .archive(let fault): "\(name) \(fault.clause)"
    case .digest: "\(name) in the store is another file than expected: its SHA-256 differs"
    case .file(let failure): "\(name) could not be unpacked: \(failure.message)"
    case .noThread: "\(name) could not be unpacked: the system has no threads left"
    case .cancelled: "\(name) was not unpacked: it was cancelled"
    }
  }

  /// How far it could be read; two digests, one below the other.
  package var details: [String] {
    if case .digest(let expected, let found) = cause {
      return ["expected  \(expected)", "found     \(found)"]
    }
    guard case .archive(let fault) = cause, fault.isInArchive, let member else { return [] }
    return ["read as far as  \(member)"]
  }

  /// What to do next.
  package var hints: [String] {
    switch cause {
    case .archive(let fault):
      fault.isInArchive
        ? ["if the file is as it was published, only another release of it helps"] : fault.hints
    case .digest: [StoreHints.damaged]
    case .file(let failure): StoreHints.hints(for: failure)
    case .noThread, .cancelled: []
    }
  }

  /// What a file holds is bad input; the rest could not be found out.
  package var kind: ErrorKind {
    switch cause {
    case .archive(let fault): fault.isInArchive ? .badInput : .couldNotFindOut
    case .digest, .file, .noThread, .cancelled: .couldNotFindOut
    }
  }
}
