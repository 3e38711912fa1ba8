// Resolves in a few lines; the index is looked for where pip and uv look, or given as the first argument.
import Envlock

let index = CommandLine.arguments.dropFirst().first
let engine = Engine(Configuration(indexURL: index))
let manifest = Manifest(
  python: try PythonVersion("3.11"),
  framework: SourcedRequirement(try Requirement("torch==2.9.1"), origin: "example"))
do {
  let report = try await engine.resolve(manifest)
  print(report.lock.canonicalText(), terminator: "")
} catch let error as any UserFacingError {
  print("error: \(error.message)")
  error.details.forEach { print("  \($0)") }
  error.hints.forEach { print("hint: \($0)") }
}
