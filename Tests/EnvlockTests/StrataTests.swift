import Envlock
import EnvlockModel
import EnvlockVersions
import Testing

/// From the framework that is asked for down to the driver.
@Suite struct StrataTests {
  private let index: TestIndex
  private let asker: Asker

  private static let amd64 = "cp311-cp311-manylinux_2_28_x86_64"
  private static let arm64 = "cp311-cp311-manylinux_2_28_aarch64"

  init() throws {
    index = try TestIndex()
    asker = try Asker(index)
    let onAMD64 = "; platform_system == 'Linux' and platform_machine == 'x86_64'"
    for tag in [Self.amd64, Self.arm64] {
      index.add(
        "torch", "2.9.1",
        needs: [
          "filelock", "nvidia-cuda-runtime-cu12==12.8.90\(onAMD64)",
          "nvidia-cudnn-cu12==9.10.2.21\(onAMD64)",
          "nvidia-nccl-cu12==2.27.5\(onAMD64)",
        ], tag: tag)
    }
    index.add(
      "torch", "2.15.0",
      needs: [
        "filelock", "cuda-toolkit[cudart]==13.2.2", "nvidia-cudnn-cu13==9.26.0.51",
        "nvidia-nccl-cu13==2.30.7",
      ],
      tag: Self.amd64)
    index.add(
      "cuda-toolkit", "13.2.2.0", needs: ["nvidia-cuda-runtime==13.2.86.*; extra == 'cudart'"],
      extras: ["cudart"])
    for (name, version) in [
      ("filelock", "3.20.0"), ("nvidia-cuda-runtime-cu12", "12.8.90"), ("nvidia-cudnn-cu12", "9.10.2.21"),
      ("nvidia-nccl-cu12", "2.27.5"), ("nvidia-cuda-runtime", "13.2.86.1"),
      ("nvidia-cudnn-cu13", "9.26.0.51"),
      ("nvidia-nccl-cu13", "2.30.7"),
    ] { index.add(name, version) }
  }

