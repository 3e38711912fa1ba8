public import EnvlockModel

/// The GPUs that are handed over on each node.
public struct GPUGrant: Hashable, Sendable {
  /// In which form; never `none`.
  public let form: GPUForm
  /// How many GPUs, instances, shares or vGPUs each node gives, at least 1.
  public let perNode: Int
  /// The memory that each must have at least.
  public let memory: ByteCount?
  /// How well others on the same GPU are kept apart by this form.
  public let isolation: GPUIsolation
  /// The models that can give it, of those that the lock's targets or the request name; empty where none are named.
  public let models: [GPURow]
  /// Under MIG, what the profile is on those models; nil for other forms.
  public let profile: MIGProfile?
  /// For a vGPU, its type as its name tells it.
  public let vgpu: VGPUType?
  /// For a vGPU, the product whose licence covers it.
  public let licence: String?

  /// The profile's name in resources and labels, where NVIDIA writes a dot for the plus sign: "1g.10gb.me".
  public var resourceProfile: String? {
    guard case .mig(let profile) = form else { return nil }
    return String(profile.map { $0 == "+" ? "." : $0 })
  }
}
