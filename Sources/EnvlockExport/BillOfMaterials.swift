public import EnvlockModel

/// What an environment consists of, as far as its lock says: the value that documents of several formats are made of.
public struct BillOfMaterials: Hashable, Sendable {
  /// A part of the environment.
  public struct Component: Hashable, Sendable {
    /// What a part is.
    public enum Kind: Hashable, Sendable {
      /// The environment as a whole.
      case environment
      /// What the lock says for one platform.
      case answer
      /// A system of packages.
      case operatingSystem
      /// A package of the system.
      case systemPackage
      /// An image below.
      case baseImage
      /// A build of CPython.
      case interpreter
      /// A wheel.
      case wheel
    }

    /// What it is.
    public let kind: Kind
    /// What other parts call it; of an artifact the file's name and digest.
    public let id: String
    /// The name.
    public let name: String
    /// The version.
    public var version: String?
    /// Its package URL.
    public var packageURL: PackageURL?
    /// The digest of its file or manifest.
    public var digest: Digest?
    /// The file's name.
    public var fileName: String?
    /// Where it is from, without credentials; nil where only an index or mirror is known, by name.
    public var url: String?
    /// Its name in the dictionary of vulnerability databases (CPE 2.3), where a package URL finds nothing.
    public var cpe: String?
    /// The source package that it was built from.
    public var source: String?
    /// The source distribution that it was built of, then what that build ran with.
    public var materials: [Material] = []
    /// Facts for which formats have no place of their own, by key.
    public var facts: [String: String] = [:]
    /// The parts that it needs or holds, sorted.
    public var needs: [String] = []

    init(_ kind: Kind, id: String, name: String) {
      self.kind = kind
      self.id = id
      self.name = name
    }

    /// Whether it holds what it names, and does not merely need it.
    var isWhole: Bool { kind == .environment || kind == .answer || kind == .operatingSystem }
  }

  /// A file that a part was made with, and that is no part itself.
  public struct Material: Hashable, Sendable {
    /// The file's name.
    public let fileName: String
    /// The digest of its bytes.
    public let digest: Digest
    /// Its package URL.
    public let packageURL: PackageURL
    /// The version of its project.
    public let version: String
    /// The project.
    public let name: String
  }

  /// The environment.
  public let environment: Component
  /// Its parts, each once: for each platform the answer, then what lies below, then the wheels.
  public let parts: [Component]
  /// The parts that hold more than is listed: images below, whose packages a lock does not know.
  public let incomplete: [String]

  /// Lists what a lock says.
  ///
  /// - Parameters:
  ///   - name: What the environment is called.
  ///   - lock: The lock.
  ///   - digest: The digest of the lock's text.
  ///   - answers: Those of its answers that are meant, one for each platform.
  public init(name: String, lock: Lockfile, digest: Digest, answers: [PlatformLock]) {
    var list = BillList()
    for answer in answers { list.add(answer) }
    var environment = Component(.environment, id: "environment", name: name)
    environment.version = digest.description
    environment.facts = [
      "lock": digest.description, "manifest": lock.manifest.description, "matrix": lock.matrix.description,
    ]
    environment.needs = answers.map { BillList.id($0) }.sorted()
    self.environment = environment
    parts = list.parts
    incomplete = list.incomplete
  }
}
