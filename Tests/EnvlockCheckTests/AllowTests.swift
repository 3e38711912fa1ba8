import EnvlockCheck
import EnvlockData
import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

@Suite struct AllowTests {
  @Test func `turns an allowed error into a warning that says so`() throws {
    let options = CheckOptions(allowed: [.noKernel])
    let report = Checker(matrix: .embedded, options: options).report(
      try stack("torch 2.9.1"), on: node("570.26", "GTX 1080"))
    #expect(report.verdict == .fits)
    let finding = try #require(report.finding(.noKernel))
    #expect(finding.severity == .warning)
    #expect(finding.isAllowed)
    #expect(finding.description.hasPrefix("warning[no-kernel, allowed]: "))
  }

  @Test func `lets missing facts pass only where that is allowed`() throws {
    for allowed in [Set<Rule>(), [.noFacts]] {
      let report = Checker(matrix: .embedded, options: CheckOptions(allowed: allowed)).report(
        try stack("torch 2.9.1"), on: node(nil, "Tesla T4"))
      #expect(report.verdict == (allowed.isEmpty ? .unknown : .fits))
    }
  }

  @Test func `does not mark a warning as allowed`() throws {
    let options = CheckOptions(allowed: [.ptxCompiled])
    let report = Checker(matrix: .embedded, options: options).report(
      try stack("tensorflow 2.21.0"), on: node("555.42.02", "H100 PCIe"))
    #expect(report.finding(.ptxCompiled)?.isAllowed == false)
  }

  @Test(arguments: CaseTable.all)
  func `never makes a verdict worse by allowing`(_ one: CheckCase) throws {
    func rank(_ verdict: Verdict) -> Int {
      switch verdict {
      case .fits: 0
      case .unknown: 1
      case .doesNotFit: 2
      }
    }
    let stack = try stack(one.build)
    var generator = SplitMix64(seed: UInt64(one.testDescription.utf8.count))
    var options = one.options
    var last = rank(one.verdict)
    for rule in Rule.allCases.shuffled(using: &generator) {
      options.allowed.insert(rule)
      let verdict = Checker(matrix: .embedded, options: options).verdict(stack, on: one.facts)
      #expect(rank(verdict) <= last)
      last = rank(verdict)
    }
    #expect(last == 0)
  }
}

@Suite struct DriverPropertyTests {
  /// Builds and GPUs at random, on every branch in turn.
  @Test func `turns a fit into a misfit by a newer driver only where the branch dropped the GPU`() throws {
    var generator = SplitMix64(seed: 3)
    let checker = Checker(matrix: .embedded)
    let branches = Matrix.embedded.driverBranches.reversed().compactMap { row in
      row.latestSeen ?? driverVersion(String(row.branch))
    }
    let torch = try ProjectName("torch")
    let tensorflow = try ProjectName("tensorflow")
    var builds: [FrameworkBuild] = []
    for project in [torch, tensorflow] {
      for release in Matrix.embedded.releases(of: project) where !release.isPrerelease {
        builds += Matrix.embedded.frameworkBuilds(project: project, version: release, platform: .linuxAMD64)
      }
    }
    let gpus = Matrix.embedded.gpus
    for _ in 0..<60 {
      let build = try #require(builds.filter { $0.cuda != nil }.randomElement(using: &generator))
      let gpu = try #require(gpus.randomElement(using: &generator))
      let stack = Stack(build, matrix: .embedded)
      var hasFitted = false
      for driver in branches {
        let facts = node(driver.description, gpu.name)
        if checker.verdict(stack, on: facts) == .fits {
          hasFitted = true
        } else if hasFitted {
          let report = checker.report(stack, on: facts)
          let errors = report.findings.filter { $0.severity == .error }.map(\.rule)
          #expect(
            errors == [.gpuNotDriven], "\(stack.title) on \(gpu.name), driver \(driver): \(report.findings)")
        }
      }
    }
  }

  /// What fits must have what the rules ask for, by a statement of its own.
  @Test func `calls nothing a fit that has no code for the GPU or too old a driver`() throws {
    var generator = SplitMix64(seed: 7)
    let checker = Checker(matrix: .embedded)
    let torch = try ProjectName("torch")
    let releases = Matrix.embedded.releases(of: torch).filter { !$0.isPrerelease }
    for _ in 0..<150 {
      let release = try #require(releases.randomElement(using: &generator))
      let builds = Matrix.embedded.frameworkBuilds(project: torch, version: release, platform: .linuxAMD64)
        .filter { $0.cuda != nil && !$0.kernels.isEmpty && $0.source.confidence(of: "kernels") == nil }
      guard let build = builds.randomElement(using: &generator), let ptx = build.ptx else { continue }
      let gpu = try #require(
        Matrix.embedded.gpus.filter { $0.kind != "jetson" }.randomElement(using: &generator))
      let driver = try #require(
        Matrix.embedded.driverBranches.compactMap(\.latestSeen).randomElement(using: &generator))
      let verdict = checker.verdict(Stack(build, matrix: .embedded), on: node(driver.description, gpu.name))
      guard verdict == .fits else { continue }
      let hasCode =
        build.kernels.contains { $0.major == gpu.capability.major && $0 <= gpu.capability }
        || ptx.contains { $0 <= gpu.capability }
      #expect(hasCode, "\(release) on \(gpu.name)")
      let need = Matrix.embedded.driverNeeded(for: try #require(build.cuda))
      let floor = try #require([need.full, need.minorCompatibility].compactMap { $0 }.min())
      #expect(driver >= floor, "\(release) on \(driver)")
      #expect(gpu.lastBranch.map { $0 >= driver.branch } ?? true)
    }
  }
}
