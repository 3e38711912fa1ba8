public import EnvlockVersions

/// The complete answer to a manifest: every artifact by hash, for each platform, and what they need of a node.
///
/// It names wheels by file name and SHA-256 and their index by its *name*; no URL of an index is in it, so
/// that it works unchanged behind any mirror.
public struct Lockfile: Hashable, Sendable {
  /// The layout that this library writes and reads.
  public static let currentVersion = 1
  /// What was added to the layout without breaking readers of the same version: 1 is `base`, 2 `uploaded-before`,
  /// 3 `built`. A lock is written with the least that it needs.
  public static let currentRevision = 3

  /// The digest of the manifest's canonical form; a lock whose manifest differs is out of date.
  public let manifest: Digest
  /// The digest of the compatibility data that the solve used.
  public let matrix: Digest
  /// The options that shaped the solve, as the manifest's canonical form states them.
  public let request: JSONValue
  /// What the age that the manifest's `exclude-newer` asks for came to when this was resolved: files uploaded at or after
  /// this instant, "YYYY-MM-DDTHH:MM:SSZ", did not count. Nil where the manifest names no age.
  public let uploadedBefore: String?
  /// The answers, sorted by platform; several for one platform where targets that cannot share an answer were
  /// split.
  public let platforms: [PlatformLock]

  /// Puts the answers together; they are sorted by platform, and for one platform kept in their order.
  public init(
    manifest: Digest, matrix: Digest, request: JSONValue, uploadedBefore: String? = nil,
    platforms: [PlatformLock]
  ) {
    self.manifest = manifest
    self.matrix = matrix
    self.request = request
    self.uploadedBefore = uploadedBefore
    self.platforms = Platform.allCases.flatMap { platform in platforms.filter { $0.platform == platform } }
  }

  /// The answers for one platform: one, unless targets were split.
  public func answers(for platform: Platform) -> [PlatformLock] {
    platforms.filter { $0.platform == platform }
  }

  /// The first answer for one platform; nil when the lock has none.
  public func platform(_ platform: Platform) -> PlatformLock? {
    platforms.first { $0.platform == platform }
  }
}

/// What a lock says for one platform.
public struct PlatformLock: Hashable, Sendable {
  /// The platform.
  public let platform: Platform
  /// The interpreter that the wheels were chosen for.
  public let python: PythonVersion
  /// The levels below the wheels.
  public let strata: Strata
  /// The nodes that the answer was proven for; empty when none were declared.
  public let targets: [LockedTarget]
  /// What the user asked for, sorted by name.
  public let roots: [LockedEdge]
  /// The wheels, sorted by name.
  public let wheels: [LockedWheel]
  /// What lies below the wheels; nil for an answer of wheels only, of which no image can be built.
  public var base: LockedBase?

  /// Puts an answer together.
  public init(
    platform: Platform, python: PythonVersion, strata: Strata, targets: [LockedTarget],
    roots: [LockedEdge], wheels: [LockedWheel], base: LockedBase? = nil
  ) {
    self.platform = platform
    self.python = python
    self.strata = strata
    self.targets = targets
    self.roots = roots
    self.wheels = wheels
    self.base = base
  }

  /// The wheel of `name`; nil when it is not in the lock.
  public func wheel(_ name: ProjectName) -> LockedWheel? {
    var low = 0
    var high = wheels.count
    while low < high {
      let middle = (low + high) / 2
      if wheels[middle].name < name { low = middle + 1 } else { high = middle }
    }
    return low < wheels.count && wheels[low].name == name ? wheels[low] : nil
  }

  /// The sum of the wheels' sizes in bytes, as far as the index told them.
  public var bytes: Int { wheels.reduce(0) { $0 + ($1.size ?? 0) } }

  /// The wheels that were built from source distributions, sorted by name.
  public var builtWheels: [LockedWheel] { wheels.filter { $0.built != nil } }
}

/// The levels below the wheels, and what they need of a node.
public struct Strata: Hashable, Sendable {
  /// The frameworks in the lock that the matrix knows, sorted by name.
  public let frameworks: [FrameworkStratum]
  /// The CUDA release (major and minor) that the wheels bring; nil for an environment without CUDA.
  public let cuda: CUDAVersion?
  /// The cuDNN that the wheels bring.
  public let cudnn: Version?
  /// The NCCL that the wheels bring.
  public let nccl: Version?
  /// The oldest glibc that the wheels may meet.
  public let glibc: Version
  /// The oldest drivers that run the CUDA release; nil without CUDA, or where nothing is known.
  public let driver: DriverFloor?

  /// Puts the levels together.
  public init(
    frameworks: [FrameworkStratum], cuda: CUDAVersion?, cudnn: Version?, nccl: Version?, glibc: Version,
    driver: DriverFloor?
  ) {
    self.frameworks = frameworks
    self.cuda = cuda
    self.cudnn = cudnn
    self.nccl = nccl
    self.glibc = glibc
    self.driver = driver
  }
}

