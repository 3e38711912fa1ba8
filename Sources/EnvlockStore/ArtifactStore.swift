package import EnvlockModel
import EnvlockNative
import Glibc

/// Files by their SHA-256, in a folder that several programs may use at the same time.
///
/// Each lies at `artifacts/sha256/<64 hexadecimal digits>`, read-only, and is whole: it is renamed to there after it was
/// verified and synced. What is not yet whole lies in `artifacts/partial`, locked by whoever is at it; what a program
/// that was killed leaves there is gone on with.
package final class ArtifactStore: Sendable {
  /// The folder with whole files.
  package let folder: String

  private let root: String
  private let partialFolder: String
  private let engine: TransferEngine
  private let backoff: [Duration]
  private let gate: Gate

  /// How often a file is asked for in all, however well it goes on each time.
  private static let tryLimit = 64
  /// How often in a row a server may refuse what it is shown.
  private static let refusalLimit = 3

  /// - Parameters:
  ///   - root: the cache's folder; what is missing of it is made when it is needed.
  ///   - client: whose connections and credentials are used.
  ///   - parallel: how many files are fetched at a time.
  ///   - backoff: how long to wait before each further try after a failure that may pass. Tries that brought something
  ///     are not counted.
  package init(
    folder root: String, client: HTTPClient, parallel: Int = 6,
    backoff: [Duration] = [.milliseconds(200), .milliseconds(800), .seconds(2), .seconds(5)]
  ) {
    self.root = root
    folder = root + "/artifacts/sha256"
    partialFolder = root + "/artifacts/partial"
    engine = client.engine
    self.backoff = backoff
    gate = Gate(parallel)
  }

  /// Where a file of this digest lies, if it is there.
  package func path(of digest: Digest) -> String { "\(folder)/\(digest.hex)" }

  /// Whether a file of this digest is there.
  ///
  /// - Parameters:
  ///   - digest: its SHA-256.
  ///   - size: how many bytes it has; a file of another size is damaged and counts for nothing.
  /// - Returns: whether it is there.
  package func contains(_ digest: Digest, size: Int? = nil) -> Bool {
    guard let found = StoreFiles.size(of: path(of: digest)) else { return false }
    return size == nil || size == found
  }

  /// Brings a file into the store, if it is not there.
  ///
  /// It goes on where an earlier try, or an earlier run, ended. Where the result of that has another digest, it begins
  /// once from the start. Cancelling the task cancels the transfer; what came is kept for the next time.
  /// - Parameters:
  ///   - artifact: what to bring.
  ///   - progress: is called for each piece that came, from any thread.
  /// - Returns: where it lies.
  /// - Throws: `ArtifactError`; nothing of a file that is not the right one stays.
  package func fetch(
    _ artifact: Artifact, progress: @escaping @Sendable (ArtifactProgress) -> Void = { _ in }
  ) async throws(ArtifactError) -> StoredArtifact {
    if let stored = stored(artifact, wasThere: true) { return stored }
    guard await gate.enter() else { throw ArtifactError(artifact, .cancelled) }
    defer { gate.leave() }
    do {
      try StoreFiles.makeFolder(folder, below: root)
      try StoreFiles.makeFolder(partialFolder, below: root)
    } catch {
      throw ArtifactError(artifact, .file(error))
    }
    // Names with a dot are nobody's but a running program's.
    StoreFiles.sweep(partialFolder) { $0.contains(".") }
    guard let partial = try await own(artifact, progress) else {
      // Somebody else brought it meanwhile.
      if let stored = stored(artifact, wasThere: false) { return stored }
      throw ArtifactError(artifact, .file(FileFailure(.read, folder, code: ENOENT)))
    }
    switch artifact.origin {
    case .url(let url): try await download(artifact, url, partial)
    case .file(let path): try await copy(artifact, path, partial)
    case .part(let place):
      try await copy(artifact, place.path, partial, from: place.offset, count: place.size)
    }
    return try await finish(artifact, partial)
  }

  private func stored(_ artifact: Artifact, wasThere: Bool) -> StoredArtifact? {
    guard let digest = artifact.digest else { return nil }
    let path = path(of: digest)
    guard let size = StoreFiles.size(of: path), artifact.size == nil || artifact.size == size else {
      return nil
    }
    return StoredArtifact(digest: digest, size: size, path: path, wasThere: wasThere)
  }

  // MARK: Owning

  /// Waits until nobody else is at it; nil when it has come meanwhile.
  private func own(
    _ artifact: Artifact, _ progress: @escaping @Sendable (ArtifactProgress) -> Void
  ) async throws(ArtifactError) -> ArtifactPartial? {
    do {
      guard let digest = artifact.digest else {
        // Nobody can know that two such files are one.
        return try ArtifactPartial.openPrivate(
          beside: partialFolder + "/unknown", expectedSize: artifact.size, progress)
      }
      while true {
        let opening = try ArtifactPartial.open(
          "\(partialFolder)/\(digest.hex)", expectedSize: artifact.size, progress)
        if case .owned(let partial) = opening {
          if stored(artifact, wasThere: false) != nil {
            partial.discard()
            return nil
          }
          try await onThread { () throws(FileFailure) in try partial.takeUp() }
          return partial
        }
        do { try await Task.sleep(for: .milliseconds(50)) } catch {
          throw ArtifactError(artifact, .cancelled)
        }
        if stored(artifact, wasThere: false) != nil { return nil }
      }
    } catch let error as ArtifactError {
      throw error
    } catch let error as FileFailure {
      throw ArtifactError(artifact, .file(error))
    } catch {
      throw ArtifactError(artifact, .cancelled)
    }
  }

  // MARK: Fetching

  /// Fills the partial file; its size is right afterwards, where that is known.
  private func download(_ artifact: Artifact, _ url: String, _ partial: ArtifactPartial)
    async throws(ArtifactError)
  {
    var failures = 0
    var tries = 0
    var hasRestarted = false
    var isWhole = false
    var refusal: AuthorizationRefusal?
    var refusals = 0
    while true {
      if isWhole || artifact.size == partial.count {
        // What was put together from parts of two files is neither.
        guard let digest = artifact.digest, partial.isPieced, !hasRestarted, partial.digest != digest else {
          return
        }
        hasRestarted = true
        isWhole = false
        try restart(artifact, partial)
      }
      if artifact.digest == nil { try restart(artifact, partial) }
      let before = partial.count
      tries += 1
      var failure: ArtifactError
      var pause: Duration?
      let authorization: TransferAuthorization?
      do {
        authorization = try await artifact.access?.authority.authorization(after: refusal)
      } catch {
        throw ArtifactError(artifact, .fetch(error))
      }
      refusal = nil
      switch await ask(artifact, url, authorization, partial) {
      case .whole:
        // Without a length, an answer that was cut short cannot be told from a whole one.
        if artifact.size == nil || partial.count == artifact.size {
          isWhole = true
          continue
        }
        failure = ArtifactError(
          artifact, .fetch(FetchError(url, .transfer(.truncated(url: artifact.shownOrigin)))))
      case .again:
        guard !hasRestarted else {
          throw ArtifactError(artifact, .fetch(FetchError(url, .status(416))))
        }
        hasRestarted = true
        try restart(artifact, partial)
        continue
      case .mayPass(let error, let wanted):
        failure = error
        pause = wanted
      case .refused(let challenges):
        // What was let in may expire later on; what is refused time and again is no use.
        refusals += 1
        guard refusals <= ArtifactStore.refusalLimit else {
          throw ArtifactError(artifact, .fetch(FetchError(url, .status(401))))
        }
        refusal = AuthorizationRefusal(shown: authorization, challenges: challenges)
        continue
      case .failed(let error): throw error
      }
      refusals = 0
      failures = partial.count > before ? 0 : failures + 1
      guard failures <= backoff.count, tries < ArtifactStore.tryLimit else { throw failure }
      let least = backoff.isEmpty ? Duration.zero : backoff[max(0, failures - 1)]
      do { try await Task.sleep(for: max(least, pause ?? .zero)) } catch {
        throw ArtifactError(artifact, .cancelled)
      }
    }
  }

  private func restart(_ artifact: Artifact, _ partial: ArtifactPartial) throws(ArtifactError) {
    do { try partial.restart() } catch { throw ArtifactError(artifact, .file(error)) }
  }

  private enum Outcome {
    /// An answer came to its end.
    case whole
    /// What is there and what the server has do not fit together.
    case again
    /// Trying again may help, after so long at least.
    case mayPass(ArtifactError, after: Duration?)
    /// The server wants to be shown something else; it says what.
    case refused([String])
    case failed(ArtifactError)
  }

  private func ask(
    _ artifact: Artifact, _ url: String, _ authorization: TransferAuthorization?, _ partial: ArtifactPartial
  ) async -> Outcome {
    var request = TransferRequest(url)
    request.sink = partial
    request.authorization = authorization
    if let accept = artifact.access?.accept { request.headers.append((name: "Accept", value: accept)) }
    if partial.count > 0 { request.range = .rest(from: partial.count) }
    let response: TransferResponse
    do {
      response = try await engine.perform(request)
    } catch {
      return outcome(of: error, artifact, url, partial)
    }
    switch response.status {
    case 200, 206: return .whole
    case 416 where request.range != nil:
      // Nothing is left to ask for where all of it is here.
      if let total = response.headers["content-range"], total.hasSuffix("*/\(partial.count)") {
        return .whole
      }
      return .again
    case 401 where artifact.access != nil && WebAddress.haveOneOrigin(url, response.url):
      return .refused(response.headers.values("www-authenticate"))
    case 404, 410: return .failed(ArtifactError(artifact, .notFound))
    case 408, 425, 429, 500, 502, 503, 504:
      let wanted = response.headers.retryAfter.map { Duration.seconds($0) }
      let error = ArtifactError(artifact, .fetch(FetchError(url, .status(response.status))))
      // A server that wants more than this is not waited for: the person at the terminal is told instead.
      if let wanted, wanted > .seconds(30) { return .failed(error) }
      return .mayPass(error, after: wanted)
    default: return .failed(ArtifactError(artifact, .fetch(FetchError(url, .status(response.status)))))
    }
  }

  private func outcome(
    of error: TransferError, _ artifact: Artifact, _ url: String, _ partial: ArtifactPartial
  ) -> Outcome {
    switch error {
    case .notTaken:
      switch partial.refusal {
      case .file(let failure): return .failed(ArtifactError(artifact, .file(failure)))
      case .size(let found, let orMore):
        // Nothing of another file stays, not even where a part of the right one may have been.
        partial.discard()
        return .failed(
          ArtifactError(artifact, .size(expected: artifact.size ?? 0, found: found, orMore: orMore)))
      case .otherPart, nil: return .again
      }
    case .cancelled: return .failed(ArtifactError(artifact, .cancelled))
    case .couldNotConnect, .interrupted, .truncated, .timedOut:
      return .mayPass(ArtifactError(artifact, .fetch(FetchError(url, .transfer(error)))), after: nil)
    default: return .failed(ArtifactError(artifact, .fetch(FetchError(url, .transfer(error)))))
    }
  }

  // MARK: Copying

  /// Copies a file, or so many of its bytes from an offset on.
  private func copy(
    _ artifact: Artifact, _ path: String, _ partial: ArtifactPartial, from offset: Int = 0,
    count wanted: Int? = nil
  ) async throws(ArtifactError) {
    let failure: ArtifactError? = await onThread { () -> ArtifactError? in
      do throws(FileFailure) {
        try partial.restart()
        let descriptor = try StoreFiles.open(path)
        defer { close(descriptor) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { buffer.deallocate() }
        while true {
          let length = min(buffer.count, wanted.map { $0 - partial.count } ?? buffer.count)
          let (count, code) = StoreFiles.read(
            descriptor, at: offset + partial.count,
            into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<length]))
          guard code == 0 else { throw FileFailure(.read, path, code: code) }
          if count == 0 { break }
          guard partial.take(UnsafeRawBufferPointer(rebasing: buffer[..<count])) else {
            if case .file(let failure) = partial.refusal { throw failure }
            let size = sourceSize(descriptor)
            partial.discard()
            return ArtifactError(
              artifact, .size(expected: artifact.size ?? 0, found: size ?? partial.count, orMore: size == nil)
            )
          }
        }
        return nil
      } catch {
        partial.discard()
        return ArtifactError(artifact, .file(error))
      }
    }
    if let failure { throw failure }
  }

  // MARK: Ending

  /// Verifies what came and moves it to its place.
  private func finish(
    _ artifact: Artifact, _ partial: ArtifactPartial
  ) async throws(ArtifactError) -> StoredArtifact {
    let found = partial.digest
    if let size = artifact.size, size != partial.count {
      partial.discard()
      throw ArtifactError(artifact, .size(expected: size, found: partial.count, orMore: false))
    }
    if let expected = artifact.digest, expected != found {
      partial.discard()
      throw ArtifactError(artifact, .digest(expected: expected, found: found))
    }
    let place = path(of: found)
    do {
      try await onThread { () throws(FileFailure) in try partial.finish(at: place) }
    } catch {
      throw ArtifactError(artifact, .file(error))
    }
    return StoredArtifact(digest: found, size: partial.count, path: place, wasThere: false)
  }
}

/// Bytes of an open file.
private func sourceSize(_ descriptor: Int32) -> Int? {
  var status = stat()
  return fstat(descriptor, &status) == 0 ? Int(status.st_size) : nil
}
