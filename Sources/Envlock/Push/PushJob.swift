import EnvlockModel
import EnvlockNative
import EnvlockRegistry
import EnvlockStore

/// One push: what asks the registry, and who watches.
struct PushJob: Sendable {
  let target: PushTarget
  let writer: RegistryWriter
  let progress: any PushProgress
  private let http: HTTPClient
  private let gate: Gate
  private let start = ContinuousClock.now

  /// - Parameters:
  ///   - configuration: Where credentials and certificates are, and answers are kept.
  ///   - target: Where it is pushed to.
  ///   - mountSources: Further repositories of the registry that may have layers.
  ///   - progress: Somebody who watches.
  /// - Throws: `PushError`, or what is wrong with a setting.
  init(
    _ configuration: Configuration, _ target: PushTarget, mountSources: [String] = [],
    progress: any PushProgress
  ) throws {
    self.target = target
    self.progress = progress
    var environment = configuration.environment
    if target.isPlain {
      let variable = RegistryEndpoint.insecureVariable
      environment[variable] = [environment[variable], target.reference.registry].compactMap { $0 }
        .joined(separator: ",")
    }
    var settings = PushSettings()
    settings.chunkSize = target.chunkSize
    if let backoff = target.backoff { settings.backoff = backoff }
    settings.mountSources = target.mountSources + mountSources
    // A client of its own: its requests are counted, and no credentials of indexes are in it.
    http = HTTPClient(
      cache: configuration.cacheDirectory.map { HTTPCache(folder: $0) },
      options: try configuration.transferOptions())
    writer = try RegistryWriter(target.reference, http: http, environment: environment, settings: settings)
    gate = Gate(target.parallel)
  }

  /// Refuses another image than the reference names.
  func expect(_ digest: Digest) throws {
    if let wanted = target.reference.digest, wanted != digest {
      throw writer.otherImage(wanted, found: digest)
    }
  }

  /// Whether all that would be tagged stands for this image already.
  func isDone(_ digest: Digest) async throws -> Bool {
    try expect(digest)
    let names = target.allTags.isEmpty ? ["\(digest)"] : target.allTags
    for name in names where try await writer.digest(of: name) != digest { return false }
    return true
  }

  /// Sees to it that the registry has a blob; where it is only looked, says how it would come there.
  ///
  /// - Parameters:
  ///   - digest: Its digest.
  ///   - size: Its bytes.
  ///   - name: What it is called.
  ///   - bytes: Brings its bytes, where they have to be sent.
  /// - Returns: How it came to be there.
  /// - Throws: `PushError`; what `bytes` throws.
  func settle(
    _ digest: Digest, size: Int, name: String, bytes: () async throws -> PushBlob
  ) async throws -> PushedImage.Part {
    var begun = ContinuousClock.now
    var part = PushedImage.Part(name: name, digest: digest, size: size, arrival: .present)
    if target.isDry {
      switch try await writer.look(digest, size: size, name: name) {
      case .present: break
      case .mounted(let source): part.arrival = .mounted(from: source)
      case .sent: part.arrival = .absent
      }
      progress.report(PushEvent.arrived(part, seconds: begun.duration(to: .now).seconds))
      return part
    }
    switch try await writer.find(digest, size: size, name: name) {
    case .there(.present): break
    case .there(.mounted(let source)): part.arrival = .mounted(from: source)
    case .there(.sent): part.arrival = .sent
    case .absent(let place):
      let blob = try await bytes()
      guard await gate.enter() else { throw CancellationError() }
      defer { gate.leave() }
      // Waiting for its turn is no part of how long it took.
      begun = .now
      let progress = progress
      try await writer.send(blob, begun: place) { count in
        progress.report(PushEvent.sending(name: name, count: count, size: size))
      }
      part.arrival = .sent
    }
    progress.report(PushEvent.arrived(part, seconds: begun.duration(to: .now).seconds))
    return part
  }

  /// Puts what is left of an image into the registry: blobs, then documents, then tags.
  ///
  /// - Parameters:
  ///   - content: The image, without what is there by now.
  ///   - parts: What is there by now.
  ///   - notes: What the user should know.
  /// - Returns: The image.
  /// - Throws: `PushError`.
  func finish(
    _ content: PushContent, after parts: [PushedImage.Part] = [], notes: [String] = []
  ) async throws -> PushedImage {
    guard let root = content.documents.last else { preconditionFailure("an image has a manifest") }
    let sent = try await withThrowingTaskGroup(of: (Int, PushedImage.Part).self) { group in
      // The largest first: it would be the last one otherwise, alone.
      for (place, blob) in content.blobs.enumerated().sorted(by: { $0.element.size > $1.element.size }) {
        group.addTask {
          (place, try await settle(blob.digest, size: blob.size, name: blob.name) { blob })
        }
      }
      var sent: [Int: PushedImage.Part] = [:]
      for try await (place, part) in group { sent[place] = part }
      return content.blobs.indices.compactMap { sent[$0] }
    }
    for document in content.documents where !target.isDry {
      try await writer.put(manifest: document.bytes, mediaType: document.mediaType)
    }
    for tag in target.allTags where !target.isDry {
      try await writer.put(manifest: root.bytes, mediaType: root.mediaType, tag: tag)
    }
    return image(root, parts: parts + sent, notes: notes)
  }

  /// The image as it is in the registry.
  func image(
    _ root: PushContent.Document, isUnchanged: Bool = false, parts: [PushedImage.Part] = [],
    notes: [String] = []
  ) -> PushedImage {
    PushedImage(
      digest: root.digest, mediaType: root.mediaType, size: root.bytes.count, reference: target.reference,
      tags: target.allTags, isUnchanged: isUnchanged, isDry: target.isDry, parts: parts,
      requests: http.statistics.requests, seconds: start.duration(to: .now).seconds, notes: notes)
  }
}
