import EnvlockModel

/// A lock's wheels of one platform as a requirements file with hashes, for `pip install --require-hashes` and
/// `uv pip sync`.
enum RenderRequirements {
  /// The file's text.
  ///
  /// - Parameters:
  ///   - lock: The wheels.
  ///   - hashes: Whether each line demands the wheel's SHA-256.
  ///   - source: The lock's name, for the comment at the top.
  /// - Returns: The lines of the file.
  static func text(_ lock: PlatformLock, hashes: Bool, source: String) -> String {
    var lines = ["# \(source) for \(lock.platform) and Python \(lock.python), written by envlock"]
    let named = Set(lock.wheels.compactMap(\.index)).subtracting([defaultIndex]).sorted()
    // Nothing but ASCII: pip reads the file in the locale's encoding.
    if !named.isEmpty {
      lines.append("# not on the default index alone, but on " + named.joined(separator: ", "))
    }
    for wheel in lock.wheels {
      var line: String
      if let url = wheel.url, !url.contains("://") {
        line = url.hasPrefix("/") || url.hasPrefix(".") ? url : "./" + url
      } else if let url = wheel.url {
        // Both installers check the hash of a direct reference in its URL.
        line = "\(wheel.name) @ \(url)#sha256=\(wheel.sha256.hex)"
      } else {
        line = "\(wheel.name)==\(wheel.version)"
        if let index = wheel.index, index != defaultIndex, !hashes { line += "  # \(index)" }
      }
      if hashes {
        lines.append(line + " \\")
        lines.append("    --hash=sha256:\(wheel.sha256.hex)")
      } else {
        lines.append(line)
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// What a lock calls the index that is configured and not named.
  private static let defaultIndex = "default"
}
