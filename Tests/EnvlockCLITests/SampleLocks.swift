import EnvlockModel
import EnvlockVersions

/// A digest that is easy to tell from others.
func digest(_ byte: UInt8) throws -> Digest {
  try Digest(
    sha256Hex: String(repeating: String(byte / 16, radix: 16) + String(byte % 16, radix: 16), count: 32))
}

/// A wheel of the default index.
func wheel(
  _ name: String, _ version: String, size: Int? = 1_000_000, needs: [String] = [],
  tag: String = "py3-none-any",
  index: String? = "default", url: String? = nil
) throws -> LockedWheel {
  LockedWheel(
    name: try ProjectName(name), version: try Version(version),
    fileName: "\(name.replacing("-", with: "_"))-\(version)-\(tag).whl",
    sha256: try digest(UInt8(truncatingIfNeeded: name.utf8.count * 16 + version.utf8.count)), size: size,
    index: index,
    url: url, dependencies: try needs.map { try LockedEdge($0) }.sorted())
}

/// A lock of answers that all come from the same request.
func lock(_ platforms: [PlatformLock], request: JSONValue = ["split": false]) throws -> Lockfile {
  Lockfile(manifest: try digest(1), matrix: try digest(2), request: request, platforms: platforms)
}

func answer(
  _ platform: Platform = .linuxAMD64, python: String = "3.11", frameworks: [FrameworkStratum] = [],
  cuda: String? = nil, cudnn: String? = nil, nccl: String? = nil, driver: (String?, String?)? = nil,
  targets: [LockedTarget] = [], roots: [String], wheels: [LockedWheel]
) throws -> PlatformLock {
  PlatformLock(
    platform: platform, python: try PythonVersion(python),
    strata: Strata(
      frameworks: frameworks, cuda: try cuda.map { try CUDAVersion($0) },
      cudnn: try cudnn.map { try Version($0) },
      nccl: try nccl.map { try Version($0) }, glibc: try Version("2.28"),
      driver: try driver.map { floors in
        DriverFloor(
          full: try floors.0.map { try DriverVersion($0) },
          minorCompatibility: try floors.1.map { try DriverVersion($0) })
      }),
    targets: targets, roots: try roots.map { try LockedEdge($0) }.sorted(),
    wheels: wheels.sorted { $0.name < $1.name })
}

func framework(
  _ name: String, _ version: String, cuda: String?, kernels: [String], ptx: [String]?, added: [String] = []
) throws -> FrameworkStratum {
  FrameworkStratum(
    name: try ProjectName(name), version: try Version(version), cuda: try cuda.map { try CUDAVersion($0) },
    kernels: try kernels.map { try ComputeCapability($0) },
    ptx: try ptx.map { try $0.map { try ComputeCapability($0) } },
    added: try added.map { try ProjectName($0) })
}

/// What a torch build with CUDA looks like, with fewer wheels.
func torchAnswer(_ platform: Platform = .linuxAMD64, targets: [LockedTarget] = []) throws -> PlatformLock {
  try answer(
    platform,
    frameworks: [
      try framework(
        "torch", "2.9.1", cuda: "12.8", kernels: ["7.0", "7.5", "8.0", "8.6", "9.0", "10.0", "12.0"], ptx: [])
    ], cuda: "12.8", cudnn: "9.10.2.21", nccl: "2.27.5", driver: ("570.26", "525.60.13"), targets: targets,
    roots: ["torch"],
    wheels: [
      try wheel(
        "torch", "2.9.1", size: 900_000_000,
        needs: ["jinja2", "networkx", "sympy", "nvidia-cudnn-cu12", "nvidia-nccl-cu12"],
        tag: "cp311-cp311-manylinux_2_28_x86_64"),
      try wheel("jinja2", "3.1.6", needs: ["markupsafe"]), try wheel("markupsafe", "3.0.3"),
      try wheel("networkx", "3.6"), try wheel("sympy", "1.14.0", needs: ["mpmath"]),
      try wheel("mpmath", "1.3.0"),
      try wheel("nvidia-cudnn-cu12", "9.10.2.21", size: 707_000_000, needs: ["nvidia-cublas-cu12"]),
      try wheel("nvidia-cublas-cu12", "12.8.4.1", size: 594_000_000),
      try wheel("nvidia-nccl-cu12", "2.27.5", size: 322_000_000),
    ])
}

/// An answer without a framework: two packages that need each other, extras, a direct reference, unknown sizes.
func plainAnswer(_ platform: Platform = .linuxAMD64) throws -> PlatformLock {
  try answer(
    platform, python: "3.13t", roots: ["alpha[fast,more]", "direct"],
    wheels: [
      try wheel("alpha", "1.0", size: 1_234, needs: ["alpha", "beta[x]", "gamma"]),
      try wheel("beta", "2.0.post1", size: nil, needs: ["alpha", "gamma"]),
      try wheel("gamma", "3.0+cu128", size: 999_999, index: "internal"),
      try wheel("direct", "0.1", size: nil, index: nil, url: "https://x.example/direct-0.1-py3-none-any.whl"),
    ])
}
