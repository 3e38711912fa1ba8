public import EnvlockVersions

/// What lies below the wheels of an answer: an operating system and an interpreter.
public struct LockedBase: Hashable, Sendable {
  /// Where the operating system comes from.
  public enum System: Hashable, Sendable {
    /// Packages of Debian.
    case debian(LockedDebian)
    /// The layers of another image.
    case image(LockedImage)
  }

  /// The operating system.
  public let system: System
  /// The Python that the wheels run on.
  public let interpreter: LockedInterpreter

  /// Puts a base together.
  public init(system: System, interpreter: LockedInterpreter) {
    self.system = system
    self.interpreter = interpreter
  }

  /// The glibc that wheels meet.
  public var glibc: Version? {
    switch system {
    case .debian(let debian): debian.package("libc6").flatMap { LockedBase.glibc($0.version) }
    case .image(let image): image.glibc
    }
  }

  /// The release of glibc in a version of the package libc6: 2.36 of "2.36-9+deb12u10".
  public static func glibc(_ version: DebianVersion) -> Version? {
    let parts = version.upstream.split(separator: ".").map { Int($0.prefix { $0.isASCII && $0.isNumber }) }
    guard parts.count >= 2, let major = parts[0], let minor = parts[1] else { return nil }
    return Version(release: [major, minor])
  }
}

/// The packages of Debian that an image holds.
public struct LockedDebian: Hashable, Sendable {
  /// The suite, by its code name: "bookworm".
  public let suite: String
  /// Whether the suite's security updates were looked at.
  public let security: Bool
  /// The packages that every image of the suite has, by name; sorted. They and what they need make a layer of their own.
  public let essential: [String]
  /// The packages that were asked for in the manifest, as dependencies: "git", "libfoo2 (>= 2.1)"; sorted.
  public let requested: [String]
  /// All packages, sorted by name, each once.
  public let packages: [LockedDebianPackage]

  /// Puts the facts together; the packages are sorted.
  public init(
    suite: String, security: Bool, essential: [String], requested: [String], packages: [LockedDebianPackage]
  ) {
    self.suite = suite
    self.security = security
    self.essential = essential.sorted()
    self.requested = requested.sorted()
    self.packages = packages.sorted { $0.name < $1.name }
  }

  /// The package of this name.
  public func package(_ name: String) -> LockedDebianPackage? { packages.first { $0.name == name } }

  /// The packages of these names and all that they need, sorted by name.
  public func closure(of names: [String]) -> [LockedDebianPackage] {
    let byName = Dictionary(packages.map { ($0.name, $0) }) { first, _ in first }
    var found: Set<String> = []
    var next = names
    while let name = next.popLast() {
      guard let package = byName[name], found.insert(name).inserted else { continue }
      next += package.dependencies
    }
    return packages.filter { found.contains($0.name) }
  }

  /// The sum of the packages' sizes in bytes.
  public var bytes: Int { packages.reduce(0) { $0 + $1.size } }
}

/// A package of Debian, by hash.
public struct LockedDebianPackage: Hashable, Sendable {
  /// The archives that packages come from: each has a mirror of its own.
  public enum Archive: String, Hashable, CaseIterable, Sendable {
    /// The main archive.
    case main = "debian"
    /// The archive of security updates.
    case security = "debian-security"
  }

  /// The name.
  public let name: String
  /// The version.
  public let version: DebianVersion
  /// "amd64", "arm64" or "all".
  public let architecture: String
  /// The archive that it comes from.
  public let archive: Archive
  /// Where it lies below the archive's root: "pool/main/z/zlib/zlib1g_1.2.13.dfsg-1_amd64.deb".
  public let path: String
  /// The digest of the package's bytes.
  public let sha256: Digest
  /// The package's size in bytes.
  public let size: Int
  /// The names of the packages in the lock that it needs, sorted.
  public let dependencies: [String]

  /// Puts the facts together.
  public init(
    name: String, version: DebianVersion, architecture: String, archive: Archive, path: String,
    sha256: Digest, size: Int, dependencies: [String]
  ) {
    self.name = name
    self.version = version
    self.architecture = architecture
    self.archive = archive
    self.path = path
    self.sha256 = sha256
    self.size = size
    self.dependencies = dependencies.sorted()
  }

  /// The file's name, the last part of ``path``.
  public var fileName: String { String(path.split(separator: "/").last ?? "") }
}

/// An image whose layers are carried over as they are.
public struct LockedImage: Hashable, Sendable {
  /// A document or layer, by digest.
  public struct Blob: Hashable, Sendable {
    /// What it is, as its descriptor calls it.
    public let mediaType: String
    /// The digest of its bytes.
    public let digest: Digest
    /// How many bytes.
    public let size: Int

    /// Puts the facts together.
    public init(mediaType: String, digest: Digest, size: Int) {
      self.mediaType = mediaType
      self.digest = digest
      self.size = size
    }
  }

  /// A layer.
  public struct Layer: Hashable, Sendable {
    /// The blob.
    public let blob: Blob
    /// The digest of the layer before it was compressed.
    public let diffID: Digest

    /// Puts the facts together.
    public init(blob: Blob, diffID: Digest) {
      self.blob = blob
      self.diffID = diffID
    }
  }

  /// What was asked for, in full: "docker.io/nvidia/cuda:12.4.1-runtime-ubuntu22.04".
  public let reference: String
  /// The manifest for the answer's platform.
  public let manifest: Blob
  /// The configuration.
  public let config: Blob
  /// The layers, the lowest first.
  public let layers: [Layer]
  /// The glibc that is in it; nil while nobody has looked.
  public var glibc: Version?

  /// Puts the facts together.
  public init(
    reference: String, manifest: Blob, config: Blob, layers: [Layer], glibc: Version? = nil
  ) {
    self.glibc = glibc
    self.reference = reference
    self.manifest = manifest
    self.config = config
    self.layers = layers
  }

  /// The sum of the layers' sizes in bytes.
  public var bytes: Int { layers.reduce(0) { $0 + $1.blob.size } }
}

/// The Python of an image.
public struct LockedInterpreter: Hashable, Sendable {
  /// Where it comes from.
  public enum Origin: Hashable, Sendable {
    /// A package of the base, by name: "python3.11".
    case debian(package: String)
    /// An archive of python-build-standalone.
    case build(Build)
  }

  /// An archive with a relocatable CPython.
  public struct Build: Hashable, Sendable {
    /// The release folder that holds the file: "20260814".
    public let release: String
    /// The file's name.
    public let file: String
    /// The digest of the file's bytes.
    public let sha256: Digest

    /// Puts the facts together.
    public init(release: String, file: String, sha256: Digest) {
      self.release = release
      self.file = file
      self.sha256 = sha256
    }
  }

  /// The exact version: "3.11.2".
  public let version: Version
  /// Where it comes from.
  public let origin: Origin

  /// Puts the facts together.
  public init(version: Version, origin: Origin) {
    self.version = version
    self.origin = origin
  }
}
