import EnvlockModel
import EnvlockVersions
import Testing

/// Files that a matrix may lack: read when they are there, with every fault named.
@Suite struct MatrixTableTests {
  private static let mig = """
    {"about": "x", "collected": "2026-11-24", "sources": {"s": "a guide"},
     "families": [{"family": "big", "gpus": ["A100-SXM4-40GB"], "memory_gb": 40, "compute_slices": 7,
       "memory_slices": 8, "min_driver": "450.80.02", "source": "s"}],
     "profiles": [{"family": "big", "name": "1g.5gb+me", "id": 20, "nvml": 7, "memory_gib": 4.75,
       "compute_slices": 1, "memory_slices": 1, "max_instances": 1, "multiprocessors": 14, "placements": [0, 3],
       "source": "s", "confidence": {"id": "derived"}}]}
    """
  private static let vgpu = """
    {"sources": {"s": "a guide"},
     "releases": [{"release": "19.x", "branch": 580, "kind": "lts", "hosts": ["19.x"], "source": "s"},
       {"release": "18.x", "branch": 570, "hosts": ["18.x", "19.x"], "source": "s"},
       {"release": "GRID 2", "branch": 352, "source": "s"}],
     "points": [{"release": "18.0", "of": "18.x", "host": "570.124.03", "source": "s"}],
     "types": [{"name": "GRID A100-10C", "id": "nvidia-471", "gpus": ["A100-SXM4-40GB"], "mode": "time-sliced",
       "source": "s"}],
     "prefixes": [{"prefix": "A100D", "gpus": ["A100 80GB PCIe"], "source": "s"}],
     "compute": [{"prefix": "A40", "gpus": ["A40"], "gb": [4, 24], "at_most": [12, 2], "source": "s"}],
     "series": [{"series": "C", "product": "compute", "source": "s"}]}
    """
  private static let sharing = """
    {"sources": {"s": "a guide"},
     "modes": [{"name": "mps", "title": "MPS", "isolation": "process", "isolates": "addresses", "resources": "shared",
       "divides": "memory", "at_once": "48", "predictability": "medium", "overhead": "very low",
       "reconfiguration": "while idle", "licensed": false, "licence": "none", "supported": "since Volta",
       "min_sm": "7.0", "kubernetes": "a resource", "suits": ["small processes"], "source": "s"}],
     "limits": [{"name": "mps", "min_sm": "7.5", "at_most": 48, "source": "s"},
       {"name": "mps", "min_sm": "7.0", "at_most": 16, "source": "s"}]}
    """
  private static let jax = """
    {"sources": {"s": "the wheels"},
     "releases": [{"version": "0.9.0", "requires_python": ">=3.11", "jaxlib": ">=0.8.9,<=0.9.0", "source": "s"}],
     "builds": [{"version": "0.9.0", "extra": "cuda12", "cuda_major": 12, "jaxlib": "==0.9.0",
       "plugin": "<=0.9.0", "source": "s"}],
     "jaxlib": [{"version": "0.9.0", "arch": ["x86_64", "aarch64"], "python": ["cp311"], "glibc": "2.27",
       "source": "s"}],
     "plugins": [{"version": "0.9.1", "cuda_major": 12, "arch": ["x86_64"], "python": ["cp311"], "glibc": "2.27",
       "source": "s"},
       {"version": "0.9.0", "cuda_major": 12, "arch": ["x86_64"], "python": ["cp312"], "glibc": "2.28",
       "needs": "n", "source": "s"}],
     "needs": [{"name": "n", "cuda_major": 12, "requires": ["nvidia-cuda-runtime-cu12>=12.1.105",
       "nvidia-cudnn-cu12<10.0,>=9.8"], "source": "s"}]}
    """

  private static let files = ["mig.json": mig, "vgpu.json": vgpu, "jax.json": jax, "sharing.json": sharing]

