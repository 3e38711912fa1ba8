package import EnvlockImage
package import EnvlockModel
import EnvlockNative

extension RegistryWriter {
  /// A file of an artifact.
  package struct ArtifactFile: Sendable {
    /// What it is: "application/vnd.cyclonedx+json".
    package var mediaType: String
    /// Its content.
    package var bytes: [UInt8]
    /// Notes; `AnnotationKey.title` is the name that tools save it by.
    package var annotations: [String: String]

    /// Describes a file.
    package init(mediaType: String, bytes: [UInt8], annotations: [String: String] = [:]) {
      self.mediaType = mediaType
      self.bytes = bytes
      self.annotations = annotations
    }
  }

  /// Attaches an artifact to an image, so that whoever asks for what refers to the image finds it.
  ///
  /// Attaching the same twice changes nothing. Where the registry does not keep such a list itself, it is kept under a
  /// tag, as older registries need it; of several who write that tag at the same time all get into it, unless they
  /// overtake each other time and again.
  /// - Parameters:
  ///   - files: what it consists of.
  ///   - artifactType: what kind of thing it is: a media type.
  ///   - subject: the manifest or index in this repository that it is about.
  ///   - annotations: notes.
  /// - Returns: the artifact's manifest.
  /// - Throws: `PushError`.
  @discardableResult
  package func attach(
    _ files: [ArtifactFile], artifactType: String, to subject: ImageDescriptor,
    annotations: [String: String] = [:]
  ) async throws(PushError) -> ImageDescriptor {
    let manifest = ArtifactManifest(
      artifactType: artifactType,
      files: files.map {
        ImageDescriptor(of: $0.bytes, mediaType: $0.mediaType, annotations: $0.annotations)
      },
      subject: subject, annotations: annotations)
    let name = "artifact \(artifactType)"
    for bytes in [ArtifactManifest.emptyConfig] + files.map(\.bytes) {
      _ = try await put(PushBlob(name: name, document: bytes))
    }
    let bytes = manifest.bytes
    var descriptor = ImageDescriptor(of: bytes, mediaType: MediaType.manifest, annotations: annotations)
    descriptor.artifactType = artifactType
    let noted = try await put(manifest: bytes, mediaType: MediaType.manifest, name: name)
    if noted != subject.digest { try await list(descriptor, under: subject.digest) }
    return descriptor
  }

  /// What refers to an image: artifacts that were attached to it.
  ///
  /// - Parameters:
  ///   - subject: the digest of its manifest or index.
  ///   - artifactType: the kind that is wanted; nil for all.
  /// - Returns: their manifests, as the registry lists them.
  /// - Throws: `PushError`.
  package func referrers(
    of subject: Digest, artifactType: String? = nil
  ) async throws(PushError) -> [ImageDescriptor] {
    var found: [ImageDescriptor] = []
    var next: String? = endpoint.url("referrers/\(subject)")
    for _ in 0..<Self.pageLimit {
      guard let url = next else { break }
      let response = try await repeated(TransferRequest(url), "referrers")
      guard response.status == 200, let index = try? ImageIndex(bytes: response.body, name: "referrers")
      else {
        // A registry without such lists answers "not found" for the first page.
        guard found.isEmpty else { throw refusal(response, "referrers", size: 0) }
        found = try await listed(under: subject).index.manifests
        break
      }
      found += index.manifests
      next = response.headers["link"].flatMap { Self.nextPage($0, response.url, endpoint.origin) }
    }
    return found.filter { artifactType == nil || $0.artifactType == artifactType }
  }

  /// More pages than this are those of a registry that never ends.
  private static let pageLimit = 100
  /// How often the list is looked at, each time but the last to add an entry that it lacks.
  private static let entryTries = 5

  /// `</v2/…?n=2>; rel="next"`, on the same host. Source: RFC 8288.
  private static func nextPage(_ link: String, _ base: String, _ origin: String) -> String? {
    guard let open = link.firstIndex(of: "<"), let close = link[open...].firstIndex(of: ">"),
      link[close...].contains("next")
    else { return nil }
    let url = URLReference.resolve(String(link[link.index(after: open)..<close]), against: base)
    return WebAddress.haveOneOrigin(url, origin) ? url : nil
  }

  // MARK: The list under a tag

  /// Source: OCI distribution-spec 1.1, "Referrers Tag Schema".
  private static func tag(_ subject: Digest) -> String { "sha256-\(subject.hex)" }

  /// The list, and the document that it was read from; an empty one where there is none.
  ///
  /// - Throws: `PushError`; also where something else has the tag.
  private func listed(under subject: Digest) async throws(PushError) -> (
    index: ImageIndex, document: JSONValue
  ) {
    var request = TransferRequest(endpoint.url("manifests/\(Self.tag(subject))"))
    request.headers = [("Accept", MediaType.index)]
    let response = try await repeated(request, "referrers")
    guard response.status != 404 else {
      let empty = ImageIndex(manifests: [])
      return (empty, empty.json)
    }
    guard response.status == 200, let document = try? JSONValue(parsing: response.body),
      let index = try? ImageIndex(JSONCursor(document))
    else { throw refusal(response, "referrers", size: 0) }
    return (index, document)
  }

  private func list(_ descriptor: ImageDescriptor, under subject: Digest) async throws(PushError) {
    for _ in 0..<Self.entryTries {
      let (index, document) = try await listed(under: subject)
      if index.manifests.contains(where: { $0.digest == descriptor.digest }) { return }
      // What others wrote stays as they wrote it.
      var object = document.objectValue ?? JSONObject()
      object["manifests"] = .array((object["manifests"]?.arrayValue ?? []) + [descriptor.json])
      try await put(
        manifest: Array(JSONValue.object(object).canonical().utf8), mediaType: MediaType.index,
        tag: Self.tag(subject), name: "referrers")
    }
    throw failure(.lost("referrers"))
  }
}
