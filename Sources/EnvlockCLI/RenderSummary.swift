import EnvlockModel
import EnvlockVersions

/// The summary of a lock, as `envlock resolve` answers.
enum RenderSummary {
  /// The summary of a lock that has just been made.
  ///
  /// - Parameters:
  ///   - lock: The lock.
  ///   - seconds: How long it took.
  /// - Returns: A headline, and a line for each level of each answer.
  static func resolved(_ lock: Lockfile, seconds: Double) -> String {
    text(lock, headline: "Resolved \(counts(lock)) in \(Quantity.duration(seconds))")
  }

  /// The summary of a lock that was read from `path`.
  static func read(_ lock: Lockfile, path: String) -> String {
    text(lock, headline: "\(path) holds \(counts(lock))")
  }

  private static func counts(_ lock: Lockfile) -> String {
    let counts = lock.titledAnswers.map {
      "\(Quantity.count($0.answer.wheels.count, "wheel")) for \($0.title)"
    }
    guard let last = counts.last, counts.count > 1 else { return counts.first ?? "nothing" }
    return counts.dropLast().joined(separator: ", ") + " and " + last
  }

  private static func text(_ lock: Lockfile, headline: String) -> String {
    var lines = [headline]
    for (title, answer) in lock.titledAnswers {
      if lock.platforms.count > 1 { lines.append(title) }
      let rows = RenderStrata.rows(answer) + [(label: "to fetch", text: download(answer))]
      let width = (rows.map(\.label.count).max() ?? 0) + 3
      for row in rows {
        lines.append("  " + row.label + String(repeating: " ", count: width - row.label.count) + row.text)
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func download(_ platform: PlatformLock) -> String {
    let unknown = platform.wheels.filter { $0.size == nil }.count
    if case .debian(let debian)? = platform.base?.system {
      return wheels(platform, unknown) + ", and \(Quantity.bytes(debian.bytes)) of Debian packages"
    }
    if case .image(let image)? = platform.base?.system {
      return wheels(platform, unknown) + ", and \(Quantity.bytes(image.bytes)) of the base image"
    }
    return wheels(platform, unknown)
  }

  private static func wheels(_ platform: PlatformLock, _ unknown: Int) -> String {
    guard unknown > 0 else { return Quantity.bytes(platform.bytes) }
    if unknown == platform.wheels.count { return "not known: the index tells no sizes" }
    return "\(Quantity.bytes(platform.bytes)), and \(Quantity.count(unknown, "wheel")) of unknown size"
  }
}
