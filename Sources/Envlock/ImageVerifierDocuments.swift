import EnvlockImage
import EnvlockModel
import EnvlockStore

/// Holds the manifest and the configuration of an image against what they must say.
struct ImageVerifierDocuments {
  /// What is wrong with them.
  private(set) var faults: [ImageFault] = []

  /// Compares.
  ///
  /// - Parameters:
  ///   - expectation: what they must say.
  ///   - image: the documents.
  ///   - read: the layers.
  ///   - tables: the annotations of layers that carry an eStargz table, by place.
  init(
    _ expectation: ImageExpectation, _ image: LayoutReader.Image, _ read: [ReadLayer?],
    _ tables: [Int: [String: String]]
  ) {
    var config = expectation.config
    // Each layer was compared by itself, and its digest with this list.
    config.diffIDs = image.config.diffIDs
    faults = Self.faults(config.bytes, image.configBytes, .config)
    guard let manifest = image.manifest else { return }
    var expected = ImageManifest(
      config: ImageDescriptor(
        mediaType: MediaType.config, digest: image.configDigest, size: image.configBytes.count),
      layers: [], annotations: expectation.annotations)
    for (index, layer) in manifest.layers.enumerated() {
      let planned = index < expectation.layers.count ? expectation.layers[index] : nil
      var descriptor = ImageDescriptor(
        mediaType: MediaType.standard(layer.mediaType), digest: layer.digest, size: layer.size,
        annotations: (planned?.annotations ?? [:]).merging(tables[index] ?? [:]) { $1 })
      if case .carriedOver(let carried, _) = planned?.content, carried.digest == layer.digest {
        descriptor.mediaType = MediaType.standard(carried.mediaType)
      }
      expected.layers.append(descriptor)
    }
    faults += Self.faults(expected.bytes, Self.standard(image.manifestBytes), .manifest)
  }

  private static func faults(_ expected: [UInt8], _ found: [UInt8], _ kind: ImageFault.Kind) -> [ImageFault] {
    if expected == found { return [] }
    guard let a = try? JSONValue(parsing: expected), let b = try? JSONValue(parsing: found) else {
      return [ImageFault(kind, "", "cannot be read")]
    }
    let faults = DocumentDifference.faults(a, b, kind)
    return faults.isEmpty ? [ImageFault(kind, "", "says the right things in other words")] : faults
  }

  /// A manifest with the names that the OCI has for what Docker calls otherwise; an OCI manifest as it is.
  private static func standard(_ bytes: [UInt8]) -> [UInt8] {
    guard var object = (try? JSONValue(parsing: bytes))?.objectValue,
      object["mediaType"]?.stringValue == MediaType.dockerManifest
    else { return bytes }
    func standard(_ value: JSONValue) -> JSONValue {
      guard var object = value.objectValue, let type = object["mediaType"]?.stringValue else { return value }
      object["mediaType"] = .string(MediaType.standard(type))
      return .object(object)
    }
    object["mediaType"] = .string(MediaType.manifest)
    object["config"] = object["config"].map(standard)
    object["layers"] = object["layers"]?.arrayValue.map { .array($0.map(standard)) }
    return Array(JSONValue.object(object).canonical().utf8)
  }
}

/// Where two documents differ.
enum DocumentDifference {
  /// How many differences are worth telling.
  private static let limit = 50

  /// The differences, in the order of the document.
  ///
  /// - Parameters:
  ///   - expected: the document as it should be.
  ///   - found: the document as it is.
  ///   - kind: what the faults are called.
  /// - Returns: a fault for each smallest part that differs, such as "config.Env[2]".
  static func faults(_ expected: JSONValue, _ found: JSONValue, _ kind: ImageFault.Kind) -> [ImageFault] {
    var faults: [ImageFault] = []
    compare(expected, found, "", kind, &faults)
    guard faults.count > limit else { return faults }
    let more = faults.count - limit
    return faults.prefix(limit) + [ImageFault(kind, "", "differs in \(more) further places")]
  }

  private static func compare(
    _ expected: JSONValue?, _ found: JSONValue?, _ place: String, _ kind: ImageFault.Kind,
    _ faults: inout [ImageFault]
  ) {
    if expected == found { return }
    switch (expected, found) {
    case (.object(let a), .object(let b)):
      var keys = a.keys
      keys += b.keys.filter { a[$0] == nil }
      keys.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      for key in keys { compare(a[key], b[key], step(place, key), kind, &faults) }
    case (.array(let a), .array(let b)):
      for index in 0..<max(a.count, b.count) {
        compare(
          index < a.count ? a[index] : nil, index < b.count ? b[index] : nil, "\(place)[\(index)]", kind,
          &faults)
      }
    case (nil, let found?):
      faults.append(ImageFault(kind, place, "should not be there", found: text(found)))
    case (let expected?, nil): faults.append(ImageFault(kind, place, "is missing", expected: text(expected)))
    default:
      faults.append(
        ImageFault(kind, place, "differs", expected: expected.map(text), found: found.map(text)))
    }
  }

  private static func step(_ place: String, _ key: String) -> String {
    let isPlain = key.utf8.allSatisfy { byte in
      byte > 0x20 && byte != UInt8(ascii: ".") && byte != UInt8(ascii: "[") && byte != UInt8(ascii: "\"")
    }
    guard isPlain, !key.isEmpty else { return "\(place)[\"\(key)\"]" }
    return place.isEmpty ? key : "\(place).\(key)"
  }

  private static func text(_ value: JSONValue) -> String {
    let text = value.canonical().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return text.count > 300 ? text.prefix(300) + "…" : text
  }
}
