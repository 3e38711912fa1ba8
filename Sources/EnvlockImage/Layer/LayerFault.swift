public import EnvlockModel

/// Why files do not make a layer.
public struct LayerFault: UserFacingError, Hashable, Sendable {
  /// What is wrong.
  public enum Problem: Hashable, Sendable {
    /// Two entries have the same path.
    case twice
    /// Others lie below it, and it is no folder.
    case notAFolder
    /// It is a hard link to something that is no file of the layer.
    case hardLink(to: ImagePath)
    /// An extended attribute has a name that cannot be written.
    case attribute(String)
    /// Its size is none, or the layer's is more than can be told.
    case size
    /// Its name is kept for the table of contents of lazily pulled layers.
    case reserved
    /// A lazily pulled layer needs the SHA-256 of every file, and this one's is not known.
    case digestUnknown
  }

  /// The path at fault.
  public let path: ImagePath
  /// What is wrong.
  public let problem: Problem

  /// Describes a fault.
  public init(_ path: ImagePath, _ problem: Problem) {
    self.path = path
    self.problem = problem
  }

  /// The path and what is wrong with it.
  public var message: String {
    let name = Quoted.text(path.text)
    switch problem {
    case .twice: return "two files of a layer are both called \(name)"
    case .notAFolder: return "\(name) is no folder, and a layer has files below it"
    case .hardLink(let target):
      return "\(name) is a hard link to \(Quoted.text(target.text)), which is no file of the same layer"
    case .attribute(let attribute):
      return "\(name) has an extended attribute \(Quoted.text(attribute)), which a tar archive cannot hold"
    case .size: return "\(name) has a size that a layer cannot hold"
    case .reserved: return "\(name) is a name that eStargz layers keep for themselves"
    case .digestUnknown: return "the SHA-256 of \(name) is not known, and an eStargz layer needs it"
    }
  }

  /// What is to become a layer is at fault.
  public var kind: ErrorKind { .badInput }
}
