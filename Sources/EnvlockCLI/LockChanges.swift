import EnvlockModel
import EnvlockVersions

/// What a new lock has that an old one has not, in words.
enum LockChanges {
  /// A line for each change: "torch 2.9.0 → 2.9.1", "+ numpy 2.3.5", "- six 1.17.0".
  ///
  /// - Parameters:
  ///   - old: The lock that was there.
  ///   - new: The lock that takes its place.
  ///   - limit: How many lines of wheels are given; a last line counts the others.
  /// - Returns: The lines; none for equal locks.
  static func lines(from old: Lockfile, to new: Lockfile, limit: Int = .max) -> [String] {
    let oldAnswers = old.titledAnswers
    let newAnswers = new.titledAnswers
    var lines: [String] = []
    for (title, answer) in newAnswers {
      let before = oldAnswers.first { $0.title == title }?.answer
      let prefix = newAnswers.count > 1 || oldAnswers.count > 1 ? title + ": " : ""
      guard let before else {
        lines.append("+ \(title)")
        continue
      }
      lines += changes(from: before, to: answer).map { prefix + $0 }
    }
    for (title, _) in oldAnswers where !newAnswers.contains(where: { $0.title == title }) {
      lines.append("- \(title)")
    }
    if lines.isEmpty, old.request != new.request { lines.append("what is asked for has changed") }
    if lines.isEmpty, old.matrix != new.matrix { lines.append("the compatibility data have changed") }
    guard lines.count > limit else { return lines }
    return lines.prefix(limit) + ["… and \(lines.count - limit) more"]
  }

  private static func changes(from old: PlatformLock, to new: PlatformLock) -> [String] {
    var lines: [String] = []
    if old.python != new.python { lines.append("Python \(old.python) → \(new.python)") }
    if old.strata.cuda != new.strata.cuda {
      lines.append(
        "CUDA \(old.strata.cuda?.description ?? "none") → \(new.strata.cuda?.description ?? "none")")
    }
    lines += baseChanges(from: old.base, to: new.base)
    let names = Set((old.wheels + new.wheels).map(\.name)).sorted()
    for name in names {
      switch (old.wheel(name), new.wheel(name)) {
      case (nil, let wheel?): lines.append("+ \(name) \(wheel.version)")
      case (let wheel?, nil): lines.append("- \(name) \(wheel.version)")
      case (let before?, let after?) where before.version.description != after.version.description:
        lines.append("\(name) \(before.version) → \(after.version)")
      case (let before?, let after?) where before != after:
        lines.append("\(name) \(after.version): \(what(before, after))")
      default: break
      }
    }
    if lines.isEmpty, old != new { lines.append("what is known of the levels below the wheels has changed") }
    return lines
  }

  /// A line for each package of the base that came, went or changed.
  private static func baseChanges(from old: LockedBase?, to new: LockedBase?) -> [String] {
    guard old != new else { return [] }
    var lines: [String] = []
    if old.map(title) != new.map(title) {
      lines.append("base \(old.map(title) ?? "none") → \(new.map(title) ?? "none")")
    }
    guard case .debian(let before)? = old?.system, case .debian(let after)? = new?.system else {
      return lines.isEmpty ? ["the base has changed"] : lines
    }
    for name in Set((before.packages + after.packages).map(\.name)).sorted() {
      switch (before.package(name), after.package(name)) {
      case (nil, let package?): lines.append("+ \(name) \(package.version) (Debian)")
      case (let package?, nil): lines.append("- \(name) \(package.version) (Debian)")
      case (let one?, let other?) where one.version != other.version:
        lines.append("\(name) \(one.version) → \(other.version) (Debian)")
      case (let one?, let other?) where one.sha256 != other.sha256:
        lines.append("\(name) \(other.version) (Debian): other bytes")
      default: break
      }
    }
    return lines.isEmpty ? ["the base has changed"] : lines
  }

  private static func title(_ base: LockedBase) -> String {
    switch base.system {
    case .debian(let debian): "\(debian.suite) with Python \(base.interpreter.version)"
    case .image(let image): "\(image.reference) with Python \(base.interpreter.version)"
    }
  }

  private static func what(_ old: LockedWheel, _ new: LockedWheel) -> String {
    if old.sha256 != new.sha256 { return old.fileName == new.fileName ? "other bytes" : "another wheel" }
    if old.index != new.index || old.url != new.url { return "from another place" }
    return old.dependencies == new.dependencies ? "other facts" : "other dependencies"
  }
}
