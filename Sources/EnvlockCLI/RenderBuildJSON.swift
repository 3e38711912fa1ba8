import Envlock
import EnvlockModel

/// What was built, or would be, for programs.
enum RenderBuildJSON {
  /// Images that are written.
  static func built(_ made: BuildWork.Made, _ invocation: BuildInvocation, notes: [String]) -> String {
    var object: JSONObject = [
      "envlock-build": 1, "digest": .string(made.digest.description),
      "format": .string(invocation.format.rawValue), "seconds": .number(made.seconds),
      "notes": .array(notes.map { .string($0) }), "images": .array(made.images.map(image)),
    ]
    if case .path(let path) = invocation.output { object["output"] = .string(path) }
    object["tag"] = invocation.tag.map { .string($0) }
    return RenderCheckJSON.plain(JSONValue.object(object).canonical())
  }

  private static func image(_ image: BuiltImages.Image) -> JSONValue {
    [
      "platform": .string(image.platform.description), "manifest": .string(image.manifest.description),
      "config": .string(image.config.description), "size": .integer(image.size),
      "layers": .array(image.layers.map { .object(layer($0)) }),
    ]
  }

  private static func layer(_ layer: PlannedLayer) -> JSONObject {
    var object: JSONObject = [
      "stratum": .string(layer.stratum.rawValue), "title": .string(layer.title),
      "parts": .array(
        layer.parts.map { part in
          var object: JSONObject = ["name": .string(part.name)]
          if !part.version.isEmpty { object["version"] = .string(part.version) }
          return .object(object)
        }),
    ]
    guard let made = layer.made else { return object }
    object["media-type"] = .string(made.mediaType)
    object["digest"] = .string(made.digest.description)
    object["diff-id"] = .string(made.diffID.description)
    object["size"] = .integer(made.size)
    object["tar-size"] = made.tarSize.map { .integer($0) }
    return object
  }

  /// Images that are not made.
  static func plan(_ plan: BuildPlan, against other: RenderBuildPlan.Other?, notes: [String]) -> String {
    let missing = plan.missing
    var object: JSONObject = [
      "envlock-build-plan": 1, "notes": .array(notes.map { .string($0) }),
      "images": .array(
        plan.images.map { image in
          [
            "platform": .string(image.platform.description),
            "layers": .array(image.layers.map { planned($0, other) }),
          ]
        }),
      "to-fetch": [
        "files": .integer(missing.count), "bytes": .integer(missing.reduce(0) { $0 + ($1.size ?? 0) }),
        "of-unknown-size": .integer(missing.filter { $0.size == nil }.count),
      ],
    ]
    if let other {
      func bytes(_ answer: Bool?) -> JSONValue {
        .integer(LayerSum(plan.distinctLayers.filter { other.has($0) == answer }).bytes)
      }
      object["against"] = [
        "path": .string(other.path), "bytes-there": bytes(true), "bytes-new": bytes(false),
        "bytes-not-known": bytes(nil),
      ]
    }
    return RenderCheckJSON.plain(JSONValue.object(object).canonical())
  }

  private static func planned(_ layer: PlannedLayer, _ other: RenderBuildPlan.Other?) -> JSONValue {
    var object = self.layer(layer)
    object["state"] =
      switch layer.state {
      case .inStore: "in-store"
      case .toMake: "to-make"
      case .toFetch: "to-fetch"
      }
    object["parts"] = .array(
      layer.parts.map { part in
        var object: JSONObject = ["name": .string(part.name), "in-store": .bool(part.isInStore)]
        if !part.version.isEmpty { object["version"] = .string(part.version) }
        object["size"] = part.size.map { .integer($0) }
        return .object(object)
      })
    if let other { object["there"] = other.has(layer).map { .bool($0) } }
    return .object(object)
  }
}
