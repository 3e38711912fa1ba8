import EnvlockData
import EnvlockModel
import EnvlockVersions
import Testing

@Suite struct MatrixJAXTests {
  let matrix = Matrix.embedded

  private func build(_ version: String, _ extra: String?, _ platform: Platform = .linuxAMD64) throws
    -> JAXBuildRow
  {
    let builds = matrix.jaxBuilds(version: try Version(version), platform: platform)
    return try #require(builds.first { $0.extra == extra })
  }

  @Test func `stands newest first, for every platform`() throws {
    let versions = matrix.jaxBuilds.map(\.version)
    #expect(versions == versions.sorted(by: >))
    #expect(Set(versions).count == 54)
    #expect(matrix.jaxBuilds.count == 2 * (54 + 86))
    for file in ["jaxlib", "plugins", "builds", "releases"] {
      let rows = try matrix.rows(file: "jax.json", table: file).map {
        try Version(#require($0.fields["version"]?.stringValue))
      }
      #expect(rows == rows.sorted(by: >), "\(file)")
    }
  }

  @Test func `requires wheels that exist`() throws {
    for build in matrix.jaxBuilds {
      if build.plugin != nil {
        // No wheel of this plugin is on the index for the first releases that name it.
        let isMissing = build.cudaMajor == 13 && ["0.7.0", "0.7.1"].contains(build.version.description)
        let isAMD = build.platform == .linuxAMD64
        #expect((build.pluginVersion == nil) == isMissing || !isAMD, "\(build.source)")
        if let plugin = build.pluginVersion { #expect(plugin <= build.version, "\(build.source)") }
      }
      guard let range = build.jaxlib, build.platform == .linuxAMD64 else { continue }
      // jaxlib with CUDA inside was not on the default index.
      #expect((build.jaxlibVersion == nil) == range.mentionsLocal, "\(build.source)")
    }
  }

  @Test func `asks for a CUDA and a cuDNN that exist`() throws {
    for build in matrix.jaxBuilds {
      if let cuda = build.cudaFloor {
        #expect(cuda.major == build.cudaMajor && matrix.cuda(cuda) != nil, "\(build.source)")
        #expect(matrix.driverNeeded(for: cuda).full != nil)
      }
      if let cudnn = build.cudnnFloor, let cuda = build.cudaFloor {
        #expect(matrix.cudnnNeed(cudnn, cuda: cuda) != nil, "\(build.source)")
      }
      let major = build.cudaMajor.map { "-cu\($0)" } ?? ""
      for requirement in build.requires {
        #expect(requirement.name.text.hasSuffix(major) || build.cudaMajor == 13, "\(build.source)")
      }
      // The first release with CUDA 12 names no lowest one.
      let isOpen = build.requires.isEmpty || build.version.description == "0.4.16"
      #expect(build.cudaFloor != nil || isOpen, "\(build.source)")
    }
  }

  @Test func `knows what JAX with CUDA 13 needs`() throws {
    let build = try build("0.12.0.1", "cuda13")
    #expect(build.plugin?.description == "jax-cuda13-plugin<=0.12.0.1,>=0.12.0.1")
    #expect(build.pluginVersion?.description == "0.12.0.1")
    #expect(build.jaxlibVersion?.description == "0.12.0.1")
    #expect(build.cudaFloor?.description == "13.0")
    #expect(build.cudnnFloor?.description == "9.12.0.46")
    #expect(build.ncclFloor?.description == "2.27.7")
    #expect(build.requires.count == 13)
    #expect(build.pythonTags.contains("cp314t"))
    #expect(build.glibc?.description == "2.27")
    #expect(build.requiresPython?.description == ">=3.12")
  }

  @Test func `knows that a patch release may keep its jaxlib`() throws {
    let build = try build("0.5.2", "cuda12")
    #expect(build.jaxlibVersion?.description == "0.5.1")
    #expect(build.cudaFloor?.description == "12.1")
  }

  @Test func `knows JAX for the CPU, and before it had plugins`() throws {
    let cpu = try build("0.12.0", nil, .linuxARM64)
    #expect(cpu.cudaMajor == nil && cpu.requires.isEmpty && cpu.plugin == nil)
    #expect(cpu.jaxlibVersion?.description == "0.12.0")
    let old = try build("0.4.20", "cuda11_pip")
    #expect(old.plugin == nil && old.jaxlibVersion == nil)
    #expect(old.jaxlib?.description == "==0.4.20+cuda11.cudnn86")
    #expect(old.cudaFloor?.description == "11.8")
    let yanked = try build("0.4.32", "cuda12")
    #expect(yanked.isYanked)
    #expect(matrix.jaxBuilds(version: try Version("9.9"), platform: .linuxAMD64).isEmpty)
  }
}
