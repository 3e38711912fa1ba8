/// A compiled module as Python finds it beside its source (PEP 3147, PEP 552).
public struct CompiledModule: Hashable, Sendable {
  /// What the file holds.
  public let bytes: [UInt8]

  /// Puts a file together that Python takes without looking at the source: the hash of the source is in it, and the flag
  /// that asks to check it is not set.
  ///
  /// Source: PEP 552; CPython, `Lib/importlib/_bootstrap_external.py`.
  ///
  /// - Parameters:
  ///   - magic: the four bytes by which a Python knows its own code.
  ///   - sourceHash: the eight bytes of `importlib.util.source_hash`.
  ///   - code: the code.
  public init(magic: [UInt8], sourceHash: [UInt8], code: MarshalledCode) {
    let hashBasedUnchecked: [UInt8] = [1, 0, 0, 0]
    bytes = magic + hashBasedUnchecked + sourceHash + code.bytes
  }

  /// Where Python looks for the compiled form of a module: "a/__pycache__/b.cpython-311.pyc" for "a/b.py".
  ///
  /// - Parameters:
  ///   - source: the source.
  ///   - tag: what this Python calls its compiled files: "cpython-311".
  /// - Returns: the path; nil where the source's name is that of no module, or the file's would be too long.
  public static func path(of source: ImagePath, tag: String) -> ImagePath? {
    guard isModule(source) else { return nil }
    let name = source.text.split(separator: "/").last ?? ""
    let folder = source.parent.map { "\($0.text)/" } ?? ""
    return try? ImagePath("\(folder)__pycache__/\(name.dropLast(suffix.utf8.count)).\(tag).pyc")
  }

  /// Whether a path is that of a module's source.
  public static func isModule(_ path: ImagePath) -> Bool {
    path.text.hasSuffix(suffix) && !path.text.hasSuffix("/" + suffix) && path.text != suffix
  }

  private static let suffix = ".py"
}
