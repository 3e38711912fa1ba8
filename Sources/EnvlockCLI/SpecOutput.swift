import Envlock
import EnvlockManifest
import EnvlockModel
import EnvlockRunSpec

/// The documents of a run spec, to be printed or written.
struct SpecOutput: Sendable {
  let files: [SpecFile]
  let choices: [RunChoice]

  /// Prints the main document, or writes all.
  ///
  /// - Throws: What cannot be written.
  func write(_ options: SpecOutputOptions, _ session: Session, _ voice: Voice) throws {
    let texts = try files.map { file in (file, try file.text()) }
    if options.json { voice.answer(json(texts).canonical()) }
    guard let output = options.output, output != "-" else {
      if options.json { return }
      voice.answer(texts.first?.1 ?? "")
      if texts.count > 1 {
        let names = texts.dropFirst().map(\.0.name).joined(separator: ", ")
        voice.note("\(names) belongs to it: `-o FOLDER` writes all")
      }
      return
    }
    // A name that is said to be a folder, that is one, or that has to be.
    let isFolder = output.hasSuffix("/") || texts.count > 1 || !session.list(output).isEmpty
    if isFolder { try session.makeFolder(output) }
    for (file, text) in texts {
      let path = isFolder ? Path.joined(output, file.name) : output
      try (file.isExecutable ? session.writeProgram : session.write)(Array(text.utf8), path)
      voice.say("Wrote \(Printable.text(path))")
    }
  }

  /// Prints the documents behind an answer, each below its name, or writes all into a folder.
  ///
  /// - Throws: What cannot be written.
  func append(_ options: SpecOutputOptions, _ session: Session, _ voice: Voice) throws {
    guard let output = options.output, output != "-" else {
      if options.json { return }
      for file in files { voice.answer("\n# \(file.name)\n\(try file.text())") }
      return
    }
    try session.makeFolder(output)
    for file in files {
      let path = Path.joined(output, file.name)
      try session.write(Array(try file.text().utf8), path)
      voice.say("Wrote \(Printable.text(path))")
    }
  }

  private func json(_ texts: [(SpecFile, String)]) -> JSONValue {
    [
      "files": .array(
        texts.map { file, text in
          ["name": .string(file.name), "executable": .bool(file.isExecutable), "text": .string(text)]
        }),
      "choices": .array(
        choices.map {
          ["topic": .string($0.topic), "choice": .string($0.choice), "reason": .string($0.reason)]
        }),
    ]
  }

  /// What was chosen and why, a line each: topic, choice and reason in columns as far as they fit.
  static func explanation(_ choices: [RunChoice]) -> String {
    let width = choices.map(\.topic.count).max() ?? 0
    return choices.map { choice in
      "  \(Printable.text(choice.topic).padded(to: width))  \(Printable.text(choice.choice)): \(Printable.text(choice.reason))\n"
    }.joined()
  }
}
