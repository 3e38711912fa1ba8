package import EnvlockModel

import Glibc

/// Why an image cannot be read.
package struct LayoutReadError: UserFacingError, Hashable {
  /// What is wrong.
  package enum Cause: Hashable, Sendable {
    /// The file or folder cannot be read.
    case file(FileFailure)
    /// There is neither a layout nor an archive.
    case noImage(reason: String)
    /// The archive as a whole is compressed, so that nothing can be read in place: with what, and what undoes it.
    case compressed(String, undo: String)
    /// A member of the archive has a path that leads elsewhere.
    case path(String, reason: String)
    /// A file that is needed is not in it.
    case missing(String)
    /// A file that is needed is something else: a link, a folder; or it comes more than once.
    case notAFile(String, what: String)
    /// A document has more bytes than any sensible one.
    case tooLarge(String, limit: Int)
    /// A file has another number of bytes than the image says.
    case size(String, expected: Int, found: Int)
    /// A file has another digest than the image says.
    case digest(String, expected: Digest, found: Digest)
    /// A document cannot be read; the sentence names it.
    case document(String)
    /// Indexes refer to indexes without end, or to more images than anybody has.
    case tooMany
  }

  /// The image's path, as it was given.
  package let path: String
  /// What is wrong.
  package let cause: Cause

  init(_ path: String, _ cause: Cause) {
    self.path = path
    self.cause = cause
  }

  /// One sentence naming the image, and what in it is at fault.
  package var message: String {
    switch cause {
    case .file(let failure): failure.message
    case .noImage(let reason): "`\(path)` is no image: \(reason)"
    case .compressed(let how, _): "`\(path)` is compressed with \(how) as a whole"
    case .path(let member, let reason):
      "`\(path)` is not read: it has a member \(shown(member)), and \(reason)"
    case .missing(let name): "`\(path)` is not whole: \(shown(name)) is missing"
    case .notAFile(let name, let what): "`\(path)` is not read: \(shown(name)) \(what)"
    case .tooLarge(let name, let limit): "`\(path)`: \(shown(name)) has more than \(limit) bytes"
    case .size(let name, let expected, let found):
      "`\(path)` is damaged: \(shown(name)) has \(found) bytes instead of \(expected)"
    case .digest(let name, _, _): "`\(path)` is damaged: \(shown(name)) has another SHA-256"
    case .document(let sentence): "`\(path)`: \(sentence)"
    case .tooMany: "`\(path)` refers to more indexes and images than are read"
    }
  }

  /// Both digests, one below the other.
  package var details: [String] {
    guard case .digest(_, let expected, let found) = cause else { return [] }
    return ["expected  \(expected)", "found     \(found)"]
  }

  /// What to do next.
  package var hints: [String] {
    switch cause {
    case .compressed(_, let undo): ["`\(undo)` makes a file that can be read"]
    case .noImage: ["an image is a folder with an OCI layout, an oci-archive or a docker-archive"]
    default: []
    }
  }

  /// An image that is damaged is a "no"; what is none is bad input.
  package var kind: ErrorKind {
    switch cause {
    case .file(let failure): [ENOENT, ENOTDIR].contains(failure.code) ? .badInput : .couldNotFindOut
    case .missing, .size, .digest: .answerIsNo
    case .noImage, .compressed, .path, .notAFile, .tooLarge, .document, .tooMany: .badInput
    }
  }

  private func shown(_ name: String) -> String {
    let scalars = name.unicodeScalars.prefix(200).map { scalar -> UnicodeScalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: "\u{FFFD}"
      default: scalar
      }
    }
    return "`" + String(String.UnicodeScalarView(scalars)) + "`"
  }
}
