import Glibc

/// A folder of an image that is being unpacked, open.
final class OpenFolder {
  let descriptor: Int32
  /// Its path below the root, without links; empty for the root itself.
  let path: String

  /// Takes over a descriptor.
  init(_ descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  deinit { close(descriptor) }

  /// The path of something in it.
  func child(_ name: String) -> String { path.isEmpty ? name : "\(path)/\(name)" }

  /// The folder of this name in it, itself and no link; nil where there is none, as errno says.
  func enter(_ name: String) -> OpenFolder? {
    let inner = openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    return inner < 0 ? nil : OpenFolder(inner, path: child(name))
  }

  /// The folder that it is in, which must not be asked of the root.
  func above() -> OpenFolder? {
    let outer = openat(descriptor, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    return outer < 0 ? nil : OpenFolder(outer, path: slash.map { String(path[..<$0]) } ?? "")
  }

  /// What lies under a name, itself and no link's target; nil where there is nothing.
  func status(of name: String) -> stat? {
    var status = stat()
    return fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status : nil
  }

  /// The text of a link; nil where it is none.
  func link(_ name: String) -> String? {
    var length = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: 4097) { buffer, count in
      length = buffer.withMemoryRebound(to: CChar.self) { text in
        text.baseAddress.map { readlinkat(descriptor, name, $0, text.count) } ?? -1
      }
      count = max(0, length)
    }
    return length < 0 ? nil : String(decoding: bytes, as: UTF8.self)
  }
}

/// Finds folders of an image that is being unpacked: name by name, with links followed as if the image's root were the
/// system's. A link that is absolute begins at that root, and `..` ends there.
///
/// The kernel follows no link for it, so that nothing leads out, whatever the links say.
struct RootWalk {
  /// The root.
  let top: OpenFolder
  /// Makes a folder that is missing.
  let make: (_ name: String, _ folder: OpenFolder) throws(UnpackError.Cause) -> OpenFolder
  /// Removes what lies where a folder is to be.
  let clear: (_ name: String, _ folder: OpenFolder) throws(UnpackError.Cause) -> Void

  /// As many links as Linux follows.
  private static let linkLimit = 40
  /// How many names are looked up for one path; links may tell long ones.
  private static let stepLimit = 20_000
  /// Bytes of the longest path: what lies deeper has no path that a program can open.
  private static let pathLimit = 4000

  /// Finds a folder.
  ///
  /// - Parameters:
  ///   - parts: its names, none of them `..`.
  ///   - making: whether missing folders are made, and what is no folder but should be one, as it is replaced.
  /// - Returns: the folder; nil where there is none and none is made.
  /// - Throws: `UnpackError.Cause` where links lead nowhere, or a folder cannot be made.
  func folder(_ parts: ArraySlice<String>, making: Bool) throws(UnpackError.Cause) -> OpenFolder? {
    var here = top
    var rest = Array(parts.reversed())
    // At the bottom of `rest` are the path's own names, above them those that links brought.
    var own = rest.count
    var (links, steps) = (0, 0)
    while let name = rest.popLast() {
      let isOwn = rest.count < own
      own = min(own, rest.count)
      steps += 1
      guard steps <= RootWalk.stepLimit else { throw .way(reason: "the links in its path have no end") }
      if name == "." { continue }
      if name == ".." {
        if here.path.isEmpty { continue }
        guard let above = here.above() else { throw .make(errno) }
        here = above
        continue
      }
      if let inner = here.enter(name) {
        here = inner
        continue
      }
      let code = errno
      if code == ENOENT {
        guard making else { return nil }
        here = try made(name, here)
      } else if code == ENOTDIR || code == ELOOP {
        if let target = here.link(name) {
          links += 1
          guard links <= RootWalk.linkLimit else { throw .way(reason: "the links in its path have no end") }
          if target.utf8.first == UInt8(ascii: "/") { here = top }
          rest += target.utf8.split(separator: UInt8(ascii: "/")).reversed().map { String(Substring($0)) }
          continue
        }
        guard making else { return nil }
        // A link does not make a folder of somebody else's file.
        guard isOwn else { throw .way(reason: "a link in its path leads to something that is no folder") }
        try clear(name, here)
        here = try made(name, here)
      } else {
        throw .make(code)
      }
    }
    return here
  }

  private func made(_ name: String, _ folder: OpenFolder) throws(UnpackError.Cause) -> OpenFolder {
    guard folder.path.utf8.count + name.utf8.count < RootWalk.pathLimit else {
      throw .way(reason: "it would lie deeper than a file system lets one reach")
    }
    return try make(name, folder)
  }
}
