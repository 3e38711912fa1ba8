public import EnvlockModel
import EnvlockNodeFacts
import EnvlockStore

/// What ran: enough to trace a result to its stack, and to start the same again.
public struct RunRecord: Hashable, Sendable {
  /// The layout that this library writes and reads.
  public static let currentVersion = 1

  /// The lock's path, as it was given.
  public var lockPath: String
  /// The digest of the lock's text.
  public var lock: Digest
  /// The platform that was started.
  public var platform: Platform
  /// What was started: a reference with its digest, or the path of a layout.
  public var image: String
  /// The digest of the image's index or manifest; nil where it was not known.
  public var imageDigest: Digest?
  /// The program that started it, by name.
  public var engine: String
  /// Its version, where it told it.
  public var engineVersion: String?
  /// What was asked for. Variables whose values were taken from the environment are not in it.
  public var request: RunDeclaration
  /// Models of GPUs that were named.
  public var models: [String]
  /// The names of the variables whose values were taken from the environment, sorted.
  public var inherited: [String]
  /// The digest of all variables that were set beside the image's own, as canonical JSON.
  public var environment: Digest
  /// The command with its arguments, the engine's own first.
  public var commandLine: [String]
  /// The UUIDs of the GPUs and MIG instances that were handed over.
  public var devices: [String]
  /// The node's name.
  public var nodeName: String
  /// What the node was.
  public var node: NodeFacts
  /// When it was started: "2026-11-30T06:50:00Z".
  public var started: String
  /// When it ended.
  public var ended: String
  /// Its exit code, as a shell tells it: 128 and the number of the signal that ended it.
  public var exitCode: Int

  /// What runs; when it started and how it ended is set afterwards.
  ///
  /// The parameters are the properties of the same names.
  public init(
    lockPath: String, lock: Digest, platform: Platform, image: String, imageDigest: Digest?, engine: String,
    engineVersion: String?, request: RunDeclaration, models: [String], inherited: [String],
    environment: Digest, commandLine: [String], devices: [String], nodeName: String, node: NodeFacts
  ) {
    self.lockPath = lockPath
    self.lock = lock
    self.platform = platform
    self.image = image
    self.imageDigest = imageDigest
    self.engine = engine
    self.engineVersion = engineVersion
    self.request = request
    self.models = models
    self.inherited = inherited
    self.environment = environment
    self.commandLine = commandLine
    self.devices = devices
    self.nodeName = nodeName
    self.node = node
    started = ""
    ended = ""
    exitCode = 0
  }

  /// The digest of variables, for ``environment``.
  public static func digest(ofVariables variables: [String: String]) -> Digest {
    sha256(JSONValue.object(JSONObject(variables.map { ($0.key, .string($0.value)) })).canonical().utf8)
  }
}

extension RunRecord {
  /// Words of a command line without the values of some variables, which may be secrets: "NAME=value" becomes "NAME=…".
  public static func withoutValues(of names: [String], _ words: [String]) -> [String] {
    words.map { word in names.first { word.hasPrefix("\($0)=") }.map { "\($0)=…" } ?? word }
  }

  /// The record as JSON.
  public var json: JSONValue {
    func texts(_ values: [String]) -> JSONValue { .array(values.map { .string($0) }) }
    var image: JSONObject = ["name": .string(self.image), "platform": .string(platform.description)]
    image["digest"] = imageDigest.map { .string($0.description) }
    var engine: JSONObject = ["name": .string(self.engine), "command": texts(commandLine)]
    engine["version"] = engineVersion.map { .string($0) }
    return [
      "version": .integer(Self.currentVersion),
      "lock": ["path": .string(lockPath), "digest": .string(lock.description)],
      "image": .object(image), "engine": .object(engine), "request": request.json, "models": texts(models),
      "environment": ["digest": .string(environment.description), "inherited": texts(inherited)],
      "devices": texts(devices), "node": node.json(name: nodeName),
      "started": .string(started), "ended": .string(ended), "exit-code": .integer(exitCode),
    ]
  }

  /// Reads what ``json`` writes.
  ///
  /// - Parameters:
  ///   - bytes: A JSON document.
  ///   - name: What errors call it.
  /// - Throws: `RunRecordError` for another document, and for one of a version that this library does not know.
  public init(bytes: [UInt8], name: String) throws(RunRecordError) {
    do {
      let cursor = JSONCursor(try JSONValue(parsing: bytes))
      let version = try cursor.member("version").integer()
      guard version == Self.currentVersion else {
        throw RunRecordError(
          "\(name) is a record of version \(version), and this envlock reads \(Self.currentVersion)",
          hints: ["it was written by a newer envlock: use that one"])
      }
      try self.init(cursor)
    } catch let error as RunRecordError {
      throw error
    } catch let error as JSONError {
      throw RunRecordError("\(name) is not JSON: \(error)")
    } catch {
      throw RunRecordError(
        "\(name) is no record of a run: \(error)", hints: ["`envlock run --record FILE` writes one"])
    }
  }

  private init(_ cursor: JSONCursor) throws {
    let lock = try cursor.member("lock")
    lockPath = try lock.member("path").string()
    self.lock = try lock.member("digest").parse { try Digest($0) }
    let image = try cursor.member("image")
    self.image = try image.member("name").string()
    platform = try image.member("platform").parse { try Platform($0) }
    imageDigest = try image.optional("digest")?.parse { try Digest($0) }
    let engine = try cursor.member("engine")
    self.engine = try engine.member("name").string()
    engineVersion = try engine.optional("version")?.string()
    commandLine = try engine.member("command").strings()
    request = try RunDeclaration(cursor.member("request"))
    models = try cursor.member("models").strings()
    let environment = try cursor.member("environment")
    self.environment = try environment.member("digest").parse { try Digest($0) }
    inherited = try environment.member("inherited").strings()
    devices = try cursor.member("devices").strings()
    (nodeName, node) = try NodeFacts.named(json: cursor.member("node").value)
    started = try cursor.member("started").string()
    ended = try cursor.member("ended").string()
    exitCode = try cursor.member("exit-code").integer()
  }
}

/// A document that is no record of a run, or not one that can be used.
public struct RunRecordError: UserFacingError, Hashable {
  /// What is wrong.
  public let message: String
  /// What to do.
  public let hints: [String]
  /// Bad input.
  public let kind = ErrorKind.badInput

  /// A fault.
  public init(_ message: String, hints: [String] = []) {
    self.message = message
    self.hints = hints
  }
}
