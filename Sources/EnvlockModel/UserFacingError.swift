/// Whose fault an error is, and so the exit code of the command that meets it.
public enum ErrorKind: Int32, Sendable {
  /// The question was understood, and the honest answer is no: no solution, does not fit, out of date.
  case answerIsNo = 1
  /// Wrong use or bad input.
  case badInput = 2
  /// It could not be found out: network, permission, a file that cannot be written.
  case couldNotFindOut = 3
}

/// An error meant for the person at the terminal.
///
/// It is printed as `error: <message>`, the details indented below, then a `hint:` line for each hint.
public protocol UserFacingError: Error {
  /// One sentence that names the thing at fault, its value and its place, without a trailing period.
  var message: String { get }
  /// Lines that belong under the message: a proof, a source line with its caret. Often empty.
  var details: [String] { get }
  /// What to do next; empty when nothing useful can be said.
  var hints: [String] { get }
  /// Whose fault it is.
  var kind: ErrorKind { get }
}

extension UserFacingError {
  /// No further lines.
  public var details: [String] { [] }
  /// No hint.
  public var hints: [String] { [] }
}
