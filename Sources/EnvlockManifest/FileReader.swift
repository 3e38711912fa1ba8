import FoundationEssentials

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

  /// Reads from the disk.
  public static let disk = FileReader { path throws(FileFault) in
    do {
      return [UInt8](try Data(contentsOf: URL(filePath: path)))
    } catch let error as CocoaError where error.code == .fileReadNoSuchFile || error.code == .fileNoSuchFile {
      throw .notFound
    } catch let error as CocoaError where error.code == .fileReadNoPermission {
      throw .unreadable("permission denied")
    } catch {
      throw .unreadable("\(error)")
    }
  }
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
