package import EnvlockModel

import Glibc

/// A file that could not be read or written.
package struct FileFailure: UserFacingError, Hashable {
  /// What was tried.
  package enum Action: String, Sendable {
    /// To read it.
    case read
    /// To write it.
    case write
    /// To remove it.
    case remove
  }

  /// What was tried.
  package let action: Action
  /// The path as it was given.
  package let path: String
  /// The number of the system's error, such as ENOSPC.
  package let code: Int32

  /// Takes all three.
  package init(_ action: Action, _ path: String, code: Int32) {
    self.action = action
    self.path = path
    self.code = code
  }

  /// One sentence naming the file and the reason.
  package var message: String { "cannot \(action.rawValue) `\(path)`: \(reason)" }

  /// Where a file could go instead.
  package var hints: [String] {
    switch (action, code) {
    case (.write, EACCES), (.write, EROFS), (.write, EPERM): ["`-o FILE` writes it elsewhere"]
    default: []
    }
  }

  /// Nothing was wrong with what was asked.
  package var kind: ErrorKind { .couldNotFindOut }

  /// The reason alone.
  package var reason: String {
    switch code {
    case EACCES, EPERM: "permission denied"
    case EROFS: "the file system is read-only"
    case ENOSPC, EDQUOT: "the disk is full"
    case EISDIR: "it is a folder"
    case ENOENT: action == .write ? "its folder does not exist" : "there is no such file"
    case ENOTDIR: "a part of its path is no folder"
    case ENAMETOOLONG: "its name is too long"
    case EBUSY where action == .remove: "something is mounted in it"
    default: String(cString: strerror(code))
    }
  }
}
