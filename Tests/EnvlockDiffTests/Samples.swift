import EnvlockModel
import EnvlockVersions

/// A digest that is made of one number.
func digest(_ number: Int) throws -> Digest {
  let digits = String(number, radix: 16)
  return try Digest(sha256Hex: String(repeating: "0", count: 64 - digits.count) + digits)
}

/// A wheel of the default index; its bytes follow from its name and version, unless `bytes` says which they are.
func wheel(
  _ name: String, _ version: String, needs: [String] = [], tag: String = "py3-none-any",
  index: String = "default", bytes: Int? = nil, size: Int? = 1_000_000
) throws -> LockedWheel {
  let number = bytes ?? "\(name) \(version)".utf8.reduce(7) { ($0 &* 31 &+ Int($1)) & 0xFFFF_FFFF }
  return LockedWheel(
    name: try ProjectName(name), version: try Version(version),
    fileName: "\(name.replacing("-", with: "_"))-\(version)-\(tag).whl", sha256: try digest(number),
    size: size, index: index, url: nil, dependencies: try needs.map { try LockedEdge($0) }.sorted())
}

func package(_ name: String, _ version: String, bytes: Int = 1) throws -> LockedDebianPackage {
  LockedDebianPackage(
    name: name, version: try DebianVersion(version), architecture: "amd64", archive: .main,
    path: "pool/main/\(name)_\(version)_amd64.deb", sha256: try digest(bytes), size: 1000, dependencies: [])
}

func base(_ packages: [LockedDebianPackage], suite: String = "bookworm") throws -> LockedBase {
  LockedBase(
    system: .debian(
      LockedDebian(suite: suite, security: true, essential: [], requested: [], packages: packages)),
    interpreter: LockedInterpreter(version: try Version("3.11.2"), origin: .debian(package: "python3.11")))
}

func framework(_ version: String, cuda: String?, kernels: [String], ptx: [String]? = []) throws
  -> FrameworkStratum
{
  FrameworkStratum(
    name: try ProjectName("torch"), version: try Version(version), cuda: try cuda.map { try CUDAVersion($0) },
    kernels: try kernels.map { try ComputeCapability($0) },
    ptx: try ptx.map { try $0.map { try ComputeCapability($0) } }, added: [])
}

func strata(
  _ frameworks: [FrameworkStratum] = [], cuda: String? = nil, driver: (full: String, minor: String?)? = nil,
  glibc: String = "2.28"
) throws -> Strata {
  Strata(
    frameworks: frameworks, cuda: try cuda.map { try CUDAVersion($0) }, cudnn: nil, nccl: nil,
    glibc: try Version(glibc),
    driver: try driver.map {
      DriverFloor(
        full: try DriverVersion($0.full), minorCompatibility: try $0.minor.map { try DriverVersion($0) })
    })
}

func target(_ name: String, driver: String? = nil) throws -> LockedTarget {
  LockedTarget(name: name, driver: try driver.map { try DriverVersion($0) }, gpus: [], compatibility: nil)
}

func answer(
  on platform: Platform = .linuxAMD64, python: String = "3.11", strata levels: Strata? = nil,
  targets: [LockedTarget] = [], roots: [String] = ["app"], base: LockedBase? = nil, _ wheels: LockedWheel...
) throws -> PlatformLock {
  PlatformLock(
    platform: platform, python: try PythonVersion(python), strata: try levels ?? strata(), targets: targets,
    roots: try roots.map { try LockedEdge($0) }.sorted(), wheels: wheels.sorted { $0.name < $1.name },
    base: base)
}

/// A lock that was asked for these requirements; the digest of its manifest follows from them.
func lock(
  _ answers: PlatformLock..., asked: [String] = ["app"], also: JSONObject = [:],
  uploadedBefore: String? = nil,
  matrix: Int = 2
) throws -> Lockfile {
  var request = also
  request["requirements"] = .array(asked.sorted().map { .string($0) })
  return Lockfile(
    manifest: try manifestDigest(.object(request)), matrix: try digest(matrix), request: .object(request),
    uploadedBefore: uploadedBefore, platforms: answers)
}

func manifestDigest(_ request: JSONValue) throws -> Digest {
  try digest(request.canonical().utf8.reduce(3) { ($0 &* 31 &+ Int($1)) & 0xFFFF_FFFF })
}