  @Test func `torch with pinned nvidia wheels gives CUDA, cuDNN, NCCL and the oldest drivers`() async throws {
    let lock = try await asker.resolve(manifest("torch==2.9.1")).lock
    let answer = try #require(lock.platforms.first)
    #expect(answer.levels == "CUDA 12.8, cuDNN 9.10.2.21, NCCL 2.27.5, driver 570.26, or 525.60.13")
    #expect(
      answer.summary
        == "filelock 3.20.0, nvidia-cuda-runtime-cu12 12.8.90, nvidia-cudnn-cu12 9.10.2.21, "
        + "nvidia-nccl-cu12 2.27.5, torch 2.9.1")
    let torch = try #require(answer.strata.frameworks.first)
    #expect(torch.cuda?.description == "12.8")
    #expect(torch.kernels.contains(try ComputeCapability("9.0")))
    #expect(answer.roots.map(\.description) == ["torch"])
    #expect(try answer.wheel("torch").dependencies.count == 4)
    // Reading the text gives the same lock.
    #expect(try Lockfile(parsing: Array(lock.canonicalText().utf8)) == lock)
  }

  @Test func `torch with the cuda-toolkit wheel gives them too, whatever zeros its version has`() async throws
  {
    let answer = try #require(try await asker.resolve(manifest("torch==2.15.0")).lock.platforms.first)
    #expect(answer.levels.hasPrefix("CUDA 13.2, cuDNN 9.26.0.51, NCCL 2.30.7, driver 595"))
    #expect(answer.levels.hasSuffix(", or 580"))
    #expect(try answer.wheel("cuda-toolkit").version.description == "13.2.2.0")
    #expect(
      try answer.wheel("torch").dependencies.map(\.description)
        == ["cuda-toolkit[cudart]", "filelock", "nvidia-cudnn-cu13", "nvidia-nccl-cu13"])
  }

  @Test
  func `tensorflow before [and-cuda] gets the wheels of its tested configuration, and the user is told`()
    async throws
  {
    index.add("tensorflow", "2.13.1", tag: "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64")
    for (name, version) in [
      ("cublas", "11.11.3.6"), ("cuda-cupti", "11.8.87"), ("cuda-nvcc", "11.8.89"),
      ("cuda-runtime", "11.8.89"),
      ("cudnn", "8.6.0.163"), ("cudnn", "9.1.0.70"), ("cufft", "10.9.0.58"), ("curand", "10.3.0.86"),
      ("cusolver", "11.4.1.48"), ("cusparse", "11.7.5.86"),
    ] { index.add("nvidia-\(name)-cu11", version) }
    let report = try await asker.resolve(manifest("tensorflow==2.13.1"))
    let answer = try #require(report.lock.platforms.first)
    #expect(answer.levels.hasPrefix("CUDA 11.8, cuDNN 8.6.0.163"))
    #expect(answer.wheels.count == 10)
    #expect(answer.strata.frameworks.first?.added.count == 9)
    #expect(try answer.wheel("tensorflow").dependencies.count == 9)
    #expect(report.notes.count == 1)
    let cpu = try await asker.resolve(manifest("tensorflow==2.13.1") { $0.cuda = .cpu })
    #expect(cpu.lock.summary == "tensorflow 2.13.1")
    #expect(cpu.notes == [])
  }

  @Test func `tensorflow without [and-cuda] runs on the CPU, and the user is told`() async throws {
    index.add(
      "tensorflow", "2.21.0", needs: ["nvidia-cuda-runtime-cu12<13.0,>=12.5.82; extra == 'and-cuda'"],
      tag: "cp311-cp311-manylinux_2_27_x86_64", extras: ["and-cuda"])
    let plain = try await asker.resolve(manifest("tensorflow==2.21.0"))
    #expect(plain.lock.platforms.first?.levels == "")
    #expect(plain.notes.joined().contains("ask for `tensorflow[and-cuda]`"))
    let whole = try await asker.resolve(manifest("tensorflow[and-cuda]==2.21.0"))
    #expect(whole.lock.platforms.first?.levels.hasPrefix("CUDA 12.8") == true)
    #expect(whole.notes == [])
  }

  @Test func `every wheel is pinned by the digest and size that its index states`() async throws {
    let answer = try #require(try await asker.resolve(manifest("torch==2.9.1")).lock.platforms.first)
    for wheel in answer.wheels {
      #expect(wheel.size ?? 0 > 0)
      #expect(wheel.index == "default")
      #expect(wheel.url == nil)
    }
    #expect(index.wheelRequests.isEmpty)
  }

  @Test func `one lock holds several platforms, each with its own wheels, and no GPU where there is none`()
    async throws
  {
    let manifest = try manifest("torch==2.9.1") { $0.platforms = [.linuxARM64, .linuxAMD64] }
    let lock = try await asker.resolve(manifest).lock
    #expect(lock.platforms.map(\.platform) == [.linuxAMD64, .linuxARM64])
    #expect(lock.platforms[0].levels.hasPrefix("CUDA 12.8"))
    #expect(lock.platforms[1].levels == "")
    #expect(lock.platforms[1].summary == "filelock 3.20.0, torch 2.9.1")
    #expect(try lock.platforms[1].wheel("torch").fileName.hasSuffix("_aarch64.whl"))
  }

  @Test func `platforms agree on a version wherever they can`() async throws {
    // alpha 2.0 is not there for arm64; nothing forbids amd64 to take it, so it does; arm64 takes what it can.
    index.add("alpha", "1.0", needs: ["beta"]).add("alpha", "2.0", needs: ["beta<2"], tag: Self.amd64)
    index.add("beta", "1.0").add("beta", "2.0")
    let manifest = try manifest("alpha") { $0.platforms = [.linuxAMD64, .linuxARM64] }
    let lock = try await asker.resolve(manifest).lock
    #expect(lock.platforms[0].summary == "alpha 2.0, beta 1.0")
    // Alone, it would take beta 2.0.
    #expect(lock.platforms[1].summary == "alpha 1.0, beta 1.0")
  }

  @Test func `a target's driver and GPU choose the framework, and the lock says by which promise`()
    async throws
  {
    func lock(_ driver: String, _ gpus: [String]) async throws -> PlatformLock {
      let manifest = try manifest("torch") {
        $0.targets = [Target(name: "lab", driver: try DriverVersion(driver), gpus: gpus)]
      }
      return try #require(try await asker.resolve(manifest).lock.platforms.first)
    }
    let new = try await lock("595.71.05", ["H100 PCIe"])
    #expect(try new.wheel("torch").version.description == "2.15.0")
    #expect(new.targets.first?.compatibility == .full)
    let minor = try await lock("580.65.06", ["8.0"])
    #expect(try minor.wheel("torch").version.description == "2.15.0")
    #expect(minor.targets.first?.compatibility == .minorVersion)
    let old = try await lock("550.54.15", ["A100-SXM4-80GB"])
    #expect(try old.wheel("torch").version.description == "2.9.1")
    #expect(old.targets.first?.compatibility == .minorVersion)
    #expect(old.targets.first?.gpus == ["A100-SXM4-80GB"])
  }

  /// No torch runs on all of these: 1.13.1 has no kernel for an H100, CUDA 13.2 needs a newer driver than 470.
  private func manifestWithConflictingTargets(split: Bool) throws -> Manifest {
    index.add(
      "torch", "1.13.1", needs: ["nvidia-cuda-runtime-cu11==11.7.99", "nvidia-cudnn-cu11==8.5.0.96"],
      tag: "cp311-cp311-manylinux1_x86_64")
    index.add("nvidia-cuda-runtime-cu11", "11.7.99").add("nvidia-cudnn-cu11", "8.5.0.96")
    return try manifest("torch") {
      $0.split = split
      $0.targets = [
        Target(name: "any", driver: try DriverVersion("595.71.05")),
        Target(name: "new", driver: try DriverVersion("595.71.05"), gpus: ["H100 PCIe"]),
        Target(name: "old", driver: try DriverVersion("470.57.02"), gpus: ["V100"]),
        Target(name: "older", driver: try DriverVersion("470.57.02"), gpus: ["8.0"]),
      ]
    }
  }

  @Test func `targets that cannot share an answer get one each where the manifest says split`() async throws {
    let manifest = try manifestWithConflictingTargets(split: true)
    let lock = try await asker.resolve(manifest).lock
    #expect(lock.platforms.map { $0.targets.map(\.name) } == [["any", "new"], ["old", "older"]])
    #expect(lock.platforms.map { String($0.levels.prefix(9)) } == ["CUDA 13.2", "CUDA 11.7"])
    #expect(try Lockfile(parsing: Array(lock.canonicalText().utf8)) == lock)
    let again = try await asker.resolve(manifest, previous: lock).lock
    #expect(again.canonicalText() == lock.canonicalText())
  }

  @Test func `without split, the error names the two targets that conflict`() async throws {
    let error = try await asker.failure(manifestWithConflictingTargets(split: false))
    #expect(error.message == "the targets “new” and “old” cannot share one answer")
    #expect(error.hints.first?.contains("split = true") == true)
    #expect(error.kind == .answerIsNo)
  }

  @Test func `a target that nothing runs on is named, not a pair`() async throws {
    let error = try await asker.failure(
      manifest("torch") {
        $0.split = true
        $0.targets = [
          Target(name: "fine", driver: try DriverVersion("595.71.05")),
          Target(name: "ancient", driver: try DriverVersion("390.46")),
        ]
      })
    #expect(error.message == "torch does not run on driver 390.46")
    #expect(error.kind == .answerIsNo)
  }

  @Test(arguments: [("RTX 99999", "is not known"), ("A100", "nothing"), ("V100", "nothing")])
  func `a GPU that the matrix cannot place is bad input`(name: String, expected: String) async throws {
    let manifest = try manifest("torch==2.9.1") { $0.targets = [Target(name: "lab", gpus: [name])] }
    guard expected != "nothing" else {
      #expect(try await asker.chosen(manifest).hasSuffix("torch 2.9.1"))
      return
    }
    let error = try await asker.failure(manifest)
    #expect(error.message.contains(expected))
    #expect(error.message.contains(name))
    #expect(error.kind == .badInput)
    // Nothing was asked for it.
    #expect(index.paths.isEmpty)
  }
}
