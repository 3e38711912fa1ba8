import EnvlockCheck
import EnvlockData
import EnvlockModel
import EnvlockVersions
import Testing

@Suite struct LockReportTests {
  /// A lock whose answers are builds of the embedded matrix.
  private func lock(_ builds: [String], cuda: String? = nil, targetGPU: String? = nil) throws -> Lockfile {
    let digest = try Digest("sha256:" + String(repeating: "0", count: 64))
    let answers = try builds.map { text in
      let stack = try stack(text)
      let targets =
        targetGPU.map { [LockedTarget(name: "lab", driver: nil, gpus: [$0], compatibility: nil)] } ?? []
      return PlatformLock(
        platform: stack.platform, python: try PythonVersion("3.12"), strata: stack.strata, targets: targets,
        roots: [], wheels: [])
    }
    var request: JSONObject = [:]
    if let cuda { request["cuda"] = .string(cuda) }
    return Lockfile(manifest: digest, matrix: digest, request: .object(request), platforms: answers)
  }

  private func report(
    _ lock: Lockfile, _ facts: NodeFacts, allowed: Set<Rule> = []
  ) throws -> NodeReport {
    let report = Checker(matrix: .embedded, options: CheckOptions(allowed: allowed))
      .report(lock, on: [NodeGroup(names: ["a", "b"], facts: facts)])
    return try #require(report.groups.first)
  }

  @Test func `picks the answer for the node's platform`() throws {
    let lock = try lock(["torch 2.15.0 aarch64", "torch 2.9.1"])
    let report = try report(lock, node("570.26", "Tesla T4", platform: .linuxAMD64))
    #expect(report.stack?.platform == .linuxAMD64)
    #expect(report.answer == 0)
    #expect(report.verdict == .fits)
    #expect(report.compatibility == .full)
    #expect(report.names == ["a", "b"])
  }

  @Test func `says that there is no answer for a platform`() throws {
    let lock = try lock(["torch 2.9.1"])
    let facts = node("570.26", "GH200 480GB", platform: .linuxARM64)
    let refused = try report(lock, facts)
    #expect(refused.verdict == .doesNotFit)
    #expect(refused.summary == "E platform")
    #expect(refused.stack == nil)
    #expect(try report(lock, facts, allowed: [.platform]).verdict == .fits)
  }

  @Test func `picks the best of a split lock's answers`() throws {
    let lock = try lock(["torch 2.15.0", "torch 2.15.0 cu126"])
    let old = try report(lock, node("550.54.15", "GTX 1080"))
    #expect(old.answer == 1)
    #expect(old.verdict == .fits)
    let new = try report(lock, node("615.71.09", "H100 PCIe"))
    #expect(new.answer == 0)
    let neither = try report(lock, node("470.256.02", "Tesla K80"))
    #expect(neither.verdict == .doesNotFit)
    #expect(neither.answer != nil)
  }

  @Test func `takes an ARM answer for a GPU that only ARM machines have`() throws {
    let lock = try lock(["torch 2.15.0", "torch 2.15.0 aarch64"])
    #expect(try report(lock, node("615.71.09", "GB10")).stack?.platform == .linuxARM64)
    #expect(try report(lock, node("615.71.09", "H100 PCIe")).stack?.platform == .linuxAMD64)
  }

  @Test func `refuses a build for the CPU where a GPU is wanted`() throws {
    let facts = node("580.65.06", "GH200 480GB", platform: .linuxARM64)
    let bare = ["torch 2.9.1 aarch64"]
    #expect(try report(lock(bare), facts).summary == "W cpu-build")
    #expect(try report(lock(bare, cuda: "cpu"), facts).summary == "N cpu-build")
    #expect(try report(lock(bare, cuda: "12.8"), facts).summary == "E cpu-build")
    #expect(try report(lock(bare, targetGPU: "GH200 480GB"), facts).summary == "E cpu-build")
    let both = bare + ["torch 2.9.1"]
    #expect(try report(lock(both), facts).summary == "E cpu-build")
    #expect(try report(lock(both), node(nil, platform: .linuxARM64)).summary == "N cpu-build")
  }

