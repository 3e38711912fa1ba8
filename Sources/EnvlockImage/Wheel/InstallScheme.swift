/// Where in an image the parts of wheels land: folders below its root.
///
/// Source: PyPA specifications, "Binary distribution format", "The .data directory"; the names are those of Python's
/// `sysconfig`.
public struct InstallScheme: Hashable, Sendable {
  /// Modules of wheels without machine code. Nil: the root itself.
  public let purelib: ImagePath?
  /// Modules of wheels with machine code.
  public let platlib: ImagePath?
  /// Commands.
  public let scripts: ImagePath?
  /// Files that a wheel wants beside bin and lib.
  public let data: ImagePath?
  /// The folder that gets a folder for each project's C headers.
  public let headers: ImagePath?

  /// Names the folders: "usr/local/lib/python3.11/site-packages"; an empty text is the root.
  ///
  /// - Throws: `PathProblem` where one is no path.
  public init(
    purelib: String, platlib: String, scripts: String, data: String, headers: String
  ) throws(PathProblem) {
    func folder(_ text: String) throws(PathProblem) -> ImagePath? {
      text.isEmpty ? nil : try ImagePath(text)
    }
    self.purelib = try folder(purelib)
    self.platlib = try folder(platlib)
    self.scripts = try folder(scripts)
    self.data = try folder(data)
    self.headers = try folder(headers)
  }

  /// Everything below one folder, as `pip install --target` does it: modules at its root, commands in `bin`.
  ///
  /// - Throws: `PathProblem` where it is no path; an empty text is the root.
  public static func target(_ folder: String) throws(PathProblem) -> InstallScheme {
    let below = folder.isEmpty ? "" : folder + "/"
    return try InstallScheme(
      purelib: folder, platlib: folder, scripts: below + "bin", data: folder, headers: below + "include")
  }
}
