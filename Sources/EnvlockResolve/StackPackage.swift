import EnvlockModel
import EnvlockVersions

/// One package of the solve: a project, or a stratum below the wheels.
enum StackPackage: Hashable, Sendable {
  /// What the user asks for.
  case root
  case project(ProjectName)
  /// An extra of a project: the project itself at the same version, and what the extra adds.
  case `extra`(ProjectName, ExtraName)
  /// CUDA, as the wheels or the framework's build bring it; version 0 stands for "no CUDA".
  case cuda
  case cudnn
  case nccl
  /// The driver of the target with this index.
  case driver(target: Int)
  /// The compute capability of one GPU of a target.
  case gpu(target: Int, gpu: Int)

  /// The project that this package is, or belongs to.
  var project: ProjectName? {
    switch self {
    case .project(let name), .extra(let name, _): name
    default: nil
    }
  }
}

/// A requirement of one package on another.
struct StackDependency: Hashable, Sendable {
  let package: StackPackage
  let versions: VersionSet

  init(_ package: StackPackage, _ versions: VersionSet) {
    self.package = package
    self.versions = versions
  }
}

extension Version {
  /// The version of the CUDA package that stands for "built without CUDA".
  static let noCUDA = Version(release: [0])
}
