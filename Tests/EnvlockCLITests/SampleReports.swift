import EnvlockCheck
import EnvlockVersions

@testable import EnvlockCLI
@testable import EnvlockModel

/// A row of the matrix to point at.
func source(_ file: String, _ row: String) -> MatrixSource {
  MatrixSource(file: file, row: row, texts: ["made up by a test"], weakFields: [:])
}

func facts(
  driver: String? = nil, gpus: [GPUFacts] = [], origin: NodeFacts.Origin = .kubernetesLabels,
  gaps: [FactGap] = []
) throws -> NodeFacts {
  NodeFacts(
    origin: origin, platform: .linuxAMD64, driver: try driver.map { try DriverVersion($0) }, gpus: gpus,
    gaps: gaps)
}

/// The tensorflow build of the design's example, which has PTX alone for an H100.
func tensorflowAnswer(targets: [LockedTarget] = []) throws -> PlatformLock {
  try answer(
    frameworks: [
      try framework(
        "tensorflow", "2.21.0", cuda: "12.5", kernels: ["6.0", "7.0", "8.0", "8.9"], ptx: ["9.0"])
    ], cuda: "12.5", cudnn: "9.3.0.75", driver: ("555.42.02", "525.60.13"), targets: targets,
    roots: ["tensorflow"],
    wheels: [try wheel("tensorflow", "2.21.0")])
}

/// Reports as the rules give them, without the rules.
struct SampleReports {
  let tensorflow: Lockfile
  let torch: Lockfile
  private let tensorflowStack: Stack
  private let torchStack: Stack

  init() throws {
    let tensorflow = try tensorflowAnswer()
    let torch = try torchAnswer()
    (self.tensorflow, self.torch) = (try lock([tensorflow]), try lock([torch]))
    (tensorflowStack, torchStack) = (Stack(tensorflow), Stack(torch))
  }

  /// One declared node; everything is well.
  func fit() throws -> CheckOutcome {
    let node = try facts(
      driver: "580.95.05", gpus: [GPUFacts(count: 8, product: "A100-SXM4-80GB")], origin: .declared)
    return outcome(
      torch,
      [
        NodeReport(
          names: [""], facts: node, stack: torchStack, answer: 0, verdict: .fits, compatibility: .full,
          findings: [])
      ])
  }

  static func ptxTooNew(_ severity: Severity = .error, isAllowed: Bool = false) throws -> Finding {
    Finding(
      rule: .ptxTooNew, severity: severity,
      summary: "no kernel for compute capability 9.0, and its PTX cannot be compiled here", gpu: "H100 PCIe",
      evidence: [
        Evidence(
          "kernels", "6.0 7.0 8.0 8.9, PTX 9.0 of CUDA 12.5", source: source("tensorflow.json", "2.21.0")),
        Evidence(
          "driver", "knows CUDA 12.2; PTX of a newer toolkit is outside minor-version compatibility",
          source: source("cuda.json", "rule minor-version")),
      ],
      mends: [.driver(atLeast: try DriverVersion("555.42.02"), below: nil), .gpu("6.0 to 8.9")],
      isAllowed: isAllowed)
  }

  static let minorVersion = Finding(
    rule: .minorVersion, severity: .note, summary: "the driver runs CUDA 12.5 by minor-version compatibility",
    evidence: [Evidence("driver", "535.104.05, of CUDA 12.2")])

  /// The design's example.
  func misfit() throws -> CheckOutcome {
    let node = try facts(driver: "535.104.05", gpus: [GPUFacts(product: "H100 PCIe")], origin: .declared)
    return outcome(tensorflow, [report(node, [""], .doesNotFit, .minorVersion, [try Self.ptxTooNew()])])
  }

  /// The same, allowed.
  func allowed() throws -> CheckOutcome {
    let node = try facts(driver: "535.104.05", gpus: [GPUFacts(product: "H100 PCIe")], origin: .declared)
    return outcome(
      tensorflow,
      [
        report(
          node, [""], .fits, .minorVersion,
          [try Self.ptxTooNew(.warning, isAllowed: true), Self.minorVersion])
      ],
      allowed: [.ptxTooNew, .glibc])
  }

  /// One node without a driver that anybody knows.
  func unknown() throws -> CheckOutcome {
    let node = try facts(gaps: [FactGap(.driver, reason: "it has no label")])
    return outcome(
      torch,
      [
        NodeReport(
          names: ["cpu-1"], facts: node, stack: torchStack, answer: 0, verdict: .unknown, compatibility: nil,
          findings: [
            Finding(
              rule: .noFacts, severity: .error, summary: "neither the driver nor a GPU is known",
              evidence: [Evidence("driver", "it has no label")],
              mends: [.other("run `envlock probe --json` on the node")])
          ])
      ])
  }

