import EnvlockCheck
import EnvlockData
import EnvlockModel
import EnvlockVersions
import Testing

/// A hand-checked statement: what the rules say of a framework's build on a node.
struct CheckCase: Sendable, CustomTestStringConvertible {
  /// "torch 2.9.1", "torch 2.15.0 cu126", "torch 2.9.1 aarch64": a release, a variant, a machine.
  let build: String
  let facts: NodeFacts
  var options: CheckOptions
  let verdict: Verdict
  /// "E driver-too-old N minor-version": severity and rule of every finding, in their order.
  let findings: String
  /// Why it is so, and who says it.
  let source: String

  var testDescription: String {
    let gpus = facts.gpus.map { $0.product ?? $0.capability?.description ?? "a GPU" }.joined(separator: " + ")
    return "\(build) on \(facts.driver?.description ?? "no driver"), \(gpus)"
  }

  init(
    _ build: String, _ facts: NodeFacts, _ verdict: Verdict, _ findings: String = "",
    options: CheckOptions = CheckOptions(), because source: String
  ) {
    self.build = build
    self.facts = facts
    self.options = options
    self.verdict = verdict
    self.findings = findings
    self.source = source
  }

  func report(_ matrix: Matrix = .embedded) throws -> NodeReport {
    Checker(matrix: matrix, options: options).report(try stack(build), on: facts)
  }
}

/// The stack of a build of the embedded matrix, by words as in ``CheckCase/build``.
func stack(_ text: String) throws -> Stack { Stack(try build(text), matrix: .embedded) }

func build(_ text: String) throws -> FrameworkBuild {
  let words = text.split(separator: " ")
  try #require(words.count >= 2)
  let isARM = words.contains("aarch64")
  let variant = words.dropFirst(2).first { $0 != "aarch64" }.map(String.init)
  let builds = Matrix.embedded.frameworkBuilds(
    project: try ProjectName(words[0]), version: try Version(words[1]),
    platform: isARM ? .linuxARM64 : .linuxAMD64)
  return try #require(builds.first { $0.variant == variant }, "no build \(text) in the matrix")
}

/// The facts of a node.
///
/// - Parameters:
///   - driver: its driver; nil: unknown.
///   - gpus: their names or compute capabilities.
///   - platform: its platform; nil: unknown.
///   - change: changes the facts further.
/// - Returns: facts of a probe.
func node(
  _ driver: String?, _ gpus: String..., platform: Platform? = nil,
  change: (inout NodeFacts) -> Void = { _ in }
) -> NodeFacts {
  var facts = NodeFacts(origin: .probe, platform: platform, driver: driver.flatMap { try? DriverVersion($0) })
  facts.gpus = gpus.map { name in
    if let capability = try? ComputeCapability(name) { return GPUFacts(capability: capability) }
    return GPUFacts(product: name)
  }
  change(&facts)
  return facts
}

extension NodeReport {
  /// "E driver-too-old N minor-version".
  var summary: String {
    findings.map { "\($0.severity.rawValue.prefix(1).uppercased()) \($0.rule.rawValue)" }.joined(
      separator: " ")
  }

  func finding(_ rule: Rule) -> Finding? { findings.first { $0.rule == rule } }
}

func cudaVersion(_ text: String) -> CUDAVersion? { try? CUDAVersion(text) }
func driverVersion(_ text: String) -> DriverVersion? { try? DriverVersion(text) }
