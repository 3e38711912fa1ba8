import EnvlockVersions

extension Manifest {
  /// What a lock was asked for: reads what ``canonical()`` wrote.
  ///
  /// What does not shape an answer is not in it, such as where indexes are; `manifest.canonical()` is again what was read.
  ///
  /// - Parameters:
  ///   - request: A lock's ``Lockfile/request``.
  ///   - origin: Where its requirements are said to stand: "envlock.lock".
  /// - Throws: `JSONDecodingError` for a value that is missing or wrong.
  public init(request: JSONValue, origin: String) throws(JSONDecodingError) {
    let top = JSONCursor(request)
    func requirement(_ text: String) throws(MalformedText) -> SourcedRequirement {
      SourcedRequirement(try Requirement(text), origin: origin)
    }
    self.init()
    platforms = try top.list("platforms") { try Platform($0) }
    requirements = try top.list("requirements") { try requirement($0) }
    constraints = try top.list("constraints") { try requirement($0) }
    framework = try top.optional("framework")?.parse { try requirement($0) }
    python = try top.optional("python")?.parse { try PythonVersion($0) }
    requiresPython = try top.optional("requires-python")?.parse { try SpecifierSet($0) }
    cuda = try top.optional("cuda")?.parse { try CUDARequest($0) }
    statedGlibc = try top.optional("glibc")?.parse { try Manifest.glibc($0) }
    excludeNewer = try top.optional("exclude-newer")?.parse { try UploadCutoff($0) }
    let mode = try top.member("prerelease")
    guard let prerelease = PrereleaseMode(rawValue: try mode.string()) else {
      throw mode.error("there is no such mode of pre-releases")
    }
    self.prerelease = prerelease
    buildSdist = try top.list("build-sdist") { try ProjectName($0) }
    split = try top.member("split").bool()
    for target in try top.member("targets").elements() {
      targets.append(
        Target(
          name: try target.member("name").string(),
          driver: try target.optional("driver")?.parse { try DriverVersion($0) },
          gpus: try target.list("gpus") { $0 }))
    }
    for index in try top.member("indexes").elements() {
      indexes.append(
        IndexDeclaration(
          name: try index.member("name").string(),
          packages: try index.list("packages") { try ProjectName($0) }
        ))
    }
    if let base = try top.optional("base") { self.base = try BaseDeclaration(base) }
  }
}

extension BaseDeclaration {
  /// Reads what `canonical()` wrote.
  fileprivate init(_ base: JSONCursor) throws(JSONDecodingError) {
    if let reference = try base.optional("image") {
      self.init(.image(reference: try reference.string()))
    } else {
      self.init(
        .debian(suite: try base.member("debian").parse { try BaseDeclaration.suite($0) }),
        packages: try base.list("packages") { $0 }, security: try base.member("security").bool())
    }
  }
}
