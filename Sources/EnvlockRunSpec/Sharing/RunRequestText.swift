import EnvlockModel

/// Writes what a run asks of GPUs as the lines of a manifest (TOML 1.0.0, "Basic strings").
enum RunRequestText {
  /// A `[run]` table with the keys that are set.
  static func text(of request: RunDeclaration) -> String {
    var lines = ["[run]"]
    if let gpus = request.gpus { lines.append("gpus = \(gpus)") }
    let texts = [
      ("gpu", request.gpu?.description), ("gpu-memory", request.gpuMemory?.description),
      ("isolation", request.isolation?.rawValue), ("licence", request.licence),
    ]
    for (key, text) in texts {
      if let text { lines.append("\(key) = \(quoted(text))") }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\u{0}"..<" ", "\u{7F}":
        let digits = String(scalar.value, radix: 16, uppercase: true)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
