import EnvlockModel
import EnvlockVersions
import Testing

@Suite struct MatrixTests {
  let matrix: Matrix
  let torch: ProjectName
  let tensorflow: ProjectName

  init() throws {
    matrix = try MatrixFixture.matrix()
    torch = try ProjectName("torch")
    tensorflow = try ProjectName("tensorflow")
  }

  // MARK: CUDA and drivers

  @Test func `lists the minor releases of the toolkit from the newest down`() {
    #expect(matrix.toolkitReleases.map(\.description) == ["13.1", "12.8", "12.0", "10.1"])
  }

  @Test(
    arguments: [
      ("12.8", "12.8.0"), ("12.8.1", "12.8.1"), ("12.8.9", "12.8.2"), ("10.1.243", "10.1.105"),
      ("13.1", "13.1.0"), ("9.0.76", nil), ("12.7", nil),
    ] as [(String, String?)])
  func `finds the toolkit of a version, or the nearest of its minor release`(asked: String, row: String?)
    throws
  {
    #expect(matrix.cuda(try CUDAVersion(asked))?.version.description == row)
  }

  @Test(
    arguments: [
      ("12.8", "570.26", "525.60.13"), ("12.8.1", "570.124.06", "525.60.13"),
      // No driver of its own: that of the patch before it.
      ("12.8.2", "570.124.06", "525.60.13"),
      // No driver in its whole minor release: the branch.
      ("13.1", "590", "580"),
      // The floor of the major version is its own driver.
      ("12.0", "525.60.13", nil),
      // No minor-version compatibility before CUDA 11.
      ("10.1", "418.39", nil),
      // Newer than the matrix: the floor is still known.
      ("13.9", nil, "580"), ("14.0", nil, nil),
    ] as [(String, String?, String?)])
  func `states the drivers that a CUDA release needs`(cuda: String, full: String?, minor: String?) throws {
    let need = matrix.driverNeeded(for: try CUDAVersion(cuda))
    #expect(need.full?.description == full)
    #expect(need.minorCompatibility?.description == minor)
    #expect((need.source == nil) == (full == nil))
    #expect((need.minorSource == nil) == (minor == nil))
  }

  @Test func `says where a statement is from`() throws {
    let row = try #require(matrix.cuda(try CUDAVersion("12.8.2")))
    #expect(row.source.description == "matrices/cuda.json, 12.8.2")
    #expect(row.source.texts == ["wheel list"])
    #expect(row.source.confidence(of: "branch") == .derived)
    #expect(row.source.confidence(of: "driver") == nil)
  }

  // MARK: Frameworks

  @Test func `knows the builds of a release for a platform, that of the default index first`() throws {
    let builds = matrix.frameworkBuilds(
      project: torch, version: try Version("2.9.1+cu128"), platform: .linuxAMD64)
    #expect(builds.map(\.variant) == [nil, "cu128"])
    #expect(builds.map(\.isDefault) == [true, false])
    #expect(builds.last?.indexName == "pytorch-cu128")
    #expect(builds.last?.linkage == .unknown)
    #expect(builds.last?.ptx == nil)
    #expect(builds.last?.source.description == "matrices/torch.json, 2.9.1 cu128 x86_64")
    #expect(builds.last?.source.texts == ["the wheel", "a build script"])
    let arm = matrix.frameworkBuilds(project: torch, version: try Version("2.9.1"), platform: .linuxARM64)
    #expect(arm.map(\.linkage) == [.noCUDA])
    #expect(arm.first?.bringsExactCUDA == false)
  }

  @Test func `lists the releases of a framework from the newest down`() throws {
    #expect(matrix.releases(of: tensorflow).map(\.description) == ["2.21.0", "2.13.1", "2.11.0"])
    #expect(matrix.releases(of: try ProjectName("tensorflow-cpu")).map(\.description) == ["2.21.0"])
    #expect(matrix.releases(of: try ProjectName("numpy")).isEmpty)
    #expect(matrix.isFramework(torch))
    #expect(!matrix.isFramework(try ProjectName("torchvision")))
  }

  @Test(arguments: [("3.11", true), ("3.12", false), ("3.13", false), ("3.13t", true)])
  func `knows for which Pythons a build has wheels`(python: String, expected: Bool) throws {
    let builds = matrix.frameworkBuilds(project: torch, version: try Version("2.9.1"), platform: .linuxAMD64)
    #expect(builds.first?.hasWheel(for: try PythonVersion(python)) == expected)
    // Unknown tags rule nothing out.
    #expect(builds.last?.hasWheel(for: try PythonVersion(python)) == true)
  }

