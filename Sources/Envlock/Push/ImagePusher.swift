import EnvlockImage
public import EnvlockModel
import EnvlockRegistry
import EnvlockStore

/// Brings images into a registry: from the disk, or straight from a lock.
///
/// Nothing is sent that is there: a push of what the tags stand for already is one question for each tag. Everything that
/// a manifest refers to is there before the manifest, and tags come last, so that no tag ever stands for half an image.
public struct ImagePusher: Sendable {
  let configuration: Configuration

  /// Opens nothing yet.
  public init(_ configuration: Configuration) { self.configuration = configuration }

  /// Pushes what an OCI layout or archive holds.
  ///
  /// - Parameters:
  ///   - path: The folder or file.
  ///   - platforms: The platforms to push; nil for the whole, as it is.
  ///   - target: Where to.
  ///   - progress: Somebody who watches.
  /// - Returns: The image in the registry.
  /// - Throws: A `UserFacingError`; `CancellationError` where the task was cancelled.
  public func push(
    imageAt path: String, platforms: [Platform]? = nil, to target: PushTarget,
    progress: any PushProgress = NoPushProgress()
  ) async throws -> PushedImage {
    let job = try PushJob(configuration, target, progress: progress)
    let content = try PushContent(try LayoutReader(path), platforms: platforms, for: target.reference)
    if let root = content.documents.last, try await job.isDone(root.digest) {
      return job.image(root, isUnchanged: true)
    }
    return try await job.finish(content)
  }

  /// Pushes a bundle, as one artifact, out of the store. What the registry has is not sent.
  ///
  /// Every part is looked for, also where the tag stands for the bundle already: it is there for the day when all else is
  /// gone, and what the registry has lost comes back.
  /// - Parameters:
  ///   - bundle: The bundle.
  ///   - target: Where to.
  ///   - progress: Somebody who watches.
  /// - Returns: The bundle in the registry.
  /// - Throws: A `UserFacingError`; `CancellationError` where the task was cancelled.
  public func push(
    _ bundle: MadeBundle, to target: PushTarget, progress: any PushProgress = NoPushProgress()
  ) async throws -> PushedImage {
    let job = try PushJob(configuration, target, progress: progress)
    try job.expect(bundle.digest)
    return try await job.finish(bundle.content)
  }

  /// Builds what a lock says and pushes it, layer by layer: one is sent while others are made, and no layout is written.
  ///
  /// A layer that the registry has is not made, where its digest is known from an earlier build. Of the same request the
  /// digest is that of `ImageBuilder.build`.
  ///
  /// - Parameters:
  ///   - request: What is to be built.
  ///   - target: Where to.
  ///   - progress: Somebody who watches.
  /// - Returns: The image in the registry.
  /// - Throws: A `UserFacingError`; `CancellationError` where the task was cancelled.
  public func push(
    _ request: BuildRequest, to target: PushTarget, progress: any PushProgress = NoPushProgress()
  ) async throws -> PushedImage {
    let build = try BuildJob(configuration, request, progress: progress)
    let job = try PushJob(
      configuration, target, mountSources: build.bases(in: target.reference), progress: progress)
    let known = build.known
    if let content = try await build.content(known), let root = content.documents.last,
      try await job.isDone(root.digest)
    {
      return job.image(root, isUnchanged: true)
    }
    progress.report(BuildEvent.planned(build.plan))
    let layers = try await StreamedLayers(build: build, push: job).settle()
    guard let content = try await build.content(layers.made) else {
      preconditionFailure("every layer is made")
    }
    return try await job.finish(content, after: layers.parts, notes: layers.notes)
  }
}
