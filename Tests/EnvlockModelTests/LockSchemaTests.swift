import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Foundation
import Testing

/// The schema of the lock says what locks are written and read.
@Suite struct LockSchemaTests {
  private let schema: JSONValue

  init() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let bytes = try Data(contentsOf: root.appendingPathComponent("docs/schemas/envlock-lock.schema.json"))
    schema = try JSONValue(parsing: Array(bytes))
  }

  /// Locks that have every key between them.
  private func locks() throws -> [Lockfile] {
    let plain = try LockfileTests.lock()
    var manifest = Manifest()
    func requirement(_ text: String) throws -> SourcedRequirement {
      SourcedRequirement(try Requirement(text), origin: "a test")
    }
    manifest.framework = try requirement("torch==2.9.1")
    manifest.requirements = [try requirement("numpy")]
    manifest.constraints = [try requirement("numpy<3")]
    manifest.python = try PythonVersion("3.11")
    manifest.requiresPython = try SpecifierSet(">=3.10")
    manifest.cuda = try CUDARequest("12.8")
    manifest.statedGlibc = try Manifest.glibc("2.28")
    manifest.excludeNewer = try UploadCutoff("7 days")
    manifest.targets = [Target(name: "lab", driver: try DriverVersion("550.54.15"), gpus: ["A100"])]
    manifest.indexes = [IndexDeclaration(name: "internal", packages: [try ProjectName("numpy")])]
    return try LockfileTests.bases().enumerated().map { place, base in
      manifest.base =
        place == 0
        ? BaseDeclaration(.debian(suite: "bookworm"), packages: ["git"])
        : BaseDeclaration(.image(reference: "a/b"))
      manifest.buildSdist = [try ProjectName("numpy")]
      let answer = plain.platforms[0]
      let made = answer.wheels[0]
      let built = LockedWheel(
        name: made.name, version: made.version, fileName: made.fileName, sha256: made.sha256, size: made.size,
        index: made.index, url: nil, dependencies: made.dependencies,
        built: LockedBuild(
          fileName: "\(made.name)-\(made.version).tar.gz", sha256: made.sha256, size: 99,
          epoch: 1_600_000_000,
          platform: .linuxARM64, requirements: [made]))
      let strata = answer.strata
      let frameworks = strata.frameworks.map { framework in
        FrameworkStratum(
          name: framework.name, version: framework.version, cuda: framework.cuda, kernels: framework.kernels,
          ptx: framework.ptx, added: answer.wheels.prefix(1).map(\.name))
      }
      let based = PlatformLock(
        platform: answer.platform, python: answer.python,
        strata: Strata(
          frameworks: frameworks, cuda: strata.cuda, cudnn: strata.cudnn, nccl: try Version("2.27.5"),
          glibc: strata.glibc, driver: strata.driver),
        targets: answer.targets, roots: answer.roots, wheels: [built] + answer.wheels.dropFirst(), base: base)
      return Lockfile(
        manifest: plain.manifest, matrix: plain.matrix, request: manifest.canonical(),
        uploadedBefore: "2026-11-01T12:00:00Z", platforms: [based])
    }
  }

  private func document(_ lock: Lockfile) throws -> JSONValue {
    try JSONValue(parsing: Array(lock.canonicalText().utf8))
  }

  private func faults(_ document: JSONValue, _ schema: JSONValue) -> [String] {
    var validator = JSONSchema(schema)
    validator.validate(document)
    return validator.faults
  }

  /// The same schema, in which no table may have a key that it does not describe.
  private func strict(_ schema: JSONValue) -> JSONValue {
    switch schema {
    case .array(let elements): return .array(elements.map(strict))
    case .object(let object):
      var strictly = JSONObject(object.members.map { ($0.key, strict($0.value)) })
      // A layer is a blob with one more key.
      if object["properties"] != nil, object["$ref"] == nil, object["type"] != nil {
        strictly["additionalProperties"] = false
      }
      return .object(strictly)
    default: return schema
    }
  }

  @Test func `locks fit it, and it describes all that they have`() throws {
    let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Golden/lock.json")
    let documents = try [JSONValue(parsing: Array(Data(contentsOf: golden)))] + locks().map(document)
    for document in documents {
      #expect(faults(document, schema) == [])
      #expect(faults(document, strict(schema)).filter { !$0.contains(".diff-id: is not allowed") } == [])
    }
  }

  @Test func `nothing is described that no lock has`() throws {
    var unseen: Set<String> = []
    func walk(_ schema: JSONValue) {
      for member in schema["properties"]?.objectValue?.members ?? [] { unseen.insert(member.key) }
      for member in schema.objectValue?.members ?? [] { walk(member.value) }
      for element in schema.arrayValue ?? [] { walk(element) }
    }
    walk(schema)
    func look(_ document: JSONValue) {
      for member in document.objectValue?.members ?? [] {
        unseen.remove(member.key)
        look(member.value)
      }
      for element in document.arrayValue ?? [] { look(element) }
    }
    for lock in try locks() { look(try document(lock)) }
    #expect(unseen == [])
  }

  @Test func `what is missing or of another type fits it as little as the reader`() throws {
    for lock in try locks() {
      let whole = try document(lock)
      var seen: Set<[String]> = []
      for path in Self.paths(whole) where path.first != "request" && path.first != "revision" {
        // One element of each list is enough.
        guard seen.insert(path.filter { Int($0) == nil }).inserted else { continue }
        for change in [nil, .bool(true)] as [JSONValue?] {
          let changed = Self.changed(whole, path[...], to: change)
          let isRead = (try? Lockfile(parsing: Array(changed.canonical().utf8))) != nil
          // The reader holds names and edges against each other; a schema cannot.
          guard isRead || change != nil || !Self.isCrossed(path) else { continue }
          #expect((faults(changed, schema) == []) == isRead, "\(path) \(change.map { "\($0)" } ?? "gone")")
        }
      }
    }
  }

  /// Whether other parts of a lock refer to this one.
  private static func isCrossed(_ path: [String]) -> Bool { Int(path.last ?? "") != nil }

  /// The paths of all members and elements.
  private static func paths(_ document: JSONValue) -> [[String]] {
    let inner =
      (document.objectValue?.members.map { ($0.key, $0.value) } ?? [])
      + (document.arrayValue ?? []).enumerated().map { ("\($0)", $1) }
    return inner.flatMap { key, value in [[key]] + paths(value).map { [key] + $0 } }
  }

  /// A document with another value at a path, or without it.
  private static func changed(_ document: JSONValue, _ path: ArraySlice<String>, to value: JSONValue?)
    -> JSONValue
  {
    guard let key = path.first else { return value ?? .null }
    let rest = path.dropFirst()
    if var elements = document.arrayValue, let place = Int(key) {
      if rest.isEmpty, value == nil {
        elements.remove(at: place)
      } else {
        elements[place] = changed(elements[place], rest, to: value)
      }
      return .array(elements)
    }
    var object = document.objectValue ?? JSONObject()
    object[key] = rest.isEmpty ? value : object[key].map { changed($0, rest, to: value) }
    return .object(object)
  }
}
