import EnvlockImage
package import EnvlockModel
import EnvlockNative

extension RegistryWriter {
  /// What a tag, or a digest, stands for in the repository.
  ///
  /// - Parameter name: the tag or digest.
  /// - Returns: the digest; nil where there is nothing, or the registry does not say.
  /// - Throws: `PushError`.
  package func digest(of name: String) async throws(PushError) -> Digest? {
    var request = TransferRequest(endpoint.url("manifests/\(name)"))
    request.headersOnly = true
    request.headers = [
      (
        "Accept",
        [MediaType.index, MediaType.manifest, MediaType.dockerIndex, MediaType.dockerManifest]
          .joined(separator: ", ")
      )
    ]
    let response = try await repeated(request, "manifest")
    return response.status == 200 ? response.statedDigest : nil
  }

  /// Puts a manifest or index into the repository; all that it refers to must be there.
  ///
  /// - Parameters:
  ///   - document: the document.
  ///   - mediaType: what it is.
  ///   - tag: its tag; nil puts it there by its digest alone.
  ///   - name: what it is called in errors.
  /// - Returns: the digest of the subject that the registry has taken note of, where the document has one.
  /// - Throws: `PushError`.
  @discardableResult
  package func put(
    manifest document: [UInt8], mediaType: String, tag: String? = nil, name: String = "manifest"
  ) async throws(PushError) -> Digest? {
    let digest = SmallSHA256.of(document)
    var request = TransferRequest(endpoint.url("manifests/\(tag ?? "\(digest)")"))
    request.method = .put
    request.headers = [("Content-Type", mediaType)]
    request.body = .bytes(document)
    request.stallTimeout = engine.options.stallTimeout * 4
    let response = try await repeated(request, name)
    guard (200..<300).contains(response.status) else {
      throw refusal(response, name, size: document.count)
    }
    if let stated = response.statedDigest, stated != digest {
      throw failure(.otherDigest(name, expected: digest, found: stated))
    }
    return response.headers["oci-subject"].flatMap { try? Digest($0) }
  }
}
