public import EnvlockModel

extension CDISpecification {
  /// Reads a document, as strictly as the reference library does, and more strictly about paths: they have to be absolute
  /// and without `..`, and nothing can hide /, /proc, /sys or /dev.
  ///
  /// - Throws: `JSONDecodingError` for a version that is not known, for what the version that it states does not have,
  ///   for names, paths and variables that cannot be, and for a device that comes twice.
  public init(_ document: JSONValue) throws(JSONDecodingError) {
    let cursor = JSONCursor(document)
    let versionText = try cursor.member("cdiVersion")
    let text = try versionText.string()
    guard let stated = Version(rawValue: text.hasPrefix("v") ? String(text.dropFirst()) : text) else {
      let known = Version.allCases.map(\.rawValue)
      throw versionText.error(
        "version \(text) is not known: \(known.first ?? "") to \(known.last ?? "") are")
    }
    try cursor.allow(["cdiVersion", "kind", "annotations", "devices", "containerEdits"])
    let kind = try cursor.member("kind")
    guard CDIName.isKind(try kind.string()) else {
      throw kind.error("it has to be a vendor and a class, such as nvidia.com/gpu")
    }
    self.init(kind: try kind.string(), annotations: try Self.annotations(cursor), devices: [])
    var names: Set<String> = []
    let devices = try cursor.member("devices")
    for element in try devices.elements() {
      let device = try Device(element)
      guard names.insert(device.name).inserted else {
        throw element.error("the device \(device.name) comes twice")
      }
      self.devices.append(device)
    }
    guard !self.devices.isEmpty else { throw devices.error("there has to be a device") }
    if let cursor = try cursor.optional("containerEdits") { edits = try CDIEdits(cursor) }
    guard version <= stated else {
      throw versionText.error("what it says needs version \(version.rawValue), and it states \(text)")
    }
  }

  fileprivate static func annotations(_ cursor: JSONCursor) throws(JSONDecodingError) -> [String: String] {
    var annotations: [String: String] = [:]
    for (key, value) in try cursor.optional("annotations")?.members() ?? [] {
      annotations[key] = try value.string()
    }
    return annotations
  }
}

extension CDISpecification.Device {
  fileprivate init(_ cursor: JSONCursor) throws(JSONDecodingError) {
    try cursor.allow(["name", "annotations", "containerEdits"])
    let name = try cursor.member("name")
    guard CDIName.isDevice(try name.string()) else {
      throw name.error(
        "“\(try name.string())” cannot be the name of a device: letters, digits, and between them _ - . and :"
      )
    }
    let edits = try cursor.member("containerEdits")
    self.init(
      try name.string(), annotations: try CDISpecification.annotations(cursor), edits: try CDIEdits(edits))
    guard self.edits != CDIEdits() else { throw edits.error("a device has to change something") }
  }
}
