package import EnvlockModel

import Glibc

/// A file, folder or link that a user's folder holds.
package struct FolderItem: Hashable, Sendable {
  /// What it is.
  package enum Kind: Hashable, Sendable {
    /// A file: its size, its digest, and whether its owner may execute it.
    case file(size: Int, digest: Digest, isExecutable: Bool)
    /// A folder.
    case folder
    /// A symbolic link, with its text.
    case link(String)
    /// A device, a pipe or a socket.
    case special
  }

  /// The path below the folder that was walked, its parts joined by slashes.
  package let path: String
  /// Where it lies.
  package let place: String
  /// What it is.
  package let kind: Kind

  /// Describes an item.
  package init(path: String, place: String, kind: Kind) {
    self.path = path
    self.place = place
    self.kind = kind
  }
}

/// Walks through folders.
package enum FolderTree {
  /// What is at a path, and, where that is a folder, all that is below; links are not followed.
  ///
  /// - Parameters:
  ///   - path: a path below the folder.
  ///   - folder: the folder.
  /// - Returns: the items, sorted by path, each folder before what is in it.
  /// - Throws: `FileFailure` for what cannot be read, or is not there.
  package static func items(at path: String, below folder: String) throws(FileFailure) -> [FolderItem] {
    var items: [FolderItem] = []
    try walk(path, folder, into: &items)
    return items
  }

  private static func walk(
    _ path: String, _ folder: String, into items: inout [FolderItem]
  ) throws(FileFailure) {
    let place = folder.isEmpty || folder == "." ? path : "\(folder)/\(path)"
    var status = stat()
    guard lstat(place, &status) == 0 else { throw FileFailure(.read, place, code: errno) }
    switch status.st_mode & S_IFMT {
    case S_IFREG:
      let (digest, size) = try sha256(file: place)
      let kind = FolderItem.Kind.file(
        size: size, digest: digest, isExecutable: status.st_mode & S_IXUSR != 0)
      items.append(FolderItem(path: path, place: place, kind: kind))
    case S_IFDIR:
      items.append(FolderItem(path: path, place: place, kind: .folder))
      guard access(place, R_OK | X_OK) == 0 else { throw FileFailure(.read, place, code: errno) }
      let names = StoreFiles.names(in: place).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      for name in names { try walk("\(path)/\(name)", folder, into: &items) }
    case S_IFLNK:
      items.append(FolderItem(path: path, place: place, kind: .link(try target(place, status))))
    default: items.append(FolderItem(path: path, place: place, kind: .special))
    }
  }

  private static func target(_ place: String, _ status: stat) throws(FileFailure) -> String {
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: 4097) { buffer, count in
      let length = buffer.withMemoryRebound(to: CChar.self) { text in
        text.baseAddress.map { readlink(place, $0, text.count) } ?? -1
      }
      if length < 0 { code = errno }
      count = max(0, length)
    }
    guard code == 0 else { throw FileFailure(.read, place, code: code) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
