package import EnvlockModel

import EnvlockImage
import Glibc

/// Why an image was not unpacked.
package struct UnpackError: UserFacingError, Hashable {
  /// What went wrong.
  package enum Cause: Error, Hashable, Sendable {
    /// Something is where the folder is to be.
    case occupied
    /// The layer cannot be read, or the folder not be made.
    case file(FileFailure)
    /// The layer's bytes are not there.
    case missing
    /// The configuration tells the digests of another number of layers.
    case count(layers: Int, diffIDs: Int)
    /// The layer has another number of bytes than the manifest says.
    case size(expected: Int, found: Int)
    /// The layer has another digest than the manifest says.
    case digest(expected: Digest, found: Digest)
    /// The layer's tar archive has another digest than the configuration says.
    case diffID(expected: Digest, found: Digest)
    /// The layer cannot be read to its end: the end of a sentence about it.
    case damaged(String)
    /// The layer has more files than anybody's.
    case tooMany(limit: Int)
    /// The entry's path is refused.
    case name(reason: String)
    /// The entry's path leads somewhere where nothing can be.
    case way(reason: String)
    /// The entry is another name of something that is not there, or has no second name.
    case hardLink(target: String, reason: String)
    /// The owner is none that a file system has.
    case owner(Int)
    /// The system could not make the entry: the number of its error.
    case make(Int32)
    /// The system has no threads left.
    case noThread
  }

  /// The layer at fault: its digest, or its name in an archive without digests; nil where it is the image as a whole.
  package let layer: String?
  /// The entry of the layer; nil where it is the layer as a whole.
  package let path: String?
  /// What went wrong.
  package let cause: Cause
  /// The folder that was to be made.
  package let folder: String

  /// Describes an error.
  package init(_ folder: String, layer: String? = nil, path: String? = nil, _ cause: Cause) {
    self.folder = folder
    self.layer = layer
    self.path = path
    self.cause = cause
  }

  /// One sentence naming the layer, and the entry where it is one.
  package var message: String {
    let layer = self.layer.map { "layer \($0)" } ?? "the image"
    let entry = path.map { "\(Quoted.text($0)) of \(layer)" } ?? layer
    switch cause {
    case .occupied: return "`\(folder)` is there already"
    case .file(let failure): return "the image cannot be unpacked: \(failure.message)"
    case .missing: return "\(layer) is not there"
    case .count(let layers, let diffIDs):
      return "the image has \(layers) layers, and its configuration tells the digests of \(diffIDs)"
    case .size(let expected, let found):
      return "\(layer) is damaged: it has \(found) bytes instead of \(expected)"
    case .digest: return "\(layer) is damaged: its bytes have another SHA-256"
    case .diffID:
      return "\(layer) is another than the configuration means: its tar archive has another SHA-256"
    case .damaged(let clause): return "\(layer) \(clause)"
    case .tooMany(let limit): return "\(layer) has more than \(limit) files"
    case .name(let reason): return "\(entry) is not unpacked: \(reason)"
    case .way(let reason): return "\(entry) cannot be unpacked: \(reason)"
    case .hardLink(let target, let reason):
      return "\(entry) cannot be unpacked: it is another name of \(Quoted.text(target)), \(reason)"
    case .owner(let number): return "\(entry) belongs to user or group \(number), which no file system has"
    case .make(let code):
      return "\(entry) cannot be unpacked: \(FileFailure(.write, folder, code: code).reason)"
    case .noThread: return "the image cannot be unpacked: the system has no threads left"
    }
  }

  /// Both digests, one below the other.
  package var details: [String] {
    switch cause {
    case .digest(let expected, let found), .diffID(let expected, let found):
      ["expected  \(expected)", "found     \(found)"]
    default: []
    }
  }

  /// What to do next.
  package var hints: [String] {
    switch cause {
    case .occupied: ["remove it, or name another folder"]
    case .missing, .size, .digest, .damaged: ["`envlock build` or `envlock pull` brings the image again"]
    case .make(ENOSPC), .make(EDQUOT): ["free some space where `\(folder)` is to be; nothing of it was kept"]
    default: []
    }
  }

  /// An image that is damaged is a "no"; what no image should hold is bad input.
  package var kind: ErrorKind {
    switch cause {
    case .missing, .size, .digest, .diffID, .damaged: .answerIsNo
    case .occupied, .count, .tooMany, .name, .way, .hardLink, .owner: .badInput
    case .file, .make, .noThread: .couldNotFindOut
    }
  }
}
