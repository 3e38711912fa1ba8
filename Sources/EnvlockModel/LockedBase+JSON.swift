import EnvlockVersions

extension LockedBase {
  var json: JSONValue {
    var object: JSONObject = ["interpreter": interpreter.json]
    switch system {
    case .debian(let debian): object["debian"] = debian.json
    case .image(let image): object["image"] = image.json
    }
    return .object(object)
  }

  /// - Throws: `JSONDecodingError` unless there is one system, and an interpreter that it can have.
  init(_ entry: JSONCursor) throws(JSONDecodingError) {
    let interpreter = try entry.member("interpreter")
    self.interpreter = try LockedInterpreter(interpreter)
    switch (try entry.optional("debian"), try entry.optional("image")) {
    case (let debian?, nil): system = .debian(try LockedDebian(debian))
    case (nil, let image?): system = .image(try LockedImage(image))
    default: throw entry.error("either `debian` or `image` must be there")
    }
    guard case .debian(let package) = self.interpreter.origin else { return }
    guard case .debian(let debian) = system, debian.package(package) != nil else {
      throw interpreter.error("the package \(package) is not in the lock")
    }
  }
}

extension LockedInterpreter {
  fileprivate var json: JSONValue {
    switch origin {
    case .debian(let package):
      ["package": .string(package), "version": .string(version.description)]
    case .build(let build):
      [
        "file": .string(build.file), "release": .string(build.release), "sha256": .string(build.sha256.hex),
        "version": .string(version.description),
      ]
    }
  }

  fileprivate init(_ entry: JSONCursor) throws(JSONDecodingError) {
    version = try entry.member("version").parse { try Version($0) }
    if let package = try entry.optional("package") {
      origin = .debian(package: try package.string())
    } else {
      let release = try entry.member("release").pathPart()
      let file = try entry.member("file").pathPart()
      origin = .build(
        Build(
          release: release, file: file,
          sha256: try entry.member("sha256").parse { try Digest(sha256Hex: $0) }))
    }
  }
}

extension LockedDebian {
  fileprivate var json: JSONValue {
    [
      "essential": .array(essential.map { .string($0) }), "packages": .array(packages.map(\.json)),
      "requested": .array(requested.map { .string($0) }),
      "security": .bool(security), "suite": .string(suite),
    ]
  }

  fileprivate init(_ entry: JSONCursor) throws(JSONDecodingError) {
    suite = try entry.member("suite").pathPart()
    security = try entry.member("security").bool()
    essential = try entry.list("essential") { $0 }
    requested = try entry.list("requested") { $0 }
    var packages: [LockedDebianPackage] = []
    for package in try entry.member("packages").elements() {
      let next = try LockedDebianPackage(package)
      if let last = packages.last, last.name >= next.name {
        throw package.error("\(next.name) stands after \(last.name); packages are sorted by name, each once")
      }
      packages.append(next)
    }
    self.packages = packages
  }
}

extension LockedDebianPackage {
  fileprivate var json: JSONValue {
    [
      "architecture": .string(architecture), "archive": .string(archive.rawValue),
      "dependencies": .array(dependencies.map { .string($0) }), "name": .string(name), "path": .string(path),
      "sha256": .string(sha256.hex), "size": .integer(size), "version": .string(version.description),
    ]
  }

  fileprivate init(_ entry: JSONCursor) throws(JSONDecodingError) {
    name = try entry.member("name").pathPart()
    version = try entry.member("version").parse { try DebianVersion($0) }
    architecture = try entry.member("architecture").string()
    let archive = try entry.member("archive")
    guard let known = Archive(rawValue: try archive.string()) else {
      throw archive.error("expected debian or debian-security")
    }
    self.archive = known
    let path = try entry.member("path")
    self.path = try path.string()
    guard DebianPackage.isInside(self.path) else { throw path.error("it leaves the archive") }
    sha256 = try entry.member("sha256").parse { try Digest(sha256Hex: $0) }
    let size = try entry.member("size")
    self.size = try size.integer()
    guard self.size >= 0 else { throw size.error("a size is not negative") }
    dependencies = try entry.list("dependencies") { $0 }
  }
}

extension LockedImage {
  fileprivate var json: JSONValue {
    var object: JSONObject = [
      "config": .object(config.json), "layers": .array(layers.map(\.json)),
      "manifest": .object(manifest.json), "reference": .string(reference),
    ]
    object["glibc"] = glibc.map { .string($0.description) }
    return .object(object)
  }

  fileprivate init(_ entry: JSONCursor) throws(JSONDecodingError) {
    reference = try entry.member("reference").string()
    glibc = try entry.optional("glibc")?.parse { try Version($0) }
    manifest = try Blob(entry.member("manifest"))
    config = try Blob(entry.member("config"))
    var layers: [Layer] = []
    for layer in try entry.member("layers").elements() {
      layers.append(
        Layer(blob: try Blob(layer), diffID: try layer.member("diff-id").parse { try Digest($0) }))
    }
    self.layers = layers
  }
}

extension LockedImage.Layer {
  fileprivate var json: JSONValue {
    var object = blob.json
    object["diff-id"] = .string(diffID.description)
    return .object(object)
  }
}

extension LockedImage.Blob {
  fileprivate var json: JSONObject {
    [
      "digest": .string(digest.description), "media-type": .string(mediaType), "size": .integer(size),
    ]
  }

  fileprivate init(_ entry: JSONCursor) throws(JSONDecodingError) {
    mediaType = try entry.member("media-type").string()
    digest = try entry.member("digest").parse { try Digest($0) }
    let size = try entry.member("size")
    self.size = try size.integer()
    guard self.size >= 0 else { throw size.error("a size is not negative") }
  }
}

extension JSONCursor {
  /// A text that becomes one part of a path or URL.
  ///
  /// - Throws: `JSONDecodingError` for an empty one, and one that could lead elsewhere.
  fileprivate func pathPart() throws(JSONDecodingError) -> String {
    let text = try string()
    guard !text.isEmpty, text != ".", text != "..",
      text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\") })
    else { throw error("“\(text)” is no name") }
    return text
  }
}
