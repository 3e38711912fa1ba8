import EnvlockData
import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockCheck

@Suite struct UpgradePlanTests {
  private let matrix = Matrix.embedded
  private let checker = Checker(matrix: .embedded, options: CheckOptions(today: "2026-11-24"))

  // MARK: samples

  /// A lock of one of a framework's builds.
  private func lock(
    _ project: String, _ version: String, variant: String? = nil, platforms: [Platform] = [.linuxAMD64]
  ) throws -> Lockfile {
    let digest = try Digest(sha256Hex: String(repeating: "0", count: 64))
    let answers = try platforms.map { platform in
      let builds = matrix.frameworkBuilds(
        project: try ProjectName(project), version: try Version(version), platform: platform)
      let build = try #require(builds.first { $0.variant == variant })
      return PlatformLock(
        platform: platform, python: try PythonVersion("3.11"), strata: Stack(build, matrix: matrix).strata,
        targets: [], roots: [], wheels: [])
    }
    return Lockfile(manifest: digest, matrix: digest, request: [:], platforms: answers)
  }

  private func facts(_ driver: String?, _ gpus: [String], platform: Platform = .linuxAMD64) throws
    -> NodeFacts
  {
    NodeFacts(
      origin: .probe, platform: platform, driver: try driver.map { try DriverVersion($0) },
      gpus: gpus.map { name in
        GPUFacts(product: name, capability: matrix.gpus(matching: name).first?.capability)
      })
  }

  private func group(_ names: [String], _ driver: String?, _ gpus: String...) throws -> NodeGroup {
    NodeGroup(names: names, facts: try facts(driver, gpus))
  }

  // MARK: what a plan says

  @Test func `a node that runs everything is left alone`() throws {
    let plan = checker.plan(
      [("a", try lock("torch", "2.9.1"))], on: [try group(["n1", "n2"], "580.65.06", "A100-SXM4-80GB")])
    #expect(plan.verdict == .fits && plan.upgrades.isEmpty && plan.touched == 0)
    #expect(plan.groups.map(\.refused) == [[]])
  }

  @Test func `the lowest driver of the best branches is chosen`() throws {
    // CUDA 13 needs 580 (cuda.json), which is a long-term branch until 2028-06 (drivers.json).
    let plan = checker.plan(
      [("old", try lock("torch", "2.7.1")), ("new", try lock("torch", "2.11.0"))],
      on: [
        try group(["n1"], "535.104.05", "A100-SXM4-80GB"), try group(["n2", "n3"], "550.54.15", "H100 PCIe"),
        try group(["n4"], "580.65.06", "H100 PCIe"),
      ])
    #expect(plan.verdict == .doesNotFit)
    let upgrade = try #require(plan.upgrades.first)
    #expect(plan.upgrades.count == 1 && upgrade.groups == [0, 1] && plan.touched == 3)
    #expect(upgrade.choice.driver.branch == 580 && upgrade.choice.standing == .supported)
    #expect(plan.groups.map(\.verdictAfter) == [.fits, .fits, .fits])
  }

  @Test func `a branch that gets fixes is preferred to a lower one that gets none`() throws {
    // CUDA 12 by minor-version compatibility needs 525.60.13, whose branch ended in 2023.
    let locks = [("a", try lock("torch", "2.5.1"))]
    let groups = [try group(["n1"], "470.57.02", "A100-SXM4-80GB")]
    #expect(checker.plan(locks, on: groups).upgrades.map(\.choice.driver.branch) == [580])
    let timeless = Checker(matrix: matrix).plan(locks, on: groups)
    #expect(timeless.upgrades.map(\.choice.driver.description) == ["525.60.13"])
  }

  @Test func `a GPU without kernels is not mended by a driver`() throws {
    let plan = checker.plan(
      [("new", try lock("torch", "2.11.0"))], on: [try group(["n1"], "535.104.05", "V100-SXM2-16GB")])
    #expect(plan.upgrades.isEmpty && plan.groups[0].refused == [0])
    #expect(plan.groups[0].reports[0].findings.contains { $0.rule == .noKernel })
  }

