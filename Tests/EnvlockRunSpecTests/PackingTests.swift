import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockRunSpec

@Suite struct PackingTests {
  private func pack(_ jobs: [PackJob], _ gpus: String...) throws -> Packing {
    try GPUPacker(matrix: SampleRuns.matrix).pack(jobs, on: gpus.map { PackGPU($0) })
  }

  /// "a:3 8GiB hardware", "b mig-3g.40gb": name, number, and what is wanted.
  private func jobs(_ texts: [String]) throws -> [PackJob] {
    try texts.map { text in
      let words = text.split(separator: " ").map(String.init)
      let name = words[0].split(separator: ":")
      var job = PackJob(name: String(name[0]), count: name.count > 1 ? Int(name[1]) ?? 1 : 1)
      for word in words.dropFirst() {
        if let isolation = GPUIsolation(rawValue: word) {
          job.isolation = isolation
        } else if let form = try? GPUForm(word) {
          job.form = form
        } else {
          job.memory = try ByteCount(word)
        }
      }
      return job
    }
  }

  private func text(_ packing: Packing) throws -> String {
    var lines = [
      "\(packing.gpus.count) GPUs\(packing.isProven ? "" : ", at least \(packing.lowerBound)"), memory \(packing.memory.map { "\($0.percent) %" } ?? "unknown")"
    ]
    for gpu in packing.gpus {
      let jobs = gpu.jobs.map { job in
        "\(job.name) \(job.form)\(job.instance?.placement.map { "@\($0.start)" } ?? "")"
      }
      let used = [gpu.utilisation.memory, gpu.utilisation.memorySlices, gpu.utilisation.computeSlices]
        .map { $0.map { "\($0.used)/\($0.total)" } ?? "-" }
      lines.append(
        "\(gpu.kind.name) \(gpu.number) \(gpu.mode.rawValue): \(jobs.joined(separator: ", ")); \(used.joined(separator: " "))"
      )
    }
    lines += packing.notes.map { "note: \($0)" }
    for file in packing.files { lines += ["--- \(file.name)", try file.text()] }
    return lines.joined(separator: "\n") + "\n"
  }

  @Test func `packings of all kinds of jobs`() throws {
    let packings = [
      try pack(jobs(["a:3 8GiB hardware", "b:2 30GiB hardware", "c whole", "d:4 8GiB"]), "A100-SXM4-80GB"),
      try pack(jobs(["a mig-3g.40gb", "b mig-4g.40gb", "c:7 mig-1g.10gb"]), "A100-SXM4-80GB"),
      try pack(jobs(["small:9 5GiB", "large:2 14GiB", "kept:3 5GiB process"]), "T4"),
      try pack(jobs(["a:2 20GiB hardware", "b:5 5GiB hardware", "c"]), "2xA30", "A100-SXM4-40GB"),
      try pack(jobs(["a:4 3GiB mps", "b:3 3GiB shared", "c"]), "T4"),
    ]
    try expectGolden(try packings.map(text).joined(separator: "\n"), "share/packings.txt")
  }