  @Test func `is empty where a file is missing`() throws {
    let matrix = try MatrixFixture.matrix()
    #expect(matrix.mig.isEmpty && matrix.vgpuReleases.isEmpty && matrix.vgpuTypes.isEmpty)
    #expect(matrix.jaxBuilds.isEmpty && matrix.driverBranches.isEmpty && matrix.cudnnReleases.isEmpty)
    #expect(matrix.pairings.isEmpty && matrix.interpreterBuilds.isEmpty && matrix.debianSuites.isEmpty)
    #expect(matrix.forwardCompatibility.isEmpty && matrix.sharingModes.isEmpty)
    #expect(matrix.compilerTargets(of: try CUDAVersion("12.8")) == nil)
    let (pairing, _) = matrix.vgpuPairing(guest: try DriverVersion("580"), host: try DriverVersion("580"))
    #expect(pairing == .unknown)
    #expect(matrix.vgpuType(named: "GRID T4-16Q")?.gpus.map(\.name) == ["Tesla T4"])
  }

  @Test func `reads the ways to share and their limits`() throws {
    let matrix = try MatrixFixture.matrix(replacing: Self.files)
    let mps = try #require(matrix.sharingModes.first)
    #expect(mps.mode == .mps && mps.isolation == .process && !mps.hasFixedResources && !mps.isLicensed)
    #expect(mps.overhead == .veryLow && mps.predictability > mps.overhead && mps.virtualMachine == nil)
    #expect(mps.source.description == "matrices/sharing.json, mps")
    #expect(matrix.sharingLimit(.mps, try ComputeCapability("8.0")) == 48)
    #expect(matrix.sharingLimit(.mps, try ComputeCapability("7.0")) == 16)
    #expect(matrix.sharingLimit(.mps, try ComputeCapability("6.1")) == nil)
    #expect(matrix.sharingLimit(.timeSlicing, try ComputeCapability("8.0")) == nil)
  }

