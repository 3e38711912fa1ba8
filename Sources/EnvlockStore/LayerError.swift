package import EnvlockModel
package import EnvlockNative

import Glibc

/// A file that a layer is made of.
package struct LayerSource: Hashable, Sendable {
  /// What it is called in errors: a wheel's file name.
  package var name: String
  /// Where it lies.
  package var path: String
  /// The SHA-256 that it must have; nil where somebody else has verified it or nobody knows it.
  package var digest: Digest?

  /// Names a file.
  package init(name: String, path: String, digest: Digest?) {
    self.name = name
    self.path = path
    self.digest = digest
  }
}

/// Why a layer was not written.
package struct LayerError: UserFacingError, Hashable {
  /// What went wrong.
  package enum Cause: Hashable, Sendable {
    /// The bytes of this member do not inflate to what they should.
    case inflate(member: String, InflateStreamError)
    /// The content of this member has another CRC-32.
    case sum(member: String, expected: UInt32, found: UInt32)
    /// The content of this member has another hash; both as RECORD writes them.
    case hash(member: String, expected: String, found: String)
    /// The file has another SHA-256.
    case digest(expected: Digest, found: Digest)
    /// The file ends before the bytes of this member do.
    case cutOff(member: String)
    /// The file was changed while it was read.
    case changed(member: String)
    /// The plan refers to a file that it does not have.
    case noSource(member: String)
    /// The layer would hold more than so many bytes.
    case tooLarge(limit: Int)
    /// A file could not be read or written.
    case file(FileFailure)
    /// The system has no threads left.
    case noThread
    /// The system has no memory left.
    case noMemory
    /// The task was cancelled.
    case cancelled
  }

  /// The name of the source at fault; empty where it is none of them.
  package let source: String
  /// What went wrong.
  package let cause: Cause

  init(_ source: String, _ cause: Cause) {
    self.source = source
    self.cause = cause
  }

  /// One sentence naming the file, and the member where it is one.
  package var message: String {
    switch cause {
    case .inflate(let member, let error): "\(source) is damaged: `\(member)` \(LayerError.clause(error))"
    case .sum(let member, let expected, let found):
      "\(source) is damaged: `\(member)` has the CRC \(LayerError.hex(found)) instead of \(LayerError.hex(expected))"
    case .hash(let member, _, _):
      "\(source) is damaged: `\(member)` is not the file that the RECORD lists"
    case .digest: "\(source) in the store is another file than expected: its SHA-256 differs"
    case .cutOff(let member): "\(source) is cut off: `\(member)` is not all there"
    case .changed(let member): "\(source) was changed while it was read: `\(member)`"
    case .noSource(let member): "`\(member)` lies in a file that nobody named"
    case .tooLarge(let limit): "a layer would hold more than \(limit) bytes"
    case .file(let failure): "a layer could not be made: \(failure.message)"
    case .noThread: "a layer could not be made: the system has no threads left"
    case .noMemory: "a layer could not be made: the system has no memory left"
    case .cancelled: "making layers was cancelled"
    }
  }

  /// Both hashes, one below the other.
  package var details: [String] {
    switch cause {
    case .hash(_, let expected, let found): ["expected  \(expected)", "found     \(found)"]
    case .digest(let expected, let found): ["expected  \(expected)", "found     \(found)"]
    default: []
    }
  }

  /// What to do next.
  package var hints: [String] {
    switch cause {
    case .inflate, .sum, .hash, .cutOff:
      [
        "if the disk damaged it, remove it from the store, and it is fetched again",
        "if the file is as it was published, only another release of it helps",
      ]
    case .digest:
      [StoreHints.damaged]
    case .file(let failure): StoreHints.hints(for: failure)
    case .changed, .noSource, .tooLarge, .noThread, .noMemory, .cancelled: []
    }
  }

  /// What a file holds is bad input; the rest could not be found out.
  package var kind: ErrorKind {
    switch cause {
    case .inflate, .sum, .hash, .cutOff, .tooLarge, .noSource: .badInput
    case .digest, .changed, .file, .noThread, .noMemory, .cancelled: .couldNotFindOut
    }
  }

  private static func clause(_ error: InflateStreamError) -> String {
    switch error {
    case .corrupt: "is not deflated"
    case .cutShort: "is cut off"
    case .tooLong(let limit): "holds more than the \(limit) bytes that it says"
    case .wrongSize(let expected, let found): "holds \(found) bytes instead of \(expected)"
    case .wrongSum(let expected, let found): "has the CRC \(hex(found)) instead of \(hex(expected))"
    case .trailing(let count): "has \(count) bytes behind its end"
    case .noMemory: "needs more memory than there is"
    }
  }

  private static func hex(_ sum: UInt32) -> String {
    let digits = String(sum, radix: 16)
    return String(repeating: "0", count: 8 - digits.utf8.count) + digits
  }
}
