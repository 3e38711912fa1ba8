import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockRunSpec

@Suite struct SharingChooserTests {
  private func compare(
    _ gpus: [String], users: Int, memory: String? = nil, isolation: GPUIsolation? = nil, count: Int? = nil,
    virtual: Bool = false, licence: String? = nil
  ) throws -> SharingComparison {
    try SharingChooser(matrix: SampleRuns.matrix).compare(
      SharingRequest(
        gpus: gpus, count: count, users: users, memory: try memory.map { try ByteCount($0) },
        isolation: isolation,
        needsVirtualMachines: virtual, licence: licence))
  }

  private func refusal(_ body: () throws -> Void) throws -> RunSpecError {
    try #require(throws: RunSpecError.self, performing: body)
  }

  /// A comparison with the layouts of every way that serves, and the documents of the pick.
  private func text(_ comparison: SharingComparison) throws -> String {
    var lines = ["# \(comparison.request.words) on \(comparison.request.gpus.joined(separator: ", "))"]
    for option in comparison.options {
      guard let share = option.share else {
        lines.append("\(option.mode.title): no: \(option.refusals.joined(separator: "; "))")
        continue
      }
      lines.append(
        "\(option.mode.title)\(option == comparison.pick ? " (picked)" : ""): \(share.form), \(share.perGPU) a GPU, \(share.memoryMiB.map { "\(MemoryText.gib($0)) each" } ?? "memory in common"), \(share.wasteMiB) MiB not asked for"
      )
      for layout in share.layouts {
        let places = layout.instances.map {
          "\($0.profile.name)@\($0.placement.map { "\($0.start)" } ?? "?")"
        }
        let used = [
          ("memory", layout.utilisation.memory), ("memory slices", layout.utilisation.memorySlices),
          ("compute slices", layout.utilisation.computeSlices),
        ].compactMap { name, part in part.map { "\(name) \($0.used)/\($0.total) (\($0.percent) %)" } }
        lines.append(
          "  GPUs \(layout.gpus): \(layout.users) users \(places.joined(separator: " ")) \(used.joined(separator: ", "))"
        )
      }
    }
    let setup = try NodeSetup(comparison)
    for choice in comparison.choices + setup.choices {
      lines.append("- \(choice.topic): \(choice.choice): \(choice.reason)")
    }
    for file in setup.files { lines += ["--- \(file.name)", try file.text()] }
    return lines.joined(separator: "\n") + "\n"
  }

  @Test func `seven users with hardware isolation get the seven instances of one A100`() throws {
    let comparison = try compare(["A100-80GB"], users: 7, memory: "8GiB", isolation: .hardware)
    let pick = try comparison.picked()
    #expect(pick.mode.mode == .mig && pick.share?.form == .mig(profile: "1g.10gb"))
    let layout = try #require(pick.share?.layouts.first)
    #expect(pick.share?.gpuCount == 1 && layout.instances.map(\.placement?.start) == [0, 1, 2, 3, 4, 5, 6])
    #expect(layout.utilisation.computeSlices?.percent == 100 && layout.utilisation.memory?.percent == 70)
    try expectGolden(try text(comparison), "share/seven-on-a100.txt")
  }

  @Test func `the comparisons and documents of other requests`() throws {
    let requests = [
      try compare(["A100-SXM4-80GB"], users: 9, memory: "8GiB", isolation: .hardware),
      try compare(["T4"], users: 4, memory: "3GiB"),
      try compare(["T4"], users: 3, memory: "5GiB", isolation: GPUIsolation.none),
      try compare(["V100 SXM2 32GB"], users: 20, memory: "1GiB", isolation: .process),
      try compare(
        ["A100-SXM4-80GB"], users: 5, memory: "8GiB", isolation: .process, virtual: true,
        licence: "NVIDIA AI Enterprise"),
      try compare(
        ["A100-SXM4-80GB"], users: 5, memory: "12GiB", isolation: .hardware, virtual: true,
        licence: "NVIDIA AI Enterprise"),
      try compare(["A100-SXM4-80GB"], users: 1),
      try compare(["RTX PRO 5000 Blackwell"], users: 2, isolation: .hardware),
      try compare(["T4", "A30"], users: 4, memory: "5GiB", isolation: .hardware),
    ]
    try expectGolden(try requests.map(text).joined(separator: "\n"), "share/comparisons.txt")
  }

