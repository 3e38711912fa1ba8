import Glibc

/// The files of a node, below its root: the machine's own, or one that is mounted elsewhere.
struct NodeFiles: Sendable {
  /// The root without its last slash; empty for the machine's own.
  private let prefix: String

  init(root: String) {
    var root = Substring(root)
    while root.hasSuffix("/") { root = root.dropLast() }
    prefix = String(root)
  }

  /// Whether these are the files of the machine that this runs on.
  var isOwn: Bool { prefix.isEmpty }

  /// Where a path of the node's lies for this process.
  func place(_ path: String) -> String { prefix + path }

  /// The bytes of a regular file; nil where there is none, or it cannot be read or is larger than `limit`.
  func bytes(_ path: String, limit: Int = 1 << 20) -> [UInt8]? {
    // Not blocking: nobody may write to a pipe that somebody has put here.
    let descriptor = open(place(path), O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    // What the kernel makes up has no size.
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
      guard bytes.count <= limit else { return nil }
    }
  }

  /// The text of a file.
  func text(_ path: String, limit: Int = 1 << 20) -> String? {
    bytes(path, limit: limit).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The first line of a file.
  func line(_ path: String) -> String? {
    text(path)?.split(separator: "\n", omittingEmptySubsequences: false).first.map(String.init)
  }

  /// The names in a folder, sorted; nil where it cannot be listed.
  func list(_ folder: String) -> [String]? {
    guard let handle = opendir(place(folder)) else { return nil }
    defer { closedir(handle) }
    var names: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Whether something is there.
  func exists(_ path: String) -> Bool { access(place(path), F_OK) == 0 }

  /// Whether a program is there that may be run.
  func isProgram(_ path: String) -> Bool {
    var status = stat()
    return stat(place(path), &status) == 0 && status.st_mode & S_IFMT == S_IFREG
      && access(place(path), X_OK) == 0
  }

  /// What the path is once all links are followed.
  func identity(_ path: String) -> String {
    guard let target = realpath(place(path), nil) else { return path }
    defer { free(target) }
    return String(cString: target)
  }

  /// The first of these programs that is there, looked for in the folders of `PATH` and in `folders`.
  func find(_ program: String, path: String?, folders: [String]) -> String? {
    let searched = (path ?? "").split(separator: ":").filter { $0.hasPrefix("/") }.map(String.init)
    for folder in searched + folders {
      let candidate = (folder.hasSuffix("/") ? folder : folder + "/") + program
      if isProgram(candidate) { return candidate }
    }
    return nil
  }
}

extension String {
  /// Without spaces, tabs and line ends on both sides.
  var trimmed: String {
    let blank: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0d).contains($0) }
    let bytes = utf8.drop(while: blank)
    guard let last = bytes.lastIndex(where: { !blank($0) }) else { return "" }
    return String(Substring(bytes[...last]))
  }
}
