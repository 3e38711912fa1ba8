public import Testing

import Foundation

/// Compares `text` with `Golden/<name>` beside the test file.
///
/// `ENVLOCK_RECORD=1` writes the file instead and fails the test, so that a recording run never passes.
public func expectGolden(
  _ text: String, _ name: String, file: String = #filePath,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let golden = URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent("Golden/\(name)")
  if ProcessInfo.processInfo.environment["ENVLOCK_RECORD"] == "1" {
    try FileManager.default.createDirectory(
      at: golden.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: golden, options: .atomic)
    Issue.record("recorded \(name)", sourceLocation: sourceLocation)
    return
  }
  guard let bytes = try? Data(contentsOf: golden) else {
    Issue.record("no golden file \(name): run once with ENVLOCK_RECORD=1", sourceLocation: sourceLocation)
    return
  }
  let expected = String(decoding: bytes, as: UTF8.self)
  #expect(text == expected, "differs from Golden/\(name)", sourceLocation: sourceLocation)
}
