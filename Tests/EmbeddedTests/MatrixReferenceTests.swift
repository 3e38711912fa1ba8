import EnvlockData
import EnvlockModel
import EnvlockVersions
import Testing

/// What one file of the matrix says of another is there, and agrees.
@Suite struct MatrixReferenceTests {
  let matrix = Matrix.embedded

  private func rows(_ file: String, _ table: String) throws -> [JSONValue] {
    let bytes = try #require(matrix.bytes(of: file))
    return try #require(JSONValue(parsing: bytes)[table]?.arrayValue)
  }

  private func texts(_ row: JSONValue, _ key: String) -> [String] {
    row[key]?.arrayValue?.compactMap(\.stringValue) ?? []
  }

  private func builds(_ file: String) throws -> [FrameworkBuild] {
    var builds: [FrameworkBuild] = []
    for row in try rows(file, "builds") {
      let project = try ProjectName(row["package"]?.stringValue ?? "torch")
      let version = try Version(#require(row["version"]?.stringValue))
      let platform = try Platform(#require(row["arch"]?.stringValue))
      let variant = row["variant"]?.stringValue
      builds += matrix.frameworkBuilds(project: project, version: version, platform: platform)
        .filter { $0.variant == variant }
    }
    return builds
  }

  /// The compute capabilities that the compiler of a CUDA release targets.
  private func targets() throws -> [String: [String]] {
    var targets: [String: [String]] = [:]
    for row in try rows("cuda.json", "targets") {
      let cuda = try #require(row["cuda"]?.stringValue)
      targets[cuda] = texts(row, "sm")
    }
    return targets
  }

  @Test(arguments: ["torch.json", "tensorflow.json"])
  func `builds name a CUDA, a toolkit and an index that exist, and each build once`(file: String) throws {
    let known = Set(matrix.toolkitReleases.map(\.description))
    let builds = try builds(file)
    #expect(try builds.count == rows(file, "builds").count, "two rows are about the same build")
    for build in builds {
      if let cuda = build.cuda { #expect(known.contains(cuda.description), "\(build.source)") }
      if let toolkit = build.toolkit, let cuda = build.cuda {
        #expect((toolkit.major, toolkit.minor) == (cuda.major, cuda.minor), "\(build.source)")
        #expect(toolkit.patch != nil)
      }
      guard let name = build.indexName else { continue }
      let index = try #require(matrix.index(named: name), "\(build.source)")
      #expect(index.variant == build.variant && index.cuda == build.cuda, "\(build.source)")
    }
  }

  @Test(arguments: ["torch.json", "tensorflow.json"])
  func `the compiler of its CUDA targets every kernel of a build`(file: String) throws {
    let targets = try targets()
    for build in try builds(file) {
      guard let cuda = build.cuda, let known = targets[cuda.description] else { continue }
      for capability in build.kernels + (build.ptx ?? []) {
        #expect(known.contains(capability.description), "\(build.source): \(capability) with CUDA \(cuda)")
      }
    }
  }

  @Test(arguments: ["torch.json", "tensorflow.json"])
  func `every CUDA build has drivers and, where kernels are known, capabilities`(file: String) throws {
    for build in try builds(file) {
      guard let cuda = build.cuda else { continue }
      #expect(matrix.driverNeeded(for: cuda).full != nil, "\(build.source)")
      #expect((matrix.capabilitySet(of: build) == nil) == build.kernels.isEmpty, "\(build.source)")
      #expect(build.kernels == build.kernels.sorted(), "\(build.source)")
    }
  }

  @Test(arguments: [("torch.json", "torch"), ("tensorflow.json", "tensorflow")])
  func `builds stand newest first`(file: String, project: String) throws {
    let versions = try rows(file, "builds").compactMap {
      try $0["version"]?.stringValue.map { try Version($0) }
    }
    #expect(versions == versions.sorted(by: >))
    let releases = matrix.releases(of: try ProjectName(project))
    #expect(!releases.isEmpty && releases == releases.sorted(by: >))
  }

  @Test func `added wheels are NVIDIA's for CUDA 11, with a reason`() throws {
    for build in try builds("tensorflow.json") where !build.adds.isEmpty {
      #expect(build.addsReason != nil)
      for requirement in build.adds {
        #expect(requirement.name.text.hasPrefix("nvidia-") && requirement.name.text.hasSuffix("-cu11"))
        #expect(requirement.marker == nil && requirement.extras.isEmpty)
      }
    }
  }

  @Test func `newer toolkits need newer drivers, of branches that exist`() throws {
    let branches = Set(try rows("drivers.json", "branches").compactMap { $0["branch"]?.integerValue })
    var last: DriverVersion?
    for release in matrix.toolkitReleases.reversed() {
      let need = matrix.driverNeeded(for: release)
      let full = try #require(need.full)
      if let last { #expect(last < full, "CUDA \(release)") }
      if let minor = need.minorCompatibility { #expect(minor < full, "CUDA \(release)") }
      last = full
      let row = try #require(matrix.cuda(release))
      #expect(row.driver == nil || row.driver?.branch == row.branch)
      // CUDA 8.0 is older than the branches that are listed.
      #expect(branches.contains(row.branch) || release.description == "8.0", "\(row.source)")
    }
  }

  @Test func `driver branches name a CUDA that exists, and stand newest first`() throws {
    let known = Set(matrix.toolkitReleases.map(\.description))
    let rows = try rows("drivers.json", "branches")
    let branches = rows.compactMap { $0["branch"]?.integerValue }
    #expect(branches == branches.sorted(by: >) && Set(branches).count == branches.count)
    for row in rows {
      let cuda = try #require(row["cuda_max"]?.stringValue)
      // Branch 565 reports a CUDA 12.7 that was never released as a toolkit.
      #expect(known.contains(cuda) || cuda == "12.7", "\(row)")
    }
    for row in try self.rows("cuda.json", "forward_compatibility") {
      #expect(known.contains(row["cuda"]?.stringValue ?? ""))
      for list in ["over", "never_over"] {
        for branch in row[list]?.arrayValue ?? [] { #expect(branches.contains(branch.integerValue ?? 0)) }
      }
    }
  }

  @Test func `GPUs have a compiler and a driver branch, and one name each`() throws {
    let targets = try targets()
    let branches = Set(try rows("drivers.json", "branches").compactMap { $0["branch"]?.integerValue })
    let newest = try #require(matrix.toolkitReleases.first).description
    let lastCUDA = try rows("gpus.json", "gpus").map { $0["last_cuda"]?.stringValue ?? newest }
    for (gpu, cuda) in zip(matrix.gpus, lastCUDA) {
      #expect(targets[cuda]?.contains(gpu.capability.description) == true, "\(gpu.source)")
      for branch in [gpu.firstBranch, gpu.lastBranch].compactMap({ $0 }) {
        #expect(branches.contains(branch))
      }
      for name in [gpu.name] + gpu.aliases {
        #expect(matrix.gpus(matching: name).map(\.name) == [gpu.name], "\(name)")
      }
    }
    #expect(Set(matrix.gpus.map(\.name)).count == matrix.gpus.count)
  }

  @Test func `pairings name releases of torch that exist, newest first`() throws {
    let releases = Set(matrix.releases(of: try ProjectName("torch")))
    let paired = try rows("pairings.json", "pairings").map { try Version(#require($0["torch"]?.stringValue)) }
    #expect(paired == paired.sorted(by: >) && Set(paired) == releases)
  }

  @Test func `indexes and strata are named once`() throws {
    #expect(Set(matrix.indexes.map(\.name)).count == matrix.indexes.count)
    #expect(Set(matrix.indexes.map(\.variant)).count == matrix.indexes.count)
    #expect(matrix.indexes.last?.cuda == nil)
    let known = Set(matrix.toolkitReleases)
    for index in matrix.indexes {
      if let cuda = index.cuda { #expect(known.contains(cuda)) }
      #expect(index.name == "pytorch-\(index.variant)" && index.url.hasSuffix("/\(index.variant)"))
    }
    #expect(try matrix.stratumProjects.count == rows("strata.json", "wheels").count)
  }

  @Test func `cuDNN releases do not overlap and stand newest first`() throws {
    var newer: Version?
    for row in try rows("cudnn.json", "releases") {
      let first = try Version(#require(row["first"]?.stringValue))
      let last = try Version(#require(row["last"]?.stringValue))
      #expect(first <= last)
      if let newer { #expect(last < newer, "\(row)") }
      newer = first
    }
  }
}
