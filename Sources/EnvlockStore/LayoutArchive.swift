package import EnvlockImage
import EnvlockModel

import Glibc

/// Writes an image as one file: a tar archive.
///
/// The file takes the place of an old one when it is whole. A device or pipe is simply written to.
package enum LayoutArchive {
  /// A file in the archive.
  package struct Member: Hashable, Sendable {
    /// Its path.
    package var path: String
    /// What is in it.
    package var blob: LayoutBlob

    /// Describes a file.
    package init(_ path: String, _ blob: LayoutBlob) {
      self.path = path
      self.blob = blob
    }
  }

  /// The files of an OCI image layout ("oci-archive").
  ///
  /// - Parameters:
  ///   - index: what `index.json` says.
  ///   - blobs: all that it refers to, in any order; equal ones may come more than once.
  /// - Returns: the files in the archive's order: what a reader needs first, and blobs by digest.
  package static func layout(_ index: ImageIndex, blobs: [LayoutBlob]) -> [Member] {
    var done: Set<Digest> = []
    let unique = blobs.filter { done.insert($0.digest).inserted }.sorted { $0.digest < $1.digest }
    return [
      Member(ImageLayout.fileName, LayoutBlob(document: ImageLayout().bytes)),
      Member(ImageLayout.indexName, LayoutBlob(document: index.bytes)),
    ] + unique.map { Member(ImageLayout.blobPath($0.digest), $0) }
  }

  /// The files of what `docker save` writes ("docker-archive"): one image.
  ///
  /// Source: Docker image specification 1.2, "Combined Image JSON + Filesystem Changeset Format"; layers may be
  /// compressed, which `docker load` finds out.
  /// - Parameters:
  ///   - config: the configuration.
  ///   - layers: the layers, the lowest first.
  ///   - tags: names to give it: "resnet:latest".
  /// - Returns: the files in the archive's order.
  package static func docker(config: LayoutBlob, layers: [LayoutBlob], tags: [String]) -> [Member] {
    let names = layers.map { "\($0.digest.hex).tar" }
    let image: JSONObject = [
      "Config": .string("\(config.digest.hex).json"), "Layers": .array(names.map { .string($0) }),
      "RepoTags": .array(tags.map { .string($0) }),
    ]
    let manifest = Array(JSONValue.array([.object(image)]).canonical().utf8)
    var done: Set<String> = []
    let files = zip(names, layers).filter { done.insert($0.0).inserted }.map { Member($0.0, $0.1) }
    return [
      Member("manifest.json", LayoutBlob(document: manifest)), Member("\(config.digest.hex).json", config),
    ] + files
  }

  /// Writes an archive.
  ///
  /// - Parameters:
  ///   - members: its files in their order; folders are added before what is in them.
  ///   - path: where; the folder must exist.
  ///   - progress: gets the number of bytes that are written.
  /// - Throws: `LayoutError`; nothing half-written stays, but on a device or pipe.
  package static func write(
    _ members: [Member], to path: String, progress: (Int) -> Void = { _ in }
  ) throws(LayoutError) {
    do {
      var status = stat()
      if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
        guard status.st_mode & S_IFMT != S_IFDIR else { throw FileFailure(.write, path, code: EISDIR) }
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileFailure(.write, path, code: errno) }
        defer { close(descriptor) }
        return try write(members, to: descriptor, path, progress)
      }
      try StoreFiles.replace(path) { descriptor in try write(members, to: descriptor, path, progress) }
    } catch let error as LayoutError {
      throw error
    } catch let error as FileFailure {
      throw LayoutError(path, .file(error))
    } catch is CancellationError {
      throw LayoutError(path, .cancelled)
    } catch {
      throw LayoutError(path, .path("\(error)"))
    }
  }

  private static func write(
    _ members: [Member], to descriptor: Int32, _ path: String, _ progress: (Int) -> Void
  ) throws {
    var count = 0
    func put(_ bytes: UnsafeRawBufferPointer) throws {
      let code = StoreFiles.write(bytes, to: descriptor)
      guard code == 0 else { throw FileFailure(.write, path, code: code) }
      count += bytes.count
      progress(count)
    }
    var folders: Set<ImagePath> = []
    for member in members {
      let name: ImagePath
      do { name = try ImagePath(member.path) } catch { throw LayoutError(path, .path(member.path)) }
      var missing: [ImagePath] = []
      var parent = name.parent
      while let folder = parent, folders.insert(folder).inserted {
        missing.append(folder)
        parent = folder.parent
      }
      var header: [UInt8] = []
      for folder in missing.reversed() {
        TarEntry(folder, .directory, mode: 0o755).appendHeader(to: &header)
      }
      TarEntry(name, .file(size: member.blob.size), mode: 0o644).appendHeader(to: &header)
      try header.withUnsafeBytes { try put($0) }
      switch member.blob.content {
      case .bytes(let bytes): try bytes.withUnsafeBytes { try put($0) }
      case .file(let source):
        let before = count
        guard StoreFiles.size(of: source) == member.blob.size else {
          throw LayoutError(path, .blob(member.blob.digest))
        }
        try StoreFiles.read(source) { try put($0) }
        guard count - before == member.blob.size else { throw LayoutError(path, .blob(member.blob.digest)) }
      }
      let zeros = [UInt8](repeating: 0, count: TarEntry.padding(after: member.blob.size))
      try zeros.withUnsafeBytes { try put($0) }
    }
    let end = [UInt8](repeating: 0, count: TarEntry.endLength)
    try end.withUnsafeBytes { try put($0) }
  }
}
