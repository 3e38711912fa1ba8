import EnvlockModel
import Glibc

/// Remembered answers on disk, one file each.
///
/// Files are replaced by renaming, so that several runs may use one cache at the same time; they are not synced, since
/// everything can be fetched again, and a sum tells whole files from others.
package struct HTTPCache: Sendable {
  /// Where the entries lie: the folder "http" of the cache's folder.
  package let folder: String
  private let root: String

  /// Takes the cache's folder, such as "~/.cache/envlock". It is made when the first entry is written.
  package init(folder root: String) {
    self.root = root
    folder = root + "/http"
  }

  /// Where the answer to a question of this kind to this URL lies.
  /// - Parameters:
  ///   - kind: what is made of the body, with the version of that form; letters, digits and "-".
  ///   - url: without credentials.
  /// - Returns: the path of a file that need not exist.
  func path(kind: String, url: String) -> String {
    let plain = kind.utf8.allSatisfy {
      (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
    }
    let prefix = plain ? kind : "other"
    return "\(folder)/\(prefix)-\(sha256("\(kind)\n\(url)".utf8).hex)"
  }

  /// The entry at `path`, if it is whole, of this version, and about `url`.
  func read(_ path: String, url: String) -> CacheEntry? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    // One read brings a small entry whole; of a large one, the payload is read straight to where it stays.
    let first = Self.read(descriptor, at: 0, 4096)
    guard let head = CacheEntry.Head(first) else { return nil }
    let textEnd = CacheEntry.Head.size + head.textLength
    var status = stat()
    guard fstat(descriptor, &status) == 0, head.fileSize == Int(status.st_size) else { return nil }
    var texts = first.dropFirst(CacheEntry.Head.size).prefix(head.textLength)
    if texts.count < head.textLength {
      texts = Self.read(descriptor, at: CacheEntry.Head.size, head.textLength)[...]
    }
    let begun = first.dropFirst(textEnd)
    let payload =
      begun.count == head.lengths[3]
      ? Array(begun) : Self.read(descriptor, at: textEnd, head.lengths[3])
    let entry = CacheEntry(head, rest: first[32..<CacheEntry.Head.size], texts: texts, payload: payload)
    return entry?.url == url ? entry : nil
  }

  /// Writes an entry, making the folders where they are missing.
  func write(_ entry: CacheEntry, to path: String) throws(FileFailure) {
    guard let bytes = entry.bytes else { throw FileFailure(.write, path, code: EFBIG) }
    do {
      try AtomicFile.write(bytes, to: path, durability: .cached)
    } catch  where error.code == ENOENT {
      try makeFolders()
      try AtomicFile.write(bytes, to: path, durability: .cached)
    }
  }

  /// Notes that the entry at `path` was found to be still right.
  func refresh(_ times: CacheEntry.Times, at path: String) throws(FileFailure) {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileFailure(.write, path, code: errno) }
    defer { close(descriptor) }
    let bytes = times.bytes
    guard pwrite(descriptor, bytes, bytes.count, off_t(CacheEntry.Times.place)) == bytes.count else {
      throw FileFailure(.write, path, code: errno)
    }
  }

  /// Makes the folders, readable by their owner only: what private indexes offer is nobody else's business.
  private func makeFolders() throws(FileFailure) {
    var made = ""
    for part in folder.split(separator: "/") {
      made += (made.isEmpty && !folder.hasPrefix("/") ? "" : "/") + part
      if mkdir(made, 0o700) != 0 && errno != EEXIST { throw FileFailure(.write, made, code: errno) }
    }
    // Source: the Cache Directory Tagging Specification. Backup programs pass such folders over.
    let tag = "Signature: 8a477f597d28d172789f06886806bc55\n# This folder can be deleted at any time.\n"
    try AtomicFile.write(Array(tag.utf8), to: root + "/CACHEDIR.TAG", durability: .cached)
  }

  /// As many bytes as there are, `count` at most.
  private static func read(_ descriptor: Int32, at offset: Int, _ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
      while done < count {
        let read = pread(descriptor, buffer.baseAddress.map { $0 + done }, count - done, off_t(offset + done))
        if read < 0 && errno == EINTR { continue }
        guard read > 0 else { break }
        done += read
        // A file on disk is read short at its end only; if not, the entry is taken for damaged.
        if read < count - (done - read) { break }
      }
    }
  }
}
