import EnvlockModel
import EnvlockVersions

/// What a lock holds as JSON, for programs.
enum RenderJSON {
  /// The wheels of each answer with their versions and what they need.
  static func tree(_ answers: [PlatformLock]) -> String {
    let trees = answers.map { answer in
      JSONValue.object([
        "platform": .string(answer.platform.description),
        "targets": .array(answer.targets.map { .string($0.name) }),
        "roots": .array(answer.roots.map { .string($0.description) }),
        "wheels": .array(
          answer.wheels.map { wheel in
            .object([
              "name": .string(wheel.name.text), "version": .string(wheel.version.description),
              "dependencies": .array(wheel.dependencies.map { .string($0.description) }),
            ])
          }),
      ])
    }
    return JSONValue.array(trees).canonical()
  }

  /// The levels of each platform with the number and size of its wheels; `extra` members stand beside them.
  ///
  /// - Throws: `JSONError` never in practice: the lock's own text is read back.
  static func summary(_ lock: Lockfile, _ extra: JSONObject = [:]) throws(JSONError) -> String {
    let document = try JSONValue(parsing: Array(lock.canonicalText().utf8))
    var platforms: [JSONValue] = []
    for (entry, platform) in zip(document["platforms"]?.arrayValue ?? [], lock.platforms) {
      guard var object = entry.objectValue else { continue }
      object["wheels"] = .integer(platform.wheels.count)
      object["bytes"] = .integer(platform.bytes)
      platforms.append(.object(object))
    }
    var summary = extra
    summary["platforms"] = .array(platforms)
    summary["manifest"] = document["manifest"]
    summary["matrix"] = document["matrix"]
    return JSONValue.object(summary).canonical()
  }
}
