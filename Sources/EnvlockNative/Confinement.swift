import CNamespace
import Glibc

/// What a program may see of this machine: a folder as its root, which it cannot write, and folders in it that it can.
///
/// It runs in namespaces of its own (namespaces(7)): no network, no other process, no device but `/dev/null` and its like,
/// and a user without any privilege. A temporary folder in memory is at `/tmp`.
public struct Confinement: Hashable, Sendable {
  /// A folder of this machine that the program may write to.
  public struct Folder: Hashable, Sendable {
    /// Where it lies: an absolute path.
    public let folder: String
    /// Where the program sees it: an absolute path, which is a folder below the root already.
    public let place: String

    /// A folder, and where it is seen.
    public init(_ folder: String, at place: String) {
      self.folder = folder
      self.place = place
    }
  }

  /// What has to be done before the program starts.
  public enum Step: Hashable, Sendable {
    /// Making the namespaces: user namespaces may be forbidden, or used up.
    case namespaces
    /// Becoming a user inside.
    case user
    /// Putting its folders together.
    case folders
    /// Starting it.
    case program
  }

  /// The folder that is its root: an absolute path. The folders `dev`, `proc` and `tmp` are in it.
  public let root: String
  /// What it may write to.
  public let folders: [Folder]
  /// Where it starts, as it sees it.
  public let directory: String

  /// Describes what a program may see.
  public init(root: String, folders: [Folder], directory: String) {
    self.root = root
    self.folders = folders
    self.directory = directory
  }
}

extension ChildStart {
  /// Starts a program that is confined; its ends of the pipes are 4, 1 and 3, and the last two are not this process's any
  /// more once it runs.
  static func start(
    _ confinement: Confinement, _ program: String, _ words: [String], _ variables: [String],
    _ ends: inout [Int32]
  ) -> Result<(pid: pid_t, pipes: [Int32]), Failure> {
    let texts =
      [confinement.root, confinement.directory, program]
      + confinement.folders.flatMap { [$0.folder, $0.place] }
    guard !texts.contains(where: { $0.utf8.contains(0) }) else { return .failure(Failure(code: EINVAL)) }
    let nothing = ends[4] < 0 ? open("/dev/null", O_RDONLY | O_CLOEXEC) : -1
    defer { if nothing >= 0 { close(nothing) } }
    let input = ends[4] < 0 ? nothing : ends[4]
    guard input >= 0 else { return .failure(Failure(code: errno)) }
    var code: Int32 = 0
    var step = envlock_step_none
    let count = texts.count
    let pid = withCStrings(texts) { texts in
      withCStrings(words) { words in
        withCStrings(variables) { variables in
          let text = (0..<count).compactMap { texts[$0].map { UnsafePointer($0) } }
          guard text.count == count else {
            code = ENOMEM
            return pid_t(-1)
          }
          let folders = confinement.folders.indices.map {
            envlock_bound_folder(folder: text[3 + 2 * $0], place: text[4 + 2 * $0])
          }
          return folders.withUnsafeBufferPointer { folders in
            var what = envlock_confinement(
              root: text[0], folders: folders.baseAddress, folder_count: Int32(folders.count),
              directory: text[1], program: text[2], arguments: words, environment: variables,
              input: input, output: ends[1], error: ends[3])
            return envlock_start_confined(&what, &code, &step)
          }
        }
      }
    }
    guard pid > 0 else { return .failure(Failure(code: code, step: Confinement.Step(step))) }
    let pipes = [ends[0], ends[2]]
    ends[0] = -1
    ends[2] = -1
    return .success((pid, pipes))
  }
}

extension Confinement.Step {
  fileprivate init?(_ step: envlock_confinement_step) {
    switch step {
    case envlock_step_namespaces: self = .namespaces
    case envlock_step_user: self = .user
    case envlock_step_folders: self = .folders
    case envlock_step_program: self = .program
    default: return nil
    }
  }
}
