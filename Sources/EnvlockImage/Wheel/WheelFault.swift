public import EnvlockModel

/// Why a wheel is not installed.
public struct WheelFault: UserFacingError, Hashable, Sendable {
  /// What is wrong.
  public enum Problem: Hashable, Sendable {
    /// A file that every wheel has is not there.
    case missing(String)
    /// It has no `.dist-info` folder of its own name, or more than one: the folders there are.
    case distInfo(found: [String])
    /// It is of a later format.
    case wheelVersion(String)
    /// A file of it cannot be read: which, the line counted from 1, and a clause about it.
    case file(String, line: Int?, String)
    /// Its RECORD does not agree with what is in it.
    case record(RecordDisagreement)
    /// The content of this member is not what the directory or RECORD says: a clause about it.
    case content(member: String, String)
    /// This member lies in a part of the `.data` folder that is not known.
    case scheme(member: String)
    /// Two of its files would land at one path.
    case landsTwice(ImagePath)
    /// This member would land at a path that is none.
    case landing(member: String, PathProblem)
  }

  /// The wheel's file name.
  public let wheel: String
  /// What is wrong.
  public let problem: Problem

  /// Describes a fault.
  public init(wheel: String, _ problem: Problem) {
    self.wheel = wheel
    self.problem = problem
  }

  /// The wheel and what is wrong with it.
  public var message: String { "\(wheel) cannot be installed: \(clause)" }

  /// The wheel is at fault.
  public var kind: ErrorKind { .badInput }

  private var clause: String {
    switch problem {
    case .missing(let file): "it has no \(Quoted.text(file))"
    case .distInfo(let found) where found.isEmpty: "it has no .dist-info folder"
    case .distInfo(let found):
      "it needs one .dist-info folder of its own name and version, and has "
        + found.map { Quoted.text($0) }.joined(separator: ", ")
    case .wheelVersion(let version):
      "its format is version \(Quoted.text(version)), and envlock knows version 1"
    case .file(let file, let line, let clause):
      Quoted.text(file) + (line.map { ", line \($0)," } ?? "") + " " + clause
    case .record(let disagreement): disagreement.clause
    case .content(let member, let clause): "\(Quoted.text(member)) \(clause)"
    case .scheme(let member):
      "\(Quoted.text(member)) lies in a part of the .data folder that no installer knows"
    case .landsTwice(let path): "two of its files would land at \(Quoted.text(path.text))"
    case .landing(let member, let problem):
      "\(Quoted.text(member)) would land at a path that is none: \(problem.reason)"
    }
  }
}

/// In what a wheel's RECORD and its members disagree.
public enum RecordDisagreement: Hashable, Sendable {
  /// The member is not listed.
  case unlisted(String)
  /// The file is listed, and not there.
  case absent(String)
  /// The member is listed without a hash, or with one that does not protect it.
  case withoutHash(String)
  /// The member is listed with another size.
  case size(String, listed: Int, found: Int)

  /// A clause about the wheel.
  public var clause: String {
    switch self {
    case .unlisted(let path): "its RECORD does not list \(Quoted.text(path))"
    case .absent(let path): "its RECORD lists \(Quoted.text(path)), which is not in it"
    case .withoutHash(let path): "its RECORD has no SHA-256 or better for \(Quoted.text(path))"
    case .size(let path, let listed, let found):
      "its RECORD says that \(Quoted.text(path)) has \(listed) bytes, and it has \(found)"
    }
  }
}

/// How much a wheel's RECORD has to agree with its members.
public enum RecordRule: Hashable, Sendable {
  /// As the specification says: every file listed and hashed, nothing listed that is not there.
  case strict
  /// Disagreements are noted, and the wheel is installed; its own digest, which the lock has, vouches for it.
  case noted
}
