#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Folders of the disk.
enum Folder {
  /// Makes a folder the current one of this process.
  ///
  /// - Throws: `UsageError` where there is none that can be entered.
  @Sendable static func enter(_ path: String) throws {
    guard chdir(path) != 0 else { return }
    throw UsageError("--directory: \(path) cannot be entered: \(String(cString: strerror(errno)))")
  }

  /// The names of what is in a folder, in no order; empty where there is none that can be read.
  @Sendable static func names(_ path: String) -> [String] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
        field.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: field.pointee)) {
          String(cString: $0)
        }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// Makes a folder with those above it, unless it is there.
  ///
  /// - Throws: `UsageError` where that cannot be done.
  @Sendable static func make(_ path: String) throws {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += part
      guard mkdir(made, 0o777) == 0 || errno == EEXIST else {
        throw UsageError(
          "the folder \(Printable.text(made)) cannot be made: \(String(cString: strerror(errno)))")
      }
      made += "/"
    }
  }
}
