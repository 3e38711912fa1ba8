import EnvlockModel
import EnvlockRunSpec
import EnvlockTestSupport
import EnvlockVersions
import Testing

@Suite struct RunPlannerTests {
  private func refusal(
    _ answer: PlatformLock? = nil, gpus: [String] = [], _ change: (inout RunDeclaration) throws -> Void
  ) throws -> RunSpecError? {
    do {
      _ = try SampleRuns.plan(answer, gpus: gpus, change)
      return nil
    } catch let error as RunSpecError {
      return error
    }
  }

  @Test func `a lock with CUDA gets one whole GPU, one for the CPU none`() throws {
    let plan = try SampleRuns.plan()
    #expect(plan.gpu?.form == .whole)
    #expect(plan.gpu?.perNode == 1)
    #expect(plan.demand.driver == (try DriverVersion("525.60.13")))
    #expect(plan.name == "resnet")
    #expect(plan.title == "torch 2.9.1, CUDA 12.8")
    #expect(try SampleRuns.plan(try SampleRuns.cpu()).gpu == nil)
    #expect(try SampleRuns.plan { $0.gpu = GPUForm.none }.gpu == nil)
    #expect(try SampleRuns.plan { $0.gpus = 0 }.gpu == nil)
  }

  @Test func `GPUs are spread over the nodes`() throws {
    let plan = try SampleRuns.plan {
      $0.nodes = 2
      $0.gpus = 8
    }
    #expect(plan.gpu?.perNode == 4)
    #expect(plan.nodes == 2)
    let each = try SampleRuns.plan {
      $0.nodes = 3
      $0.gpusPerNode = 2
    }
    #expect(each.gpu?.perNode == 2)
    let uneven = try refusal {
      $0.nodes = 3
      $0.gpus = 4
    }
    #expect(uneven?.message == "4 GPUs cannot be spread evenly over 3 nodes")
  }

  @Test func `a profile that no GPU has is refused, with the nearest`() throws {
    let refusal = try refusal(gpus: ["A100-SXM4-80GB"]) { $0.gpu = .mig(profile: "1g.11gb") }
    #expect(refusal?.message == "no GPU of the GPUs that are named has the MIG profile 1g.11gb")
    #expect(refusal?.hints.first == "did you mean mig-1g.10gb?")
  }

  @Test func `a lock's targets decide which GPUs count`() throws {
    let lock = try SampleRuns.torch(gpus: ["A100-SXM4-40GB"])
    #expect(try SampleRuns.plan(lock) { $0.gpu = .mig(profile: "1g.5gb") }.gpu?.profile?.name == "1g.5gb")
    #expect(try refusal(lock) { $0.gpu = .mig(profile: "1g.10gb+me") } != nil)
    let large = try refusal(lock) { $0.gpuMemory = try ByteCount("60GiB") }
    #expect(large?.message == "none of the lock's targets has 60GiB of memory: A100-SXM4-40GB has 40 GiB")
    #expect(large?.kind == .answerIsNo)
  }

  @Test(arguments: [
    "shared hardware", "mps hardware", "shared process", "vgpu:A100-10C hardware",
  ])
  func `isolation that a form cannot give is refused`(text: String) throws {
    let words = text.split(separator: " ")
    let refusal = try refusal {
      $0.gpu = try GPUForm(words[0])
      $0.isolation = GPUIsolation(rawValue: String(words[1]))
      $0.licence = "NVIDIA AI Enterprise"
    }
    #expect(refusal?.message.contains("cannot give \(words[1]) isolation") == true)
    #expect(refusal?.kind == .answerIsNo)
  }

  @Test
  func `a vGPU with a MIG instance of its own is isolated by hardware, one that shares an instance is not`()
    throws
  {
    func isolation(_ type: String) throws -> GPUIsolation? {
      try SampleRuns.plan {
        $0.gpu = .vgpu(type: type)
        $0.licence = "NVIDIA AI Enterprise"
      }.gpu?.isolation
    }
    #expect(try isolation("A100-1-5C") == .hardware)
    #expect(try isolation("A100DX-1-10C") == .hardware)
    #expect(try isolation("A100-10C") == .process)
    // Two of these lie in an instance of 24 GB.
    #expect(try isolation("DC-1-12C") == .process)
  }

