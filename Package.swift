// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

/// A target of the house; it may import what is named here and nothing else.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, exclude: ["README.md"], swiftSettings: strict)
}

/// The tests of a target, in `Tests/<name>Tests`.
func tests(
  _ name: String, _ dependencies: [Target.Dependency], golden: Bool = false, fixtures: Bool = false
) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: dependencies + ["EnvlockTestSupport"],
    exclude: (golden ? ["Golden"] : []) + (fixtures ? ["Fixtures"] : []),
    swiftSettings: strict)
}

let package = Package(
  name: "envlock",
  products: [
    .library(name: "EnvlockCore", targets: ["EnvlockCore"]),
    .library(name: "Envlock", targets: ["Envlock"]),
    .executable(name: "envlock", targets: ["envlock-cli"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    // Floors 0 - 2: pure and synchronous.
    room("EnvlockVersions"),
    room("EnvlockModel", ["EnvlockVersions"]),
    room("EnvlockSolver", ["EnvlockVersions"]),
    room("EnvlockResolve", ["EnvlockModel", "EnvlockSolver", "EnvlockVersions"]),
    room("EnvlockCheck", ["EnvlockModel", "EnvlockVersions"]),
    room("EnvlockExport", ["EnvlockModel", "EnvlockVersions"]),
    room("EnvlockImage", ["EnvlockModel", "EnvlockVersions"]),
    room("EnvlockNodeFacts", ["EnvlockModel", "EnvlockVersions"]),
    room("EnvlockRunSpec", ["EnvlockModel", "EnvlockVersions"]),
    room("EnvlockSurvey", ["EnvlockModel", "EnvlockVersions"]),
    room("EnvlockDiff", ["EnvlockModel", "EnvlockVersions"]),
    // The matrix and the templates, compiled in.
    .target(name: "CEmbedded", exclude: ["README.md"]),
    room("EnvlockData", ["CEmbedded", "EnvlockModel"]),
    room(
      "EnvlockCore",
      [
        "EnvlockCheck", "EnvlockData", "EnvlockExport", "EnvlockModel", "EnvlockNodeFacts",
        "EnvlockRunSpec", "EnvlockVersions",
      ]),
    // Floor 3: C libraries behind handles.
    .target(name: "CArchive", exclude: ["README.md"]),
    .target(name: "CCurl", exclude: ["README.md"]),
    .systemLibrary(name: "CDeflate", providers: [.apt(["libdeflate-dev"])]),
    .target(name: "CDigest", exclude: ["README.md"], linkerSettings: [.linkedLibrary(":libcrypto.a")]),
    .systemLibrary(name: "CFiles"),
    .target(name: "CInflate", exclude: ["README.md"], linkerSettings: [.linkedLibrary(":libz.a")]),
    .target(name: "CNamespace", exclude: ["README.md"]),
    .systemLibrary(name: "CYAML", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),
    room(
      "EnvlockNative",
      [
        "CArchive", "CCurl", "CDeflate", "CDigest", "CFiles", "CInflate", "CNamespace", "CYAML", "CZstd",
      ]),
    // Floor 4: the disk and the network.
    room("EnvlockStore", ["EnvlockImage", "EnvlockModel", "EnvlockNative"]),
    room("EnvlockYAML", ["EnvlockModel", "EnvlockNative"]),
    // Floor 5: from bytes to values.
    room("EnvlockIndexes", ["EnvlockModel", "EnvlockNative", "EnvlockStore", "EnvlockVersions"]),
    room("EnvlockManifest", ["EnvlockModel", "EnvlockVersions"]),
    room(
      "EnvlockRegistry",
      ["EnvlockImage", "EnvlockModel", "EnvlockNative", "EnvlockStore", "EnvlockVersions"]),
    room(
      "EnvlockNode",
      [
        "EnvlockModel", "EnvlockNative", "EnvlockNodeFacts", "EnvlockRunSpec", "EnvlockVersions",
        "EnvlockYAML",
      ]),
    // Floor 6: the front door.
    room(
      "Envlock",
      [
        "EnvlockCheck", "EnvlockCore", "EnvlockData", "EnvlockDiff", "EnvlockImage", "EnvlockIndexes",
        "EnvlockManifest",
        "EnvlockModel",
        "EnvlockNative", "EnvlockNode", "EnvlockNodeFacts", "EnvlockRegistry", "EnvlockResolve",
        "EnvlockRunSpec", "EnvlockStore", "EnvlockSurvey", "EnvlockVersions",
      ]),
    // Floors 7 and 8: the command.
    room(
      "EnvlockCLI",
      [
        "Envlock", "EnvlockCheck", "EnvlockData", "EnvlockDiff", "EnvlockExport", "EnvlockManifest",
        "EnvlockModel",
        "EnvlockNative", "EnvlockNode", "EnvlockRunSpec", "EnvlockStore", "EnvlockSurvey", "EnvlockVersions",
        "EnvlockYAML",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(
      name: "envlock-cli",
      dependencies: ["EnvlockCLI"],
      swiftSettings: strict),

    .target(
      name: "EnvlockTestSupport", dependencies: ["EnvlockModel"], path: "Tests/EnvlockTestSupport",
      swiftSettings: strict),
    tests("House", []),
    // The README and the pages in docs: their commands, links, and what they describe.
    tests(
      "Docs",
      [
        "EnvlockCLI", "EnvlockImage", "EnvlockManifest", "EnvlockModel", "EnvlockNative", "EnvlockStore",
        "envlock-cli",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], fixtures: true),
    tests("EnvlockVersions", ["EnvlockVersions"]),
    tests("EnvlockModel", ["EnvlockData", "EnvlockModel", "EnvlockVersions"], golden: true),
    tests("EnvlockSolver", ["EnvlockSolver", "EnvlockVersions"], golden: true),
    tests(
      "EnvlockResolve", ["EnvlockData", "EnvlockModel", "EnvlockResolve", "EnvlockVersions"], golden: true),
    tests(
      "EnvlockCheck", ["EnvlockCheck", "EnvlockData", "EnvlockModel", "EnvlockVersions"], golden: true),
    tests("EnvlockExport", ["EnvlockExport", "EnvlockModel", "EnvlockVersions"], golden: true),
    tests("EnvlockNodeFacts", ["EnvlockModel", "EnvlockNodeFacts", "EnvlockVersions"], golden: true),
    tests(
      "EnvlockRunSpec", ["EnvlockData", "EnvlockModel", "EnvlockRunSpec", "EnvlockVersions"], golden: true,
      fixtures: true),
    tests("EnvlockDiff", ["EnvlockDiff", "EnvlockModel", "EnvlockVersions"]),
    tests("EnvlockSurvey", ["EnvlockData", "EnvlockModel", "EnvlockSurvey", "EnvlockVersions"]),
    tests(
      "EnvlockNode",
      [
        "EnvlockModel", "EnvlockNative", "EnvlockNode", "EnvlockRunSpec", "EnvlockVersions",
        "nvml-worker-host",
      ], golden: true),
    // Loads NVML in a process of its own, for the tests of probing.
    .executableTarget(
      name: "nvml-worker-host", dependencies: ["EnvlockNode"], path: "Tests/NVMLWorkerHost",
      swiftSettings: strict),
    tests("EnvlockImage", ["EnvlockImage", "EnvlockModel", "EnvlockVersions"], golden: true),
    tests("Embedded", ["EnvlockData", "EnvlockModel", "EnvlockVersions"]),
    tests("EnvlockNative", ["EnvlockNative"]),
    tests(
      "EnvlockStore", ["EnvlockImage", "EnvlockModel", "EnvlockNative", "EnvlockStore", "EnvlockVersions"]),
    tests(
      "EnvlockIndexes",
      ["EnvlockIndexes", "EnvlockModel", "EnvlockNative", "EnvlockStore", "EnvlockVersions"],
      golden: true, fixtures: true),
    tests(
      "EnvlockRegistry",
      [
        "EnvlockImage", "EnvlockModel", "EnvlockNative", "EnvlockRegistry", "EnvlockStore", "EnvlockVersions",
      ]),
    tests("EnvlockYAML", ["EnvlockModel", "EnvlockYAML"], golden: true),
    tests("EnvlockManifest", ["EnvlockManifest", "EnvlockModel", "EnvlockVersions"], golden: true),
    tests(
      "EnvlockCLI",
      [
        "Envlock", "EnvlockCLI", "EnvlockCheck", "EnvlockData", "EnvlockDiff", "EnvlockImage",
        "EnvlockManifest",
        "EnvlockModel", "EnvlockNative", "EnvlockRunSpec", "EnvlockStore", "EnvlockSurvey", "EnvlockVersions",
        "envlock-cli",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], golden: true),
    tests(
      "Envlock",
      [
        "Envlock", "EnvlockDiff", "EnvlockImage", "EnvlockIndexes", "EnvlockModel", "EnvlockRunSpec",
        "EnvlockStore", "EnvlockVersions",
      ],
      golden: true),
    tests("Network", ["Envlock", "EnvlockModel", "EnvlockVersions"]),
  ]
)
