import EnvlockData
import EnvlockModel
import EnvlockVersions
import Testing

/// What different files say of the same thing agrees; where the facts truly disagree, the exception is listed here and
/// kept in the file's `conflicts` or notes.
@Suite struct MatrixAgreementTests {
  let matrix = Matrix.embedded

  private func targets(_ cuda: CUDAVersion) -> [ComputeCapability]? {
    matrix.compilerTargets(of: cuda)?.capabilities
  }

  // MARK: toolkits and driver branches

  @Test func `a toolkit's branch knows the toolkit`() throws {
    for release in matrix.toolkitReleases {
      let toolkit = try #require(matrix.cuda(release))
      // CUDA 8.0 is older than the branches that are listed.
      guard release.description != "8.0" else { continue }
      let branch = try #require(matrix.driverBranch(toolkit.branch), "\(toolkit.source)")
      #expect(try #require(branch.cudaMax) >= release, "\(toolkit.source): \(branch.source)")
      let full = try #require(matrix.driverNeeded(for: release).full)
      #expect(full.branch <= toolkit.branch)
      // No older branch claims to know it, but for R387, which is CUDA 9.1's in older tables.
      for older in matrix.driverBranches where older.branch < toolkit.branch && older.branch != 387 {
        #expect(try #require(older.cudaMax) < release, "\(older.source)")
      }
    }
  }

