import EnvlockImage
import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

@Suite struct ImageSettingsTests {
  private let digest = "sha256:" + String(repeating: "ab", count: 32)

  private func strata() throws -> Strata {
    Strata(
      frameworks: [
        FrameworkStratum(
          name: try ProjectName("torch"), version: try Version("2.9.1+cu128"), cuda: try CUDAVersion("12.8"),
          kernels: try ["7.0", "8.0", "12.0"].map { try ComputeCapability($0) }, ptx: [],
          added: [try ProjectName("nvidia-nvtx-cu12")])
      ],
      cuda: try CUDAVersion("12.8"), cudnn: try Version("9.10.2.21"), nccl: try Version("2.27.5"),
      glibc: try Version("2.28"),
      driver: DriverFloor(
        full: try DriverVersion("570.26"), minorCompatibility: try DriverVersion("525.60.13")))
  }

  private func answer(
    _ strata: Strata, compatibility: DriverCompatibility? = nil, base: LockedBase.System? = nil
  ) throws -> PlatformLock {
    let interpreter = LockedInterpreter(
      version: try Version("3.11.2"), origin: .debian(package: "python3.11"))
    let debian = LockedDebian(
      suite: "bookworm", security: true, essential: [], requested: [], packages: [])
    return PlatformLock(
      platform: .linuxAMD64, python: try PythonVersion("3.11"), strata: strata,
      targets: [LockedTarget(name: "lab", driver: nil, gpus: [], compatibility: compatibility)], roots: [],
      wheels: [], base: LockedBase(system: base ?? .debian(debian), interpreter: interpreter))
  }

  private func image() throws -> LockedBase.System {
    let blob = LockedImage.Blob(mediaType: MediaType.manifest, digest: try Digest(digest), size: 1)
    return .image(
      LockedImage(
        reference: "docker.io/nvidia/cuda:12.4.1-runtime-ubuntu22.04", manifest: blob, config: blob,
        layers: []))
  }

  @Test func `says how an image starts and what is in it`() throws {
    let declaration = ImageDeclaration(
      workdir: "/app", entrypoint: ["python", "train.py"], env: ["B": "2", "A": "1"], user: "1000",
      labels: ["maintainer": "lab", AnnotationKey.version: "7", EnvironmentLabels.lockKey: "mine"])
    let settings = ImageSettings(
      try answer(try strata()), lock: try Digest(digest), image: declaration, title: "resnet",
      libraries: [try ImagePath("opt/env/lib/python3.11/site-packages/nvidia/cudnn/lib")])
    let annotations = JSONValue.object(
      JSONObject(settings.annotations.map { ($0.key, .string($0.value)) }))
    try expectGolden(
      settings.process.json.canonical() + annotations.canonical(), "settings.json")
  }

  @Test func `stands on the settings of an image below`() throws {
    var base = ImageConfig.Process()
    base.env = [
      "PATH=/usr/local/cuda/bin:/usr/bin", "NVIDIA_VISIBLE_DEVICES=all", "NVARCH=x86_64", "PYTHONPATH=/x",
      "NVIDIA_REQUIRE_CUDA=cuda>=12.4", "LD_LIBRARY_PATH=/usr/local/nvidia/lib",
    ]
    base.entrypoint = ["/opt/nvidia/nvidia_entrypoint.sh"]
    base.cmd = ["bash"]
    base.user = "app"
    base.workingDirectory = "/home/app"
    base.stopSignal = "SIGQUIT"
    base.volumes = ["/data"]
    base.labels = ["maintainer": "NVIDIA", AnnotationKey.version: "22.04"]
    let library = try ImagePath("opt/env/lib/python3.11/site-packages/nvidia/cublas/lib")
    let process = ImageSettings(
      try answer(try strata(), base: try image()), lock: try Digest(digest), image: ImageDeclaration(),
      title: nil, libraries: [library], base: base
    ).process
    #expect(
      process.env == [
        "PATH=/opt/env/bin:/usr/local/cuda/bin:/usr/bin", "NVARCH=x86_64",
        "NVIDIA_REQUIRE_CUDA=cuda>=12.8 driver>=525.60.13",
        "LD_LIBRARY_PATH=/\(library):/usr/local/nvidia/lib", "VIRTUAL_ENV=/opt/env", "LANG=C.UTF-8",
        "NVIDIA_DRIVER_CAPABILITIES=compute,utility",
      ])
    #expect(process.user == "app")
    #expect(process.workingDirectory == "/home/app")
    #expect(process.entrypoint == nil)
    #expect(process.cmd == ["python"])
    #expect(process.stopSignal == nil)
    #expect(process.volumes.isEmpty)
    #expect(process.labels["maintainer"] == "NVIDIA")
    #expect(process.labels[AnnotationKey.version] == nil)
    #expect(process.labels[AnnotationKey.baseDigest] == digest)
  }

  @Test func `demands no driver where forward compatibility or no CUDA is at work`() throws {
    let forward = ImageSettings(
      try answer(try strata(), compatibility: .forward), lock: try Digest(digest), image: ImageDeclaration(),
      title: nil, libraries: [])
    #expect(forward.process.variable("NVIDIA_REQUIRE_CUDA") == nil)
    #expect(forward.process.variable("NVIDIA_DRIVER_CAPABILITIES") == "compute,utility")
    let cpu = Strata(
      frameworks: [], cuda: nil, cudnn: nil, nccl: nil, glibc: try Version("2.17"), driver: nil)
    let plain = ImageSettings(
      try answer(cpu), lock: try Digest(digest), image: ImageDeclaration(), title: nil, libraries: [])
    #expect(!plain.process.env.contains { $0.hasPrefix("NVIDIA_") || $0.hasPrefix("LD_LIBRARY_PATH") })
  }

  @Test func `finds the folders of CUDA libraries`() throws {
    let root = "opt/env/lib/python3.11/site-packages"
    let paths = try [
      "nvidia/cudnn/lib/libcudnn.so.9", "nvidia/cudnn/lib/libcudnn_ops.so.9", "nvidia/cudnn/lib/__init__.py",
      "nvidia/nvtx/lib/__init__.py", "nvidia/cu13/lib/libcufile.so", "nvidia/cublas/include/x.so",
      "nvidia/a/lib/deep/x.so", "torch/lib/libtorch.so", "nvidia/sober/lib/also.py",
    ].map { try ImagePath("\(root)/\($0)") }
    #expect(
      ImageSettings.libraryFolders(in: paths.reversed(), below: try ImagePath(root)).map(\.text)
        == ["\(root)/nvidia/cu13/lib", "\(root)/nvidia/cudnn/lib"])
  }
}