  @Test func `an upgrade takes no lock away, and mends what it can`() throws {
    // The new lock has no code for Volta; the old one needs a newer driver, of a branch that still drives Volta.
    let plan = checker.plan(
      [("new", try lock("torch", "2.11.0")), ("old", try lock("torch", "2.5.1"))],
      on: [try group(["n1"], "470.57.02", "V100-SXM2-16GB")])
    let choice = try #require(plan.upgrades.first?.choice)
    #expect(choice.driver.branch <= 580)
    #expect(plan.groups[0].refused == [0])
  }

  @Test func `nodes of which too little is known remain unknown`() throws {
    let unlabelled = NodeFacts(
      origin: .kubernetesLabels, platform: .linuxAMD64,
      gaps: [FactGap(.driver, reason: "no label"), FactGap(.gpus, reason: "no label")])
    let plan = checker.plan(
      [("a", try lock("torch", "2.9.1"))],
      on: [NodeGroup(names: ["n1"], facts: unlabelled)])
    #expect(plan.verdict == .unknown && plan.upgrades.isEmpty)
    #expect(checker.plan([("a", try lock("torch", "2.9.1"))], on: []).verdict == .unknown)
  }

  @Test func `a restart that mends everything is no upgrade`() throws {
    var node = try facts("580.65.06", ["A100-SXM4-80GB"])
    node.driverLibrary = try DriverVersion("580.95.05")
    let plan = checker.plan([("a", try lock("torch", "2.9.1"))], on: [NodeGroup(names: ["n1"], facts: node)])
    #expect(plan.upgrades.isEmpty)
  }

  // MARK: that it is the smallest

  /// Goes through every way to give two groups of nodes a driver, and compares the best with the plan.
  @Test(arguments: 0..<12)
  func `no other assignment of drivers is better`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let drivers = ["450.80.02", "470.57.02", "525.60.13", "535.104.05", "550.54.15", "570.26", "590.44.01"]
    let gpus = ["V100-SXM2-16GB", "A100-SXM4-80GB", "T4", "H100 PCIe", "B200", "GeForce GTX 1080", "K80"]
    let builds = [
      ("torch", "2.15.0", nil), ("torch", "2.11.0", nil), ("torch", "2.9.1", nil), ("torch", "2.5.1", nil),
      ("torch", "1.13.1", nil), ("torch", "2.7.1", "cu118"), ("tensorflow", "2.21.0", nil),
      ("tensorflow", "2.16.1", nil), ("tensorflow", "2.11.0", nil),
    ]
    var locks: [(name: String, lock: Lockfile)] = []
    for place in 0..<Int.random(in: 1...3, using: &random) {
      let build = try #require(builds.randomElement(using: &random))
      locks.append(("lock \(place)", try lock(build.0, build.1, variant: build.2)))
    }
    var groups: [NodeGroup] = []
    for place in 0..<2 {
      let names = (0..<Int.random(in: 1...3, using: &random)).map { "n\(place)-\($0)" }
      let driver = drivers.randomElement(using: &random)
      groups.append(try group(names, driver, try #require(gpus.randomElement(using: &random))))
    }
    let plan = checker.plan(locks, on: groups)
    let candidates = checker.candidates(for: locks.map(\.lock))
    let options = groups.map { group in choices(for: group, locks.map(\.lock), candidates) }
    let best = try #require(
      options[0].flatMap { one in options[1].map { other in one + other } }.min { $0.precedes($1) })
    #expect(plan.groups.map { $0.upgrade?.driver } == best.drivers)
    #expect(plan.groups.reduce(0) { $0 + $1.names.count * $1.refused.count } == best.refused)
    #expect(plan.touched == best.touched)
  }

  /// What becomes of groups of nodes when each gets one driver, or keeps its own.
  private struct Outcome {
    var drivers: [DriverVersion?]
    var refused: Int
    var touched: Int
    var ranks: [Int]

    func precedes(_ other: Outcome) -> Bool {
      (refused, touched) != (other.refused, other.touched)
        ? (refused, touched) < (other.refused, other.touched)
        : ranks.lexicographicallyPrecedes(other.ranks)
    }

