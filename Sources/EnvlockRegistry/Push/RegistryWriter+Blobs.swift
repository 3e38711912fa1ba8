package import EnvlockModel
import EnvlockNative
import EnvlockStore

extension RegistryWriter {
  /// Where a blob is.
  package enum Finding: Sendable {
    /// In the repository, now at the latest.
    case there(PushedBlob)
    /// Not there; where an upload of it was begun, its place.
    case absent(begun: String?)
  }

  /// Looks for a blob in the repository, then takes it over from another of the registry that is known to have it. Its
  /// bytes need not be here.
  ///
  /// - Parameters:
  ///   - digest: its digest.
  ///   - size: its bytes.
  ///   - name: what it is called in errors.
  /// - Returns: where it is.
  /// - Throws: `PushError`; also where the registry has something else under that digest.
  package func find(_ digest: Digest, size: Int, name: String) async throws(PushError) -> Finding {
    if try await has(digest, size: size, name: name) { return .there(.present) }
    for source in sources(of: digest) {
      switch try await mount(digest, name: name, from: source) {
      case .mounted:
        places.note(digest, in: endpoint.repository)
        return .there(.mounted(from: source))
      case .begun(let place): return .absent(begun: place)
      case .refused: break
      }
    }
    return .absent(begun: nil)
  }

  /// Looks for a blob in the same places, and changes nothing.
  ///
  /// - Parameters:
  ///   - digest: its digest.
  ///   - size: its bytes.
  ///   - name: what it is called in errors.
  /// - Returns: how it would come to be there.
  /// - Throws: `PushError`; also where the registry has something else under that digest.
  package func look(_ digest: Digest, size: Int, name: String) async throws(PushError) -> PushedBlob {
    if try await has(digest, size: size, name: name) { return .present }
    for source in sources(of: digest) {
      var request = TransferRequest(endpoint.url("blobs/\(digest)", of: source))
      request.headersOnly = true
      do throws(PushError) {
        let access = await mounts.access(access, toRead: source)
        if try await repeated(request, name, access).status == 200 { return .mounted(from: source) }
      } catch {
        // Whoever may not read the other repository sends it.
        switch error.cause {
        case .denied, .access: break
        default: throw error
        }
      }
    }
    return .sent
  }

  /// Sends a blob that is not there.
  ///
  /// - Parameters:
  ///   - blob: the blob; its bytes are held against its digest first, where that was not done before.
  ///   - place: where an upload was begun, as `find` says.
  ///   - progress: gets how many of its bytes are sent; fewer than before where a part has to be sent again.
  /// - Throws: `PushError`.
  package func send(
    _ blob: PushBlob, begun place: String? = nil, progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) async throws(PushError) {
    guard let body = blob.body else { throw failure(.notHere(blob.name)) }
    if !blob.isVerified { try await verify(blob, body) }
    try await BlobUpload(writer: self, blob: blob, body: body, progress: progress).run(place)
    places.note(blob.digest, in: endpoint.repository)
  }

  /// Sends a blob, unless it is there or can be taken over.
  ///
  /// - Returns: how it came to be there.
  /// - Throws: `PushError`.
  package func put(_ blob: PushBlob) async throws(PushError) -> PushedBlob {
    switch try await find(blob.digest, size: blob.size, name: blob.name) {
    case .there(let how): return how
    case .absent(let place):
      try await send(blob, begun: place)
      return .sent
    }
  }

  /// Whether the repository has a blob.
  ///
  /// - Throws: `PushError`; also where the registry has something else under that digest.
  func has(_ digest: Digest, size: Int, name: String) async throws(PushError) -> Bool {
    var request = TransferRequest(endpoint.url("blobs/\(digest)"))
    request.headersOnly = true
    let response = try await repeated(request, name)
    guard response.status == 200 else { return false }
    if let stated = response.statedDigest, stated != digest {
      throw failure(.otherDigest(name, expected: digest, found: stated))
    }
    if let length = response.headers.contentLength, length != size {
      throw failure(.otherSize(name, expected: size, found: length))
    }
    places.note(digest, in: endpoint.repository)
    return true
  }

  /// Where the blob may be taken over from.
  private func sources(of digest: Digest) -> [String] {
    var seen: Set = [endpoint.repository]
    return (places.repositories(with: digest) + settings.mountSources).filter { seen.insert($0).inserted }
  }

  private enum Mount {
    case mounted
    /// It was not, but an upload of it may begin at this place.
    case begun(String)
    case refused
  }

  /// Source: OCI distribution-spec 1.1, "Mounting a blob from another repository".
  private func mount(
    _ digest: Digest, name: String, from source: String
  ) async throws(PushError) -> Mount {
    let query = FormFields.encoded([("mount", "\(digest)"), ("from", source)])
    var request = TransferRequest(endpoint.url("blobs/uploads/?\(query)"))
    request.method = .post
    let response: TransferResponse
    do throws(PushError) {
      response = try await repeated(request, name, await mounts.access(access, toRead: source))
    } catch {
      // Whoever may not read the other repository, or is refused for naming it, may still write to this one.
      switch error.cause {
      case .denied, .access: return .refused
      default: throw error
      }
    }
    switch response.status {
    case 201:
      if let stated = response.statedDigest, stated != digest {
        throw failure(.otherDigest(name, expected: digest, found: stated))
      }
      return .mounted
    case 202: return .begun(try place(in: response))
    default: return .refused
    }
  }

  private func verify(_ blob: PushBlob, _ body: TransferBody) async throws(PushError) {
    guard case .file(let path, let offset, let count) = body else { return }
    let found: Digest
    do throws(FileFailure) {
      found = try await onThread { () throws(FileFailure) in
        try sha256(file: path, from: offset, limit: count).digest
      }
    } catch {
      throw failure(.unreadable(error.message))
    }
    guard found == blob.digest else {
      throw failure(.damaged(blob.name, path: path, expected: blob.digest, found: found))
    }
  }

  /// Where an upload goes on, as an answer says.
  ///
  /// - Throws: `PushError` where it does not, or leads from TLS to none.
  func place(in response: TransferResponse) throws(PushError) -> String {
    guard let location = response.headers["location"] else {
      throw failure(.badPlace("nowhere", reason: "its answer has no Location"))
    }
    let url = URLReference.resolve(location, against: response.url)
    let shown = redact(url)
    guard let address = try? WebAddress(url) else {
      throw failure(.badPlace(shown, reason: "that is no URL"))
    }
    guard address.scheme == "https" || endpoint.isInsecure else {
      throw failure(.badPlace(shown, reason: "that is without TLS"))
    }
    return address.text
  }
}
