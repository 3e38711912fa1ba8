import Envlock
import EnvlockManifest
import EnvlockModel
import EnvlockVersions

/// What became of an imported file.
struct ImportOutcome: Sendable {
  let plan: ImportPlan
  /// The manifest that the lock is of.
  let manifest: Manifest
  let lock: Lockfile
  /// The manifest that was there already.
  let existing: LoadedManifest?
  /// The manifest's path.
  let path: String

  private var fileName: String { Printable.text(plan.imported.fileName) }

  // MARK: text

  /// What was kept, and what was not taken, a line each.
  func lines(isVerbose: Bool) -> [String] {
    var lines: [String] = []
    for (title, answer) in lock.titledAnswers {
      let comparison = plan.comparison(answer)
      let place = lock.platforms.count > 1 ? " for \(title)" : ""
      lines.append("Kept from \(fileName)\(place): " + kept(comparison))
      // Where little is pinned, what is not is no surprise.
      if plan.imported.isComplete || isVerbose {
        lines += comparison.added.map { "  added: " + added($0, answer) }
      }
      if isVerbose { lines += comparison.kept.map { "  kept: \($0.name) \($0.version)" } }
    }
    return lines + Self.notTaken(leftOut)
  }

  /// The lines of what was not taken, under their title.
  static func notTaken(_ leftOut: [String]) -> [String] {
    leftOut.isEmpty ? [] : ["Not taken:"] + leftOut.map { "  " + Printable.text($0) }
  }

  private func kept(_ comparison: ImportComparison) -> String {
    let count = Quantity.count(comparison.kept.count, "wheel")
    let hashed = comparison.kept.count - comparison.unhashed.count
    if comparison.kept.isEmpty { return "nothing was pinned; versions are chosen as `envlock resolve` does" }
    if hashed == comparison.kept.count { return "\(count), by version and hash" }
    if hashed == 0 { return "\(count), by version; it names no hashes" }
    let names = comparison.unhashed.map(\.name.text).joined(separator: ", ")
    return "\(count), \(hashed) of them by version and hash; by version alone \(names)"
  }

  private func added(_ wheel: LockedWheel, _ answer: PlatformLock) -> String {
    let name = "\(wheel.name) \(wheel.version)"
    if let framework = answer.strata.frameworks.first(where: { $0.added.contains(wheel.name) }) {
      return "\(name), which \(framework.name) \(framework.version) needs and does not say"
    }
    let needers = answer.wheels.filter { other in other.dependencies.contains { $0.name == wheel.name } }
    guard let first = needers.first else { return "\(name), which is asked for and not pinned" }
    return "\(name), which \(first.name) needs and \(fileName) does not pin"
  }

  /// What of the file is not in the lock, with what to do about it.
  private var leftOut: [String] {
    plan.leftOut(lock.platforms.map { plan.imported.selection($0.platform, $0.python, plan.choice) })
  }

  // MARK: the manifest

  /// The text of the manifest.
  var manifestText: String {
    ManifestWriter.text(
      manifest, directory: Path.directory(of: path),
      comment: [
        "Imported from \(fileName) by `envlock import`; the lock keeps what that had decided.",
        "See `envlock init` for all that can stand here.",
      ])
  }

  /// What to say of a manifest that was there already.
  func manifestLines(isDry: Bool, isVerbose: Bool) -> [String] {
    let shown = Printable.text(path)
    guard let existing else {
      if isDry { return ["\(shown) would be written"] }
      return leavesOutURL ? ["The URL of an index holds a password: say it with `--index NAME=URL`"] : []
    }
    let currency = LockCurrency(lock, existing.manifest, path: path)
    if currency.isCurrent { return ["\(shown) asks for this already"] }
    // What the lock is of, from what the manifest says.
    let changes = currency.changes.map(Self.reversed)
    return ["\(shown) stays as it is, and asks for something else; to make it fit:"]
      + changes.map { "  " + $0 }
  }

  private var leavesOutURL: Bool {
    manifest.indexes.compactMap(\.url).contains { URLCredentials.redacted($0) != $0 }
  }

  /// A change from the lock's request to the manifest's, the other way round.
  private static func reversed(_ line: String) -> String {
    if let minus = line.firstRange(of: ": - ") { return line.replacingCharacters(in: minus, with: ": + ") }
    if let plus = line.firstRange(of: ": + ") { return line.replacingCharacters(in: plus, with: ": - ") }
    guard let arrow = line.firstRange(of: " → "), let colon = line.firstRange(of: ": ") else { return line }
    return
      "\(line[..<colon.upperBound])\(line[arrow.upperBound...]) → \(line[colon.upperBound..<arrow.lowerBound])"
  }

  // MARK: JSON

  /// The summary for programs.
  ///
  /// - Throws: `JSONError` never in practice.
  func json(notes: [String], seconds: Double, lock path: String) throws(JSONError) -> String {
    var kept: [JSONValue] = []
    var added: [JSONValue] = []
    for answer in lock.platforms {
      let comparison = plan.comparison(answer)
      for wheel in comparison.kept {
        kept.append([
          "name": .string(wheel.name.text), "platform": .string(answer.platform.description),
          "version": .string(wheel.version.description),
        ])
      }
      for wheel in comparison.added {
        added.append([
          "name": .string(wheel.name.text), "platform": .string(answer.platform.description),
          "version": .string(wheel.version.description),
        ])
      }
    }
    return try RenderJSON.summary(
      lock,
      [
        "added": .array(added), "kept": .array(kept), "lock": .string(path),
        "manifest-file": .string(self.path), "manifest-text": .string(manifestText),
        "not-taken": .array(leftOut.map { .string($0) }), "notes": .array(notes.map { .string($0) }),
        "seconds": .number(seconds),
      ])
  }
}

extension String {
  /// The text with another one in place of `range`.
  fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
    self[..<range.lowerBound] + text + self[range.upperBound...]
  }
}
