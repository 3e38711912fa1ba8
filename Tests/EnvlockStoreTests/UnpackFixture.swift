import EnvlockImage
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import Foundation
import Glibc

/// Images on the disk, of layers that a test writes, and what they become.
struct UnpackFixture {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Where images are unpacked.
  var root: String { folder("rootfs") }

  /// An image of these archives; every other one is compressed. Its configuration may tell other digests of them than
  /// the true ones.
  func image(archives: [[UInt8]], diffIDs: [Digest]? = nil) throws -> LayoutReader.Image {
    let layers = archives.enumerated().map { index, archive in
      index % 2 == 0 ? archive : DebianBuilder.gzip(archive)
    }
    let config = ImageConfig(
      platform: ImagePlatform(os: "linux", architecture: "amd64"),
      diffIDs: diffIDs ?? archives.map { sha256($0) })
    let manifest = ImageManifest(
      config: ImageDescriptor(of: config.bytes, mediaType: MediaType.config),
      layers: layers.enumerated().map {
        ImageDescriptor(
          of: $0.element, mediaType: $0.offset % 2 == 0 ? MediaType.layer : MediaType.layerGzip)
      })
    let index = ImageIndex(manifests: [ImageDescriptor(of: manifest.bytes, mediaType: MediaType.manifest)])
    try LayoutFolder.write(
      index, blobs: ([config.bytes, manifest.bytes] + layers).map { LayoutBlob(document: $0) },
      to: folder("image"))
    guard let image = try LayoutReader(folder("image")).images().first else { throw NoImage() }
    return image
  }

  struct NoImage: Error {}

  /// Unpacks layers, the lowest first.
  ///
  /// - Returns: what was left out.
  @discardableResult
  func unpack(_ layers: [TarBuilder.Member]..., owner: UnpackOwner = .caller) async throws -> [String] {
    try await ImageUnpacker(try image(archives: layers.map { TarBuilder($0).build() }), owner: owner)
      .unpack(to: root)
  }

  /// What lies below the root: a line for each, folders before what is in them, as "path kind mode content".
  func tree() throws -> [String] {
    try FolderTree.items(at: "rootfs", below: folder.path).dropFirst().map { item in
      line(String(item.path.dropFirst("rootfs/".count)))
    }
  }

  private func line(_ path: String) -> String {
    let status = status(path)
    let mode = String(status.st_mode & 0o7777, radix: 8)
    switch status.st_mode & S_IFMT {
    case S_IFREG: return "\(path) file \(mode) \(text(path) ?? "?")"
    case S_IFDIR: return "\(path) folder \(mode)"
    case S_IFLNK: return "\(path) link \(target(path))"
    case S_IFIFO: return "\(path) pipe \(mode)"
    case S_IFCHR: return "\(path) character device \(mode)"
    case S_IFBLK: return "\(path) block device \(mode)"
    default: return "\(path) ?"
    }
  }

  /// What the system says of a path below the root, itself and no link's target.
  func status(_ path: String) -> stat {
    var status = stat()
    lstat("\(root)/\(path)", &status)
    return status
  }

  /// The text of a file below the root.
  func text(_ path: String) -> String? {
    folder.bytes("rootfs/\(path)").map { String(decoding: $0, as: UTF8.self) }
  }

  private func target(_ path: String) -> String {
    var buffer = [CChar](repeating: 0, count: 4097)
    let count = readlink("\(root)/\(path)", &buffer, 4096)
    return String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Whether nothing stays where the image was to be, or beside it.
  func isClean(besides names: Set<String> = []) throws -> Bool {
    Set(try FileManager.default.contentsOfDirectory(atPath: folder.path)) == names.union(["image"])
  }
}
