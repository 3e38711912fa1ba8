import EnvlockCheck
import EnvlockData
import EnvlockModel
import EnvlockVersions
import Testing

@Suite struct MatrixQueryTests {
  private let matrix = Matrix.embedded
  private let checker = Checker(matrix: .embedded)

  private func facts(_ driver: String?, _ gpus: String...) throws -> NodeFacts {
    NodeFacts(
      origin: .declared, driver: try driver.map { try DriverVersion($0) },
      gpus: gpus.map { text in
        guard let capability = try? ComputeCapability(text) else { return GPUFacts(product: text) }
        return GPUFacts(capability: capability)
      })
  }

  private func answer(_ facts: NodeFacts, _ project: String, _ change: (inout MatrixQuery) -> Void = { _ in })
    throws
    -> FrameworkAnswer
  {
    var query = MatrixQuery(facts: facts, frameworks: [try ProjectName(project)])
    change(&query)
    return try #require(checker.answer(query).frameworks.first)
  }

  private func release(_ version: String, in answer: FrameworkAnswer) throws -> ReleaseAnswer? {
    let wanted = try Version(version)
    return answer.releases.first { $0.version == wanted }
  }

  @Test func `releases come newest first, each with the builds that run`() throws {
    let torch = try answer(try facts("535.104.05", "V100-SXM2-16GB"), "torch")
    #expect(torch.releases.map(\.version) == torch.releases.map(\.version).sorted(by: >))
    #expect(torch.running == torch.releases.count && torch.running <= torch.known)
    let old = try answer(try facts("470.57.02", "K80"), "torch")
    #expect(old.running > 0 && old.running < old.known)
    #expect(torch.releases.allSatisfy { $0.builds.allSatisfy { $0.runs && $0.build.cuda != nil } })
    // torch.json: 2.11.0 of the default index is of CUDA 13, for which no driver runs a V100.
    #expect(try release("2.11.0", in: torch)?.builds.contains { $0.build.indexName == nil } != true)
    // 2.5.1 of the default index is of CUDA 12.4 and has code for 7.0; driver 535 is older than that.
    let build = try #require(try release("2.5.1", in: torch)?.builds.first)
    #expect(
      build.build.indexName == nil && build.report.compatibility == .minorVersion && build.package == nil)
    #expect(try build.code == [.compiled(ComputeCapability("7.0"))])
  }

  @Test func `forward compatibility is named with its package`() throws {
    // cuda.json: CUDA 13.0 runs over branch 535 with cuda-compat-13-0, on data-center GPUs.
    let torch = try answer(try facts("535.104.05", "A100-SXM4-80GB"), "torch")
    let build = try #require(try release("2.11.0", in: torch)?.builds.first { $0.build.cuda?.major == 13 })
    #expect(build.report.compatibility == .forward)
    #expect(build.package?.hasPrefix("cuda-compat-13") == true)
    let geforce = try answer(try facts("535.104.05", "GeForce RTX 3090"), "torch")
    #expect(try release("2.11.0", in: geforce)?.builds.contains { $0.build.cuda?.major == 13 } != true)
  }

  @Test func `a driver alone and a GPU alone will do`() throws {
    #expect(try answer(try facts("450.80.02"), "torch").running > 0)
    let alone = try answer(try facts(nil, "8.0"), "torch")
    #expect(alone.running == alone.releases.count && alone.running > 0)
    #expect(alone.releases.allSatisfy { $0.builds.allSatisfy { $0.report.compatibility == nil } })
  }

  @Test func `Python and CUDA narrow the answer`() throws {
    let facts = try facts("580.65.06", "A100-SXM4-80GB")
    let all = try answer(facts, "torch")
    let python = try answer(facts, "torch") { $0.python = try? PythonVersion("3.8") }
    #expect(python.running < all.running && python.known < all.known)
    #expect(
      python.releases.allSatisfy {
        $0.builds.allSatisfy { $0.build.pythonTags.isEmpty || $0.build.pythonTags.contains("cp38") }
      })
    // torch.json: the Pythons of 2.9.1 cu129 are unknown, and its other builds have none for 3.8.
    #expect(try release("2.9.1", in: all)?.builds.contains { $0.build.pythonTags.isEmpty } == true)
    #expect(try release("2.9.1", in: python) == nil)
    let cuda = try answer(facts, "torch") { $0.cuda = try? CUDAVersion("12.6") }
    #expect(cuda.releases.allSatisfy { $0.builds.allSatisfy { $0.build.cuda == (try? CUDAVersion("12.6")) } })
    #expect(cuda.running > 0)
  }

  @Test func `everything includes what does not run, and pre-releases`() throws {
    let facts = try facts("535.104.05", "K80")
    let all = try answer(facts, "tensorflow") { $0.includesAll = true }
    #expect(all.releases.contains { $0.version.isPrerelease })
    #expect(all.releases.contains { $0.builds.contains { !$0.runs && !$0.report.findings.isEmpty } })
    let usual = try answer(facts, "tensorflow")
    #expect(!usual.releases.contains { $0.version.isPrerelease })
    #expect(all.running >= usual.running)
  }

  @Test func `a name of models that differ is looked at as each of them`() throws {
    let name = try #require(
      ["RTX 5000", "RTX 6000", "RTX 4000"].first { name in
        Set(matrix.gpus(matching: name).map(\.capability)).count > 1
      })
    let answer = checker.answer(MatrixQuery(facts: try facts("580.65.06", name)))
    let ambiguity = try #require(answer.ambiguities.first)
    #expect(ambiguity.name == name && ambiguity.models.count > 1)
    #expect(answer.facts.gpus.compactMap(\.capability) == ambiguity.models.map(\.capability))
    #expect(checker.answer(MatrixQuery(facts: try facts(nil, "A100"))).ambiguities.isEmpty)
  }

  @Test func `platforms without builds with CUDA have no answer`() throws {
    let query = MatrixQuery(
      facts: try facts("580.65.06", "8.0"), platform: .linuxARM64,
      frameworks: [try ProjectName("tensorflow-gpu"), try ProjectName("nothing")])
    #expect(checker.answer(query).frameworks.isEmpty)
  }

  @Test func `JAX compiles on the node, and its CUDA is the lowest that it takes`() throws {
    let jax = try answer(try facts("535.104.05", "A100-SXM4-80GB"), "jax")
    let builds = jax.releases.flatMap(\.builds)
    #expect(!builds.isEmpty && builds.allSatisfy { $0.build.isLowestCUDA && $0.code == [.compiledThere] })
    // CUDA 12 runs by minor-version compatibility; CUDA 13 needs a package over branch 535.
    let newest = try #require(jax.releases.first)
    #expect(newest.builds.map(\.build.extra) == ["cuda13", "cuda12"])
    #expect(newest.builds.map { $0.package == nil } == [false, true])
  }

  @Test func `the code that a GPU runs from`() throws {
    func code(_ gpu: String, _ kernels: [String], _ ptx: [String]?) throws -> CodePath {
      CodePath(
        on: try ComputeCapability(gpu), kernels: try kernels.map { try ComputeCapability($0) },
        ptx: try ptx?.map { try ComputeCapability($0) })
    }
    #expect(try code("8.6", ["7.0", "8.0"], []) == .compiled(ComputeCapability("8.0")))
    #expect(try code("8.6", ["8.0", "8.6"], []) == .compiled(ComputeCapability("8.6")))
    #expect(try code("9.0", ["8.0"], ["7.0", "8.0"]) == .ptx(ComputeCapability("8.0")))
    #expect(try code("9.0", ["8.0"], []) == CodePath.none)
    #expect(try code("7.5", ["8.0"], ["8.0"]) == CodePath.none)
    #expect(try code("9.0", ["8.0"], nil) == .unknown)
    #expect(try code("7.5", ["8.0"], nil) == CodePath.none)
    #expect(try code("7.5", [], nil) == .unknown)
    #expect(try code("7.5", [], ["7.0"]) == .ptx(ComputeCapability("7.0")))
  }
}
