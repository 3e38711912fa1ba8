public import EnvlockModel
import EnvlockVersions

/// What is to run on a node: the levels of a lock that meet the node's driver and GPUs.
public struct Stack: Hashable, Sendable {
  /// What it is, for the first line: "torch 2.9.1"; of a lock without a framework, what its CUDA is from.
  public let title: String
  /// The system that it is for.
  public let platform: Platform
  /// Its levels.
  public let strata: Strata

  /// The stack of one of a lock's answers.
  public init(_ lock: PlatformLock) {
    platform = lock.platform
    strata = lock.strata
    // JAX compiles its kernels on the node and has no stratum of its own.
    let jax = lock.strata.frameworks.isEmpty ? lock.wheels.first { $0.name.text == "jax" } : nil
    title = jax.map { "jax \($0.version.publicVersion)" } ?? Self.title(of: lock.strata)
  }

  /// The stack of a framework's build alone, as the matrix states it.
  ///
  /// - Parameters:
  ///   - build: the build.
  ///   - matrix: the matrix, for the driver's floor.
  public init(_ build: FrameworkBuild, matrix: Matrix) {
    platform = build.platform
    let need = build.cuda.map { matrix.driverNeeded(for: $0) }
    strata = Strata(
      frameworks: [
        FrameworkStratum(
          name: build.project, version: build.version, cuda: build.cuda, kernels: build.kernels,
          ptx: build.ptx,
          added: [])
      ],
      cuda: build.cuda, cudnn: build.cudnn, nccl: build.nccl,
      glibc: build.glibc ?? Version(release: [2, 17]),
      driver: need.map { DriverFloor(full: $0.full, minorCompatibility: $0.minorCompatibility) })
    title = Self.title(of: strata)
  }

  /// A stack of levels that no lock and no build stands for.
  init(_ strata: Strata, title: String, platform: Platform) {
    (self.title, self.platform, self.strata) = (title, platform, strata)
  }

  /// Whether anything in it runs on a GPU.
  public var needsGPU: Bool { strata.cuda != nil }

  private static func title(of strata: Strata) -> String {
    guard strata.frameworks.isEmpty else {
      return strata.frameworks.map { "\($0.name) \($0.version)" }.joined(separator: ", ")
    }
    return strata.cuda.map { "CUDA \($0)" } ?? "an environment without CUDA"
  }
}
