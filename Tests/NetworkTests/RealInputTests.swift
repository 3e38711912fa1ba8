import Envlock
import EnvlockModel
import EnvlockVersions
import Foundation
import Testing

/// Real frameworks from the index that this machine is configured for.
///
/// These run only with ENVLOCK_NETWORK_TESTS=1, as `make test-network` sets it. One cache serves them all, and one after
/// the other asks, so that no index is asked for the same page twenty times.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["ENVLOCK_NETWORK_TESTS"] == "1"))
struct RealInputTests {
  /// A question, and what is known of its answer from the frameworks' own documents.
  struct Case: Sendable, CustomTestStringConvertible {
    let framework: String
    let python: String
    let platform: Platform
    /// CUDA and cuDNN; nil for a build for the CPU.
    var cuda: String?
    var cudnn: String?
    /// Further requirements.
    var with: [String] = []

    var testDescription: String {
      ([framework] + with).joined(separator: " ") + " on \(platform), Python \(python)"
    }
  }

  private static let frameworks: [(String, python: String, cuda: String, cudnn: String, arm64: Bool)] = [
    ("torch==2.15.0", "3.12", "13.2", "9.26.0.51", true),
    ("torch==2.12.1", "3.12", "13.0", "9.20.0.48", true),
    ("torch==2.9.1", "3.11", "12.8", "9.10.2.21", false), ("torch==2.4.1", "3.11", "12.1", "9.1.0.70", false),
    ("torch==2.0.1", "3.10", "11.7", "8.5.0.96", false), ("torch==1.13.1", "3.10", "11.7", "8.5.0.96", false),
    ("tensorflow[and-cuda]==2.21.0", "3.12", "12.9", "9", false),
    ("tensorflow[and-cuda]==2.19.1", "3.11", "12.5", "9.3", false),
    ("tensorflow[and-cuda]==2.15.1", "3.11", "12.2", "8.9", false),
    ("tensorflow==2.13.1", "3.10", "11.8", "8.6", false),
  ]

  /// Each framework on both platforms; for arm64 most are built for the CPU.
  private static let cases: [Case] =
    frameworks.flatMap { framework, python, cuda, cudnn, arm64 in
      [
        Case(framework: framework, python: python, platform: .linuxAMD64, cuda: cuda, cudnn: cudnn),
        Case(
          framework: framework.replacing("[and-cuda]", with: ""), python: python, platform: .linuxARM64,
          cuda: arm64 ? cuda : nil, cudnn: arm64 ? cudnn : nil),
      ]
    } + [
      Case(
        framework: "torch==2.9.1", python: "3.11", platform: .linuxAMD64, cuda: "12.8", cudnn: "9.10.2.21",
        with: ["transformers", "datasets", "accelerate", "lightning", "jupyterlab"])
    ]

  /// Gone when the tests have ended.
  private static let cache: String = {
    atexit { try? FileManager.default.removeItem(atPath: RealInputTests.cache) }
    return FileManager.default.temporaryDirectory
      .appending(path: "envlock-network-\(ProcessInfo.processInfo.processIdentifier)").path
  }()

  /// Resolves with what is known up to a day that has passed, so that the answer stays the same.
  private func resolve(_ question: Case, offline: Bool = false) async throws -> Lockfile {
    var manifest = Manifest(python: try PythonVersion(question.python), platforms: [question.platform])
    manifest.framework = SourcedRequirement(try Requirement(question.framework), origin: "command line")
    manifest.requirements = try question.with.map {
      SourcedRequirement(try Requirement($0), origin: "command line")
    }
    manifest.excludeNewer = try UploadCutoff("2026-11-20")
    let configuration = Configuration(
      cacheDirectory: Self.cache, offline: offline, environment: ProcessInfo.processInfo.environment)
    return try await Engine(configuration).resolve(manifest).lock
  }

  @Test(arguments: cases)
  func `is locked whole, states what it needs, and is locked again without the network`(question: Case)
    async throws
  {
    let lock = try await resolve(question)
    let answer = try #require(lock.platforms.first)
    let asked = try Requirement(question.framework)
    let framework = try #require(answer.wheel(asked.name))
    #expect(asked.specifiers.contains(framework.version))
    let isOwn = framework.fileName.contains(question.platform == .linuxAMD64 ? "x86_64" : "aarch64")
    #expect(isOwn, "\(framework.fileName)")

    #expect(answer.strata.cuda?.description == question.cuda)
    // A shorter version stands for every release of it.
    let cudnn = answer.strata.cudnn?.release ?? []
    let expected = try question.cudnn.map { try Version($0).release } ?? []
    #expect(cudnn.starts(with: expected) && cudnn.isEmpty == expected.isEmpty, "cuDNN \(cudnn)")
    #expect((answer.strata.driver?.full != nil) == (question.cuda != nil))
    let stratum = try #require(answer.strata.frameworks.first { $0.name == asked.name })
    #expect(stratum.kernels.isEmpty == (question.cuda == nil))

    #expect(answer.wheels.allSatisfy { $0.size ?? 0 > 0 && $0.index == "default" })
    for requirement in try question.with.map({ try Requirement($0) }) {
      #expect(answer.wheel(requirement.name) != nil)
    }
    #expect(question.with.isEmpty || answer.wheels.count > 100)
    let text = lock.canonicalText()
    #expect(try Lockfile(parsing: Array(text.utf8)) == lock)
    #expect(!text.contains("://"))
    #expect(try await resolve(question, offline: true).canonicalText() == text)
  }
}