    static func + (one: Outcome, other: Outcome) -> Outcome {
      Outcome(
        drivers: one.drivers + other.drivers, refused: one.refused + other.refused,
        touched: one.touched + other.touched, ranks: one.ranks + other.ranks)
    }
  }

  private func choices(for group: NodeGroup, _ locks: [Lockfile], _ candidates: [DriverChoice]) -> [Outcome] {
    let today = refusals(locks, group.facts)
    let count = group.names.count
    let kept = Outcome(
      drivers: [nil], refused: today.count { $0 } * count, touched: 0, ranks: [0])
    guard let driver = group.facts.driver else { return [kept] }
    var outcomes = [kept]
    for (rank, candidate) in candidates.enumerated() where candidate.driver > driver {
      var facts = group.facts
      facts.driver = candidate.driver
      let then = refusals(locks, facts)
      if zip(today, then).contains(where: { !$0 && $1 }) { continue }
      outcomes.append(
        Outcome(
          drivers: [candidate.driver], refused: then.count { $0 } * count, touched: count, ranks: [rank + 1]))
    }
    return outcomes
  }

  private func refusals(_ locks: [Lockfile], _ facts: NodeFacts) -> [Bool] {
    let node = NodeView(facts, matrix: matrix)
    return locks.map { GlancedLock($0, checker).isRefused(by: node, checker) }
  }

  @Test func `a glance agrees with a report`() throws {
    let locks = try [lock("torch", "2.11.0"), lock("tensorflow", "2.16.1", platforms: [.linuxARM64])]
    for (driver, gpu) in [("535.104.05", "T4"), ("580.65.06", "V100-SXM2-16GB"), ("450.80.02", "K80")] {
      let facts = try facts(driver, [gpu])
      let reports = locks.map { checker.report($0, on: [NodeGroup(names: [""], facts: facts)]) }
      #expect(refusals(locks, facts) == reports.map { $0.verdict == .doesNotFit })
    }
    for version in ["2.11.0", "2.5.1"] {
      let build = try #require(
        matrix.frameworkBuilds(
          project: try ProjectName("torch"), version: try Version(version), platform: .linuxAMD64
        ).first)
      let facts = try facts("450.80.02", ["V100-SXM2-16GB"])
      let stack = Stack(build, matrix: matrix)
      let glance = checker.glance(at: stack, on: NodeView(facts, matrix: matrix))
      let report = checker.report(stack, on: facts)
      #expect(glance.verdict == report.verdict && glance.compatibility == report.compatibility)
      #expect(glance.findings.map(\.description) == report.findings.map(\.description))
    }
  }

  /// A plan may leave out drivers between two candidates only if they change nothing.
  @Test(arguments: ["V100-SXM2-16GB", "A100-SXM4-80GB", "T4", "B200", "GeForce GTX 1080"])
  func `between two candidates no verdict changes`(gpu: String) throws {
    let locks = try [
      lock("torch", "2.15.0"), lock("torch", "2.9.1"), lock("torch", "1.13.1"), lock("tensorflow", "2.21.0"),
      lock("tensorflow", "2.16.1"),
    ]
    let drivers = checker.candidates(for: locks).map(\.driver).sorted()
    for (driver, next) in zip(drivers, drivers.dropFirst()) {
      let between = try DriverVersion("\(driver).0.1")
      let last = try DriverVersion("\(driver.branch).999999")
      #expect(between < next)
      for other in [between, last] where other < next {
        #expect(
          refusals(locks, try facts(other.description, [gpu]))
            == refusals(locks, try facts(driver.description, [gpu])),
          "\(driver) and \(other)")
      }
    }
  }

  @Test func `drivers of branches that are well come first, and the lowest of them`() throws {
    let candidates = checker.candidates(for: [])
    #expect(candidates.map(\.standing) == candidates.map(\.standing).sorted())
    for (one, next) in zip(candidates, candidates.dropFirst()) where one.standing == next.standing {
      #expect(one.driver < next.driver)
    }
    let branches = Set(candidates.filter { $0.standing == .supported }.map(\.driver.branch))
    #expect(branches == [580, 595, 620])
  }
}
