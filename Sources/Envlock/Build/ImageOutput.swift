package import EnvlockImage
import EnvlockModel
package import EnvlockStore

/// The documents of images, and where the layers lie.
package struct ImageContents: Sendable {
  /// The index over the platforms.
  package var index: ImageIndex
  /// The documents below the index: manifests and configurations.
  package var documents: [[UInt8]]
  /// The layers, each digest once.
  package var layers: [LayoutBlob]
}

/// How images are written.
public enum ImageFormat: String, CaseIterable, Sendable {
  /// An OCI image layout in a folder.
  case oci
  /// An OCI image layout in a tar archive.
  case ociArchive = "oci-archive"
  /// What `docker load` reads.
  case dockerArchive = "docker-archive"
}

extension BuiltImages {
  /// Writes the images; what is there of the same kind is replaced as a whole.
  ///
  /// - Parameters:
  ///   - path: the folder or file.
  ///   - format: how.
  ///   - reference: a name for the image, such as "lab/resnet:1"; nil gives it none.
  /// - Throws: A `UserFacingError`; nothing half-written stays.
  public func write(to path: String, as format: ImageFormat, reference: String? = nil) throws {
    let nested = ImageDescriptor(
      of: contents.index.bytes, mediaType: MediaType.index,
      annotations: reference.map { [AnnotationKey.refName: $0] } ?? [:])
    let blobs =
      contents.documents.map { LayoutBlob(document: $0) } + [LayoutBlob(document: contents.index.bytes)]
      + contents.layers
    let top = ImageIndex(manifests: [nested])
    switch format {
    case .oci: try LayoutFolder.write(top, blobs: blobs, to: path)
    case .ociArchive: try LayoutArchive.write(LayoutArchive.layout(top, blobs: blobs), to: path)
    case .dockerArchive:
      try LayoutArchive.write(try docker(reference), to: path)
    }
  }
}

extension BuiltImages {
  /// The files of a Docker archive, which holds one image.
  private func docker(_ reference: String?) throws -> [LayoutArchive.Member] {
    guard images.count == 1 else {
      throw BadRequest(
        "a docker-archive holds one image, and there are \(images.count)",
        hints: ["choose one with `--platform \(images[0].platform)`"])
    }
    let blobs = Dictionary(contents.layers.map { ($0.digest, $0) }) { first, _ in first }
    let documents = contents.documents.map { LayoutBlob(document: $0) }
    guard let config = documents.first(where: { $0.digest == images[0].config }) else {
      preconditionFailure("an image has a configuration")
    }
    let layers = images[0].layers.compactMap { $0.made.flatMap { blobs[$0.digest] } }
    return LayoutArchive.docker(config: config, layers: layers, tags: reference.map { [$0] } ?? [])
  }
}
