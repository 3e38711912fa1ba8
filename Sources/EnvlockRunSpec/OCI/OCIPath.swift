/// Rules for paths that a container gets to see, or that are run on the node.
enum OCIPath {
  /// What is wrong with a path that has to be absolute and mean what it says; nil for nothing.
  static func fault(_ path: String) -> String? {
    guard path.hasPrefix("/") else { return "it has to be absolute" }
    guard !path.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
      return "it has a control character"
    }
    let steps = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    guard path == "/" || !steps.contains(where: { ["", ".", ".."].contains($0) }) else {
      return "it cannot have `..`, `.`, or a slash too many"
    }
    return nil
  }

  /// What is wrong with a place in a container that something is mounted on; nil for nothing.
  static func faultOfPlace(_ path: String) -> String? {
    if let fault = fault(path) { return fault }
    if path == "/" { return "it would hide the whole image" }
    // The runtimes refuse most of /proc themselves; with what is left of it a container could be lied to about itself.
    if path == "/proc" || path.hasPrefix("/proc/") || path == "/sys" || path == "/dev" {
      return "it would hide what the kernel shows there"
    }
    return nil
  }

  /// Whether a path is another one or lies below it.
  static func isAt(_ path: String, orBelow folder: String) -> Bool {
    path == folder || path.hasPrefix(folder == "/" ? "/" : folder + "/")
  }
}
