import EnvlockModel
import EnvlockNative
import EnvlockStore
import EnvlockVersions
import Glibc

/// Wheels and pages on this machine's disk.
package struct LocalFiles: Sendable {
  /// Remembers digests.
  let http: HTTPClient

  /// The system's number for a file that is not there.
  static let noSuchFile = ENOENT

  // MARK: paths and URLs

  /// The absolute path that a "file:" URL or a path means; nil for any other URL.
  package static func path(of location: String) -> String? {
    if location.hasPrefix("file:") {
      let rest = location.dropFirst("file:".count)
      let path = rest.hasPrefix("//") ? rest.dropFirst(2).drop { $0 != "/" } : rest
      let end = path.firstIndex { $0 == "?" || $0 == "#" } ?? path.endIndex
      return URLReference.decode(path[..<end])
    }
    guard !URLReference.isAbsolute(location) || location.hasPrefix("/") else { return nil }
    return absolute(location)
  }

  /// The "file:" URL of an absolute path.
  static func url(of path: String) -> String { "file://" + URLReference.encodePath(path) }

  private static func absolute(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    guard let folder = getcwd(nil, 0) else { return path }
    defer { free(folder) }
    return String(cString: folder) + "/" + path
  }

  // MARK: reading

  /// What is at a path.
  enum Kind {
    case file, folder, nothing
  }

  static func kind(of path: String) -> Kind {
    var status = stat()
    guard stat(path, &status) == 0 else { return .nothing }
    return status.st_mode & S_IFMT == S_IFDIR ? .folder : .file
  }

  /// The names in a folder, sorted.
  static func list(_ folder: String) throws(FileFailure) -> [String] {
    guard let handle = opendir(folder) else { throw FileFailure(.read, folder, code: errno) }
    defer { closedir(handle) }
    var names: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// A whole file of at most `limit` bytes.
  static func read(_ path: String, limit: Int) throws(FileFailure) -> [UInt8] {
    let file = try OpenFile(path)
    guard file.size <= limit else { throw FileFailure(.read, path, code: EFBIG) }
    return try file.read(0..<file.size)
  }

  /// The METADATA of a wheel on disk.
  static func metadata(of wheel: WheelName, at path: String) -> MetadataAnswer {
    do {
      let file = try OpenFile(path)
      var tail = WheelTail(wheel)
      while true {
        switch try tail.step() {
        case .readLast(let count):
          let start = max(0, file.size - count)
          try tail.add(try file.read(start..<file.size), at: start, total: file.size)
        case .read(let range): try tail.add(try file.read(range), at: range.lowerBound, total: file.size)
        case .metadata(let bytes): return wheel.answer(try CoreMetadata(parsing: bytes))
        }
      }
    } catch let fault as WheelFault {
      return .unusable(fault.reason)
    } catch let text as MalformedText {
      return .unusable("has a METADATA that cannot be read: \(text.reason)")
    } catch let failure as FileFailure {
      return .failed(failure)
    } catch {
      return .failed(WheelFailure(message: "cannot read `\(path)`: \(error)"))
    }
  }

  // MARK: wheels

  /// The wheel at a path as an index would list it, with its digest.
  ///
  /// The digest is computed once: it is remembered together with size, time of change and inode number.
  func indexFile(_ path: String) throws(FileFailure) -> IndexFile {
    let (digest, size) = try self.digest(path)
    return IndexFile(
      fileName: String(path.utf8.split(separator: UInt8(ascii: "/")).last.map(Substring.init) ?? ""),
      url: LocalFiles.url(of: path), sha256: digest, size: size)
  }

  /// The digest and the size of the file at a path.
  func digest(_ path: String) throws(FileFailure) -> (digest: Digest, size: Int) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw FileFailure(.read, path, code: errno) }
    let state =
      "\(status.st_size) \(status.st_ino) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) "
      + "\(status.st_ctim.tv_sec).\(status.st_ctim.tv_nsec) "
    // The cache is made for answers of servers; this host cannot exist (RFC 2606).
    let key = "https://files.invalid" + URLReference.encodePath(path)
    if case .found(let kept)? = http.cached(key, kind: LocalFiles.digestKind, freshness: .immutable),
      kept.starts(with: state.utf8),
      let digest = try? Digest(sha256Hex: String(decoding: kept.dropFirst(state.utf8.count), as: UTF8.self))
    {
      return (digest, Int(status.st_size))
    }
    let (digest, size) = try sha256(file: path)
    http.keep(Array((state + digest.hex).utf8), url: key, kind: LocalFiles.digestKind)
    return (digest, size)
  }

  private static let digestKind = "local-digest-1"
}

/// A file that is open for reading at any place.
private final class OpenFile {
  let size: Int
  private let path: String
  private let descriptor: Int32

  init(_ path: String) throws(FileFailure) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileFailure(.read, path, code: errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
      close(descriptor)
      throw FileFailure(.read, path, code: EISDIR)
    }
    self.path = path
    self.descriptor = descriptor
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  func read(_ range: Range<Int>) throws(FileFailure) -> [UInt8] {
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, done in
      while done < range.count {
        let count = pread(
          descriptor, buffer.baseAddress.map { $0 + done }, range.count - done, off_t(range.lowerBound + done)
        )
        if count < 0 && errno == EINTR { continue }
        if count <= 0 {
          // The file is shorter than it was a moment ago.
          code = count < 0 ? errno : EIO
          break
        }
        done += count
      }
    }
    guard code == 0 else { throw FileFailure(.read, path, code: code) }
    return bytes
  }
}

extension WheelName {
  /// The metadata, if it is this wheel's.
  func answer(_ metadata: CoreMetadata) -> MetadataAnswer {
    disagreement(with: metadata).map(MetadataAnswer.unusable) ?? .known(metadata)
  }
}
