public import EnvlockModel

/// What an image was built from: an in-toto statement (version 1) with SLSA provenance (version 1).
///
/// It says which lock, which platforms and which artifacts by digest are in the image. It is a claim of whoever signs
/// it: unsigned, and made outside of a build service that cannot be tampered with, it reaches no SLSA level beyond 1.
///
/// Sources: in-toto Attestation Framework 1.0, "Statement" and "Field types"; SLSA 1.0, "Provenance".
public struct ProvenanceStatement: Hashable, Sendable {
  /// An image, or the index over several.
  public struct Subject: Hashable, Sendable {
    /// What it is called: "registry.example.com/lab/resnet", or with its platform.
    public var name: String
    /// The digest of its manifest or index.
    public var digest: Digest

    /// Names an image.
    public init(name: String, digest: Digest) {
      self.name = name
      self.digest = digest
    }
  }

  /// How the layers were written, which decides the digest of an image and not what is in it.
  public struct Layers: Hashable, Sendable {
    /// How they are compressed, as `envlock build --compression` calls it.
    public var compression: String
    /// Whether they have an eStargz table of contents.
    public var isStargz: Bool

    /// Says how they were written.
    public init(compression: String, isStargz: Bool) {
      self.compression = compression
      self.isStargz = isStargz
    }
  }

  /// The images.
  public var subjects: [Subject]
  /// What went into them.
  public var bill: BillOfMaterials
  /// The digest of the lock's text.
  public var lock: Digest
  /// Their platforms.
  public var platforms: [Platform]
  /// What the manifest said of the image; nil where that is not known.
  public var image: ImageDeclaration?
  /// How their layers were written; nil where that is not known.
  public var layers: Layers?
  /// Who built: a URI that verifiers know; nil where nobody vouches for the machine.
  public var builder: String?
  /// What makes the statement. Its time, where there is one, is when the build ended.
  public var tool: ExportTool

  /// Makes a statement.
  public init(
    subjects: [Subject], bill: BillOfMaterials, lock: Digest, platforms: [Platform],
    image: ImageDeclaration? = nil, layers: Layers? = nil, builder: String? = nil, tool: ExportTool
  ) {
    self.subjects = subjects
    self.bill = bill
    self.lock = lock
    self.platforms = platforms
    self.image = image
    self.layers = layers
    self.builder = builder
    self.tool = tool
  }

  /// The media type of a statement that is not signed.
  public static let mediaType = "application/vnd.in-toto+json"
  /// The type of its predicate.
  public static let predicateType = "https://slsa.dev/provenance/v1"
  /// What a build by envlock is called; the last digits count its versions. A type is to be unmistakable, need not
  /// resolve, and a UUID belongs to nobody's domain.
  public static let buildType = "urn:uuid:ff40df7b-0968-829f-9c40-000000000001"
  /// The builder that nobody vouches for: envlock on some machine.
  public static let unknownBuilder = "urn:uuid:cb0d6591-a14a-8964-a41c-000000000001"

  /// The statement.
  public var json: JSONValue {
    [
      "_type": "https://in-toto.io/Statement/v1", "predicateType": .string(Self.predicateType),
      "subject": .array(
        subjects.map { ["name": .string($0.name), "digest": Self.digestSet($0.digest)] }),
      "predicate": ["buildDefinition": .object(definition), "runDetails": .object(details)],
    ]
  }

  private var definition: JSONObject {
    var parameters: JSONObject = [
      "lock": Self.digestSet(lock), "platforms": .array(platforms.map { .string($0.description) }),
    ]
    parameters["image"] = image.map { .object($0.parameters) }
    parameters["layers"] = layers.map {
      ["compression": .string($0.compression), "estargz": .bool($0.isStargz)]
    }
    return [
      "buildType": .string(Self.buildType), "externalParameters": .object(parameters),
      "resolvedDependencies": .array(bill.parts.compactMap(Self.dependency) + materials),
    ]
  }

  /// What wheels were built of and with, each file once.
  private var materials: [JSONValue] {
    var seen: Set<Digest> = []
    return bill.parts.flatMap(\.materials).filter { seen.insert($0.digest).inserted }.map { material in
      [
        "name": .string(material.fileName), "digest": Self.digestSet(material.digest),
        "uri": .string(material.packageURL.description),
      ]
    }
  }

  private var details: JSONObject {
    var details: JSONObject = [
      "builder": [
        "id": .string(builder ?? Self.unknownBuilder),
        "version": .object(JSONObject([(ExportTool.name, .string(tool.version))])),
      ]
    ]
    if let created = tool.created { details["metadata"] = ["finishedOn": .string(created)] }
    return details
  }

  private static func digestSet(_ digest: Digest) -> JSONValue { ["sha256": .string(digest.hex)] }

  private static func dependency(_ part: BillOfMaterials.Component) -> JSONValue? {
    guard let digest = part.digest else { return nil }
    var object: JSONObject = ["name": .string(part.fileName ?? part.name), "digest": digestSet(digest)]
    object["uri"] = part.packageURL.map { .string($0.description) }
    object["downloadLocation"] = part.url.flatMap { $0.contains("://") ? .string($0) : nil }
    return .object(object)
  }
}

extension ImageDeclaration {
  /// What is said of the image, as parameters of its build.
  fileprivate var parameters: JSONObject {
    var object: JSONObject = ["bytecode": .bool(bytecode)]
    func texts(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
    func pairs(_ pairs: [String: String]) -> JSONValue {
      .object(JSONObject(pairs.map { ($0.key, .string($0.value)) }))
    }
    if !copy.isEmpty { object["copy"] = texts(copy) }
    object["workdir"] = workdir.map { .string($0) }
    object["entrypoint"] = entrypoint.map(texts)
    object["cmd"] = cmd.map(texts)
    if !env.isEmpty { object["env"] = pairs(env) }
    object["user"] = user.map { .string($0) }
    if !labels.isEmpty { object["labels"] = pairs(labels) }
    return object
  }
}
