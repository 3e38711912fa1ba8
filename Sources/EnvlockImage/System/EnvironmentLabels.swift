public import EnvlockModel
public import EnvlockVersions

/// What an image's labels say of the environment in it: enough to check it against a node without its lock.
///
/// The same stands in the annotations of its manifest. Lists are joined by spaces; a key that is missing says that there
/// is none, or that it is not known.
///
/// | label | value |
/// | --- | --- |
/// | `dev.envlock.lock` | the digest of the lock's text: `sha256:…` |
/// | `dev.envlock.base` | `debian bookworm`, or the reference of the image below |
/// | `dev.envlock.python` | the interpreter's version: `3.11.2` |
/// | `dev.envlock.glibc`, `.cuda`, `.cudnn`, `.nccl` | the strata's versions |
/// | `dev.envlock.driver.full`, `.driver.minor-version` | the oldest drivers that run the CUDA release, by kind |
/// | `dev.envlock.frameworks` | the frameworks' names |
/// | `dev.envlock.<framework>.version`, `.cuda`, `.kernels`, `.ptx`, `.added` | each framework's build; the `ptx` of a build without is `none` |
/// | `dev.envlock.jax` | the version of JAX, which has no stratum |
public struct EnvironmentLabels: Hashable, Sendable {
  /// The digest of the lock's text.
  public var lock: Digest
  /// What is below the wheels, for people: "debian bookworm"; nil where it is not said.
  public var base: String?
  /// The interpreter's version.
  public var python: Version
  /// The levels below the wheels.
  public var strata: Strata
  /// The version of JAX where no framework has a stratum.
  public var jax: Version?

  /// Puts the facts together.
  public init(lock: Digest, base: String?, python: Version, strata: Strata, jax: Version? = nil) {
    self.lock = lock
    self.base = base
    self.python = python
    self.strata = strata
    self.jax = jax
  }

  /// What an answer says.
  ///
  /// - Parameters:
  ///   - answer: a lock's answer for the image's platform.
  ///   - lock: the digest of the lock's text.
  public init(_ answer: PlatformLock, lock: Digest) {
    let base: String?
    switch answer.base?.system {
    case .debian(let debian): base = "debian \(debian.suite)"
    case .image(let image): base = image.reference
    case nil: base = nil
    }
    let jax = answer.strata.frameworks.isEmpty ? answer.wheels.first { $0.name.text == "jax" } : nil
    self.init(
      lock: lock, base: base, python: answer.base?.interpreter.version ?? answer.python.fullVersion,
      strata: answer.strata, jax: jax?.version)
  }

  /// The key of the lock's digest.
  public static let lockKey = prefix + "lock"
  /// What all keys begin with.
  public static let prefix = "dev.envlock."

  /// The labels by key.
  public var labels: [String: String] {
    var labels: [String: String] = [:]
    func set(_ key: String, _ value: String?) {
      if let value { labels[Self.prefix + key] = value }
    }
    set("lock", lock.description)
    set("base", base)
    set("python", python.description)
    set("glibc", strata.glibc.description)
    set("cuda", strata.cuda?.description)
    set("cudnn", strata.cudnn?.description)
    set("nccl", strata.nccl?.description)
    set("driver.full", strata.driver?.full?.description)
    set("driver.minor-version", strata.driver?.minorCompatibility?.description)
    set("jax", jax?.description)
    guard !strata.frameworks.isEmpty else { return labels }
    set("frameworks", strata.frameworks.map(\.name.text).joined(separator: " "))
    for framework in strata.frameworks {
      let name = framework.name.text
      set("\(name).version", framework.version.description)
      set("\(name).cuda", framework.cuda?.description)
      set("\(name).kernels", Self.list(framework.kernels))
      set("\(name).ptx", framework.ptx.map { Self.list($0) ?? Self.none })
      set("\(name).added", Self.list(framework.added.map(\.text)))
    }
    return labels
  }

