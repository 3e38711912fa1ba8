public import EnvlockModel

/// Which files of an image its Python is started from, on a machine that has none of them: the dynamic loader, the
/// libraries, the program and the standard library.
///
/// All libraries go into one folder, by their names, so that no link of the image has to be followed.
public struct InterpreterParts: Hashable, Sendable {
  /// What a file is for.
  public enum Part: Hashable, Sendable {
    /// A library, the loader among them, by its name: "libc.so.6".
    case library(String)
    /// The program, or a file of the standard library.
    case python
  }

  /// The program: "usr/bin/python3.11".
  public let program: ImagePath
  /// The folder that holds the program's `bin` and `lib`, which Python takes as PYTHONHOME: "usr".
  public let home: ImagePath
  /// The standard library: "usr/lib/python3.11".
  public let standardLibrary: ImagePath
  /// The name of the dynamic loader: "ld-linux-x86-64.so.2".
  public let loader: String

  private let libraryFolders: Set<String>

  /// - Parameters:
  ///   - layout: where the environment lies, and what its Python is.
  ///   - platform: what the image runs on.
  /// - Throws: `PathProblem` where the interpreter's path is none.
  public init(_ layout: EnvironmentLayout, platform: Platform) throws(PathProblem) {
    program = try ImagePath(String(layout.interpreterPath.drop { $0 == "/" }))
    guard let home = program.parent?.parent else { throw PathProblem.notPlain }
    self.home = home
    standardLibrary = try home.appending("lib/\(EnvironmentLayout.binaryName(layout.python))")
    // As the ABI of each architecture names it.
    loader = platform == .linuxAMD64 ? "ld-linux-x86-64.so.2" : "ld-linux-aarch64.so.1"
    let triplet = "\(platform.machine)-linux-gnu"
    libraryFolders = Set(
      ["lib", "lib64", "usr/lib", "usr/lib64"].flatMap { [$0, "\($0)/\(triplet)"] } + ["\(home)/lib"])
  }

  /// What a file of the image is for; nil for one that Python starts without.
  public func part(_ path: ImagePath) -> Part? {
    if path == program || isInStandardLibrary(path) { return .python }
    guard let folder = path.parent, libraryFolders.contains(folder.text),
      let name = path.text.split(separator: "/").last, name.contains(".so.") || name.hasSuffix(".so")
    else { return nil }
    return .library(String(name))
  }

  /// Whether a path is that of a library of glibc, by the names that it has had; builds of CPython need no others.
  public func isGlibc(_ path: ImagePath) -> Bool {
    guard case .library(let name) = part(path) else { return false }
    return name.hasPrefix("ld-")
      || Self.glibc.contains { name.hasPrefix("\($0).so") || name.hasPrefix("\($0)-2.") }
  }

  private static let glibc = ["libc", "libcrypt", "libdl", "libm", "libpthread", "librt", "libutil"]

  /// Whether a file is a module of the standard library; what was installed beside it is not.
  public func isStandardModule(_ path: ImagePath) -> Bool {
    guard isInStandardLibrary(path), CompiledModule.isModule(path) else { return false }
    let rest = path.text.dropFirst(standardLibrary.text.utf8.count + 1)
    return !rest.hasPrefix("site-packages/") && !rest.hasPrefix("dist-packages/")
  }

  private func isInStandardLibrary(_ path: ImagePath) -> Bool {
    path.text.hasPrefix(standardLibrary.text + "/")
  }
}
