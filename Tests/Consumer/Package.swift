// swift-tools-version: 6.2
import PackageDescription

// A package as a user of the library writes it: `make test` builds and runs it.
let package = Package(
  name: "consumer",
  dependencies: [.package(name: "envlock", path: "../..")],
  targets: [
    .executableTarget(name: "read-lock", dependencies: [.product(name: "EnvlockCore", package: "envlock")]),
    .executableTarget(name: "resolve", dependencies: [.product(name: "Envlock", package: "envlock")]),
  ]
)