  /// Reads labels or annotations of an image.
  ///
  /// - Parameter labels: all that the image has.
  /// - Throws: `LabelFault` where there is no lock among them, or one of envlock's is malformed.
  public init(labels: [String: String]) throws(LabelFault) {
    let reader = LabelReader(labels: labels)
    guard let lock = try reader.value("lock", { try Digest($0) }) else { throw LabelFault(Self.lockKey, nil) }
    let names = try reader.list("frameworks") { try ProjectName($0) } ?? []
    var frameworks: [FrameworkStratum] = []
    for name in names {
      frameworks.append(
        FrameworkStratum(
          name: name, version: try reader.needed("\(name).version") { try Version($0) },
          cuda: try reader.value("\(name).cuda") { try CUDAVersion($0) },
          kernels: try reader.list("\(name).kernels") { try ComputeCapability($0) } ?? [],
          ptx: try reader.list("\(name).ptx") { try ComputeCapability($0) },
          added: try reader.list("\(name).added") { try ProjectName($0) } ?? []))
    }
    let full = try reader.value("driver.full") { try DriverVersion($0) }
    let minor = try reader.value("driver.minor-version") { try DriverVersion($0) }
    self.init(
      lock: lock, base: labels[Self.prefix + "base"],
      python: try reader.needed("python") { try Version($0) },
      strata: Strata(
        frameworks: frameworks, cuda: try reader.value("cuda") { try CUDAVersion($0) },
        cudnn: try reader.value("cudnn") { try Version($0) },
        nccl: try reader.value("nccl") { try Version($0) },
        glibc: try reader.needed("glibc") { try Version($0) },
        driver: full == nil && minor == nil ? nil : DriverFloor(full: full, minorCompatibility: minor)),
      jax: try reader.value("jax") { try Version($0) })
  }

  /// What a list says that is known to be empty.
  fileprivate static let none = "none"

  private static func list(_ values: [some CustomStringConvertible]) -> String? {
    values.isEmpty ? nil : values.map(\.description).joined(separator: " ")
  }
}

/// A label of an image that cannot be read.
public struct LabelFault: UserFacingError, Hashable, Sendable {
  /// Its key.
  public let key: String
  /// Its value; nil where it is missing.
  public let value: String?

  /// Describes a fault.
  public init(_ key: String, _ value: String?) {
    self.key = key
    self.value = value
  }

  /// The label and its value.
  public var message: String {
    guard let value else { return "the image has no label \(Quoted.text(key))" }
    return "the image's label \(Quoted.text(key)) has a value that cannot be read: \(Quoted.text(value))"
  }

  /// What to do about it.
  public var hints: [String] {
    value == nil ? ["only images that `envlock build` made say what is in them"] : []
  }

  /// The image is at fault.
  public var kind: ErrorKind { .badInput }
}

/// Reads labels one by one.
private struct LabelReader {
  let labels: [String: String]

  /// The value of a label; nil where it is missing.
  func value<Value>(
    _ key: String, _ read: (String) throws -> Value
  ) throws(LabelFault) -> Value? {
    guard let text = labels[EnvironmentLabels.prefix + key] else { return nil }
    do {
      return try read(text)
    } catch {
      throw LabelFault(EnvironmentLabels.prefix + key, text)
    }
  }

  /// The value of a label that has to be there.
  func needed<Value>(
    _ key: String, _ read: (String) throws -> Value
  ) throws(LabelFault) -> Value {
    guard let value = try value(key, read) else { throw LabelFault(EnvironmentLabels.prefix + key, nil) }
    return value
  }

  /// The values of a label, in its order; nil where it is missing.
  func list<Value>(
    _ key: String, _ read: (String) throws -> Value
  ) throws(LabelFault) -> [Value]? {
    try value(key) { text in
      if text == EnvironmentLabels.none { return [] }
      var values: [Value] = []
      for part in text.split(separator: " ") { values.append(try read(String(part))) }
      return values
    }
  }
}