  @Test func `what every refusal says`() throws {
    let requests: [() throws -> SharingComparison] = [
      { try compare([], users: 1) }, { try compare(["A100-SXM4-80GB"], users: 0) },
      { try compare(["A100-SXM4-80GB"], users: 1, count: 200_000) }, { try compare(["A10O"], users: 1) },
      { try compare(["A100-SXM4-80GB"], users: 8, memory: "8GiB", isolation: .hardware, count: 1) },
      { try compare(["T4"], users: 2, memory: "8GiB", isolation: .hardware, count: 1) },
      { try compare(["T4"], users: 2, memory: "20GiB") },
      { try compare(["B100"], users: 2, memory: "20GiB", virtual: true, licence: "vPC") },
      { try compare(["GTX 1080"], users: 3, isolation: .process, count: 2) },
      { try compare(["Jetson T5000"], users: 3, memory: "2GiB", isolation: .hardware, count: 1) },
    ]
    var text = ""
    for request in requests {
      let error = try refusal { _ = try request().picked() }
      text += "\(error.kind == .answerIsNo ? "no" : "error"): \(error.message)\n"
      text += error.hints.map { "  \($0)\n" }.joined()
    }
    try expectGolden(text, "share/refusals.txt")
  }

  @Test func `where nothing is said of isolation, more of it comes for free`() throws {
    // A GPU each for MIG, MPS and time slicing: MIG promises most.
    #expect(try compare(["A100-SXM4-80GB"], users: 4, memory: "8GiB").picked().mode.mode == .mig)
    // Who says that none is needed gets what wastes least.
    #expect(
      try compare(["A100-SXM4-80GB"], users: 4, memory: "8GiB", isolation: GPUIsolation.none).picked().mode
        .mode
        == .timeSlicing)
    // Ten do not fit in instances of one GPU.
    #expect(try compare(["A100-SXM4-80GB"], users: 10, memory: "8GiB").picked().mode.mode == .mps)
    #expect(try compare(["A100-SXM4-80GB"], users: 1).picked().mode.mode == .passthrough)
  }

  @Test func `without a word on memory users get the most that needs no more GPUs`() throws {
    func profile(_ users: Int) throws -> String? {
      try compare(["A100-SXM4-80GB"], users: users, isolation: .hardware).picked().share?.profile?.name
    }
    #expect(try profile(2) == "3g.40gb")
    #expect(try profile(3) == "2g.20gb")
    #expect(try profile(4) == "1g.20gb")
    #expect(try profile(7) == "1g.10gb")
  }

  @Test func `an instance has less than its name says`() throws {
    // 1g.10gb has 9.5 GiB: 10 GB fit, 10 GiB do not.
    #expect(
      try compare(["A100-SXM4-80GB"], users: 4, memory: "10GB", isolation: .hardware).picked().share?.profile?
        .name == "1g.10gb")
    #expect(
      try compare(["A100-SXM4-80GB"], users: 4, memory: "10GiB", isolation: .hardware).picked().share?
        .profile?
        .name == "1g.20gb")
  }

  @Test func `a virtual machine gets a vGPU where a licence is owned, else a whole GPU`() throws {
    let without = try compare(["A100-SXM4-80GB"], users: 3, memory: "8GiB", virtual: true)
    #expect(try without.picked().mode.mode == .passthrough)
    let with = try compare(
      ["A100-SXM4-80GB"], users: 3, memory: "8GiB", isolation: .hardware, virtual: true, licence: "nvidia ai")
    #expect(try with.picked().share?.form == .vgpu(type: "A100DX-1-10C"))
    let pair = try compare(
      ["A100-80GB"], users: 9, memory: "8GiB", isolation: .process, virtual: true,
      licence: "NVIDIA AI Enterprise")
    #expect(try pair.picked().share?.form == .vgpu(type: "A100D-8C"))
  }

  @Test(arguments: [
    "A100-SXM4-80GB", "A100-PCIE-40GB", "A30", "H100 PCIe", "H200", "B200", "T4", "L40S", "V100 SXM2 32GB",
    "RTX PRO 6000 Blackwell Server Edition", "RTX PRO 4500 Blackwell", "GeForce RTX 3090", "Jetson T5000",
  ])
  func `whatever serves has room, memory and isolation for every user`(gpu: String) throws {
    for users in [1, 2, 7, 8, 49] {
      for memory in [nil, "1GiB", "9.5GiB", "39GiB"] {
        for isolation in GPUIsolation.allCases {
          let comparison = try compare(
            [gpu], users: users, memory: memory, isolation: isolation, licence: "NVIDIA AI Enterprise")
          for option in comparison.options {
            #expect((option.share == nil) == !option.refusals.isEmpty)
            guard let share = option.share else { continue }
            #expect(option.mode.isolation >= isolation)
            #expect(share.layouts.reduce(0) { $0 + $1.users * $1.gpus.count } == users)
            #expect(share.layouts.allSatisfy { $0.users <= share.perGPU && $0.users > 0 })
            #expect(share.gpuCount == (users - 1) / share.perGPU + 1)
            let asked = try memory.map { try ByteCount($0).mebibytes } ?? 0
            #expect(share.memoryMiB.map { $0 >= asked } ?? true, "\(option.mode.title) \(share.form)")
            for layout in share.layouts where share.profile != nil {
              try PackChecks.expectApart(layout.instances, option.kind)
              #expect(layout.instances.count == layout.users)
            }
            // The planner takes what was picked.
            guard option == comparison.pick,
              option.kind.models[0].capability >= (try ComputeCapability("7.0")),
              option.kind.models[0].kind != "jetson"
            else { continue }
            let request = try NodeSetup(comparison).request
            let plan = try SampleRuns.plan(gpus: option.kind.models.map(\.name)) { $0 = request }
            #expect(plan.gpu?.form == share.form)
          }
        }
      }
    }
  }

  @Test func `a request's texts stay in their places`() throws {
    let comparison = try compare(
      ["A40"], users: 2, memory: "8GiB", isolation: .process, virtual: true, licence: "nvidia ai enterprise")
    let setup = try NodeSetup(comparison)
    #expect(setup.request.licence == "nvidia ai enterprise")
    var request = setup.request
    request.licence = "a \"b\" \\ c\n[image]\u{7F}"
    #expect(
      RunRequestText.text(of: request) == """
        [run]
        gpus = 1
        gpu = "vgpu:A40-8C"
        gpu-memory = "8GiB"
        isolation = "process"
        licence = "a \\"b\\" \\\\ c\\u000A[image]\\u007F"

        """)
  }
}

/// What has to hold of any placement.
enum PackChecks {
  /// Instances that lie where their profile says, apart, and take no more slices than there are.
  static func expectApart(_ instances: [MIGInstance], _ kind: GPUKind) throws {
    let row = try #require(kind.mig)
    var taken: Set<Int> = []
    for instance in instances {
      guard let placement = instance.placement else {
        #expect(instance.profile.placements.isEmpty)
        continue
      }
      #expect(instance.profile.placements.contains(placement))
      for slice in placement.start..<placement.start + placement.size {
        #expect(taken.insert(slice).inserted, "\(instance.profile.name) at \(placement.start)")
        #expect(slice < row.memorySlices ?? .max)
      }
    }
    #expect(instances.reduce(0) { $0 + $1.profile.computeSlices } <= row.computeSlices)
  }
}
