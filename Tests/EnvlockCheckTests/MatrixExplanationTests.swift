import EnvlockCheck
import EnvlockData
import EnvlockModel
import EnvlockVersions
import Testing

@Suite struct MatrixExplanationTests {
  private let matrix = Matrix.embedded
  private let checker = Checker(matrix: .embedded)

  private func build(_ project: String, _ version: String, _ index: String? = nil) throws -> MatrixBuild {
    let builds = matrix.builds(
      of: try ProjectName(project), version: try Version(version), platform: .linuxAMD64)
    return try #require(builds.first { $0.indexName == index })
  }

  private func facts(_ driver: String, _ gpu: String) throws -> NodeFacts {
    NodeFacts(origin: .declared, driver: try DriverVersion(driver), gpus: [GPUFacts(product: gpu)])
  }

  @Test func `the chain goes from the build to the GPU, and every row has its source`() throws {
    let explanation = checker.explanation(of: try build("torch", "2.9.1"), on: try facts("525.85.12", "T4"))
    let labels = explanation.steps.map(\.label)
    #expect(labels.first == "build" && labels.contains("minor version"))
    #expect(labels.filter { $0 == "so" }.count == 2)
    for step in explanation.steps where step.label != "so" {
      #expect(step.source?.texts.isEmpty == false, "\(step.text)")
    }
    #expect(explanation.answer?.report.verdict == .fits)
    #expect(explanation.answer?.report.compatibility == .minorVersion)
  }

  @Test func `without a node it says what is needed in general`() throws {
    let explanation = checker.explanation(of: try build("torch", "2.9.1"), on: nil)
    #expect(explanation.answer == nil)
    #expect(!explanation.steps.contains { $0.label == "so" || $0.label == "node" || $0.label == "GPU" })
  }

  @Test func `a build for the CPU needs nothing`() throws {
    let explanation = checker.explanation(of: try build("torch", "2.9.1", "pytorch-cpu"), on: nil)
    #expect(explanation.steps.map(\.label) == ["build"])
  }

  @Test func `what is documented otherwise is told`() throws {
    let conflicts = checker.explanation(of: try build("torch", "2.3.1"), on: nil).conflicts.prefix(2)
    #expect(conflicts.map(\.field) == ["cuda", "python"])
    #expect(
      conflicts.first?.documented == "experimental 12.1, stable 11.8" && conflicts.first?.found == "12.1")
    #expect(checker.explanation(of: try build("tensorflow", "2.10.0"), on: nil).conflicts.isEmpty)
  }

  @Test func `every build of the matrix can be explained`() throws {
    for project in MatrixQuery.frameworks {
      for version in matrix.buildVersions(of: project) {
        for build in matrix.builds(of: project, version: version, platform: .linuxAMD64) {
          let explanation = checker.explanation(of: build, on: nil)
          #expect(explanation.build == build && explanation.steps.first?.label == "build")
          #expect(explanation.steps.allSatisfy { !$0.text.isEmpty && $0.source != nil })
        }
      }
    }
  }
}
