import EnvlockModel
import EnvlockNative

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What commands ask of git. A value, so that tests bring their own.
struct GitReading: Sendable {
  /// What git says of an object.
  enum Answer: Hashable, Sendable {
    /// The bytes of a file.
    case file([UInt8])
    /// There is an object, and it is no file: "tree", "commit".
    case other(kind: String)
    /// There is no such object, or several.
    case missing
  }

  /// Looks up an object, by an expression such as "HEAD~3:./envlock.lock", as seen from a folder; nil: the current one.
  let object:
    @Sendable (_ expression: String, _ folder: String?, _ environment: [String: String]) throws(GitFault)
      -> Answer
}

/// Why git gave no answer.
enum GitFault: Error, Hashable {
  /// There is no program of this name.
  case notInstalled
  /// The folder is in no repository.
  case noRepository
  /// Something else, in git's words.
  case failed([String])
}

extension GitReading {
  /// The program `git`.
  static let live = GitReading { expression, folder, environment throws(GitFault) in
    // Expressions go to its standard input, a line each: none of them can be taken for an option.
    guard !expression.utf8.contains(UInt8(ascii: "\n")), !expression.utf8.contains(0) else { return .missing }
    guard let program = program(environment) else { throw .notInstalled }
    var command = ChildCommand(
      program: program, arguments: (folder.map { ["-C", $0] } ?? []) + ["cat-file", "--batch"],
      environment: environment.merging(["LC_ALL": "C"]) { $1 }, timeLimit: .seconds(60),
      outputLimit: 256 << 20)
    command.input = Array((expression + "\n").utf8)
    let outcome = ChildProcess.run(command)
    guard outcome.isSuccess else {
      let text = String(decoding: outcome.errorOutput, as: UTF8.self)
      if text.contains("not a git repository") { throw .noRepository }
      let lines = text.split(separator: "\n").map { Printable.text(String($0)) }
      throw .failed(lines.isEmpty ? ["git ended without a word"] : lines)
    }
    return answer(outcome.output[...])
  }

  /// Reads `<id> blob <size>`, a line break, and the file; or `<expression> missing`.
  private static func answer(_ output: ArraySlice<UInt8>) -> Answer {
    let header = output.prefix { $0 != UInt8(ascii: "\n") }
    let words = String(decoding: header, as: UTF8.self).split(separator: " ")
    guard words.count == 3, let size = Int(words[2]), size >= 0 else { return .missing }
    guard words[1] == "blob" else { return .other(kind: String(words[1])) }
    return .file(Array(output[header.endIndex...].dropFirst().prefix(size)))
  }

  private static func program(_ environment: [String: String]) -> String? {
    for folder in (environment["PATH"] ?? "").split(separator: ":") where folder.hasPrefix("/") {
      let path = "\(folder)/git"
      if access(path, X_OK) == 0 { return path }
    }
    return nil
  }
}
