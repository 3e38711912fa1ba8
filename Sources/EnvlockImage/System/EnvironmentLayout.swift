public import EnvlockModel
public import EnvlockVersions

/// Where in an image the environment lies: a virtual environment at `/opt/env`, whatever Python is below it, so that a
/// wheel gives the same layer on every base.
///
/// Source: PEP 405 (`pyvenv.cfg`); CPython's `site` and `getpath`. Debian's Python looks for `dist-packages` outside of
/// virtual environments only.
public struct EnvironmentLayout: Hashable, Sendable {
  /// The Python that wheels were chosen for.
  public let python: PythonVersion
  /// The program that the environment's `bin/python` is a link to: "/usr/bin/python3.11", "/opt/python/bin/python3.13t".
  public let interpreterPath: String
  /// Where modules land: "opt/env/lib/python3.11/site-packages".
  public let sitePackages: ImagePath
  /// Where the parts of wheels land.
  public let scheme: InstallScheme
  /// What scripts run on: `/opt/env/bin/python`.
  public let interpreter: Interpreter

  /// The environment's folder, below the root.
  public static let folder = "opt/env"
  /// The environment's folder of commands, as PATH names it.
  public static let commands = "/opt/env/bin"
  /// Where builds of CPython lie, below the root.
  public static let buildFolder = "opt/python"

  /// Lays an environment out.
  ///
  /// - Parameters:
  ///   - python: the Python that wheels were chosen for.
  ///   - interpreterPath: the program, by its absolute path in the image.
  /// - Throws: `MalformedText` where that path cannot be written; `PathProblem` never for a Python that exists.
  public init(python: PythonVersion, interpreterPath: String) throws {
    let name = Self.binaryName(python)
    _ = try Interpreter(interpreterPath)
    self.python = python
    self.interpreterPath = interpreterPath
    sitePackages = try ImagePath("\(Self.folder)/lib/\(name)/site-packages")
    scheme = try InstallScheme(
      purelib: sitePackages.text, platlib: sitePackages.text, scripts: "\(Self.folder)/bin",
      data: Self.folder, headers: "\(Self.folder)/include/site/\(name)")
    interpreter = try Interpreter("\(Self.commands)/python")
  }

  /// What the program of a Python is called: "python3.11", "python3.13t".
  public static func binaryName(_ python: PythonVersion) -> String {
    "python\(python.major).\(python.minor)" + (python.freeThreaded ? "t" : "")
  }

  /// Whether a path is that of a module of the environment.
  public func isModule(_ path: ImagePath) -> Bool {
    path.text.hasPrefix(sitePackages.text + "/") && CompiledModule.isModule(path)
  }

  /// What makes the folder a virtual environment.
  ///
  /// - Parameter version: the exact version of the interpreter: 3.11.2.
  /// - Returns: `pyvenv.cfg`, the links to the interpreter, and the folder for modules; in no particular order.
  /// - Throws: `PathProblem`, which the paths do not have.
  public func entries(version: Version) throws -> [LayerEntry] {
    let home = interpreterPath.utf8.lastIndex(of: UInt8(ascii: "/")).map { interpreterPath[..<$0] } ?? ""
    let settings = """
      home = \(home.isEmpty ? "/" : home)
      include-system-site-packages = false
      version = \(version)

      """
    let bin = try ImagePath("\(Self.folder)/bin")
    let names = ["python\(python.major)", Self.binaryName(python)]
    return [
      LayerEntry(
        try ImagePath("\(Self.folder)/pyvenv.cfg"), .bytes(Array(settings.utf8)), mode: 0o644),
      .link(try bin.appending("python"), to: try LinkTarget(interpreterPath)),
      .link(try ImagePath("\(Self.folder)/lib64"), to: try LinkTarget("lib")),
      LayerEntry(sitePackages, .directory, mode: 0o755),
    ]
      + (try names.map { .link(try bin.appending($0), to: try LinkTarget("python")) })
  }
}
