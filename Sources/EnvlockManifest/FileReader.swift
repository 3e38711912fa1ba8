#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Why a file could not be read.
public enum FileFault: Error, Hashable, Sendable {
  /// There is no such file.
  case notFound
  /// Something else, in the system's words.
  case unreadable(String)
}

/// Reads whole files; a value, so that tests read from memory.
public struct FileReader: Sendable {
  /// Gives the bytes of the file at a path.
  public let read: @Sendable (_ path: String) throws(FileFault) -> [UInt8]

  /// Reads by means of `read`.
  public init(read: @escaping @Sendable (_ path: String) throws(FileFault) -> [UInt8]) {
    self.read = read
  }

  /// Reads from the disk; "-" is standard input.
  public static let disk = FileReader { path throws(FileFault) in
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileFault(errno) }
    defer { if descriptor != STDIN_FILENO { close(descriptor) } }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = chunk.withUnsafeMutableBytes { systemRead(descriptor, $0.baseAddress, $0.count) }
      if count == 0 { return bytes }
      if count > 0 {
        bytes += chunk[..<count]
      } else if errno != EINTR {
        throw FileFault(errno)
      }
    }
  }
}

extension FileFault {
  /// The fault that an error number of the system stands for.
  fileprivate init(_ code: Int32) {
    switch code {
    case ENOENT, ENOTDIR: self = .notFound
    case EISDIR: self = .unreadable("it is a folder")
    case EACCES: self = .unreadable("permission denied")
    default: self = .unreadable(String(cString: strerror(code)))
    }
  }
}

/// The system's `read`, which a property of the same name hides.
private func systemRead(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(descriptor, bytes, count)
}

/// Paths as texts, joined without looking at the disk.
package enum Path {
  /// `path` as seen from `directory`; an absolute path stays as it is.
  package static func joined(_ directory: String, _ path: String) -> String {
    if directory.isEmpty || directory == "." || path.hasPrefix("/") { return path }
    return directory.hasSuffix("/") ? directory + path : directory + "/" + path
  }

  /// The folder that `path` is in; empty for a bare file name.
  package static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