  @Test func `jobs are read from JSON`() throws {
    let jobs = try PackJob.read(
      json:
        #"[{"name": "a", "gpu-memory": "8GiB", "isolation": "hardware", "count": 3}, {"name": "b", "gpu": "mig-1g.10gb"}]"#
    )
    #expect(
      jobs == [
        PackJob(name: "a", count: 3, memory: try ByteCount("8GiB"), isolation: .hardware),
        PackJob(name: "b", form: .mig(profile: "1g.10gb")),
      ])
    var request = RunDeclaration()
    request.gpusPerNode = 2
    request.nodes = 3
    request.gpu = .whole
    #expect(PackJob(name: "c", request: request) == PackJob(name: "c", count: 6, form: .whole))
    request.gpusPerNode = 0
    #expect(PackJob(name: "c", request: request) == nil)
    #expect(PackGPU("8xA100-SXM4-80GB") == PackGPU(model: "A100-SXM4-80GB", count: 8))
    #expect(PackGPU("T4") == PackGPU(model: "T4"))
  }

  @Test func `what every refusal says`() throws {
    let requests: [() throws -> Packing] = [
      { try pack([]) }, { try pack([], "A10O") }, { try pack([], "0xT4") }, { try pack([], "A100") },
      { try pack([], "T4", "2xT4") }, { try pack(jobs(["a:0"]), "T4") },
      { try pack(jobs(["a:6000", "b:6000"]), "T4") }, { try pack(jobs(["a shared"]), "T4") },
      { try pack(jobs(["a vgpu:A40-8C"]), "A40") }, { try pack(jobs(["a mps 1GiB hardware"]), "T4") },
      { try pack(jobs(["a 8GiB hardware", "b 20GiB"]), "T4") },
      { try pack(jobs(["a mig-1g.5gb"]), "A100-SXM4-80GB") },
      { try pack(jobs(["a:15 8GiB hardware"]), "2xA100-SXM4-80GB") },
      { try pack(PackJob.read(json: "{"), "T4") }, { try pack(PackJob.read(json: "{}"), "T4") },
      { try pack(PackJob.read(json: #"[{"name": "a", "memory": "8GiB"}]"#), "T4") },
      { try pack(PackJob.read(json: #"[{"name": "a", "isolation": "soft"}]"#), "T4") },
      { try pack(PackJob.read(json: #"[{"name": "a", "gpu-memory": "8G"}]"#), "T4") },
    ]
    var text = ""
    for request in requests {
      let error = try #require(throws: RunSpecError.self) { _ = try request() }
      text += "\(error.kind == .answerIsNo ? "no" : "error"): \(error.message)\n"
      text += error.hints.map { "  \($0)\n" }.joined()
    }
    try expectGolden(text, "share/packing-refusals.txt")
  }

  /// What jobs of random tests want.
  private static let wishes: [(String, [String])] = [
    (
      "A100-SXM4-80GB",
      ["8GiB hardware", "15GiB hardware", "30GiB hardware", "mig-4g.40gb", "whole", "mig-1g.10gb+me"]
    ),
    ("A30", ["5GiB hardware", "11GiB hardware", "20GiB", "3GiB process", "7GiB"]),
    ("T4", ["2GiB", "3GiB process", "5GiB", "7GiB process", "9GiB", "whole"]),
    (
      "RTX PRO 6000 Blackwell Server Edition",
      ["20GiB hardware", "40GiB hardware", "whole", "10GiB process", "30GiB"]
    ),
  ]

  @Test func `small packings are as good as any, and whole`() throws {
    var random = SplitMix64(seed: 11)
    for (gpu, wishes) in Self.wishes {
      for _ in 0..<25 {
        let count = Int.random(in: 1...6, using: &random)
        let list = try jobs((0..<count).map { "job\($0) \(wishes.randomElement(using: &random) ?? "")" })
        let packing = try pack(list, gpu)
        #expect(packing.isProven && packing.lowerBound == packing.gpus.count)
        try expectWhole(packing, list)
        let needs = try Exhaustive(list, gpu)
        #expect(packing.gpus.count == needs.fewest(), "\(list)")
        #expect(packing.gpus.count <= needs.firstFit())
      }
    }
  }

  @Test func `large packings are whole, and never worse than first fit`() throws {
    var random = SplitMix64(seed: 12)
    for (gpu, wishes) in Self.wishes {
      for _ in 0..<3 {
        let count = Int.random(in: 20...40, using: &random)
        let list = try jobs((0..<count).map { "job\($0) \(wishes.randomElement(using: &random) ?? "")" })
        let packing = try pack(list, gpu)
        try expectWhole(packing, list)
        #expect(packing.gpus.count <= (try Exhaustive(list, gpu)).firstFit())
        #expect(packing.gpus.count >= packing.lowerBound)
      }
    }
  }

  @Test func `thousands of jobs are packed`() throws {
    let packing = try pack(jobs(["a:5000 8GiB hardware", "b:300 30GiB hardware", "c:20"]), "A100-SXM4-80GB")
    try expectWhole(packing, try jobs(["a:5000 8GiB hardware", "b:300 30GiB hardware", "c:20"]))
    #expect(packing.gpus.count >= packing.lowerBound && packing.gpus.count <= packing.lowerBound + 75)
  }

  /// Every job lies somewhere once, and no GPU holds more than it has.
  private func expectWhole(_ packing: Packing, _ jobs: [PackJob]) throws {
    let placed = packing.gpus.flatMap(\.jobs).map(\.name).sorted()
    #expect(placed == jobs.flatMap { Array(repeating: $0.name, count: $0.count) }.sorted())
    for gpu in packing.gpus {
      for part in [gpu.utilisation.memory, gpu.utilisation.memorySlices, gpu.utilisation.computeSlices] {
        #expect(part.map { (0...$0.total).contains($0.used) } ?? true)
      }
      switch gpu.mode {
      case .mig: try PackChecks.expectApart(gpu.jobs.compactMap(\.instance), gpu.kind)
      case .passthrough: #expect(gpu.jobs.count == 1)
      case .mps:
        let largest = gpu.jobs.compactMap(\.memory?.mebibytes).max() ?? 0
        #expect(largest * gpu.jobs.count <= gpu.kind.memoryMiB ?? 0 && gpu.jobs.count <= 48)
      default: break
      }
      for job in gpu.jobs {
        let wanted = try #require(jobs.first { $0.name == job.name })
        if let form = wanted.form { #expect(form == job.form) }
        #expect((job.instance?.profile.sizeMiB ?? .max) >= wanted.memory?.mebibytes ?? 0)
        switch job.form {
        case .mps: #expect(wanted.isolation ?? GPUIsolation.none <= .process)
        case .shared: #expect(wanted.isolation ?? GPUIsolation.none == GPUIsolation.none)
        default: break
        }
      }
    }
  }
}

/// Every way to divide a list of jobs among GPUs, written down without the packer's shortcuts.
private struct Exhaustive {
  let jobs: [PackJob]
  let kind: GPUKind
  let placer: MIGPlacer?

  init(_ jobs: [PackJob], _ gpu: String) throws {
    self.jobs = jobs.flatMap { Array(repeating: $0, count: $0.count) }
    let kind = GPUKind(try #require(SampleRuns.matrix.gpus(matching: gpu).first), SampleRuns.matrix)
    self.kind = kind
    placer = kind.mig.map { MIGPlacer(row: $0, mostInstances: kind.mostInstances) }
  }

  /// The fewest GPUs over all partitions of the jobs.
  func fewest() -> Int {
    func least(_ index: Int, _ groups: [[PackJob]]) -> Int {
      guard index < jobs.count else { return groups.count }
      var best = Int.max
      for place in 0...groups.count {
        var next = groups
        if place == groups.count { next.append([]) }
        next[place].append(jobs[index])
        if fits(next[place]) { best = min(best, least(index + 1, next)) }
      }
      return best
    }
    return least(0, [])
  }

  /// Jobs in their order, each on the first GPU that holds it with those before.
  func firstFit() -> Int {
    var groups: [[PackJob]] = []
    for job in jobs {
      if let place = groups.firstIndex(where: { fits($0 + [job]) }) {
        groups[place].append(job)
      } else {
        groups.append([job])
      }
    }
    return groups.count
  }

  private func fits(_ group: [PackJob]) -> Bool {
    let total = kind.memoryMiB ?? 0
    let memory = group.map { $0.memory?.mebibytes ?? total }
    func form(_ job: PackJob) -> GPUForm? { job.form ?? (job.memory == nil ? .whole : nil) }
    if group.count == 1, form(group[0]) == nil || form(group[0]) == .whole { return memory[0] <= total }
    if group.allSatisfy({
      [nil, .shared].contains(form($0)) && $0.isolation ?? GPUIsolation.none == GPUIsolation.none
    }),
      memory.reduce(0, +) <= total
    {
      return true
    }
    if group.allSatisfy({ [nil, .mps].contains(form($0)) && $0.isolation ?? GPUIsolation.none <= .process }),
      group.count <= 48, (memory.max() ?? 0) * group.count <= total
    {
      return true
    }
    return fitsInstances(group, [])
  }

  /// Any instance that has the memory, for each job.
  private func fitsInstances(_ group: [PackJob], _ profiles: [MIGProfile]) -> Bool {
    guard let placer, placer.places(profiles) != nil else { return false }
    guard let job = group.first else { return true }
    return placer.row.profiles.contains { profile in
      switch job.form {
      case .mig(let name): guard profile.name == name else { return false }
      case nil:
        guard let memory = job.memory, profile.name.hasSuffix("gb"),
          (profile.sizeMiB ?? 0) >= memory.mebibytes
        else { return false }
      default: return false
      }
      return fitsInstances(Array(group.dropFirst()), profiles + [profile])
    }
  }
}