  @Test func `answers for no nodes with unknown, and for many with the worst`() throws {
    let lock = try lock(["torch 2.9.1"])
    let checker = Checker(matrix: .embedded)
    #expect(checker.report(lock, on: []).verdict == .unknown)
    let good = NodeGroup(names: ["good"], facts: node("570.26", "Tesla T4"))
    let bad = NodeGroup(names: ["bad"], facts: node("470.256.02", "Tesla T4"))
    let dark = NodeGroup(
      names: ["dark"],
      facts: NodeFacts(origin: .kubernetesLabels, gaps: [FactGap(.gpus, reason: "no labels")]))
    #expect(checker.report(lock, on: [good]).verdict == .fits)
    #expect(checker.report(lock, on: [good, dark]).verdict == .unknown)
    #expect(checker.report(lock, on: [good, dark, bad]).verdict == .doesNotFit)
  }

  @Test func `knows a build that the lock names by its local version`() throws {
    var strata = try stack("torch 2.15.0 cu126").strata
    let named = FrameworkStratum(
      name: try ProjectName("torch"), version: try Version("2.15.0+cu126"), cuda: cudaVersion("12.6"),
      kernels: strata.frameworks[0].kernels, ptx: nil, added: [])
    strata = Strata(
      frameworks: [named], cuda: strata.cuda, cudnn: nil, nccl: nil, glibc: strata.glibc,
      driver: strata.driver)
    let lock = try stacked(strata)
    let report = Checker(matrix: .embedded).report(Stack(lock), on: node("560.35.03", "Tesla K80"))
    let finding = try #require(report.finding(.noKernel))
    #expect(finding.evidence.first?.source?.description == "matrices/torch.json, 2.15.0 cu126 x86_64")
  }

  @Test func `warns of a framework that is newer than the matrix, or not in it`() throws {
    let unknown = FrameworkStratum(
      name: try ProjectName("torch"), version: try Version("9.9.0"), cuda: nil, kernels: [], ptx: nil,
      added: [])
    let report = Checker(matrix: .embedded).report(
      Stack(try stacked(strata([unknown]))), on: node("570.26", "Tesla T4"))
    #expect(report.summary == "W newer-than-matrix")
    #expect(report.verdict == .fits)
    let none = Checker(matrix: .embedded).report(
      Stack(try stacked(strata([]))), on: node("570.26", "Tesla T4"))
    #expect(none.summary == "N newer-than-matrix")
  }

  @Test func `takes a CUDA that is newer than the matrix by its major version`() throws {
    let newer = Strata(
      frameworks: [], cuda: cudaVersion("14.0"), cudnn: nil, nccl: nil, glibc: Version(release: [2, 28]),
      driver: nil)
    let report = Checker(matrix: .embedded).report(
      Stack(try stacked(newer)), on: node("595.45.04", "Tesla T4"))
    #expect(report.verdict == .doesNotFit)
    #expect(report.finding(.driverTooOld) != nil)
  }

  @Test func `does not mind a CPU framework beside one for the GPU`() throws {
    let torch = try stack("torch 2.9.1").strata.frameworks
    let tensorflow = try stack("tensorflow-cpu 2.18.0").strata.frameworks
    let report = Checker(matrix: .embedded).report(
      Stack(try stacked(strata(torch + tensorflow))), on: node("570.26", "Tesla T4"))
    #expect(report.verdict == .fits)
    #expect(report.summary == "N cpu-build")
  }

  @Test func `names a lock by its JAX where no framework of the matrix is in it`() throws {
    let digest = try Digest("sha256:" + String(repeating: "0", count: 64))
    let jax = LockedWheel(
      name: try ProjectName("jax"), version: try Version("0.6.2"), fileName: "jax-0.6.2-py3-none-any.whl",
      sha256: digest, size: nil, index: nil, url: nil, dependencies: [])
    let lock = PlatformLock(
      platform: .linuxAMD64, python: try PythonVersion("3.12"), strata: strata([]), targets: [], roots: [],
      wheels: [jax])
    #expect(Stack(lock).title == "jax 0.6.2")
  }

  private func strata(_ frameworks: [FrameworkStratum]) -> Strata {
    Strata(
      frameworks: frameworks, cuda: cudaVersion("12.8"), cudnn: nil, nccl: nil,
      glibc: Version(release: [2, 28]),
      driver: nil)
  }

  private func stacked(_ strata: Strata) throws -> PlatformLock {
    PlatformLock(
      platform: .linuxAMD64, python: try PythonVersion("3.12"), strata: strata, targets: [], roots: [],
      wheels: [])
  }
}
