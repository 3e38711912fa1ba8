import EnvlockModel
import Foundation

/// What the tests of commands know beside the pages, from `Fixtures/steps.json`.
struct Steps: Sendable {
  /// Something about the commands of a page that begin so.
  struct Step: Sendable, CustomStringConvertible {
    let page: String
    let command: String
    /// A line for the shell, or a reason.
    let text: String

    func fits(_ other: DocumentedCommand) -> Bool { other.page == page && other.text.hasPrefix(command) }

    var description: String { "\(page): \(command): \(text)" }
  }

  /// What is run once, before the project is copied for each page.
  let atFirst: [String]
  /// What is run before a command, as it was by whoever wrote the page.
  let before: [Step]
  /// Commands that are not run, and why.
  let notRun: [Step]
  /// Commands whose output is not compared with the page's, and why. They are run.
  let notCompared: [Step]

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures"

  static func read() throws -> Steps {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/steps.json"))
    let document = JSONCursor(try JSONValue(parsing: Array(bytes)))
    try document.allow(["at-first", "before", "not-run", "not-compared"])
    func steps(_ key: String, _ text: String) throws -> [Step] {
      try document.member(key).elements().map { step in
        Step(
          page: try step.member("page").string(), command: try step.member("command").string(),
          text: try step.member(text).string())
      }
    }
    return Steps(
      atFirst: try document.member("at-first").strings(), before: try steps("before", "line"),
      notRun: try steps("not-run", "reason"), notCompared: try steps("not-compared", "reason"))
  }
}
