package import EnvlockModel
import EnvlockNative

import Glibc

/// A file that the store is to hold.
package struct Artifact: Hashable, Sendable {
  /// Where it comes from.
  package enum Origin: Hashable, Sendable {
    /// An http or https URL; user information in it is sent to its host and shown nowhere.
    case url(String)
    /// A file on this machine, which is copied.
    case file(String)
    /// A part of a file on this machine, such as a member of an archive, which is copied.
    case part(LayoutReader.Place)
  }

  /// The file's name, for people: "torch-2.9.1-cp311-cp311-manylinux_2_28_x86_64.whl".
  package var name: String
  /// Where it comes from.
  package var origin: Origin
  /// The SHA-256 of its bytes; nil where nobody knows it yet, then it is not verified.
  package var digest: Digest?
  /// How many bytes it has; nil where nobody knows.
  package var size: Int?
  /// What its server wants besides the URL; nil for nothing.
  package var access: ArtifactAccess?

  /// Describes a file.
  package init(
    name: String, origin: Origin, digest: Digest?, size: Int? = nil, access: ArtifactAccess? = nil
  ) {
    self.name = name
    self.origin = origin
    self.digest = digest
    self.size = size
    self.access = access
  }

  /// Where it comes from, as it may be shown.
  var shownOrigin: String {
    switch origin {
    case .url(let url): redact(url)
    case .file(let path): path
    case .part(let place): place.path
    }
  }
}

/// A file that the store holds, whole and with the digest that its name tells.
package struct StoredArtifact: Hashable, Sendable {
  /// The SHA-256 of its bytes.
  package let digest: Digest
  /// How many bytes it has.
  package let size: Int
  /// Where it lies.
  package let path: String
  /// Whether it lay there before it was asked for.
  package let wasThere: Bool
}

/// How far an artifact has come.
package struct ArtifactProgress: Hashable, Sendable {
  /// Bytes that are here; fewer than before when it had to begin anew.
  package let count: Int
  /// Bytes that there will be; nil while that is not known.
  package let size: Int?
}

/// Why an artifact is not in the store. URLs in it are redacted.
package struct ArtifactError: UserFacingError, Hashable {
  /// What went wrong.
  package enum Cause: Hashable, Sendable {
    /// It could not be fetched.
    case fetch(FetchError)
    /// The server says that there is no such file (404 or 410).
    case notFound
    /// Its bytes have another digest.
    case digest(expected: Digest, found: Digest)
    /// It has another number of bytes: as many as found, or more where that is so.
    case size(expected: Int, found: Int, orMore: Bool)
    /// A file of the store, or the one to copy.
    case file(FileFailure)
    /// The task was cancelled.
    case cancelled
  }

  /// The artifact's file name.
  package let name: String
  /// Where it was to come from, as it may be shown.
  package let origin: String
  /// What went wrong.
  package let cause: Cause
  private let isOfArchive: Bool

  init(_ artifact: Artifact, _ cause: Cause) {
    isOfArchive = if case .part = artifact.origin { true } else { false }
    name = artifact.name
    origin = artifact.shownOrigin
    self.cause = cause
  }

  /// One sentence naming the artifact.
  package var message: String {
    switch cause {
    case .fetch(let error): "\(name) could not be fetched: \(error.message)"
    case .notFound: "\(name) could not be fetched: there is no \(origin)"
    case .digest: "\(name) is another file than expected: its SHA-256 differs"
    case .size(let expected, let found, let orMore):
      "\(name) is another file than expected: it has \(found) bytes\(orMore ? " or more" : "") instead of \(expected)"
    case .file(let failure): "\(name) could not be stored: \(failure.message)"
    case .cancelled: "\(name) was not fetched: it was cancelled"
    }
  }

  /// Both digests, one below the other.
  package var details: [String] {
    switch cause {
    case .digest(let expected, let found):
      ["expected  \(expected)", "found     \(found)", "from      \(origin)"]
    case .size: ["from      \(origin)"]
    case .fetch(let error): error.details
    case .notFound, .file, .cancelled: []
    }
  }

  /// What to do next.
  package var hints: [String] {
    switch cause {
    case .fetch(let error): error.hints
    case .digest, .size:
      [
        isOfArchive
          ? "\(origin) was damaged or changed since it was written: take another copy"
          : "the file was replaced on its server, or changed on its way; if it was replaced, resolve again"
      ]
    case .file(let failure): StoreHints.hints(for: failure)
    case .notFound, .cancelled: []
    }
  }

  /// A file that is another than the lock says is a "no"; everything else could not be found out.
  package var kind: ErrorKind {
    switch cause {
    case .digest, .size: .answerIsNo
    case .fetch(let error): error.kind
    case .notFound, .file, .cancelled: .couldNotFindOut
    }
  }
}

/// What to do about a file of the store that cannot be written.
enum StoreHints {
  /// For a file of the store that is not what its name says.
  static let damaged =
    "the disk damaged it, or somebody changed it: remove it from the store, and it is fetched again"

  static func hints(for failure: FileFailure) -> [String] {
    switch (failure.action, failure.code) {
    case (.write, ENOSPC), (.write, EDQUOT):
      [
        "free some space, or name a folder on another disk by ENVLOCK_CACHE_DIR; what is there is kept and gone on with"
      ]
    case (.write, EACCES), (.write, EROFS), (.write, EPERM):
      ["ENVLOCK_CACHE_DIR names a folder that can be written"]
    default: []
    }
  }
}
