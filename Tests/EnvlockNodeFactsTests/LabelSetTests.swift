import EnvlockModel
import EnvlockNodeFacts
import EnvlockTestSupport
import EnvlockVersions
import Foundation
import Testing

/// GPU Feature Discovery's own tests state its labels as regular expressions; they lie beside the checkout, or nowhere.
private let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .appendingPathComponent("../../../shared/schemas/gfd-labels").standardized

@Suite(.enabled(if: FileManager.default.fileExists(atPath: folder.path))) struct LabelSetTests {
  private struct Label {
    let key: String
    let value: String
  }

  private static let files = [
    "expected-output.txt", "expected-output-mig-none.txt", "expected-output-mig-single.txt",
    "expected-output-mig-mixed.txt", "expected-output-vgpu.txt",
  ]

  private static func labels(_ file: String) throws -> [Label] {
    let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
    return text.split(whereSeparator: \.isNewline).map { line in
      let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
      // One line has no `=`.
      return Label(key: parts[0].replacing(".*", with: ""), value: parts.count > 1 ? parts[1] : ".*")
    }
  }

  /// Labels that are not GPU Feature Discovery's own, but of others that work beside it.
  private static let others = [
    "nvidia.com/gpu.deploy.driver", "nvidia.com/gpu.present", "nvidia.com/mig.config",
    "nvidia.com/mig.config.state",
  ]

  @Test func `the labels of the fixtures are those that GPU Feature Discovery writes`() throws {
    let known = try Self.files.flatMap { try Self.labels($0) }
    let patterns = try known.map {
      try NSRegularExpression(pattern: "^\($0.key.replacing("[0-9]+gb", with: "[0-9]+gb(\\.me)?"))$")
    }
    for node in Fixtures.fleet {
      for key in node.labels.keys where key.hasPrefix("nvidia.com/") && !Self.others.contains(key) {
        let range = NSRange(key.startIndex..., in: key)
        #expect(
          patterns.contains { $0.firstMatch(in: key, range: range) != nil },
          "\(node.name) has the label \(key)")
      }
    }
  }

  @Test(arguments: files.dropLast()) func `a node with the labels that it expects is read without gaps`(
    file: String
  ) throws {
    var node = Fixtures.Node(name: "n", labels: [:])
    for label in try Self.labels(file) + Self.labels("expected-output-vgpu.txt") {
      let key = label.key.replacing("\\", with: "").replacing("[0-9]+g.[0-9]+gb", with: "1g.10gb")
      node.labels[key] = Self.value(key, label.value, file)
    }
    let facts = try NodeCollection(Fixtures.json(node).canonical()).only
    #expect(facts?.gaps == [])
    #expect(facts?.driver?.description == "550.54.15")
    #expect(facts?.cudaDriver?.description == "12.4")
    #expect(facts?.gpus.first?.capability?.description == "8.0")
    #expect(facts?.gpus.first?.product == "NVIDIA-A100-SXM4-80GB")
    #expect(facts?.vgpuHost?.driver?.description == "550.90.05")
    if file.contains("single") || file.contains("mixed") {
      #expect(facts?.gpus.first?.mig?.instances.map(\.profile) == ["1g.10gb"])
    }
  }

  /// A text of the kind that an expression asks for. The expressions are loose: what holds a number in one file may
  /// hold a name in the next, and a version in parts has to be the version that is whole.
  private static func value(_ key: String, _ pattern: String, _ file: String) -> String {
    let isSingle = file.contains("single")
    let numbers = [
      "driver.major": "550", "driver.minor": "54", "driver.rev": "15", "driver-version.major": "550",
      "driver-version.minor": "54", "driver-version.revision": "15", "driver-version.full": "550.54.15",
      "runtime.major": "12", "runtime.minor": "4", "runtime-version.major": "12",
      "runtime-version.minor": "4",
      "runtime-version.full": "12.4", "compute.major": "8", "compute.minor": "0",
      "gfd.timestamp": "1760000000",
      "vgpu.host-driver-version": "550.90.05", "vgpu.host-driver-branch": "r550_00",
    ]
    for (end, value) in numbers where key.hasSuffix(end) { return value }
    if key.hasSuffix("gpu.product") { return "NVIDIA-A100-SXM4-80GB" + (isSingle ? "-MIG-1g.10gb" : "") }
    if key.hasSuffix(".product") { return "NVIDIA-A100-SXM4-80GB-MIG-1g.10gb" }
    if key.hasSuffix("sharing-strategy") { return "none" }
    if key.hasSuffix("mig.strategy") { return isSingle ? "single" : "mixed" }
    // Of the only GPU, which is divided under the mixed strategy.
    if key == "nvidia.com/gpu.replicas" { return file.contains("mixed") ? "0" : "1" }
    if pattern.contains("[0-9]") { return "1" }
    if pattern.hasPrefix("["), pattern.contains("|") {
      return String(pattern.dropFirst().prefix { $0 != "|" && $0 != "]" })
    }
    return pattern == "[a-z]+" ? "ampere" : "x"
  }
}
