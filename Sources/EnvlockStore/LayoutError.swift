package import EnvlockModel

import Glibc

/// Why an image was not written.
package struct LayoutError: UserFacingError, Hashable {
  /// What went wrong.
  package enum Cause: Hashable, Sendable {
    /// A file could not be read or written.
    case file(FileFailure)
    /// There is a folder with something else in it.
    case occupied
    /// A blob of the store is missing, or has another size.
    case blob(Digest)
    /// A path inside of the archive is none.
    case path(String)
    /// The task was cancelled.
    case cancelled
  }

  /// Where the image was to go.
  package let path: String
  /// What went wrong.
  package let cause: Cause

  init(_ path: String, _ cause: Cause) {
    self.path = path
    self.cause = cause
  }

  /// One sentence naming the place.
  package var message: String {
    switch cause {
    case .file(let failure): failure.message
    case .occupied: "`\(path)` is not written to: it is a folder with something else in it than an image"
    case .blob(let digest): "the store lost \(digest)"
    case .path(let text): "`\(text)` cannot be the name of a file in `\(path)`"
    case .cancelled: "`\(path)` was not written: it was cancelled"
    }
  }

  /// What to do next.
  package var hints: [String] {
    switch cause {
    case .file(let failure) where failure.action == .write && failure.code != ENOSPC:
      ["`-o PATH` writes it elsewhere"]
    case .file(let failure) where failure.action == .write:
      ["free some space, or write it elsewhere by `-o PATH`"]
    case .occupied: ["`-o PATH` names a folder that does not exist yet, or one with an image"]
    case .blob: ["build again: what is missing is made again"]
    case .file, .path, .cancelled: []
    }
  }

  /// A folder with something else in it is bad input.
  package var kind: ErrorKind {
    switch cause {
    case .occupied, .path: .badInput
    case .file, .blob, .cancelled: .couldNotFindOut
    }
  }
}
