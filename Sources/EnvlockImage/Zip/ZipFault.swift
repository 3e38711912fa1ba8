public import EnvlockModel

/// Why a zip file is not unpacked.
public struct ZipFault: UserFacingError, Hashable, Sendable {
  /// What is wrong.
  public enum Problem: Hashable, Sendable {
    /// The file, or its directory, is not in order: a clause about it.
    case malformed(String)
    /// The member is encrypted.
    case encrypted
    /// The member is compressed by a method that wheels do not use.
    case method(UInt16)
    /// The member's path is none.
    case path(PathProblem)
    /// The member's name is neither ASCII nor marked as UTF-8.
    case encoding
    /// Another member has the same path.
    case duplicate
    /// Another path differs only by case or by Unicode form.
    case collision(with: String)
    /// The member's bytes lie in those of another.
    case overlap(with: String)
    /// The member is a symbolic link.
    case symbolicLink
    /// The member is neither a file nor a folder; its Unix mode.
    case notAFile(mode: UInt16)
    /// The member's own header says something else than the directory: which field.
    case localHeader(String)
    /// The member is a file, and others lie below it.
    case fileAndFolder
  }

  /// The artifact: a file name.
  public let file: String
  /// The path of the member at fault; nil where it is the file as a whole.
  public let member: String?
  /// What is wrong.
  public let problem: Problem

  /// Describes a fault.
  public init(file: String, member: String? = nil, _ problem: Problem) {
    self.file = file
    self.member = member
    self.problem = problem
  }

  /// The file, the member and what is wrong with it.
  public var message: String {
    guard let member else { return "\(file) cannot be unpacked: \(clause)" }
    return "\(file) cannot be unpacked: \(Quoted.text(member)) \(clause)"
  }

  /// What to do: nothing but taking another file helps.
  public var hints: [String] {
    switch problem {
    case .malformed, .localHeader: ["the file may be damaged: remove it from the store and fetch it again"]
    default: []
    }
  }

  /// The file is at fault.
  public var kind: ErrorKind { .badInput }

  private var clause: String {
    switch problem {
    case .malformed(let clause): clause
    case .encrypted: "is encrypted"
    case .method(let method): "is compressed by method \(method); only stored (0) and deflated (8) are known"
    case .path(let problem): "is not a path that is unpacked: \(problem.reason)"
    case .encoding: "has a name that is neither ASCII nor marked as UTF-8"
    case .duplicate: "is in it twice"
    case .collision(let other):
      "differs from \(Quoted.text(other)) only by case or Unicode form, and would replace it on some disks"
    case .overlap(let other): "shares bytes with \(Quoted.text(other))"
    case .symbolicLink: "is a symbolic link, which wheels cannot hold"
    case .notAFile(let mode): "is neither a file nor a folder (mode \(String(mode, radix: 8)))"
    case .localHeader(let field): "has another \(field) in its own header than in the directory"
    case .fileAndFolder: "is a file, and a folder with other files in it"
    }
  }
}

/// Text from outside, made safe to print.
package enum Quoted {
  /// The text between backticks; what is no printable character is written as `\u{..}`.
  package static func text(_ text: String) -> String {
    var quoted = "`"
    for scalar in text.unicodeScalars.prefix(300) {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
        quoted += "\\u{\(String(scalar.value, radix: 16))}"
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + (text.unicodeScalars.count > 300 ? "…`" : "`")
  }
}
