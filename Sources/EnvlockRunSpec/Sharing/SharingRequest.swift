public import EnvlockModel

/// What several users want of GPUs.
public struct SharingRequest: Hashable, Sendable {
  /// GPU models, as people write them, at least one.
  public var gpus: [String]
  /// How many GPUs there are; nil for as many as are needed.
  public var count: Int?
  /// How many users there are at once.
  public var users: Int
  /// The memory that each must have at least.
  public var memory: ByteCount?
  /// How well they must be kept apart; nil where that was not said, and then more is better.
  public var isolation: GPUIsolation?
  /// Whether each has a virtual machine.
  public var needsVirtualMachines: Bool
  /// The product whose licence covers vGPUs, as the site bought it; nil for none.
  public var licence: String?

  /// A request.
  public init(
    gpus: [String], count: Int? = nil, users: Int = 1, memory: ByteCount? = nil,
    isolation: GPUIsolation? = nil,
    needsVirtualMachines: Bool = false, licence: String? = nil
  ) {
    self.gpus = gpus
    self.count = count
    self.users = users
    self.memory = memory
    self.isolation = isolation
    self.needsVirtualMachines = needsVirtualMachines
    self.licence = licence
  }

  /// - Throws: Numbers that nobody means.
  func check() throws(RunSpecError) {
    guard !gpus.isEmpty else {
      throw RunSpecError(
        "no GPU is named",
        hints: ["say which there are: `--gpu A100-SXM4-80GB`; `envlock matrix show gpus` lists them"])
    }
    for (name, value) in [("number of users", users), ("number of GPUs", count ?? 1)] {
      guard (1...100_000).contains(value) else {
        throw RunSpecError("the \(name) has to be from 1 to 100000, and is \(value)")
      }
    }
  }
}
