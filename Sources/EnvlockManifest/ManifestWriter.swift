package import EnvlockModel
import EnvlockVersions

/// Writes what a manifest says of the environment as the text of an `envlock.toml`.
package struct ManifestWriter {
  private let manifest: Manifest
  private let directory: String
  private var lines: [String]

  /// The text, which reads back as the same request.
  ///
  /// - Parameters:
  ///   - manifest: What is asked for; its table `[run]` is not written.
  ///   - directory: The folder of the file, from which paths of wheels are seen.
  ///   - comment: Lines at the top.
  /// - Returns: The text.
  package static func text(_ manifest: Manifest, directory: String, comment: [String]) -> String {
    var writer = ManifestWriter(
      manifest: manifest, directory: directory, lines: comment.map { "# " + $0 } + [""])
    writer.environment()
    writer.base()
    writer.image()
    writer.targets()
    writer.indexes()
    return writer.lines.joined(separator: "\n") + "\n"
  }

  private mutating func environment() {
    lines.append("[environment]")
    add("name", manifest.name)
    add("python", manifest.python?.description)
    add("framework", manifest.framework.map(text))
    add("requirements", manifest.requirements.map(text))
    add("cuda", manifest.cuda?.description)
    add("platforms", manifest.platforms.map(\.description))
    add("glibc", manifest.statedGlibc?.description)
    add("exclude-newer", manifest.excludeNewer?.description)
    if manifest.prerelease != .ifNecessary { add("prerelease", manifest.prerelease.rawValue) }
    if !manifest.buildSdist.isEmpty { add("build-sdist", manifest.buildSdist.map(\.text)) }
    if manifest.split { lines.append("split = true") }
  }

  private mutating func base() {
    guard let base = manifest.base else { return }
    lines += ["", "[base]"]
    switch base.system {
    case .debian(let suite):
      add("debian", suite)
      if !base.packages.isEmpty { add("packages", base.packages) }
      if !base.security { lines.append("security = false") }
    case .image(let reference): add("image", reference)
    }
  }

  private mutating func image() {
    guard let image = manifest.image else { return }
    lines += ["", "[image]"]
    if !image.copy.isEmpty { add("copy", image.copy) }
    add("workdir", image.workdir)
    if let entrypoint = image.entrypoint { add("entrypoint", entrypoint) }
    if let cmd = image.cmd { add("cmd", cmd) }
    add("user", image.user)
    if image.bytecode { lines.append("bytecode = true") }
    for (title, texts) in [("env", image.env), ("labels", image.labels)] where !texts.isEmpty {
      lines += ["", "[image.\(title)]"]
      for (key, value) in texts.sorted(by: { $0.key < $1.key }) {
        lines.append("\(Self.isBare(key) ? key : Self.quoted(key)) = \(Self.quoted(value))")
      }
    }
  }

  private mutating func targets() {
    for target in manifest.targets {
      lines += ["", "[[target]]"]
      add("name", target.name)
      add("driver", target.driver?.description)
      if !target.gpus.isEmpty { add("gpus", target.gpus) }
    }
  }

  private mutating func indexes() {
    for index in manifest.indexes {
      lines += ["", "[[index]]"]
      add("name", index.name)
      // A password has no place in a file that is checked in.
      if let url = index.url, URLCredentials.redacted(url) == url { add("url", url) }
      if !index.packages.isEmpty { add("packages", index.packages.map(\.text).sorted()) }
    }
  }

  private func text(_ requirement: SourcedRequirement) -> String {
    let requirement = requirement.requirement
    guard let url = requirement.url, !url.contains("://"), !url.hasPrefix("/"), !url.hasPrefix("file:"),
      !directory.isEmpty
    else { return requirement.description }
    let steps = directory.split(separator: "/").filter { $0 != "." }.map { _ in "../" }.joined()
    return Requirement(
      name: requirement.name, extras: requirement.extras, url: steps + url, marker: requirement.marker
    ).description
  }

  // MARK: TOML

  private mutating func add(_ key: String, _ value: String?) {
    if let value { lines.append("\(key) = \(Self.quoted(value))") }
  }

  private mutating func add(_ key: String, _ values: [String]) {
    let quoted = values.map(Self.quoted)
    let line = "\(key) = [\(quoted.joined(separator: ", "))]"
    guard line.utf8.count > 100 || values.count > 3 else { return lines.append(line) }
    lines += ["\(key) = ["] + quoted.map { "  \($0)," } + ["]"]
  }

  /// Whether a key needs no quotes (TOML 1.0, "Keys").
  private static func isBare(_ key: String) -> Bool {
    !key.isEmpty
      && key.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }

  /// A basic string (TOML 1.0, "String").
  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\u{0}"..."\u{1F}", "\u{7F}":
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