  @Test func `newer driver branches know no older CUDA and drive no older GPUs`() throws {
    let branches = matrix.driverBranches
    for (newer, older) in zip(branches, branches.dropFirst()) {
      #expect(newer.branch > older.branch)
      #expect(try #require(newer.cudaMax) >= #require(older.cudaMax), "\(newer.source)")
      let (floor, lower) = (try #require(newer.minCapability), try #require(older.minCapability))
      #expect(floor >= lower, "\(newer.source)")
      #expect(newer.drops.isEmpty == (floor == lower), "\(newer.source) drops \(newer.drops)")
    }
    for branch in branches {
      if let latest = branch.latestSeen { #expect(latest.branch == branch.branch) }
      if let end = branch.endOfLife, let start = branch.released { #expect(start.prefix(end.count) <= end) }
      #expect(matrix.driverBranch(branch.branch) == branch)
    }
  }

  @Test func `minor-version compatibility begins with the first toolkit of a major version`() throws {
    for major in 11...13 {
      let first = try CUDAVersion("\(major).0")
      let next = matrix.driverNeeded(for: try CUDAVersion("\(major).1"))
      let floor = try #require(next.minorCompatibility)
      let own = try #require(matrix.driverNeeded(for: first).full)
      // 11.0 came before the rule and runs on its own, older driver.
      #expect(floor.branch == own.branch && (floor <= own || major == 11))
    }
  }

  @Test func `forward compatibility reaches from older branches to the toolkit's own`() throws {
    for row in matrix.forwardCompatibility {
      let toolkit = try #require(matrix.cuda(row.cuda))
      #expect(row.package == "cuda-compat-\(row.cuda.major)-\(row.cuda.minor)")
      #expect(row.native == nil || row.native == toolkit.branch, "\(row.source)")
      #expect(row.packageDriver == nil || row.packageDriver?.branch == toolkit.branch, "\(row.source)")
      #expect(row.over.allSatisfy { $0 < toolkit.branch } && row.neverOver.allSatisfy { $0 > toolkit.branch })
      for branch in row.over + row.neverOver + [row.native].compactMap({ $0 }) {
        #expect(matrix.driverBranch(branch) != nil, "\(row.source): \(branch)")
      }
      #expect(row.over == row.over.sorted() && row.neverOver == row.neverOver.sorted())
      #expect(matrix.forwardCompatibility(for: toolkit.version) == row)
    }
    #expect(matrix.forwardCompatibility(for: try CUDAVersion("11.8")) == nil)
  }

  // MARK: GPUs

  @Test func `a GPU is driven from its first branch to its last`() throws {
    for gpu in matrix.gpus where gpu.kind != "jetson" {
      for branch in matrix.driverBranches {
        let drives = try #require(branch.minCapability) <= gpu.capability
        if let last = gpu.lastBranch, branch.branch > last {
          #expect(!drives, "\(gpu.source), \(branch.source)")
        }
        if branch.branch <= gpu.lastBranch ?? Int.max, branch.branch >= gpu.firstBranch ?? Int.max {
          #expect(drives, "\(gpu.source), \(branch.source)")
        }
      }
      guard let first = gpu.firstBranch, let cuda = gpu.firstCUDA else { continue }
      #expect(try #require(matrix.driverBranch(first)?.cudaMax) >= cuda, "\(gpu.source)")
    }
  }

  @Test func `a GPU has a compiler from its first CUDA to its last`() throws {
    // Thor's 11.0 was called 10.1 before CUDA 13.
    let renamed = try ComputeCapability("11.0")
    for gpu in matrix.gpus {
      for release in matrix.toolkitReleases {
        guard let targets = targets(release) else { continue }
        let isKnown = targets.contains(gpu.capability)
        let isExpected = release >= (gpu.firstCUDA ?? release) && release <= (gpu.lastCUDA ?? release)
        #expect(isKnown == isExpected || gpu.capability == renamed, "\(gpu.source) with CUDA \(release)")
      }
    }
  }

  @Test func `a capability is of one architecture`() {
    var architectures: [ComputeCapability: String] = [:]
    for gpu in matrix.gpus {
      #expect(architectures[gpu.capability] ?? gpu.architecture == gpu.architecture, "\(gpu.source)")
      architectures[gpu.capability] = gpu.architecture
      #expect(gpu.hasMIG == true || gpu.migInstances == nil, "\(gpu.source)")
    }
  }

  @Test func `what a branch drops is what the GPUs' last branch says`() throws {
    let branches = matrix.driverBranches
    for (branch, older) in zip(branches, branches.dropFirst()) where !branch.drops.isEmpty {
      let dropped = Set(matrix.gpus.filter { $0.lastBranch == older.branch }.map(\.architecture))
      // No GPU as old as Fermi is listed.
      #expect(dropped == Set(branch.drops).subtracting(["Fermi"]), "\(branch.source)")
    }
  }

  // MARK: cuDNN

  @Test func `cuDNN names CUDA releases and drivers that exist`() throws {
    let releases = matrix.toolkitReleases
    for row in matrix.cudnnReleases {
      for text in row.cuda {
        let ends = text.split(separator: "-").map(String.init)
        for end in ends {
          let numbers = end.split(separator: ".").compactMap { Int($0) }
          #expect(
            releases.contains { $0.major == numbers.first && (numbers.count < 2 || $0.minor == numbers[1]) },
            "\(row.source): \(text)")
        }
      }
      for (cuda, driver) in row.drivers.sorted(by: { $0.key < $1.key }) {
        #expect(matrix.driverBranch(driver.branch) != nil, "\(row.source): \(driver)")
        guard cuda.contains(".") else { continue }
        // Never more than the toolkit itself needs.
        let own = try #require(matrix.driverNeeded(for: try CUDAVersion(cuda)).full)
        // 384.111 is cuDNN's own floor with CUDA 9.0, whose toolkit takes 384.81.
        #expect(driver.branch <= own.branch, "\(row.source): \(cuda)")
      }
      if let low = row.minCapability, let high = row.maxCapability { #expect(low < high) }
      #expect(matrix.cudnn(row.first) == row && matrix.cudnn(row.last) == row)
    }
  }

  @Test func `every cuDNN of a build is known, from 7_5 on`() throws {
    let oldest = try Version("7.5")
    for project in ["torch", "tensorflow", "tensorflow-gpu"] {
      let name = try ProjectName(project)
      for version in matrix.releases(of: name) {
        for platform in Platform.allCases {
          for build in matrix.frameworkBuilds(project: name, version: version, platform: platform) {
            guard let cudnn = build.cudnn, cudnn >= oldest, let cuda = build.cuda else { continue }
            let need = try #require(matrix.cudnnNeed(cudnn, cuda: cuda), "\(build.source): cuDNN \(cudnn)")
            guard let lowest = build.kernels.first, let floor = need.minCapability else { continue }
            #expect(lowest >= floor || Self.olderThanCuDNN.contains(build.source.row), "\(build.source)")
          }
        }
      }
    }
  }

  /// Builds with code for Kepler, which their cuDNN has dropped: such a GPU runs what needs no cuDNN.
  private static let olderThanCuDNN: Set<String> = [
    "2.4.0 cu118 x86_64", "2.4.1 cu118 x86_64", "2.5.0 cu118 x86_64", "2.5.1 cu118 x86_64",
    "2.6.0 cu118 x86_64", "2.7.0 cu118 x86_64",
  ]

  @Test(
    arguments: [
      ("9.26.0.51", "13.2", "615.71.09", "7.5"), ("9.26.0.51", "12.6", "525.60.13", "7.5"),
      ("9.24.0.43", "13.0", "580.65.06", "7.5"), ("9.10.2.21", "12.8", "525.60.13", "5.0"),
      ("8.2.0", "11.3", nil, "3.0"), ("8.2.0", "11.1", "450", "3.0"), ("8.1.1", "11.2", nil, "3.0"),
      ("7.6.5", "10.1", "418.39", "3.0"), ("8.9", "11.8", "450.80.02", "5.0"),
    ] as [(String, String, String?, String)])
  func `knows what a cuDNN needs`(cudnn: String, cuda: String, driver: String?, capability: String) throws {
    let need = try #require(matrix.cudnnNeed(try Version(cudnn), cuda: try CUDAVersion(cuda)))
    #expect(need.driver?.description == driver)
    #expect(need.minCapability?.description == capability)
  }

  @Test func `does not know a cuDNN that is none`() throws {
    #expect(matrix.cudnnNeed(try Version("7.4.2"), cuda: try CUDAVersion("10.0")) == nil)
    #expect(matrix.cudnnNeed(try Version("10.0"), cuda: try CUDAVersion("13.0")) == nil)
  }

  // MARK: frameworks

  @Test func `code for one architecture alone is a target of the build's compiler`() throws {
    let torch = try ProjectName("torch")
    var count = 0
    for version in matrix.releases(of: torch) {
      for build in matrix.frameworkBuilds(project: torch, version: version, platform: .linuxAMD64)
      where !build.specificKernels.isEmpty {
        let known = try #require(build.cuda.flatMap { matrix.compilerTargets(of: $0) }).specific
        #expect(build.specificKernels.allSatisfy(known.contains), "\(build.source)")
        #expect(build.source.confidence(of: "specific") == .derived)
        count += 1
      }
    }
    #expect(count == 2)
  }

  @Test func `specific targets are of capabilities that the compiler targets`() throws {
    for release in matrix.toolkitReleases {
      guard let row = matrix.compilerTargets(of: release) else { continue }
      #expect(row.capabilities == row.capabilities.sorted())
      for target in row.specific {
        #expect(row.capabilities.contains(try ComputeCapability(target.dropLast())), "\(row.source)")
      }
    }
  }

  // MARK: interpreters and pairings

  @Test func `interpreters are found by release, Python and platform`() throws {
    for build in matrix.interpreterBuilds {
      #expect(build.file.contains("\(build.version)+\(build.release)-\(build.platform.machine)"))
      #expect(build.file.contains("freethreaded") == build.python.freeThreaded)
      #expect(build.version.release.prefix(2) == [build.python.major, build.python.minor])
    }
    let python = try PythonVersion("3.13t")
    #expect(matrix.interpreterBuilds.filter { $0.python == python }.count == 2)
    #expect(matrix.debianSuites.map(\.suite) == ["sid", "forky", "trixie", "bookworm", "bullseye", "buster"])
    let bookworm = try #require(matrix.debianSuites.first { $0.suite == "bookworm" })
    #expect(bookworm.interpreters.map(\.package) == ["python3.11"])
    #expect(bookworm.libc6?.hasPrefix("2.36-") == true)
  }

  @Test func `companions grow with torch`() throws {
    for (newer, older) in zip(matrix.pairings, matrix.pairings.dropFirst()) {
      for path in [\PairingRow.torchvision, \.torchaudio, \.torchtext] {
        let (new, old) = (newer[keyPath: path], older[keyPath: path])
        #expect(new == new.sorted())
        // Newer torchvisions ask for a range, which several releases of torch share.
        if let low = new.first, let high = old.first { #expect(low >= high, "\(newer.source)") }
      }
    }
    let pairing = try #require(matrix.pairing(torch: try Version("2.9.1+cu128")))
    #expect(pairing.torchvision.map(\.description) == ["0.24.1"])
    #expect(pairing.torchaudio.map(\.description) == ["2.9.1"])
  }
}
