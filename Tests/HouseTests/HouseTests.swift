import Foundation
import Testing

/// The rules of the house that the compiler does not keep: which floor may import what.
@Suite struct HouseTests {
  /// Floor by floor, from the ground; nobody imports from their own floor or above.
  private static let floors: [[String]] = [
    ["EnvlockVersions"], ["EnvlockModel", "EnvlockSolver"],
    [
      "EnvlockResolve", "EnvlockCheck", "EnvlockDiff", "EnvlockExport", "EnvlockNodeFacts", "EnvlockRunSpec",
      "EnvlockImage", "EnvlockSurvey", "EnvlockData",
    ],
    ["EnvlockCore", "EnvlockNative"],
    ["EnvlockStore", "EnvlockYAML"], ["EnvlockIndexes", "EnvlockManifest", "EnvlockNode", "EnvlockRegistry"],
    ["Envlock"],
    ["EnvlockCLI"],
    ["envlock-cli"],
  ]
  /// Floors 0 - 2: no C, no file, no network, no clock, no environment.
  private static let pure = [
    "EnvlockVersions", "EnvlockModel", "EnvlockSolver", "EnvlockResolve", "EnvlockCheck", "EnvlockNodeFacts",
    "EnvlockDiff", "EnvlockExport", "EnvlockImage", "EnvlockRunSpec", "EnvlockSurvey",
  ]
  /// The one room that may import a C library.
  private static let owners = [
    "CArchive": "EnvlockNative", "CCurl": "EnvlockNative", "CDeflate": "EnvlockNative",
    "CDigest": "EnvlockNative", "CFiles": "EnvlockNative", "CInflate": "EnvlockNative",
    "CEmbedded": "EnvlockData", "CNamespace": "EnvlockNative", "CYAML": "EnvlockNative",
    "CZstd": "EnvlockNative",
  ]

  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private func files(of target: String) throws -> [(name: String, text: String)] {
    let folder = Self.root.appendingPathComponent("Sources/\(target)")
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    var found: [(String, String)] = []
    while let file = files?.nextObject() as? URL {
      guard file.pathExtension == "swift" else { continue }
      found.append(("\(target)/\(file.lastPathComponent)", try String(contentsOf: file, encoding: .utf8)))
    }
    return found
  }

  private func imports(in text: String) -> [String] {
    text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      let modifiers: Set<Substring> = ["public", "package", "internal", "@_exported", "@testable"]
      guard let at = words.firstIndex(of: "import"), at + 1 < words.count,
        words[..<at].allSatisfy({ modifiers.contains($0) })
      else { return nil }
      return String(words[at + 1])
    }
  }

  @Test func `imports point down`() throws {
    for (floor, targets) in Self.floors.enumerated() {
      let allowed = Set(Self.floors[..<floor].joined())
      let ours = Set(Self.floors.joined())
      for target in targets {
        let files = try files(of: target)
        #expect(!files.isEmpty, "\(target) has no files")
        for (name, text) in files {
          for module in imports(in: text) where ours.contains(module) {
            #expect(allowed.contains(module), "\(name) imports \(module)")
          }
        }
      }
    }
  }

  @Test func `pure floors import nothing that could reach the world`() throws {
    for target in Self.pure {
      for (name, text) in try files(of: target) {
        // The toolchain's own: an atomic reference remembers what was read, without a lock.
        for module in imports(in: text) where module != "Synchronization" {
          #expect(Self.pure.contains(module), "\(name) imports \(module)")
        }
        for word in ["async ", "await ", "nonisolated(unsafe)"] where text.contains(" \(word)") {
          Issue.record("\(name) says \(word)")
        }
      }
    }
  }

  @Test func `a library outside has one owner`() throws {
    for target in Self.floors.joined() {
      for (name, text) in try files(of: target) {
        for module in imports(in: text) {
          guard let owner = Self.owners[module] else { continue }
          #expect(owner == target, "\(name) imports \(module)")
        }
      }
    }
  }
}
