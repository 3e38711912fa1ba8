public import EnvlockModel

/// One way to share GPUs of one kind, held against a request.
public struct SharingOption: Hashable, Sendable {
  /// What this way is like.
  public let mode: SharingModeRow
  /// The GPUs.
  public let kind: GPUKind
  /// What each user gets; nil where it cannot serve.
  public let share: GPUShare?
  /// Why it cannot serve, each a clause without a trailing period; empty where it can.
  public let refusals: [String]
}

/// What each of several users gets of GPUs.
public struct GPUShare: Hashable, Sendable {
  /// What a run asks for.
  public let form: GPUForm
  /// Under MIG, the profile of each user's instance.
  public let profile: MIGProfile?
  /// The memory of each user in MiB; nil where it is not divided, or unknown.
  public let memoryMiB: Int?
  /// How much of that was not asked for, 0 where nothing was asked for or it is not divided.
  public let wasteMiB: Int
  /// How many users a GPU holds at most.
  public let perGPU: Int
  /// The GPUs, in the order of their numbers; equal ones that follow each other stand once.
  public let layouts: [GPULayout]

  /// How many GPUs are needed.
  public var gpuCount: Int { layouts.last?.gpus.upperBound ?? 0 }
}

/// What lies on a GPU, or on several alike.
public struct GPULayout: Hashable, Sendable {
  /// The numbers of the GPUs, from 0.
  public let gpus: Range<Int>
  /// How many users each has.
  public let users: Int
  /// Under MIG, the instances of each.
  public let instances: [MIGInstance]
  /// How much of each is used.
  public let utilisation: GPUUtilisation
}

/// A MIG instance on a GPU.
public struct MIGInstance: Hashable, Sendable {
  /// What it is cut out by.
  public let profile: MIGProfile
  /// Where on the memory slices it lies; nil where the profile's placements are unknown.
  public let placement: MIGPlacement?
}

/// How much of a GPU is used.
public struct GPUUtilisation: Hashable, Sendable {
  /// So much of so much.
  public struct Part: Hashable, Sendable {
    /// How much is used.
    public let used: Int
    /// How much there is, at least 1.
    public let total: Int

    /// Used in percent, rounded.
    public var percent: Int { (used * 200 + total) / (total * 2) }

    /// Nil unless both are known.
    init?(_ used: Int?, of total: Int?) {
      guard let used, let total, total > 0 else { return nil }
      self.used = used
      self.total = total
    }
  }

  /// The memory that was asked for, in MiB; nil where that or the GPU's is unknown.
  public let memory: Part?
  /// The memory slices of its MIG instances; nil for a GPU that MIG does not divide.
  public let memorySlices: Part?
  /// The compute slices of its MIG instances; nil for a GPU that MIG does not divide.
  public let computeSlices: Part?

  /// Of a GPU on which so much memory was asked for.
  ///
  /// - Parameters:
  ///   - kind: The GPU.
  ///   - askedMiB: The memory; nil where not all of its users said.
  ///   - instances: Its MIG instances; nil where MIG does not divide it.
  init(_ kind: GPUKind, askedMiB: Int?, instances: [MIGProfile]?) {
    memory = Part(askedMiB, of: kind.memoryMiB)
    let slices = instances?.reduce(0) { sum, profile in
      sum.flatMap { sum in profile.memorySlices.map { sum + $0 } }
    }
    memorySlices = Part(slices ?? nil, of: kind.mig?.memorySlices)
    computeSlices = Part(instances?.reduce(0) { $0 + $1.computeSlices }, of: kind.mig?.computeSlices)
  }
}
