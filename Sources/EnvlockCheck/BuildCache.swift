import EnvlockModel
import EnvlockVersions
import Synchronization

/// The builds of frameworks with their rows, kept for the life of a checker: the nodes of a fleet that fail, fail for
/// few reasons, and for each the same builds are tried.
final class BuildCache: Sendable {
  /// A build for a GPU whose kernels are known.
  struct Entry: Sendable {
    let build: FrameworkBuild
    let subject: Subject
  }

  private struct Key: Hashable {
    let project: ProjectName
    let version: Version
    let platform: Platform
  }

  private let entries = Mutex<[Key: [Entry]]>([:])

  /// The builds of a release for a GPU, as the matrix orders them; those whose kernels are not known are left out.
  func builds(
    _ project: ProjectName, _ version: Version, _ platform: Platform, matrix: Matrix
  ) -> [Entry] {
    let key = Key(project: project, version: version, platform: platform)
    if let known = entries.withLock({ $0[key] }) { return known }
    let builds = matrix.frameworkBuilds(project: project, version: version, platform: platform)
      .filter { $0.cuda != nil && !$0.kernels.isEmpty }
      .map { Entry(build: $0, subject: Subject($0, matrix: matrix)) }
    entries.withLock { $0[key] = builds }
    return builds
  }
}
