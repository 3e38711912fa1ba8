/// What may be set beside the plan wherever one machine starts a container.
public struct LocalOptions: Hashable, Sendable {
  /// The GPUs or MIG instances to hand over, as the machine names them: "0", "GPU-8f3c…", "0:1", "MIG-7d2a…", or with CDI
  /// "nvidia.com/gpu=0:1". Empty: the first ones, which MIG does not have.
  public var devices: [String] = []
  /// Whether an image's name without its digest does.
  public var allowTag = false
  /// Whether the image's own files can be written.
  public var writableRoot = false
  /// The folder in which the MPS daemon of the machine has its pipes.
  public var mpsFolder = "/tmp/nvidia-mps"

  /// The defaults.
  public init() {}
}
