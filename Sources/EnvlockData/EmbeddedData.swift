import CEmbedded
public import EnvlockModel

/// The paths of the compiled-in files, as in the repository, ascending: "matrices/cuda.json".
package var embeddedPaths: [String] {
  (0..<envlock_embedded_count()).compactMap { index in
    envlock_embedded_file(index).map { String(cString: $0.pointee.path) }
  }
}

/// A copy of a compiled-in file.
///
/// - Parameter path: its path in the repository: "templates/envlock.toml".
/// - Returns: its bytes; nil where no such file is compiled in.
package func embeddedFile(_ path: String) -> [UInt8]? {
  for index in 0..<envlock_embedded_count() {
    guard let file = envlock_embedded_file(index), String(cString: file.pointee.path) == path else {
      continue
    }
    return [UInt8](UnsafeBufferPointer(start: file.pointee.bytes, count: file.pointee.count))
  }
  return nil
}

extension Matrix {
  private static let folder = "matrices/"

  /// The matrix that is compiled into the program. A file is copied and read when it is first asked for.
  public static let embedded = Matrix(
    trusted: embeddedPaths.filter { $0.hasPrefix(folder) }.map { String($0.dropFirst(folder.utf8.count)) },
    read: { embeddedFile(folder + $0) })
}