@Suite struct EnvironmentLabelsTests {
  private let digest = "sha256:" + String(repeating: "0f", count: 32)

  @Test func `reads back what it says`() throws {
    var generator = SplitMix64(seed: 20)
    for _ in 0..<200 {
      let labels = EnvironmentLabels(
        lock: try Digest(digest), base: Bool.random(using: &generator) ? "debian trixie" : nil,
        python: try Version("3.\(Int.random(in: 9...14, using: &generator)).1"),
        strata: try strata(&generator),
        jax: Bool.random(using: &generator) ? try Version("0.6.2") : nil)
      let all = labels.labels.merging(["maintainer": "lab"]) { $1 }
      #expect(try EnvironmentLabels(labels: all) == labels)
    }
  }

  private func strata(_ generator: inout SplitMix64) throws -> Strata {
    func maybe<Value>(_ value: Value) -> Value? { Bool.random(using: &generator) ? value : nil }
    let capabilities = try ["7.0", "7.5", "9.0", "12.0"].map { try ComputeCapability($0) }
    var frameworks: [FrameworkStratum] = []
    for name in ["tensorflow", "torch"] where Bool.random(using: &generator) {
      let ptx = Array(capabilities.suffix(Int.random(in: 0...2, using: &generator)))
      frameworks.append(
        FrameworkStratum(
          name: try ProjectName(name), version: try Version("2.9.1+cu128"),
          cuda: maybe(try CUDAVersion("12.8")),
          kernels: Array(capabilities.prefix(Int.random(in: 0...4, using: &generator))), ptx: maybe(ptx),
          added: maybe([try ProjectName("a"), try ProjectName("b-c")]) ?? []))
    }
    let full = maybe(try DriverVersion("570.26"))
    let minor = maybe(try DriverVersion("525.60.13"))
    return Strata(
      frameworks: frameworks, cuda: maybe(try CUDAVersion("13.0")), cudnn: maybe(try Version("9.1.0.70")),
      nccl: maybe(try Version("2.27.5")), glibc: try Version("2.28"),
      driver: full == nil && minor == nil ? nil : DriverFloor(full: full, minorCompatibility: minor))
  }

  @Test func `says which label is at fault`() throws {
    let labels = EnvironmentLabels(
      lock: try Digest(digest), base: nil, python: try Version("3.11.2"),
      strata: Strata(
        frameworks: [], cuda: nil, cudnn: nil, nccl: nil, glibc: try Version("2.28"), driver: nil)
    ).labels
    let none = #expect(throws: LabelFault.self) { try EnvironmentLabels(labels: ["a": "b"]) }
    #expect(none?.message == "the image has no label `dev.envlock.lock`")
    for (key, value) in [
      ("lock", "sha256:1"), ("cuda", "twelve"), ("glibc", ""), ("driver.full", "x"), ("frameworks", "torch"),
      ("frameworks", "-"),
    ] {
      let broken = labels.merging([EnvironmentLabels.prefix + key: value]) { $1 }
      #expect(throws: LabelFault.self) { try EnvironmentLabels(labels: broken) }
    }
  }
}