  /// Nodes of all kinds.
  func fleet() throws -> CheckOutcome {
    let old = try facts(driver: "535.104.05", gpus: [GPUFacts(count: 8, product: "NVIDIA-H100-80GB-HBM3")])
    let divided = try facts(
      driver: "535.104.05",
      gpus: [
        GPUFacts(
          count: 2, product: "NVIDIA-A100-SXM4-80GB",
          mig: MIGFacts(isEnabled: true, instances: [MIGInstanceFacts(profile: "1g.10gb", count: 7)])),
        GPUFacts(product: "NVIDIA-H100-PCIe"),
      ])
    let new = try facts(driver: "570.124.06", gpus: [GPUFacts(count: 4, product: "Tesla-T4")])
    let bare = try facts(gaps: [FactGap(.gpus, reason: "it has no label")])
    return outcome(
      tensorflow,
      [
        report(new, (1...32).map { "gpu-\($0)" } + ["login.example"], .fits, .full, []),
        report(
          old, ["h-09", "h-10", "h-11", "h-20"], .doesNotFit, .minorVersion,
          [try Self.ptxTooNew(), Self.minorVersion]),
        report(
          divided, ["mig"], .doesNotFit, .minorVersion,
          [
            try Self.ptxTooNew(), Self.minorVersion,
            Finding(
              rule: .migInstances, severity: .warning,
              summary: "7 instances of 1g.10gb are smaller than the GPU",
              mends: [
                .build(
                  title: "tensorflow 2.20.0 with CUDA 12.5",
                  arguments: ["tensorflow==2.20.0", "--cuda", "12.5"]),
                .forwardCompatibility(package: "cuda-compat-12-5"),
                .driver(atLeast: try DriverVersion("555.42.02"), below: try DriverVersion("590")),
              ]),
          ]),
        report(
          bare, ["new"], .unknown, nil,
          [Finding(rule: .noFacts, severity: .error, summary: "neither the driver nor a GPU is known")]),
      ])
  }

  /// Names and labels that somebody chose who means harm.
  func hostile() throws -> CheckOutcome {
    let name =
      "a|b`c`<img src=x>\u{1B}[31m\n::error::x %0A, é\u{202E}\u{9B}1m @team #1 https://x.example ]]> \u{0}\"'&"
    let node = try facts(driver: "550.54.15", gpus: [GPUFacts(product: name)])
    let finding = Finding(
      rule: .unknownGPU, severity: .error, summary: "“\(name)” is no GPU that is known", gpu: name,
      evidence: [Evidence("la|bel", name)], mends: [.other(name)])
    return CheckOutcome(
      lock: torch, path: "a,b: c%\n.lock", allowed: [],
      report: CheckReport(groups: [
        report(node, [name, name + "2"], .unknown, nil, [finding]), report(node, ["ok"], .fits, nil, []),
      ]))
  }

  /// An environment without CUDA, on no node in particular.
  func withoutGPU() throws -> CheckOutcome { outcome(try lock([try plainAnswer()]), nil) }

  /// Nodes that fit, and a lock that does not fit its manifest.
  func outOfDate() throws -> CheckOutcome {
    var manifest = Manifest()
    manifest.python = try PythonVersion("3.12")
    manifest.requirements = [SourcedRequirement(try Requirement("numpy>=2"), origin: "envlock.toml:3")]
    var request = manifest.canonical().objectValue ?? JSONObject()
    request["python"] = "3.11"
    request["requirements"] = ["scipy"]
    request["cuda"] = "12.8"
    let before = try lock([try torchAnswer()], request: .object(request))
    let currency = LockCurrency(before, manifest, path: "envlock.toml")
    return CheckOutcome(
      lock: torch, path: "envlock.lock", allowed: [],
      report: CheckReport(groups: try fit().groups), currency: currency)
  }

  private func report(
    _ facts: NodeFacts, _ names: [String], _ verdict: Verdict, _ compatibility: DriverCompatibility?,
    _ findings: [Finding]
  ) -> NodeReport {
    NodeReport(
      names: names, facts: facts, stack: tensorflowStack, answer: 0, verdict: verdict,
      compatibility: compatibility,
      findings: findings)
  }

  private func outcome(_ lock: Lockfile, _ groups: [NodeReport]?, allowed: Set<Rule> = []) -> CheckOutcome {
    CheckOutcome(
      lock: lock, path: "envlock.lock", allowed: allowed, report: groups.map { CheckReport(groups: $0) })
  }
}