  @Test func `reads MIG, vGPU and JAX`() throws {
    let matrix = try MatrixFixture.matrix(replacing: Self.files)
    let gpu = try #require(matrix.gpus(matching: "A100 40GB").first)
    let profile = try #require(matrix.mig(of: gpu)?.profile(named: "1c.1g.5gb.me"))
    #expect(profile.memoryMiB == 4864 && profile.placements.map(\.start) == [0, 3])
    #expect(profile.source.confidence(of: "id") == .derived)
    #expect(matrix.vgpuType(named: "GRID A100-10C")?.typeID == "nvidia-471")
    #expect(matrix.gpus(matching: "NVIDIA A100D-80C").map(\.name) == ["A100 80GB PCIe"])
    let pairing = matrix.vgpuPairing(guest: try DriverVersion("570.86"), host: try DriverVersion("580.65"))
    #expect(pairing.pairing == .supported)
    #expect(matrix.vgpuRelease(hostBranch: 570)?.points.map(\.release) == ["18.0"])
    let unknown = matrix.vgpuPairing(guest: try DriverVersion("352"), host: try DriverVersion("580.65"))
    #expect(unknown.pairing == .unknown)
    let amd = try #require(
      matrix.jaxBuilds(version: try Version("0.9.0"), platform: .linuxAMD64).last)
    // Not the newest plugin, but the newest that it admits.
    #expect(amd.pluginVersion?.description == "0.9.0" && amd.pythonTags == ["cp312"])
    #expect(amd.cudnnFloor?.description == "9.8" && amd.cudaFloor?.description == "12.1")
    let arm = try #require(matrix.jaxBuilds(version: try Version("0.9.0"), platform: .linuxARM64).last)
    #expect(arm.pluginVersion == nil && arm.pythonTags.isEmpty && arm.requires.isEmpty)
  }

  @Test(
    arguments: [
      (
        "mig.json", "\"family\": \"big\", \"gpus\"", "\"family\": \"small\", \"gpus\"",
        "families[0].family: it has no profiles, or stands twice"
      ),
      ("mig.json", "4.75", "-4.75", "profiles[0].memory_gib: that is no memory of an instance"),
      (
        "mig.json", "\"compute_slices\": 1, \"memory_slices\": 1, ", "\"compute_slices\": 1, ",
        "profiles[0].placements: placements need the number of memory slices"
      ),
      ("mig.json", "\"nvml\"", "\"nvmll\"", "profiles[0].nvmll: unknown key; did you mean `nvml`?"),
      ("vgpu.json", "\"branch\": 580, ", "", "releases[0].branch: the field is missing"),
      ("vgpu.json", "\"570.124.03\"", "\"r570\"", "points[0].host: “r570” is not a driver version"),
      ("vgpu.json", ", \"mode\": \"time-sliced\"", "", "types[0].mode: the field is missing"),
      ("vgpu.json", "[12, 2]", "[12]", "compute[0].at_most: it has another number of elements than `gb`"),
      ("vgpu.json", "[4, 24]", "[4, 0]", "compute[0].gb: that is no size of a vGPU"),
      (
        "sharing.json", "\"very low\"", "\"tiny\"",
        "modes[0].overhead: “tiny” is none of none, very low, low, medium, high, very high"
      ),
      (
        "sharing.json", "\"process\"", "\"soft\"",
        "modes[0].isolation: “soft” is none of none, process, hardware"
      ),
      (
        "sharing.json", "\"at_most\": 16", "\"at_mots\": 16",
        "limits[1].at_mots: unknown key; did you mean `at_most`?"
      ),
      (
        "jax.json", "\"needs\": \"n\"", "\"needs\": \"m\"",
        "plugins[1].needs: `m` is not in the table of needs"
      ),
      ("jax.json", "\"<=0.9.0\"", "\"<=\"", "builds[0].plugin: "),
      ("jax.json", "[\"x86_64\"]", "[\"riscv\"]", "plugins[0].arch[0]: “riscv” is not a platform"),
    ])
  func `names the file, the row and the field of a fault`(
    file: String, old: String, new: String, expected: String
  ) throws {
    var text = try #require(Self.files[file])
    let range = try #require(text.firstRange(of: old))
    text.replaceSubrange(range, with: new)
    let error = try #require(throws: MatrixError.self) {
      try MatrixFixture.matrix(replacing: [file: text])
    }
    #expect(error.file == file)
    let found = "\(error.place): \(error.reason)"
    #expect(found.hasPrefix(expected), "\(found)")
  }

  @Test(
    arguments: [
      (
        "drivers.json", "branches", #"{"branch": 580, "cuda_max": "13", "min_sm": "5.0", "source": "s"}"#,
        "branches[0].cuda_max"
      ),
      ("cudnn.json", "releases", #"{"first": "9.2", "last": "9.1", "source": "s"}"#, "releases[0].last"),
      (
        "cudnn.json", "releases", #"{"first": "9.1", "last": "9.1", "drivers": {"12": 525}, "source": "s"}"#,
        "releases[0].drivers.12"
      ),
      ("pairings.json", "pairings", #"{"torch": "2.x", "source": "s"}"#, "pairings[0].torch"),
      (
        "python-builds.json", "builds",
        #"{"python": "2.7", "version": "2.7.1", "arch": "x86_64", "source": "s"}"#, "builds[0].python"
      ),
    ])
  func `checks the rows of files that few ask for`(file: String, table: String, row: String, place: String) {
    let text = #"{"sources": {"s": "x"}, ""# + table + #"": ["# + row + "]}"
    let error = #expect(throws: MatrixError.self) { try MatrixFixture.matrix(replacing: [file: text]) }
    #expect(error?.place == place, "\(String(describing: error))")
  }

  @Test func `lists what a file holds, in its order, without lists of texts`() throws {
    let matrix = try MatrixFixture.matrix(replacing: Self.files)
    let subject = try #require(matrix.subjects.first { $0.file == "mig.json" })
    #expect(subject.about == "x" && subject.collected == "2026-11-24")
    #expect(subject.tables.map(\.name) == ["families", "profiles"])
    #expect(subject.tables.map(\.count) == [1, 1])
    let indexes = try #require(matrix.subjects.first { $0.file == "indexes.json" })
    #expect(indexes.tables.map(\.name) == ["indexes"])
    let row = try #require(matrix.rows(file: "mig.json", table: "profiles").first)
    #expect(row.source.description == "matrices/mig.json, big 1g.5gb+me" && row.index == 0)
    #expect(row.fields["nvml"] == 7)
  }
}
