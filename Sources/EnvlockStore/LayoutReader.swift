package import EnvlockImage
package import EnvlockModel

import Glibc

/// An image that lies on the disk: an OCI layout in a folder, the same in a tar archive, or what `docker save` writes.
///
/// Nothing is unpacked: of each blob it is known where its bytes are. Links in an archive are never followed, and a member
/// whose path leads out of it is refused. Documents are verified when they are read, layers by `LayerReader`.
///
/// Sources: OCI image-spec 1.1, "Image Layout"; Docker image specification 1.2, "Combined Image JSON + Filesystem Changeset
/// Format".
package struct LayoutReader: Sendable {
  /// How an image lies on the disk.
  package enum Form: String, Sendable {
    /// An OCI layout in a folder.
    case folder = "oci"
    /// An OCI layout in a tar archive.
    case archive = "oci-archive"
    /// What `docker save` writes, without an OCI layout in it.
    case docker = "docker-archive"
  }

  /// Where bytes are.
  package struct Place: Hashable, Sendable {
    /// The file.
    package var path: String
    /// Where they begin in it.
    package var offset: Int
    /// How many there are.
    package var size: Int

    /// Names a place.
    package init(path: String, offset: Int, size: Int) {
      self.path = path
      self.offset = offset
      self.size = size
    }
  }

  /// A layer of an image.
  package struct Layer: Hashable, Sendable {
    /// What it is called in messages: its digest, or its name in an archive without digests.
    package var name: String
    /// What the manifest says of it; nil where there is no manifest.
    package var descriptor: ImageDescriptor?
    /// The digest that its bytes must have; nil where nothing says.
    package var digest: Digest?
    /// Where its bytes are; nil where they are missing.
    package var place: Place?
  }

  /// An image for one system.
  package struct Image: Sendable {
    /// What it is for, as its configuration says.
    package var platform: ImagePlatform
    /// The reference to its manifest; nil where there is none.
    package var descriptor: ImageDescriptor?
    /// The manifest; nil where there is none.
    package var manifest: ImageManifest?
    /// The manifest as it is; empty where there is none.
    package var manifestBytes: [UInt8]
    /// The digest of the configuration.
    package var configDigest: Digest
    /// The configuration.
    package var config: ImageConfig
    /// The configuration as it is.
    package var configBytes: [UInt8]
    /// The layers, the lowest first.
    package var layers: [Layer]
    /// What it is called: tags.
    package var names: [String]
  }

  /// The image's path, as it was given.
  package let path: String
  /// How it lies there.
  package let form: Form
  /// The members of an archive; nil for a folder.
  private let archive: LayoutArchiveIndex?

  /// Bytes of the largest document that is read.
  package static let documentLimit = 16 << 20
  /// How many manifests and indexes are read.
  private static let documentCount = 1000
  private static let depthLimit = 5

  /// Looks what lies at a path.
  ///
  /// - Parameter path: a folder or file.
  /// - Throws: `LayoutReadError`.
  package init(_ path: String) throws(LayoutReadError) {
    self.path = path
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw LayoutReadError(path, .file(FileFailure(.read, path, code: errno)))
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR:
      archive = nil
      form = .folder
      guard access("\(path)/\(ImageLayout.fileName)", F_OK) == 0 else {
        throw LayoutReadError(path, .noImage(reason: "the folder has no `\(ImageLayout.fileName)`"))
      }
    case S_IFREG:
      let index = try LayoutArchiveIndex(path)
      archive = index
      if index.has(ImageLayout.fileName) {
        form = .archive
      } else if index.has(LayoutReader.dockerManifest) {
        form = .docker
      } else {
        throw LayoutReadError(
          path,
          .noImage(
            reason: "the archive has neither `\(ImageLayout.fileName)` nor `\(LayoutReader.dockerManifest)`"))
      }
    default: throw LayoutReadError(path, .noImage(reason: "it is neither a folder nor a file"))
    }
    guard form != .docker else { return }
    let bytes = try content(ImageLayout.fileName)
    do { _ = try ImageLayout(bytes: bytes, name: "`\(ImageLayout.fileName)`") } catch {
      throw LayoutReadError(path, .document(error.message))
    }
  }

  /// The digest by which registries name all of its images together; nil for what `docker save` writes, which has none.
  ///
  /// A layout whose index names one other index, or the manifest of one image, is that document under a name, as other
  /// tools write it.
  /// - Throws: `LayoutReadError`.
  package func indexDigest() throws(LayoutReadError) -> Digest? {
    guard form != .docker else { return nil }
    let (bytes, index) = try index()
    if index.manifests.count == 1,
      [MediaType.index, MediaType.manifest].contains(MediaType.standard(index.manifests[0].mediaType))
    {
      return index.manifests[0].digest
    }
    return sha256(bytes)
  }

  /// The index at the top of a layout, as it is and what it says; what `docker save` writes has none.
  ///
  /// - Throws: `LayoutReadError`.
  package func index() throws(LayoutReadError) -> (bytes: [UInt8], index: ImageIndex) {
    let bytes = try content(ImageLayout.indexName)
    do { return (bytes, try ImageIndex(bytes: bytes, name: "`\(ImageLayout.indexName)`")) } catch {
      throw LayoutReadError(path, .document(error.message))
    }
  }

  // MARK: Images

  /// The images in it, in the order in which its indexes name them. What is no image, such as the statements of how one
  /// was made, is left out.
  ///
  /// - Returns: the images; one that several names have, once.
  /// - Throws: `LayoutReadError`.
  package func images() throws(LayoutReadError) -> [Image] {
    if form == .docker { return try dockerImages() }
    let index = try index().index
    var images: [Image] = []
    var count = 0
    try collect(index, [], depth: 0, &count, &images)
    return images
  }

  private func collect(
    _ index: ImageIndex, _ names: [String], depth: Int, _ count: inout Int, _ images: inout [Image]
  ) throws(LayoutReadError) {
    guard depth < LayoutReader.depthLimit else { throw LayoutReadError(path, .tooMany) }
    for descriptor in index.manifests {
      count += 1
      guard count <= LayoutReader.documentCount else { throw LayoutReadError(path, .tooMany) }
      let names = names + [descriptor.annotations[AnnotationKey.refName]].compactMap { $0 }
      switch MediaType.standard(descriptor.mediaType) {
      case MediaType.index:
        let nested: ImageIndex
        do {
          nested = try ImageIndex(bytes: try document(descriptor), name: "\(descriptor.digest)")
        } catch let error as LayoutReadError {
          throw error
        } catch {
          throw problem(error)
        }
        try collect(nested, names, depth: depth + 1, &count, &images)
      case MediaType.manifest where descriptor.platform?.os != "unknown":
        if let place = images.firstIndex(where: { $0.descriptor?.digest == descriptor.digest }) {
          images[place].names += names
        } else if let image = try image(descriptor, names) {
          images.append(image)
        }
      default: break
      }
    }
  }

  /// Nil for what is no image.
  private func image(_ descriptor: ImageDescriptor, _ names: [String]) throws(LayoutReadError) -> Image? {
    let manifestBytes = try document(descriptor)
    let manifest: ImageManifest
    do { manifest = try ImageManifest(bytes: manifestBytes, name: "\(descriptor.digest)") } catch {
      throw problem(error)
    }
    guard MediaType.standard(manifest.config.mediaType) == MediaType.config else { return nil }
    let configBytes = try document(manifest.config)
    let config: ImageConfig
    do { config = try ImageConfig(bytes: configBytes, name: "\(manifest.config.digest)") } catch {
      throw problem(error)
    }
    var layers: [Layer] = []
    for layer in manifest.layers {
      layers.append(
        Layer(
          name: "\(layer.digest)", descriptor: layer, digest: layer.digest,
          place: try present(ImageLayout.blobPath(layer.digest))))
    }
    return Image(
      platform: config.platform, descriptor: descriptor, manifest: manifest, manifestBytes: manifestBytes,
      configDigest: manifest.config.digest, config: config, configBytes: configBytes, layers: layers,
      names: names)
  }

  // MARK: What `docker save` writes

  static let dockerManifest = "manifest.json"

  private func dockerImages() throws(LayoutReadError) -> [Image] {
    let name = LayoutReader.dockerManifest
    let bytes = try content(name)
    var images: [Image] = []
    do {
      for entry in try JSONCursor(try JSONValue(parsing: bytes)).elements() {
        let config = try entry.member("Config").string()
        let layers = try entry.member("Layers").strings()
        let tags = try entry.optional("RepoTags")?.strings() ?? []
        guard images.count < LayoutReader.documentCount else { throw LayoutReadError(path, .tooMany) }
        images.append(try dockerImage(config, layers, tags))
      }
    } catch let error as LayoutReadError {
      throw error
    } catch {
      throw LayoutReadError(path, .document("`\(name)` is no list of images: \(error)"))
    }
    return images
  }

  private func dockerImage(
    _ name: String, _ layers: [String], _ tags: [String]
  ) throws(LayoutReadError) -> Image {
    let bytes = try content(name)
    let found = sha256(bytes)
    if let expected = LayoutReader.digest(in: name), expected != found {
      throw LayoutReadError(path, .digest(name, expected: expected, found: found))
    }
    let config: ImageConfig
    do { config = try ImageConfig(bytes: bytes, name: "`\(name)`") } catch { throw problem(error) }
    var read: [Layer] = []
    for layer in layers {
      read.append(
        Layer(
          name: layer, descriptor: nil, digest: LayoutReader.digest(in: layer), place: try present(layer)))
    }
    return Image(
      platform: config.platform, descriptor: nil, manifest: nil, manifestBytes: [], configDigest: found,
      config: config, configBytes: bytes, layers: read, names: tags)
  }

  /// The digest that a file's name tells: `<64 digits>.tar`, `<64 digits>.json` and `blobs/sha256/<64 digits>`, but not
  /// `<64 digits>/layer.tar`, whose digits are an identity of another kind.
  private static func digest(in name: String) -> Digest? {
    let blobs = "blobs/sha256/"
    if name.hasPrefix(blobs) { return try? Digest(sha256Hex: name.dropFirst(blobs.utf8.count)) }
    for suffix in [".tar", ".json"] where name.hasSuffix(suffix) {
      return try? Digest(sha256Hex: name.dropLast(suffix.utf8.count))
    }
    return nil
  }

  // MARK: Files

  /// The bytes of a document, verified.
  ///
  /// - Parameter descriptor: the reference to it.
  /// - Returns: the document.
  /// - Throws: `LayoutReadError`.
  package func document(_ descriptor: ImageDescriptor) throws(LayoutReadError) -> [UInt8] {
    let name = ImageLayout.blobPath(descriptor.digest)
    let place = try place(name)
    guard place.size == descriptor.size else {
      throw LayoutReadError(path, .size(name, expected: descriptor.size, found: place.size))
    }
    let bytes = try content(name)
    let found = sha256(bytes)
    guard found == descriptor.digest else {
      throw LayoutReadError(path, .digest(name, expected: descriptor.digest, found: found))
    }
    return bytes
  }

  /// Where a blob lies.
  ///
  /// - Throws: `LayoutReadError` where it is missing or no file.
  package func place(of digest: Digest) throws(LayoutReadError) -> Place {
    try place(ImageLayout.blobPath(digest))
  }

  /// Where a blob lies; nil where it is missing.
  ///
  /// - Throws: `LayoutReadError` where it is no file, or has another size than its descriptor says.
  package func present(_ blob: ImageDescriptor) throws(LayoutReadError) -> Place? {
    let name = ImageLayout.blobPath(blob.digest)
    guard let place = try present(name) else { return nil }
    guard place.size == blob.size else {
      throw LayoutReadError(path, .size(name, expected: blob.size, found: place.size))
    }
    return place
  }

  /// Where a file lies; nil where it is missing.
  private func present(_ name: String) throws(LayoutReadError) -> Place? {
    do { return try place(name) } catch {
      if case .missing = error.cause { return nil }
      throw error
    }
  }

  private func place(_ name: String) throws(LayoutReadError) -> Place {
    if let archive { return try archive.place(of: name) }
    let file = "\(path)/\(name)"
    var status = stat()
    guard stat(file, &status) == 0 else {
      if errno == ENOENT { throw LayoutReadError(path, .missing(name)) }
      throw LayoutReadError(path, .file(FileFailure(.read, file, code: errno)))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw LayoutReadError(path, .notAFile(name, what: "is no file"))
    }
    return Place(path: file, offset: 0, size: Int(status.st_size))
  }

  private func content(_ name: String) throws(LayoutReadError) -> [UInt8] {
    let place = try place(name)
    guard place.size <= LayoutReader.documentLimit else {
      throw LayoutReadError(path, .tooLarge(name, limit: LayoutReader.documentLimit))
    }
    do throws(FileFailure) { return try place.bytes() } catch { throw LayoutReadError(path, .file(error)) }
  }

  private func problem(_ error: any Error) -> LayoutReadError {
    let text = (error as? any UserFacingError)?.message ?? "\(error)"
    return LayoutReadError(path, .document(text))
  }
}

extension LayoutReader.Place {
  /// All bytes; fewer where the file became shorter.
  ///
  /// - Throws: `FileFailure` where it cannot be read.
  package func bytes() throws(FileFailure) -> [UInt8] {
    let descriptor = try StoreFiles.open(path)
    defer { close(descriptor) }
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      (count, code) = StoreFiles.read(descriptor, at: offset, into: UnsafeMutableRawBufferPointer(buffer))
    }
    guard code == 0 else { throw FileFailure(.read, path, code: code) }
    return bytes
  }
}
