public import EnvlockModel

/// Jobs on the fewest GPUs.
public struct Packing: Hashable, Sendable {
  /// The GPUs that are used; those of one kind follow each other, and are numbered from 0.
  public let gpus: [PackedGPU]
  /// No packing has fewer GPUs than this.
  public let lowerBound: Int
  /// Whether it is proven that fewer GPUs do not do; false where the jobs were too many and too different for a search.
  public let isProven: Bool

  /// How much of all GPUs together is used: the memory that was asked for in MiB, nil where not all of it is known.
  public var memory: GPUUtilisation.Part? {
    let parts = gpus.map(\.utilisation.memory)
    guard !parts.contains(nil) else { return nil }
    return GPUUtilisation.Part(
      parts.reduce(0) { $0 + ($1?.used ?? 0) }, of: parts.reduce(0) { $0 + ($1?.total ?? 0) })
  }

  /// How MIG divides the GPUs of each kind that it can divide, in the order of the GPUs.
  public var migParted: [(kind: GPUKind, config: MIGPartedConfig)] {
    var configs: [(kind: GPUKind, config: MIGPartedConfig)] = []
    for gpu in gpus where gpu.kind.mig != nil && configs.last?.kind != gpu.kind {
      let entries = gpus.filter { $0.kind == gpu.kind }.map { gpu in
        MIGPartedConfig.Entry(
          devices: [gpu.number], isEnabled: gpu.mode == .mig,
          instances: gpu.jobs.compactMap { $0.instance?.profile.name })
      }
      configs.append((gpu.kind, MIGPartedConfig(entries)))
    }
    return configs
  }

  /// The documents: for each kind of GPU that MIG can divide, the configuration of nvidia-mig-parted.
  public var files: [SpecFile] {
    let configs = migParted
    return configs.map { kind, config in
      let label = configs.count > 1 ? "-\(RunName.label(kind.models[0].name))" : ""
      return SpecFile("mig-parted\(label).yaml", .yaml([config.json]))
    }
  }

  /// What an administrator has to know of it, each a sentence without a trailing period.
  public var notes: [String] {
    var notes: [String] = []
    let modes = Set(gpus.map(\.mode))
    if modes.contains(.mps), modes.count > 1 {
      notes.append(
        "in Kubernetes a node has one way to share all its GPUs: those under MPS need nodes of their own")
    } else if modes.contains(.timeSlicing), modes.contains(.passthrough) {
      notes.append(
        "in Kubernetes time slicing holds for all GPUs of a node: those that are given whole need nodes of their own"
      )
    }
    return notes
  }
}

/// A GPU with its jobs.
public struct PackedGPU: Hashable, Sendable {
  /// Its kind.
  public let kind: GPUKind
  /// Its number among those of its kind, from 0.
  public let number: Int
  /// How it is shared: passthrough, MIG, MPS or time slicing.
  public let mode: SharingMode
  /// Its jobs; under MIG by where they lie.
  public let jobs: [PackedJob]
  /// How much of it is used.
  public let utilisation: GPUUtilisation
}

/// A job on a GPU.
public struct PackedJob: Hashable, Sendable {
  /// What it is called.
  public let name: String
  /// What its run asks for.
  public let form: GPUForm
  /// The memory that it asked for.
  public let memory: ByteCount?
  /// Its MIG instance.
  public let instance: MIGInstance?
}
