import Envlock
import EnvlockModel

/// A push, as lines of text and for programs.
enum RenderPush {
  private static let width = 48

  /// "  torch 2.9.1      858 MB   sent 1.9 s".
  static func line(_ part: PushedImage.Part, seconds: Double) -> String {
    let name = Printable.text(name(part)).cut(to: width - 1).padded(to: width)
    let state =
      switch part.arrival {
      case .present: "there"
      case .mounted(let source): "from \(Printable.text(source))"
      case .sent: "sent \(Quantity.duration(seconds))"
      case .absent: "to send"
      }
    return "  \(name)\(Quantity.bytes(part.size).leftPadded(to: 9))   \(state)"
  }

  /// What a part is called where everything is one.
  static func name(_ part: PushedImage.Part) -> String {
    part.name.hasPrefix("layer ") ? String(part.name.dropFirst("layer ".count)) : part.name
  }

  /// "Pushed registry.example.com/lab/resnet:1: sent 2 of 24 blobs, 31 MB of 3.1 GB, in 1.9 s".
  static func summary(_ image: PushedImage) -> String {
    let name = Printable.text(names(image))
    if image.isUnchanged { return "\(name) is that image already" }
    let sent = image.parts.filter { [.sent, .absent].contains($0.arrival) }
    let mounted = image.parts.count {
      if case .mounted = $0.arrival { true } else { false }
    }
    let taken = mounted > 0 ? ", \(mounted) taken from other repositories" : ""
    if image.isDry {
      return
        "Nothing was sent to \(name): a push would send \(sent.count) of \(Quantity.count(image.parts.count, "blob"))"
        + (mounted > 0 ? ", take \(mounted) from other repositories" : "")
        + ", \(Quantity.bytes(bytes(sent))) of \(Quantity.bytes(bytes(image.parts)))"
    }
    return "Pushed \(name): sent \(sent.count) of \(Quantity.count(image.parts.count, "blob"))\(taken), "
      + "\(Quantity.bytes(bytes(sent))) of \(Quantity.bytes(bytes(image.parts))), in \(Quantity.duration(image.seconds))"
  }

  /// The repository with all tags.
  private static func names(_ image: PushedImage) -> String {
    guard image.tags.count > 1 else { return image.reference.description }
    return "\(image.reference.name) (\(image.tags.joined(separator: ", ")))"
  }

  private static func bytes(_ parts: [PushedImage.Part]) -> Int { parts.reduce(0) { $0 + $1.size } }

  /// For programs.
  static func json(_ image: PushedImage) -> String {
    var object = fields(image)
    object["envlock-push"] = 1
    return RenderCheckJSON.plain(JSONValue.object(object).canonical())
  }

  /// The same, as a part of an answer.
  static func fields(_ image: PushedImage) -> JSONObject {
    let sent = image.parts.filter { $0.arrival == .sent }
    return [
      "digest": .string(image.digest.description),
      "repository": .string(image.reference.name),
      "reference": .string(image.reference.pinned(to: image.digest).description),
      "tags": .array(image.tags.map { .string($0) }), "unchanged": .bool(image.isUnchanged),
      "dry-run": .bool(image.isDry),
      "bytes-sent": .integer(bytes(sent)), "requests": .integer(image.requests),
      "seconds": .number(image.seconds), "notes": .array(image.notes.map { .string($0) }),
      "blobs": .array(image.parts.map { .object(part($0)) }),
    ]
  }

  private static func part(_ part: PushedImage.Part) -> JSONObject {
    var object: JSONObject = [
      "name": .string(part.name), "digest": .string(part.digest.description), "size": .integer(part.size),
    ]
    switch part.arrival {
    case .present: object["arrival"] = "present"
    case .sent: object["arrival"] = "sent"
    case .absent: object["arrival"] = "absent"
    case .mounted(let source):
      object["arrival"] = "mounted"
      object["from"] = .string(source)
    }
    return object
  }
}
