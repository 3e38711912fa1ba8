import EnvlockImage
import EnvlockModel
import EnvlockRegistry
import EnvlockStore

extension ImagePuller {
  /// Pulls a bundle: as a file it is what `MadeBundle.write` writes, byte for byte.
  func pull(
    _ bundle: EnvironmentBundle, _ catalog: RegistryCatalog, to path: String, as format: ImageFormat,
    _ progress: any PullProgress, since start: ContinuousClock.Instant
  ) async throws -> PulledImage {
    guard format != .dockerArchive else {
      throw BadRequest(
        "a docker-archive holds an image, and \(bundle.name) is a bundle",
        hints: ["leave out `--format`, or write `--format oci` for a folder"])
    }
    if format == .oci { try LayoutFolder.check(path) }
    let manifest = bundle.document.manifest
    let layers = manifest.layers.map { layer in
      Work(
        blob: PulledBlob(digest: layer.digest, size: layer.size, title: layer.bundledName), descriptor: layer)
    }
    progress.report(.planned(layers.map(\.blob)))
    let (places, fetched) = try await fetch(
      layers, catalog.reference, layout: format == .oci ? path : nil, progress)
    var root = catalog.root
    root.artifactType = BundleDocument.artifactType
    let top = ImageIndex(manifests: [root])
    let documents = [catalog.rootBytes, bundle.documentBytes].map { LayoutBlob(document: $0) }
    try await Self.onThreads {
      switch format {
      case .oci: try LayoutFolder.write(top, blobs: documents + places, to: path)
      case .ociArchive, .dockerArchive:
        try LayoutArchive.write(LayoutArchive.layout(top, blobs: documents + places), to: path)
      }
    }
    return PulledImage(
      digest: bundle.digest, source: bundle.digest, path: path, format: format, images: [],
      bundle: layers.map(\.blob), fetchedBytes: fetched, seconds: start.duration(to: .now).seconds)
  }

  /// That a bundle is pulled as a whole.
  static func noPart(of bundle: EnvironmentBundle, _ platforms: [Platform]) -> BadRequest {
    BadRequest(
      "\(bundle.name) is a bundle, which is pulled as a whole: "
        + "it has no part for \(platforms.map(\.description).joined(separator: ", "))",
      hints: [
        "leave out `--platform`",
        "`envlock build --bundle \(bundle.name) --platform …` fetches what one platform needs",
      ])
  }
}
