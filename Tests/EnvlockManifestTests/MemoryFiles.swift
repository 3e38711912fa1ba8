import EnvlockManifest
import EnvlockModel
import Synchronization

/// Files in memory, for readers under test.
func files(_ texts: [String: String]) -> FileReader {
  FileReader { path throws(FileFault) in
    guard let text = texts[path] else { throw .notFound }
    return Array(text.utf8)
  }
}

/// The manifest of an `envlock.toml` with this text.
func manifest(_ text: String, _ others: [String: String] = [:]) throws -> Manifest {
  let all = others.merging(["envlock.toml": text]) { $1 }
  return try ManifestReader(files: files(all)).read("envlock.toml").manifest
}

/// The error that `body` ends with, as the terminal shows it; empty where it succeeds.
func faultText(_ body: () throws -> Void) -> String {
  do {
    try body()
    return ""
  } catch {
    guard let error = error as? any UserFacingError else { return "unexpected: \(error)\n" }
    let lines =
      ["error: " + error.message] + error.details.map { "  " + $0 } + error.hints.map { "hint: " + $0 }
    return lines.joined(separator: "\n") + "\n"
  }
}
