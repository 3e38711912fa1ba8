public import EnvlockModel
public import EnvlockVersions

/// What a node must have, as far as a lock tells it.
public struct NodeDemand: Hashable, Sendable {
  /// GPUs of one major compute capability that have code.
  public struct Capabilities: Hashable, Sendable {
    /// The major number.
    public let major: Int
    /// The lowest minor number.
    public let fromMinor: Int
  }

  /// The system.
  public let platform: Platform
  /// The CUDA release; nil for an environment without CUDA.
  public let cuda: CUDAVersion?
  /// The oldest driver that may do: by minor-version compatibility where that is possible. nil where nothing is known.
  public let driver: DriverVersion?
  /// The oldest driver that has everything of the CUDA release.
  public let fullDriver: DriverVersion?
  /// The compute capabilities that every framework has compiled code for, by ascending major number; empty where nothing is known, or
  /// nothing is needed.
  public let capabilities: [Capabilities]
  /// From which compute capability on PTX makes up for missing code, which takes a driver of ``fullDriver`` or newer.
  public let ptxFrom: ComputeCapability?

  /// What an answer of a lock demands.
  public init(_ answer: PlatformLock) {
    let strata = answer.strata
    platform = answer.platform
    cuda = strata.cuda
    fullDriver = strata.driver?.full
    // A locked package of forward compatibility runs on drivers below either floor; its own floor is a check's business.
    let isForward = answer.targets.contains { $0.compatibility == .forward }
    driver =
      isForward ? nil : [strata.driver?.minorCompatibility, strata.driver?.full].compactMap { $0 }.min()
    let built = strata.cuda == nil ? [] : strata.frameworks.filter { !$0.kernels.isEmpty }
    let majors = built.map { Set($0.kernels.map(\.major)) }
    let common = majors.dropFirst().reduce(majors.first ?? []) { $0.intersection($1) }
    capabilities = common.sorted().map { major in
      let lowest = built.compactMap { $0.kernels.filter { $0.major == major }.map(\.minor).min() }
      return Capabilities(major: major, fromMinor: lowest.max() ?? 0)
    }
    let ptx = built.map { $0.ptx?.min() }
    ptxFrom = ptx.contains(nil) ? nil : ptx.compactMap { $0 }.max()
  }

  /// Whether a GPU of this compute capability has code: compiled, or PTX on a driver that compiles it. Where nothing is known, it has.
  public func runs(on capability: ComputeCapability) -> Bool {
    if capabilities.isEmpty { return true }
    if capabilities.contains(where: { $0.major == capability.major && $0.fromMinor <= capability.minor }) {
      return true
    }
    return ptxFrom.map { $0 <= capability } ?? false
  }
}
