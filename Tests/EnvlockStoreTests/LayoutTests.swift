import EnvlockImage
import EnvlockModel
import EnvlockStore
import Glibc
import Testing

@Suite struct LayoutTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// An image with one layer of so many bytes.
  private func image(_ size: Int) throws -> (index: ImageIndex, blobs: [LayoutBlob], layer: LayoutBlob) {
    let layer = LayerFixture.noise(size, seed: 3)
    let name = sha256(layer).hex
    try folder.put(layer, name)
    let file = LayoutBlob(file: folder(name), digest: sha256(layer), size: size)
    let config = LayoutBlob(document: Array("{\"os\":\"linux\",\"size\":\(size)}".utf8))
    let manifest = ImageManifest(
      config: ImageDescriptor(of: documentBytes(config), mediaType: MediaType.config),
      layers: [ImageDescriptor(mediaType: MediaType.layer, digest: file.digest, size: size)])
    let index = ImageIndex(manifests: [ImageDescriptor(of: manifest.bytes, mediaType: MediaType.manifest)])
    return (index, [file, config, LayoutBlob(document: manifest.bytes), file], file)
  }

  private func documentBytes(_ blob: LayoutBlob) -> [UInt8] {
    guard case .bytes(let bytes) = blob.content else { return [] }
    return bytes
  }

  private func number(_ path: String) -> UInt {
    var status = stat()
    return stat(path, &status) == 0 ? UInt(status.st_ino) : 0
  }

  private func expectImage(_ index: ImageIndex, _ blobs: [LayoutBlob], in name: String) {
    let files = folder.files.filter { $0.hasPrefix(name + "/") }.map {
      String($0.dropFirst(name.utf8.count + 1))
    }
    let names = Set(blobs.map { "blobs/sha256/\($0.digest.hex)" })
    #expect(files == (names.sorted() + ["index.json", "oci-layout"]))
    #expect(folder.bytes("\(name)/index.json") == index.bytes)
    #expect(folder.bytes("\(name)/oci-layout") == ImageLayout().bytes)
    for blob in blobs {
      #expect(folder.bytes("\(name)/blobs/sha256/\(blob.digest.hex)").map { sha256($0) } == blob.digest)
    }
    #expect(!folder.files.contains { $0.contains(".part") })
  }

  @Test func `an image becomes a folder whose layers are hard links`() throws {
    let (index, blobs, layer) = try image(5000)
    try LayoutFolder.write(index, blobs: blobs, to: folder("image/"))
    expectImage(index, blobs, in: "image")
    #expect(number(folder("image/blobs/sha256/\(layer.digest.hex)")) == number(folder(layer.digest.hex)))
  }

  @Test func `an image takes the place of another`() throws {
    let first = try image(5000)
    try LayoutFolder.write(first.index, blobs: first.blobs, to: folder("image"))
    let second = try image(6000)
    for _ in 0..<2 {
      try LayoutFolder.write(second.index, blobs: second.blobs, to: folder("image"))
      expectImage(second.index, second.blobs, in: "image")
    }
  }

  @Test func `a damaged blob of a layout is mended`() throws {
    let (index, blobs, layer) = try image(5000)
    try LayoutFolder.write(index, blobs: blobs, to: folder("image"))
    unlink(folder("image/blobs/sha256/\(layer.digest.hex)"))
    try folder.put([1], "image/blobs/sha256/\(layer.digest.hex)")
    try LayoutFolder.write(index, blobs: blobs, to: folder("image"))
    expectImage(index, blobs, in: "image")
  }

  @Test func `an empty folder is filled, one with something else in it is left alone`() throws {
    let (index, blobs, _) = try image(5000)
    mkdir(folder("empty"), 0o755)
    try LayoutFolder.write(index, blobs: blobs, to: folder("empty"))
    expectImage(index, blobs, in: "empty")
    mkdir(folder("home"), 0o755)
    try folder.put([1], "home/diary.txt")
    for place in ["home", "home/diary.txt"] {
      #expect(throws: LayoutError.self) { try LayoutFolder.write(index, blobs: blobs, to: folder(place)) }
    }
    #expect(folder.files.filter { $0.hasPrefix("home") } == ["home/diary.txt"])
  }

  @Test func `nothing half-written stays where a blob is missing`() throws {
    let (index, blobs, layer) = try image(5000)
    let before = try image(4000)
    try LayoutFolder.write(before.index, blobs: before.blobs, to: folder("old"))
    unlink(folder(layer.digest.hex))
    for place in ["new", "old"] {
      do {
        try LayoutFolder.write(index, blobs: blobs, to: folder(place))
        Issue.record("it was written")
      } catch {
        #expect(error.cause == .blob(layer.digest))
      }
    }
    #expect(!folder.files.contains { $0.hasPrefix("new") || $0.hasPrefix(".") })
    #expect(folder.bytes("old/index.json") == before.index.bytes)
    do {
      try LayoutFolder.write(before.index, blobs: before.blobs, to: folder("none/image"))
    } catch {
      #expect(error.message.contains("its folder does not exist"))
    }
  }

  @Test func `an archive holds the layout, and tar reads it`() throws {
    let (index, blobs, layer) = try image(70_000)
    let members = LayoutArchive.layout(index, blobs: blobs)
    try LayoutArchive.write(members, to: folder("image.tar"))
    let first = folder.bytes("image.tar")
    let listing = String(decoding: try LayerFixture.run("tar", ["-tf", folder("image.tar")]), as: UTF8.self)
    let names = Set(blobs.map(\.digest)).sorted().map { "blobs/sha256/\($0.hex)" }
    #expect(
      listing.split(separator: "\n") == ["oci-layout", "index.json", "blobs/", "blobs/sha256/"]
        + names.map { $0[...] })
    let name = "blobs/sha256/\(layer.digest.hex)"
    #expect(sha256(try LayerFixture.run("tar", ["-xOf", folder("image.tar"), name])) == layer.digest)
    try LayoutArchive.write(LayoutArchive.layout(index, blobs: blobs.reversed()), to: folder("image.tar"))
    #expect(folder.bytes("image.tar") == first)
    #expect(!folder.files.contains { $0.contains(".part") })
  }

  @Test func `what docker loads lists its layers in order`() throws {
    let (_, blobs, layer) = try image(5000)
    let config = blobs[1]
    let members = LayoutArchive.docker(config: config, layers: [layer, layer], tags: ["resnet:latest"])
    #expect(members.map(\.path) == ["manifest.json", "\(config.digest.hex).json", "\(layer.digest.hex).tar"])
    let text = String(decoding: documentBytes(members[0].blob), as: UTF8.self)
    #expect(text.contains("\"RepoTags\""))
    try LayoutArchive.write(members, to: folder("image.tar"))
    #expect(throws: LayoutError.self) { try LayoutArchive.write(members, to: folder.path) }
    unlink(folder(layer.digest.hex))
    #expect(throws: LayoutError.self) { try LayoutArchive.write(members, to: folder("other.tar")) }
    #expect(!folder.files.contains { $0.contains("other") })
  }
}