/// A framework of a lock, and what the matrix knows of its build.
public struct FrameworkStratum: Hashable, Sendable {
  /// The project, such as torch.
  public let name: ProjectName
  /// The locked version.
  public let version: Version
  /// The CUDA release that it was built with; nil for a build for the CPU, or one that the matrix lacks.
  public let cuda: CUDAVersion?
  /// The compute capabilities that it has compiled kernels for, ascending.
  public let kernels: [ComputeCapability]
  /// The compute capabilities of its PTX, ascending; nil where that is unknown.
  public let ptx: [ComputeCapability]?
  /// The projects that envlock added because the framework's own metadata does not name them.
  public let added: [ProjectName]

  /// Puts the facts together.
  public init(
    name: ProjectName, version: Version, cuda: CUDAVersion?, kernels: [ComputeCapability],
    ptx: [ComputeCapability]?, added: [ProjectName]
  ) {
    self.name = name
    self.version = version
    self.cuda = cuda
    self.kernels = kernels
    self.ptx = ptx
    self.added = added
  }
}

/// The oldest drivers that run a CUDA release.
public struct DriverFloor: Hashable, Sendable {
  /// The oldest driver that has everything of the release; nil where nothing is known.
  public let full: DriverVersion?
  /// The oldest driver that runs it by minor-version compatibility, without compiling its PTX.
  public let minorCompatibility: DriverVersion?

  /// Puts the floors together.
  public init(full: DriverVersion?, minorCompatibility: DriverVersion?) {
    self.full = full
    self.minorCompatibility = minorCompatibility
  }
}

/// By which of NVIDIA's promises a driver runs a CUDA release.
public enum DriverCompatibility: String, Hashable, Sendable {
  /// The driver is as new as the release or newer.
  case full
  /// The driver is older, of the same CUDA major version; PTX of the release cannot be compiled on it.
  case minorVersion = "minor-version"
  /// The driver is older than that, and the forward-compatibility package brings newer user-space libraries.
  case forward
}

/// A node that an answer was proven for.
public struct LockedTarget: Hashable, Sendable {
  /// The name of the manifest's table, or "command line".
  public let name: String
  /// The declared driver.
  public let driver: DriverVersion?
  /// The declared GPUs, as the user wrote them.
  public let gpus: [String]
  /// How the driver runs the lock's CUDA; nil where one of them is unknown.
  public let compatibility: DriverCompatibility?

  /// Puts the facts together.
  public init(
    name: String, driver: DriverVersion?, gpus: [String], compatibility: DriverCompatibility?
  ) {
    self.name = name
    self.driver = driver
    self.gpus = gpus
    self.compatibility = compatibility
  }
}

/// A wheel of a lock.
public struct LockedWheel: Hashable, Sendable {
  /// The project.
  public let name: ProjectName
  /// The version, with its local part.
  public let version: Version
  /// The file, exactly as the index names it.
  public let fileName: String
  /// The digest of the file's bytes.
  public let sha256: Digest
  /// The file's size in bytes, where the index tells it.
  public let size: Int?
  /// The name of the index that has the file, or what it was built from; nil for a direct reference.
  public let index: String?
  /// Where a direct reference points, without credentials; nil for a wheel of an index.
  public let url: String?
  /// What it needs, sorted by name.
  public let dependencies: [LockedEdge]
  /// How it was made, where no index has it; nil for a wheel that is fetched.
  public let built: LockedBuild?

  /// Puts the facts together.
  public init(
    name: ProjectName, version: Version, fileName: String, sha256: Digest, size: Int?, index: String?,
    url: String?, dependencies: [LockedEdge], built: LockedBuild? = nil
  ) {
    self.name = name
    self.version = version
    self.fileName = fileName
    self.sha256 = sha256
    self.size = size
    self.index = index
    self.url = url
    self.dependencies = dependencies
    self.built = built
  }
}

/// A need for a project, and for extras of it: `cuda-toolkit[cublas,cudart]`.
public struct LockedEdge: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The project.
  public let name: ProjectName
  /// The extras, sorted.
  public let extras: [ExtraName]

  /// A need for `name` with `extras`.
  public init(name: ProjectName, extras: [ExtraName] = []) {
    self.name = name
    self.extras = extras
  }

  /// Reads `name` or `name[extra,extra]`.
  ///
  /// - Throws: `MalformedText` for anything else.
  public init(_ text: some StringProtocol) throws(MalformedText) {
    guard let open = text.firstIndex(of: "[") else {
      try self.init(name: ProjectName(text))
      return
    }
    guard text.last == "]" else {
      throw MalformedText(
        what: "dependency", text: String(text), reason: "the bracket is not closed", offset: nil)
    }
    var extras: [ExtraName] = []
    for extra in text[text.index(after: open)...].dropLast().split(separator: ",") {
      extras.append(try ExtraName(extra))
    }
    try self.init(name: ProjectName(text[..<open]), extras: extras)
  }

  /// The form that `init(_:)` reads.
  public var description: String {
    extras.isEmpty ? name.text : "\(name)[\(extras.map(\.text).joined(separator: ","))]"
  }

  /// Orders by name, then by extras.
  public static func < (left: LockedEdge, right: LockedEdge) -> Bool {
    if left.name != right.name { return left.name < right.name }
    return left.extras.lexicographicallyPrecedes(right.extras)
  }
}
