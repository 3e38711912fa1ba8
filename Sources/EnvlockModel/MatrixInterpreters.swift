public import EnvlockVersions

/// A relocatable build of CPython, an archive that is unpacked anywhere.
public struct InterpreterBuildRow: Hashable, Sendable {
  /// The Python, without its patch release: 3.13t.
  public let python: PythonVersion
  /// Its exact version: 3.13.9, 3.15.0rc1.
  public let version: Version
  /// The system that it runs on.
  public let platform: Platform
  /// The C library that it is linked with: "gnu".
  public let libc: String
  /// Whether it is no final release.
  public let isPrerelease: Bool
  /// The release folder that holds the file: "20260814".
  public let release: String
  /// The file's name.
  public let file: String
  /// What the file has to be.
  public let digest: Digest
  /// Where this is from.
  public let source: MatrixSource
}

/// What a suite of Debian carries of Python.
public struct DebianSuiteRow: Hashable, Sendable {
  /// An interpreter's package.
  public struct Interpreter: Hashable, Sendable {
    /// Its name: "python3.11".
    public let package: String
    /// Its version, as Debian writes it.
    public let version: String
  }

  /// The suite's name: "bookworm".
  public let suite: String
  /// What it is: "Debian 12".
  public let release: String
  /// The version of the package `python3`; nil where that is unknown.
  public let python3: String?
  /// The interpreters, by ascending name.
  public let interpreters: [Interpreter]
  /// The version of the package `libc6`; nil where that is unknown.
  public let libc6: String?
  /// Where this is from.
  public let source: MatrixSource
}

extension Matrix {
  /// The relocatable builds of CPython, newest first.
  public var interpreterBuilds: [InterpreterBuildRow] {
    rows(interpreterMemo, "python-builds.json", "builds", InterpreterBuildRow.read)
  }

  /// The folder that holds the releases of python-build-standalone; nil where nothing says it.
  public var interpreterMirror: String? {
    guard let document = try? document("indexes.json"), let rows = try? document.rows("interpreters") else {
      return nil
    }
    let row = rows.first { (try? $0.text("name")) == "python-build-standalone" }
    return row.flatMap { try? $0.text("url") }
  }

  /// Debian's suites, newest first.
  public var debianSuites: [DebianSuiteRow] {
    rows(debianMemo, "python-builds.json", "debian", DebianSuiteRow.read)
  }

  /// The released CPythons with the usual binary interface that the matrix knows, by minor version, newest first.
  public var interpreters: [PythonVersion] {
    guard let document = try? document("python-builds.json"), let builds = try? document.rows("builds") else {
      return []
    }
    var found: [PythonVersion] = []
    for row in builds {
      guard (try? row.bool("prerelease")) != true, (try? row.bool("free_threaded")) != true,
        let text = try? row.text("python"), let python = try? PythonVersion(text), !found.contains(python)
      else { continue }
      found.append(python)
    }
    return found.sorted(by: >)
  }
}

extension InterpreterBuildRow {
  /// Reads a row of the builds in python-builds.json.
  ///
  /// - Throws: `MatrixError` for a field that is missing, unknown or broken.
  static func read(_ row: MatrixRow) throws(MatrixError) -> InterpreterBuildRow {
    try row.allow([
      "python", "version", "arch", "free_threaded", "libc", "prerelease", "release", "file", "sha256",
    ])
    let suffix = try row.bool("free_threaded") == true ? "t" : ""
    let python = try row.required("python", row.parsed("python") { try PythonVersion($0 + suffix) })
    let version = try row.required("version", row.version("version"))
    let platform = try row.required("arch", row.parsed("arch") { try Platform($0) })
    return InterpreterBuildRow(
      python: python, version: version, platform: platform, libc: try row.required("libc", row.text("libc")),
      isPrerelease: try row.bool("prerelease") ?? false,
      release: try row.required("release", row.text("release")),
      file: try row.required("file", row.text("file")),
      digest: try row.required("sha256", row.parsed("sha256") { try Digest(sha256Hex: $0) }),
      source: try row.source(named: "CPython \(version)\(suffix) \(platform.machine)"))
  }
}

extension DebianSuiteRow {
  /// Reads a row of Debian's suites in python-builds.json.
  ///
  /// - Throws: `MatrixError` for a field that is missing, unknown or broken.
  static func read(_ row: MatrixRow) throws(MatrixError) -> DebianSuiteRow {
    try row.allow(["suite", "release", "python3", "interpreters", "libc6"])
    let suite = try row.required("suite", row.text("suite"))
    let interpreters = try row.field("interpreters") { (value) throws(JSONDecodingError) in
      var interpreters: [Interpreter] = []
      for (package, version) in try value.members() {
        interpreters.append(Interpreter(package: package, version: try version.string()))
      }
      return interpreters
    }
    return DebianSuiteRow(
      suite: suite, release: try row.required("release", row.text("release")),
      python3: try row.text("python3"), interpreters: interpreters ?? [], libc6: try row.text("libc6"),
      source: try row.source(named: suite))
  }
}
