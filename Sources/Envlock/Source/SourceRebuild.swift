import EnvlockModel
import EnvlockStore

/// Makes the wheels of a lock again that were built of source distributions.
struct SourceRebuild: Sendable {
  private let builder: SourceBuilder
  private let lock: Lockfile

  /// Builds with `builder` what `lock` has.
  init(_ builder: SourceBuilder, _ lock: Lockfile) {
    self.builder = builder
    self.lock = lock
  }

  /// Builds a wheel with what it was built with.
  ///
  /// - Parameters:
  ///   - wheel: A wheel of the lock.
  ///   - fetch: Brings its source into the store.
  /// - Returns: The wheel in the store, which is the same to the last byte.
  /// - Throws: `SourceBuildError` where another one comes of it, or none.
  func make(
    _ wheel: LockedWheel, fetch: (LockedBuild) async throws -> StoredArtifact
  ) async throws -> StoredArtifact {
    guard let build = wheel.built,
      let answer = lock.platforms.first(where: { answer in
        (build.platform ?? answer.platform) == answer.platform && answer.base != nil
          && (build.platform != nil || answer.wheel(wheel.name)?.sha256 == wheel.sha256)
      })
    else {
      throw SourceBuildError(
        "\(wheel.fileName) was built on another platform, of which the lock has no base",
        hints: ["build from a bundle that has it: `envlock build --bundle`"])
    }
    let order = SourceBuilder.Order(
      project: wheel.name, version: wheel.version, fileName: build.fileName, source: try await fetch(build))
    let product = try await builder.rebuild(order, build, in: answer)
    guard product.stored.digest == wheel.sha256 else {
      throw SourceBuildError(
        "the build of \(build.fileName) does not repeat: it made another \(product.wheel.fileName)",
        details: ["locked  \(wheel.sha256)", "made    \(product.stored.digest)"],
        hints: [
          "take the wheel from where it was built: `envlock bundle` there, `--bundle` here",
          "`envlock resolve -P \(wheel.name)` locks what is built now",
        ])
    }
    return product.stored
  }
}
