import Envlock
import EnvlockModel

/// What verifying came to, for people.
enum RenderVerify {
  /// How wide the column of names is at most.
  private static let widest = 56
  private static let narrowest = 37

  /// A line for each layer with its faults below, then the verdict.
  ///
  /// - Parameters:
  ///   - result: What was found.
  ///   - lock: The lock's path.
  ///   - style: The colours.
  ///   - isBrief: Whether only the faults and the verdict are wanted.
  /// - Returns: The text.
  static func text(_ result: ImageVerification, lock: String, _ style: Style, isBrief: Bool)
    -> String
  {
    var lines: [String] = []
    let titles = result.images.flatMap(\.layers).map { Printable.text($0.title).count }
    let width = min(max(narrowest, (titles.max() ?? 0) + 1), widest)
    for fault in result.faults { lines += text(fault, style, indentation: 0) }
    for image in result.images {
      if result.images.count > 1 || !isBrief { lines.append(headline(image, style)) }
      for fault in image.faults { lines += text(fault, style, indentation: 2) }
      for layer in image.layers {
        if !isBrief || !layer.faults.isEmpty { lines.append(line(layer, width)) }
        for fault in layer.faults { lines += text(fault, style, indentation: 4) }
        if layer.omitted > 0 {
          lines.append("    … and \(Quantity.count(layer.omitted, "further fault"))")
        }
      }
    }
    lines.append(verdict(result, lock, style))
    return lines.joined(separator: "\n") + "\n"
  }

  private static func headline(_ image: ImageVerification.Image, _ style: Style) -> String {
    let digest = image.manifest.map { "manifest \($0)" } ?? "configuration \(image.config)"
    return style.strong("\(image.platform)") + "  \(digest)"
  }

  private static func line(_ layer: ImageVerification.Layer, _ width: Int) -> String {
    let name = Printable.text(layer.title).cut(to: width).padded(to: width)
    return "  \(name)\(Quantity.bytes(layer.size).leftPadded(to: 8))   \(state(layer))"
  }

  private static func state(_ layer: ImageVerification.Layer) -> String {
    switch layer.outcome {
    case .exact: Quantity.count(layer.files, "file") + " verified"
    case .carriedOver: "carried over, verified"
    case .whole: "whole, not compared"
    case .differs: "differs"
    }
  }

  private static func text(_ fault: ImageFault, _ style: Style, indentation: Int) -> [String] {
    let front = String(repeating: " ", count: indentation)
    let subject = subject(fault)
    var lines = [front + style.error("error:") + " \(subject) \(Printable.text(fault.reason))"]
    if let expected = fault.expected {
      lines.append(front + "  expected  " + Printable.text(expected))
    }
    if let found = fault.found { lines.append(front + "  found     " + Printable.text(found)) }
    return lines
  }

  private static func subject(_ fault: ImageFault) -> String {
    let place = Printable.text(fault.place)
    guard place.isEmpty else {
      switch fault.kind {
      case .config: return "configuration: \(place)"
      case .manifest: return "manifest: \(place)"
      case .missingLayer, .layerOrder: return "the layer \(place)"
      case .blob: return fault.expected == nil ? "the blob \(place)" : "the blob"
      default: return place
      }
    }
    switch fault.kind {
    case .config: return "the configuration"
    case .manifest: return "the manifest"
    case .lock: return "this"
    case .platform, .missingLayer, .layerOrder: return "the image"
    case .blob, .diffID, .damage, .extraLayer, .missingFile, .extraFile, .content, .properties,
      .archive:
      return "the layer"
    }
  }

  private static func verdict(_ result: ImageVerification, _ lock: String, _ style: Style) -> String {
    let (path, lock) = (Printable.text(result.path), Printable.text(lock))
    guard result.isExact else {
      let count = result.faults.count + result.images.reduce(0) { $0 + $1.faultCount }
      return style.strong("\(path) is not what \(lock) builds: \(Quantity.count(count, "fault"))")
    }
    let layers = result.images.reduce(0) { $0 + $1.layers.count }
    let files = result.images.reduce(0) { $0 + $1.files }
    let bytes = result.images.reduce(0) { $0 + $1.size }
    return style.strong("\(path) is what \(lock) builds")
      + ": \(Quantity.count(layers, "layer")), \(Quantity.count(files, "file")), \(Quantity.bytes(bytes))"
  }
}

/// What verifying came to, for programs.
enum RenderVerifyJSON {
  /// The whole result.
  static func text(_ result: ImageVerification, lock: String) -> String {
    let object: JSONObject = [
      "envlock-verify": 1, "path": .string(result.path), "format": .string(result.form),
      "lock": .string(lock), "exact": .bool(result.isExact),
      "images": .array(result.images.map { .object(image($0)) }), "faults": faults(result.faults),
    ]
    return RenderCheckJSON.plain(JSONValue.object(object).canonical())
  }

  private static func image(_ image: ImageVerification.Image) -> JSONObject {
    var object: JSONObject = [
      "platform": .string(image.platform.description), "config": .string(image.config.description),
      "exact": .bool(image.isExact), "names": .array(image.names.map { .string($0) }),
      "layers": .array(image.layers.map { .object(layer($0)) }), "faults": faults(image.faults),
    ]
    object["manifest"] = image.manifest.map { .string($0.description) }
    return object
  }

  private static func layer(_ layer: ImageVerification.Layer) -> JSONObject {
    [
      "title": .string(layer.title), "digest": .string(layer.digest.description),
      "diff-id": .string(layer.diffID.description), "size": .integer(layer.size),
      "tar-size": .integer(layer.tarSize), "files": .integer(layer.files),
      "outcome": .string(layer.outcome.rawValue), "faults": faults(layer.faults),
      "omitted-faults": .integer(layer.omitted),
    ]
  }

  private static func faults(_ faults: [ImageFault]) -> JSONValue {
    .array(
      faults.map { fault in
        var object: JSONObject = [
          "kind": .string(fault.kind.rawValue), "place": .string(fault.place),
          "reason": .string(fault.reason),
        ]
        object["expected"] = fault.expected.map { .string($0) }
        object["found"] = fault.found.map { .string($0) }
        return .object(object)
      })
  }
}
