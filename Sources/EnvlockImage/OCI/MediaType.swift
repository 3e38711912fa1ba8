/// What the documents and layers of an image are called.
///
/// Sources: OCI image-spec 1.1, "Media types"; for images of before, Docker's "Image Manifest Version 2, Schema 2".
public enum MediaType {
  /// An index: manifests by platform.
  public static let index = "application/vnd.oci.image.index.v1+json"
  /// A manifest: a configuration and layers.
  public static let manifest = "application/vnd.oci.image.manifest.v1+json"
  /// A configuration.
  public static let config = "application/vnd.oci.image.config.v1+json"
  /// A layer that is not compressed.
  public static let layer = "application/vnd.oci.image.layer.v1.tar"
  /// A layer compressed with gzip.
  public static let layerGzip = "application/vnd.oci.image.layer.v1.tar+gzip"
  /// A layer compressed with zstd.
  public static let layerZstd = "application/vnd.oci.image.layer.v1.tar+zstd"

  /// The configuration of an artifact that has none: an empty object.
  public static let empty = "application/vnd.oci.empty.v1+json"

  /// Docker's index.
  public static let dockerIndex = "application/vnd.docker.distribution.manifest.list.v2+json"
  /// Docker's manifest.
  public static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
  /// Docker's configuration.
  public static let dockerConfig = "application/vnd.docker.container.image.v1+json"
  /// Docker's layer, compressed with gzip.
  public static let dockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip"
  /// Docker's layer that is not compressed.
  public static let dockerLayer = "application/vnd.docker.image.rootfs.diff.tar"
  /// Docker's layer, compressed with zstd.
  public static let dockerLayerZstd = "application/vnd.docker.image.rootfs.diff.tar.zstd"

  /// How a layer is compressed.
  public enum Compression: Hashable, Sendable {
    /// Not at all.
    case none
    /// With gzip.
    case gzip
    /// With zstd.
    case zstd
  }

  /// How a layer of this type is compressed; nil for what is no layer that can be unpacked.
  ///
  /// - Parameter mediaType: of the layer's descriptor.
  /// - Returns: the compression.
  public static func compression(of mediaType: String) -> Compression? {
    switch mediaType {
    case layer, dockerLayer: Compression.none
    case layerGzip, dockerLayerGzip: .gzip
    case layerZstd, dockerLayerZstd: .zstd
    default: nil
    }
  }

  /// The OCI name of a type that Docker names otherwise; any other type as it is.
  ///
  /// Docker's documents say the same with the same bytes, so that a layer or configuration may be called by either name.
  public static func standard(_ mediaType: String) -> String {
    switch mediaType {
    case dockerIndex: index
    case dockerManifest: manifest
    case dockerConfig: config
    case dockerLayer: layer
    case dockerLayerGzip: layerGzip
    case dockerLayerZstd: layerZstd
    default: mediaType
    }
  }
}

/// The keys of annotations that the OCI names.
///
/// Source: OCI image-spec 1.1, "Annotations".
public enum AnnotationKey {
  /// When the image was made, in RFC 3339.
  public static let created = "org.opencontainers.image.created"
  /// The name of the image, as a tag has it.
  public static let refName = "org.opencontainers.image.ref.name"
  /// A title for people.
  public static let title = "org.opencontainers.image.title"
  /// A sentence for people.
  public static let description = "org.opencontainers.image.description"
  /// The version of what is in the image.
  public static let version = "org.opencontainers.image.version"
  /// The digest of the image below.
  public static let baseDigest = "org.opencontainers.image.base.digest"
  /// The name of the image below.
  public static let baseName = "org.opencontainers.image.base.name"
}