  @Test func `what every refusal says`() throws {
    let requests: [(String, PlatformLock?, [String], (inout RunDeclaration) throws -> Void)] = [
      (
        "two MIG instances", nil, [],
        {
          $0.gpu = .mig(profile: "1g.10gb"); $0.gpus = 2
        }
      ),
      (
        "two shares", nil, [],
        {
          $0.gpu = .shared; $0.gpus = 2
        }
      ),
      (
        "peers across MIG", nil, [],
        {
          $0.gpu = .mig(profile: "1g.10gb"); $0.peerToPeer = true
        }
      ),
      ("peers of one GPU", nil, [], { $0.peerToPeer = true }),
      ("MIG on a V100", nil, ["V100"], { $0.gpu = .mig(profile: "1g.10gb") }),
      ("a vGPU without its licence", nil, [], { $0.gpu = .vgpu(type: "A100-10C") }),
      (
        "a vGPU with another's licence", nil, [],
        {
          $0.gpu = .vgpu(type: "A100-10C"); $0.licence = "vPC"
        }
      ),
      (
        "an unknown vGPU", nil, [],
        {
          $0.gpu = .vgpu(type: "X9-10C"); $0.licence = "vPC"
        }
      ),
      ("a licence without vGPU", nil, [], { $0.licence = "vPC" }),
      ("an unknown GPU", nil, ["A10O"], { _ in }),
      ("a GPU without code", try SampleRuns.torch(), ["Tesla P100"], { _ in }),
      (
        "no GPU and two", nil, [],
        {
          $0.gpu = GPUForm.none; $0.gpus = 2
        }
      ),
      (
        "a count of both kinds", nil, [],
        {
          $0.gpus = 3; $0.gpusPerNode = 2
        }
      ),
      ("a name that Kubernetes refuses", nil, [], { $0.name = "My_Job" }),
      ("a variable that cannot be", nil, [], { $0.env = ["A-B": "1"] }),
      ("an empty command", nil, [], { $0.command = [] }),
      (
        "shm beyond memory", nil, [],
        {
          $0.memory = try ByteCount("1GiB"); $0.shm = try ByteCount("2GiB")
        }
      ),
      ("a place twice", nil, [], { $0.mounts = [try RunMount("/a:/data"), try RunMount("/b:/data/")] }),
    ]
    var text = ""
    for (title, answer, gpus, change) in requests {
      guard let error = try refusal(answer, gpus: gpus, change) else {
        Issue.record("\(title) is not refused")
        continue
      }
      text += "# \(title)\n\(error.kind.rawValue): \(error.message)\n"
      for hint in error.hints { text += "hint: \(hint)\n" }
    }
    try expectGolden(text, "refusals.txt")
  }

  @Test func `deterministic sets the frameworks' switches, and the user's variables win`() throws {
    let plan = try SampleRuns.plan(try SampleRuns.tensorflow()) {
      $0.deterministic = true
      $0.env = ["OMP_NUM_THREADS": "8"]
    }
    #expect(plan.environment["TF_DETERMINISTIC_OPS"] == "1")
    #expect(plan.environment["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8")
    #expect(plan.environment["OMP_NUM_THREADS"] == "8")
    #expect(try SampleRuns.plan { $0.deterministic = true }.environment["TF_DETERMINISTIC_OPS"] == nil)
  }

  @Test func `PTX makes up for missing kernels`() throws {
    let demand = NodeDemand(try SampleRuns.tensorflow())
    #expect(demand.runs(on: try ComputeCapability("8.6")))
    #expect(demand.runs(on: try ComputeCapability("10.0")))
    #expect(!demand.runs(on: try ComputeCapability("5.2")))
  }
}
