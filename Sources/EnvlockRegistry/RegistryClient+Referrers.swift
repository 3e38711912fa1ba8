package import EnvlockImage
package import EnvlockModel
import EnvlockNative
import EnvlockStore

/// What in a registry refers to an image: signatures, bills of materials, statements of how it was made.
package struct RegistryReferrers: Sendable {
  /// The manifests that refer to it, each once.
  package let manifests: [ImageDescriptor]
  /// Whether there may be more than these.
  package let isCut: Bool
}

extension RegistryClient {
  /// What refers to a document: by the referrers API, or where the registry has none, by the tag that stands in for it.
  ///
  /// Source: OCI distribution-spec 1.1, "Listing Referrers" and "Unavailable Referrers API".
  /// - Parameters:
  ///   - digest: the manifest or index.
  ///   - reference: an image of its repository.
  /// - Returns: what was found.
  /// - Throws: `RegistryError`.
  package func referrers(
    of digest: Digest, in reference: ImageReference
  ) async throws(RegistryError) -> RegistryReferrers {
    let documents = try repository(reference)
    if isOffline { throw documents.failure(.offline) }
    var url = documents.endpoint.url("referrers/\(digest)")
    var manifests: [ImageDescriptor] = []
    for page in 0..<Self.pageLimit {
      guard let response = try await documents.present(url), let index = Self.index(response) else {
        // A registry without the API may also answer with a page for people.
        guard page == 0 else { break }
        let tag = documents.endpoint.url("manifests/sha256-\(digest.hex)")
        let index = try await documents.present(tag).flatMap(Self.index)
        return RegistryReferrers(manifests: Self.unique(index?.manifests ?? []), isCut: false)
      }
      manifests += index.manifests
      guard let next = Self.next(response, after: url) else {
        return RegistryReferrers(manifests: Self.unique(manifests), isCut: false)
      }
      url = next
    }
    return RegistryReferrers(manifests: Self.unique(manifests), isCut: true)
  }

  /// How many pages of a list are read.
  private static let pageLimit = 8

  private static func index(_ response: TransferResponse) -> ImageIndex? {
    try? ImageIndex(bytes: response.body, name: "referrers")
  }

  private static func unique(_ manifests: [ImageDescriptor]) -> [ImageDescriptor] {
    var seen: Set<Digest> = []
    return manifests.filter { seen.insert($0.digest).inserted }
  }

  /// Where the list goes on: `Link: </v2/…>; rel="next"`. It is followed on the same host only.
  ///
  /// Source: RFC 8288; OCI distribution-spec 1.1, "Listing Referrers".
  private static func next(_ response: TransferResponse, after url: String) -> String? {
    guard let link = response.headers["link"], link.contains("rel=\"next\"") || link.contains("rel=next"),
      let start = link.firstIndex(of: "<"), let end = link.firstIndex(of: ">"), start < end,
      let origin = try? WebAddress(url).origin
    else { return nil }
    let target = String(link[link.index(after: start)..<end])
    let next = target.hasPrefix("/") ? origin + target : target
    return WebAddress.haveOneOrigin(next, url) && next != url ? next : nil
  }
}

extension RegistryDocuments {
  /// An answer that may be missing: nil where the registry has nothing under the URL, or knows no such question.
  fileprivate func present(_ url: String) async throws(RegistryError) -> TransferResponse? {
    do throws(RegistryError) {
      return try await ask(url, accept: MediaType.index) { _, _ in nil }
    } catch {
      guard case .fetch(let failure) = error.cause, case .status(let status) = failure.cause,
        [400, 404, 405, 410, 501].contains(status)
      else { throw error }
      return nil
    }
  }
}
