import Envlock
import EnvlockCheck
import EnvlockDiff
import EnvlockModel

/// What tells two locks apart, for programs.
enum RenderDiffJSON {
  /// One object: the answers with what differs of each, what it means for nodes, and what is asked for.
  static func text(_ outcome: DiffOutcome) -> String {
    let difference = outcome.difference
    var object: JSONObject = [
      "envlock-diff": 1, "from": .string(outcome.titles.old), "to": .string(outcome.titles.new),
      "same": .bool(outcome.difference.isEmpty),
      "scope": difference.scope == .everything ? "everything" : "levels",
      "answers": .array(difference.answers.filter { !$0.isEmpty }.map(answer)),
      "consequences": .array(outcome.consequences.map(consequence)),
      "request": .array(difference.request.map(request)),
    ]
    object["matrix"] = difference.matrix.map {
      pair(.string($0.old.description), .string($0.new.description))
    }
    object["uploaded-before"] = difference.uploadedBefore.map { change($0) { .string($0) } }
    return RenderCheckJSON.plain(JSONValue.object(object).canonical())
  }

  private static func answer(_ answer: AnswerDifference) -> JSONValue {
    var object: JSONObject = [
      "platform": .string(answer.platform.rawValue),
      "targets": .array(((answer.new ?? answer.old)?.targets ?? []).map { .string($0.name) }),
      "state": answer.old == nil ? "added" : answer.new == nil ? "removed" : "changed",
    ]
    guard answer.old != nil, answer.new != nil else { return .object(object) }
    object["levels"] = levels(answer.levels)
    object["base"] = answer.base.map { change($0, system) }
    object["targets-changed"] = .array(answer.targets.map { .string($0.name) })
    object["wheels"] = .array(
      answer.wheels.map { artifact($0.name, $0.change, $0.old.map(wheel), $0.new.map(wheel)) })
    object["packages"] = .array(
      answer.packages.map { artifact($0.name, $0.change, $0.old.map(package), $0.new.map(package)) })
    object["bytes"] = answer.bytes.map { pair(.integer($0.old), .integer($0.new)) }
    return .object(object)
  }

  private static func levels(_ levels: LevelDifference) -> JSONValue {
    var object = JSONObject()
    object["python"] = levels.python.map { pair(.string($0.old.description), .string($0.new.description)) }
    object["interpreter"] = levels.interpreter.map { change($0) { .string($0.version.description) } }
    object["cuda"] = levels.cuda.map { change($0) { .string($0.description) } }
    object["cudnn"] = levels.cudnn.map { change($0) { .string($0.description) } }
    object["nccl"] = levels.nccl.map { change($0) { .string($0.description) } }
    object["driver"] = levels.lowestDriver.map { change($0) { .string($0.description) } }
    object["driver-full"] = levels.fullDriver.map { change($0) { .string($0.description) } }
    object["glibc"] = levels.glibc.map { pair(.string($0.old.description), .string($0.new.description)) }
    if !levels.frameworks.isEmpty {
      object["frameworks"] = .array(
        levels.frameworks.map { framework in
          var object: JSONObject = [
            "name": .string(framework.name.text),
            "lost": .array(framework.lostCapabilities.map { .string($0.description) }),
            "gained": .array(framework.gainedCapabilities.map { .string($0.description) }),
          ]
          object["from"] = framework.old.map { .string($0.version.description) }
          object["to"] = framework.new.map { .string($0.version.description) }
          return .object(object)
        })
    }
    return .object(object)
  }

  private static func system(_ system: LockedBase.System) -> JSONValue {
    switch system {
    case .debian(let debian): ["debian": .string(debian.suite), "security": .bool(debian.security)]
    case .image(let image):
      ["image": .string(image.reference), "manifest": .string(image.manifest.digest.description)]
    }
  }

  private static func artifact(
    _ name: String, _ change: ArtifactChange, _ old: JSONValue?, _ new: JSONValue?
  ) -> JSONValue {
    var object: JSONObject = ["name": .string(name), "change": .string(change.rawValue)]
    object["from"] = old
    object["to"] = new
    return .object(object)
  }

  private static func wheel(_ wheel: LockedWheel) -> JSONValue {
    var object: JSONObject = [
      "version": .string(wheel.version.description), "file": .string(wheel.fileName),
      "sha256": .string(wheel.sha256.hex),
    ]
    object["size"] = wheel.size.map { .integer($0) }
    object["index"] = wheel.index.map { .string($0) }
    object["url"] = wheel.url.map { .string($0) }
    return .object(object)
  }

  private static func package(_ package: LockedDebianPackage) -> JSONValue {
    [
      "version": .string(package.version.description), "architecture": .string(package.architecture),
      "archive": .string(package.archive.rawValue), "sha256": .string(package.sha256.hex),
      "size": .integer(package.size),
    ]
  }

  private static func consequence(_ consequence: Consequence) -> JSONValue {
    var object: JSONObject = [
      "loss": .bool(consequence.isLoss), "from": report(consequence.old), "to": report(consequence.new),
      "findings": .array(consequence.new.findings.map(RenderCheckJSON.finding)),
    ]
    switch consequence.nodes {
    case .target(let target): object["target"] = .string(target.name)
    case .named(let names): object["nodes"] = .array(names.map { .string($0) })
    }
    return .object(object)
  }

  private static func report(_ report: NodeReport) -> JSONValue {
    var object: JSONObject = ["verdict": .string(report.verdict.rawValue)]
    object["compatibility"] = report.compatibility.map { .string($0.rawValue) }
    return .object(object)
  }

  private static func request(_ request: RequestDifference) -> JSONValue {
    var object: JSONObject = ["key": .string(request.key)]
    switch request.kind {
    case .value(let old, let new):
      object["from"] = old
      object["to"] = new
    case .list(let removed, let added):
      object["removed"] = .array(removed)
      object["added"] = .array(added)
    }
    return .object(object)
  }

  private static func pair(_ old: JSONValue, _ new: JSONValue) -> JSONValue { ["from": old, "to": new] }

  /// A value that may be missing on a side; then its member is.
  private static func change<Value>(_ change: Change<Value?>, _ json: (Value) -> JSONValue) -> JSONValue {
    var object = JSONObject()
    object["from"] = change.old.map(json)
    object["to"] = change.new.map(json)
    return .object(object)
  }
}