  @Test func `adds the wheels that a build looks for, and says why`() throws {
    func build(_ version: String) throws -> FrameworkBuild {
      try #require(
        matrix.frameworkBuilds(project: tensorflow, version: try Version(version), platform: .linuxAMD64)
          .first)
    }
    let tested = try build("2.13.1")
    #expect(tested.adds.map(\.description) == ["nvidia-cudnn-cu11==8.6.*"])
    #expect(
      tested.addsReason
        == "tensorflow 2.13.1 was tested with CUDA 11.8 and cuDNN 8.6, and requires no wheels for them")
    #expect(try build("2.11.0").adds.isEmpty)
    #expect(try build("2.11.0").addsReason == "no such wheels")
    #expect(try build("2.21.0").addsReason == nil)
  }

  @Test func `tells a CUDA that is fixed from one that may be newer at run time`() throws {
    let ranged = matrix.frameworkBuilds(
      project: tensorflow, version: try Version("2.21"), platform: .linuxAMD64)
    #expect(ranged.map(\.bringsExactCUDA) == [false])
    let exact = matrix.frameworkBuilds(project: torch, version: try Version("2.9.1"), platform: .linuxAMD64)
    #expect(exact.map(\.bringsExactCUDA) == [true, true])
  }

  // MARK: Compute capabilities

  @Test(arguments: [
    ("7.0", false), ("7.5", true), ("7.9", true), ("8.0", true), ("8.9", true), ("9.0", false),
  ])
  func `runs compiled code on the same major and higher minors`(capability: String, runs: Bool) throws {
    let build = try #require(
      matrix.frameworkBuilds(project: torch, version: try Version("2.9.1"), platform: .linuxAMD64).first)
    let version = try ComputeCapability(capability).version
    #expect(matrix.cubinSet(of: build).contains(version) == runs)
    #expect(matrix.capabilitySet(of: build)?.contains(version) == runs)
  }

  @Test func `runs PTX on everything newer`() throws {
    let build = try #require(
      matrix.frameworkBuilds(project: torch, version: try Version("2.4"), platform: .linuxAMD64).first)
    let set = try #require(matrix.capabilitySet(of: build))
    #expect(set == matrix.cubinSet(of: build).union(.atLeast(try Version("9.0"))))
    #expect(set.description == ">=5.0, <6.0 or >=9.0")
  }

  @Test func `does not guess the capabilities of a build whose kernels are unknown`() throws {
    let builds = matrix.frameworkBuilds(project: torch, version: try Version("2.9.1"), platform: .linuxAMD64)
    let unknown = try #require(builds.last)
    #expect(matrix.capabilitySet(of: unknown) == nil)
    #expect(matrix.cubinSet(of: unknown).isEmpty)
  }

  // MARK: Indexes and strata

  @Test func `finds an index by name and by CUDA`() throws {
    #expect(matrix.index(named: "pytorch-cu128")?.variant == "cu128")
    #expect(matrix.index(named: "pytorch-cu999") == nil)
    #expect(matrix.index(for: .version(try CUDAVersion("12.8.1")))?.name == "pytorch-cu128")
    #expect(matrix.index(for: .version(try CUDAVersion("12.6"))) == nil)
    #expect(matrix.index(for: .cpu)?.name == "pytorch-cpu")
    #expect(matrix.indexedProjects.map(\.text) == ["torch", "torchvision"])
  }

  @Test(
    arguments: [
      ("nvidia-cuda-runtime-cu12", "12.8.90", "cuda 12.8"),
      ("nvidia-cudnn-cu12", "9.10.2.21", "cudnn 9.10.2.21"),
      ("nvidia_cudnn_cu12", "9.10.2.21+x", "cudnn 9.10.2.21"), ("nvidia-cuda-runtime-cu12", "0.0.1", nil),
      ("numpy", "2.0", nil),
    ] as [(String, String, String?)])
  func `reads the level of the stack from a wheel`(name: String, version: String, expected: String?) throws {
    let found = matrix.stratum(ofWheel: try ProjectName(name), version: try Version(version))
    #expect(found.map { "\($0.stratum.rawValue) \($0.version)" } == expected)
  }

  @Test func `names the wheels that say a level of the stack`() {
    #expect(matrix.stratumProjects.map(\.text) == ["nvidia-cuda-runtime-cu12", "nvidia-cudnn-cu12"])
  }

  // MARK: Loading

  @Test func `reads a file only when it is asked for`() throws {
    let files = MatrixFixture.files
    let asked = Asked()
    let matrix = Matrix(trusted: files.keys.shuffled()) { name in
      asked.note(name)
      return files[name].map { [UInt8]($0.utf8) }
    }
    #expect(matrix.fileNames == files.keys.sorted())
    #expect(asked.names.isEmpty)
    _ = matrix.driverNeeded(for: try CUDAVersion("12.8"))
    _ = matrix.toolkitReleases
    #expect(asked.names == ["cuda.json"])
    _ = matrix.releases(of: torch)
    #expect(asked.names == ["cuda.json", "torch.json"])
  }

  @Test func `digests every file with its name, in one order`() throws {
    let matrix = Matrix(trusted: ["b.json", "a.json"]) { $0 == "a.json" ? [1, 2] : [] }
    #expect(
      matrix.digestInput == [UInt8]("a.json\u{0}2\u{0}".utf8) + [1, 2] + [UInt8]("b.json\u{0}0\u{0}".utf8))
    #expect(matrix.bytes(of: "a.json") == [1, 2])
    #expect(self.matrix.bytes(of: "none.json") == nil)
  }
}

/// Collects what a closure was asked for, in one thread.
private final class Asked: @unchecked Sendable {  // used by one test, one call after the other
  private(set) var names: [String] = []
  func note(_ name: String) { names.append(name) }
}
