public import EnvlockModel

/// Why what was unpacked cannot be put into an image.
public struct TreeFault: UserFacingError, Hashable, Sendable {
  /// What is wrong.
  public enum Problem: Hashable, Sendable {
    /// Its path is none.
    case path(PathProblem)
    /// It is a symbolic link, and its text is none.
    case linkText(PathProblem)
    /// It is a device, a pipe or a socket: what it is.
    case special(String)
    /// It is there twice.
    case twice
    /// It is a hard link to something that is no file of the same archive.
    case hardLink(to: String)
    /// It is not below the folder that everything has to be below.
    case outside(folder: String)
    /// Others bring something else at the same path.
    case clash(with: String)
    /// It is a symbolic link that leads out of what is copied: its text.
    case leavesTree(text: String)
    /// It stands where the links of a merged /usr have to be.
    case mergedUsr
  }

  /// What it belongs to: "the package libc6", "cpython-3.11.tar.gz", "what is copied into the image".
  public let origin: String
  /// The path as it was given.
  public let path: String
  /// What is wrong.
  public let problem: Problem

  /// Describes a fault.
  public init(_ origin: String, path: String, _ problem: Problem) {
    self.origin = origin
    self.path = path
    self.problem = problem
  }

  /// The path, what it belongs to, and what is wrong with it.
  public var message: String {
    let name = Quoted.text(path)
    let start = "\(name) of \(origin)"
    switch problem {
    case .path(let problem): return "\(start) is no path in an image: \(problem.reason)"
    case .linkText(let problem):
      return "\(start) is a symbolic link whose text cannot be written: \(problem.reason)"
    case .special(let what): return "\(start) is a \(what), which an image gets from its runtime only"
    case .twice: return "\(start) is there twice"
    case .hardLink(let target):
      return "\(start) is a hard link to \(Quoted.text(target)), which is no file that came before it"
    case .outside(let folder): return "\(start) is not below `\(folder)`"
    case .clash(let other): return "\(start) and of \(other) are not the same"
    case .leavesTree(let text):
      return "\(start) is a symbolic link to \(Quoted.text(text)), which is not in the folder of the manifest"
    case .mergedUsr: return "\(start) is neither a folder nor a link to one, where /usr is merged"
    }
  }

  /// What to do about it.
  public var hints: [String] {
    switch problem {
    case .leavesTree: ["copy the file itself, or leave the link out"]
    case .clash: ["choose one of the two"]
    default: []
    }
  }

  /// What is unpacked is at fault.
  public var kind: ErrorKind { .badInput }
}
