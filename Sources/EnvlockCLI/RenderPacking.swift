import EnvlockModel
import EnvlockRunSpec

/// Which jobs lie on which GPUs, for people and for programs.
enum RenderPacking {
  /// The headline, a table of the GPUs with their jobs, and what an administrator has to know.
  static func text(_ packing: Packing, _ style: Style) -> String {
    guard !packing.gpus.isEmpty else { return "there is no job to pack\n" }
    let jobs = packing.gpus.reduce(0) { $0 + $1.jobs.count }
    var headline = "\(Quantity.count(jobs, "job")) on \(Quantity.count(packing.gpus.count, "GPU"))"
    headline +=
      packing.isProven
      ? ", the fewest that hold \(jobs == 1 ? "it" : "them")"
      : "; whether fewer do is not known, but fewer than \(packing.lowerBound) do not"
    if let memory = packing.memory { headline += "; \(memory.percent) % of the memory used" }
    var lines = [style.strong(headline)]
    let rows = packing.gpus.map { gpu in
      let used = gpu.utilisation
      return [
        "\(gpu.kind.name) \(gpu.number)", gpu.mode.title, self.jobs(gpu),
        used.memory.map { "\(gib($0.used)) of \(gib($0.total)) (\($0.percent) %)" } ?? "-",
        slices(used.memorySlices), slices(used.computeSlices),
      ]
    }
    lines += TextTable.lines(["GPU", "shared by", "jobs", "memory", "memory slices", "compute slices"], rows)
    lines += packing.notes.map { style.note("note:") + " \($0)" }
    return lines.joined(separator: "\n") + "\n"
  }

  /// "a 1g.10gb at 0, a 1g.10gb at 1, b 3g.40gb at 4"; of jobs without instances "a, a, b".
  private static func jobs(_ gpu: PackedGPU) -> String {
    gpu.jobs.map { job in
      let name = Printable.text(job.name)
      guard let instance = job.instance else { return name }
      return "\(name) \(instance.profile.name)" + (instance.placement.map { " at \($0.start)" } ?? "")
    }.joined(separator: ", ")
  }

  private static func slices(_ part: GPUUtilisation.Part?) -> String {
    part.map { "\($0.used) of \($0.total)" } ?? "-"
  }

  /// "memory 56 GiB of 80 GiB (70 %)", "compute slices 7 of 7", as far as they are known.
  static func parts(_ used: GPUUtilisation) -> [String] {
    [
      used.memory.map { "memory \(gib($0.used)) of \(gib($0.total)) (\($0.percent) %)" },
      used.memorySlices.map { "memory slices \(slices($0))" },
      used.computeSlices.map { "compute slices \(slices($0))" },
    ].compactMap { $0 }
  }

  /// "9.5 GiB".
  static func gib(_ mebibytes: Int) -> String { MemoryText.gib(mebibytes) }

  // MARK: JSON

  /// The packing for programs.
  static func json(_ packing: Packing) -> String {
    let object: JSONObject = [
      "envlock-packing": 1, "proven": .bool(packing.isProven), "lower-bound": .integer(packing.lowerBound),
      "notes": .array(packing.notes.map { .string($0) }),
      "gpus": .array(
        packing.gpus.map { gpu in
          [
            "models": .array(gpu.kind.models.map { .string($0.name) }), "number": .integer(gpu.number),
            "mode": .string(gpu.mode.rawValue), "utilisation": json(gpu.utilisation),
            "jobs": .array(
              gpu.jobs.map { job in
                var object: JSONObject = ["name": .string(job.name), "gpu": .string(job.form.description)]
                object["gpu-memory-mib"] = job.memory.map { .integer($0.mebibytes) }
                object["instance"] = job.instance.map { .object(instance($0)) }
                return .object(object)
              }),
          ]
        }),
    ]
    return RenderCheckJSON.plain(JSONValue.object(object).canonical())
  }

  /// A MIG instance: its profile, and its first memory slice where that is known.
  static func instance(_ instance: MIGInstance) -> JSONObject {
    var object: JSONObject = ["profile": .string(instance.profile.name)]
    object["start"] = instance.placement.map { .integer($0.start) }
    return object
  }

  /// What is used of what there is, as far as it is known.
  static func json(_ used: GPUUtilisation) -> JSONValue {
    func part(_ part: GPUUtilisation.Part?) -> JSONValue? {
      part.map { ["used": .integer($0.used), "total": .integer($0.total)] }
    }
    var object = JSONObject()
    object["memory-mib"] = part(used.memory)
    object["memory-slices"] = part(used.memorySlices)
    object["compute-slices"] = part(used.computeSlices)
    return .object(object)
  }
}

extension SharingMode {
  /// In a table: "MIG", "time slicing".
  fileprivate var title: String {
    switch self {
    case .passthrough: "nobody"
    case .mig: "MIG"
    case .migVGPU: "MIG-backed vGPU"
    case .mps: "MPS"
    case .timeSlicing: "time slicing"
    case .vgpu: "vGPU"
    }
  }
}
