import Envlock
import EnvlockModel

/// What images say of themselves, for programs.
enum RenderInspectionJSON {
  /// One object: the name, the images, and what is around them.
  static func text(_ inspection: ImageInspection) -> String {
    var object: JSONObject = [
      "envlock-inspect": 1, "name": .string(inspection.name), "form": .string(inspection.form),
      "images": .array(inspection.images.map(image)), "statements": .integer(inspection.statements),
      "others": .array(
        inspection.others.map { other in
          var object: JSONObject = ["manifest": .string(other.manifest.description)]
          object["platform"] = other.platform.map { .string($0) }
          return .object(object)
        }), "notes": strings(inspection.notes),
    ]
    object["digest"] = inspection.digest.map { .string($0.description) }
    object["media-type"] = inspection.mediaType.map { .string($0) }
    object["bundle"] = inspection.bundle.map(bundle)
    object["referrers"] = inspection.referrers.map { .array($0.map(referrer)) }
    return RenderCheckJSON.plain(JSONValue.object(object).canonical())
  }

  private static func referrer(_ referrer: ImageInspection.Referrer) -> JSONValue {
    [
      "kind": .string(ReferrerKind(referrer.type).rawValue), "type": .string(referrer.type),
      "manifest": .string(referrer.manifest.description), "subject": .string(referrer.subject.description),
      "size": .integer(referrer.size), "annotations": texts(referrer.annotations),
    ]
  }

  private static func bundle(_ bundle: EnvironmentBundle) -> JSONValue {
    [
      "lock": .string(bundle.lockDigest.description), "size": .integer(bundle.size),
      "platforms": strings(bundle.platforms.map(\.description)),
      "files": strings(bundle.files),
      "artifacts": .array(
        bundle.artifacts.map { artifact in
          [
            "name": .string(artifact.name), "digest": .string(artifact.digest.description),
            "size": .integer(artifact.size),
          ]
        }),
    ]
  }

  private static func image(_ image: ImageInspection.Image) -> JSONValue {
    var object: JSONObject = [
      "platform": .string(image.platform), "config": .string(image.config.description),
      "size": .integer(image.size), "labels": texts(image.labels), "annotations": texts(image.annotations),
      "layers": .array(image.layers.map(layer)), "env": strings(image.process.env),
      "entrypoint": strings(image.process.entrypoint), "cmd": strings(image.process.cmd),
      "ports": strings(image.ports), "volumes": strings(image.volumes),
    ]
    object["manifest"] = image.manifest.map { .string($0.description) }
    object["media-type"] = image.mediaType.map { .string($0) }
    object["created"] = image.created.map { .string($0) }
    object["author"] = image.author.map { .string($0) }
    object["workdir"] = image.process.workdir.map { .string($0) }
    object["user"] = image.process.user.map { .string($0) }
    object["stop-signal"] = image.stopSignal.map { .string($0) }
    object["environment-fault"] = image.fault.map { .string($0) }
    object["environment"] = image.environment.map(environment)
    return .object(object)
  }

  private static func environment(_ environment: ImageInspection.Environment) -> JSONValue {
    let strata = environment.answer.strata
    var object: JSONObject = [
      "lock": .string(environment.lock.description), "python": .string("\(environment.python)"),
      "glibc": .string("\(strata.glibc)"),
      "frameworks": .array(
        strata.frameworks.map { framework in
          var object: JSONObject = [
            "name": .string(framework.name.text), "version": .string("\(framework.version)"),
            "kernels": strings(framework.kernels.map(\.description)),
          ]
          object["cuda"] = framework.cuda.map { .string("\($0)") }
          object["ptx"] = framework.ptx.map { strings($0.map(\.description)) }
          return .object(object)
        }),
    ]
    object["base"] = environment.base.map { .string($0) }
    object["cuda"] = strata.cuda.map { .string("\($0)") }
    object["cudnn"] = strata.cudnn.map { .string("\($0)") }
    object["nccl"] = strata.nccl.map { .string("\($0)") }
    object["driver"] = strata.driver.map { floor in
      var object = JSONObject()
      object["full"] = floor.full.map { .string("\($0)") }
      object["minor-version"] = floor.minorCompatibility.map { .string("\($0)") }
      return .object(object)
    }
    return .object(object)
  }

  private static func layer(_ layer: ImageInspection.Layer) -> JSONValue {
    var object = JSONObject()
    object["digest"] = layer.digest.map { .string($0.description) }
    object["diff-id"] = layer.diffID.map { .string($0.description) }
    object["media-type"] = layer.mediaType.map { .string($0) }
    object["size"] = layer.size.map { .integer($0) }
    object["title"] = layer.title.map { .string($0) }
    return .object(object)
  }

  private static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

  private static func texts(_ texts: [String: String]) -> JSONValue {
    .object(JSONObject(texts.map { ($0.key, .string($0.value)) }))
  }
}
