import EnvlockModel
import EnvlockVersions

/// Collects the parts of answers; what two platforms have in common is one part.
struct BillList {
  typealias Component = BillOfMaterials.Component

  private(set) var parts: [Component] = []
  private(set) var incomplete: [String] = []
  private var places: [String: Int] = [:]

  /// What an answer is called.
  static func id(_ answer: PlatformLock) -> String { answer.platform.description }

  /// Adds what an answer says.
  mutating func add(_ answer: PlatformLock) {
    let place = parts.count
    var whole = Component(.answer, id: Self.id(answer), name: answer.platform.description)
    whole.facts = Self.facts(answer)
    add(whole)
    var needs: [String] = []
    switch answer.base?.system {
    case .debian(let debian): needs.append(add(debian))
    case .image(let image): needs.append(add(image, answer.platform))
    case nil: incomplete.append(whole.id)
    }
    if let interpreter = answer.base?.interpreter { needs += add(interpreter, answer) }
    needs += add(answer.wheels, of: answer)
    parts[place].needs = Set(needs).sorted()
  }

  // MARK: below the wheels

  private mutating func add(_ debian: LockedDebian) -> String {
    let distribution = "debian-" + (debian.release ?? debian.suite)
    var system = Component(.operatingSystem, id: distribution, name: "debian")
    system.version = debian.release ?? debian.suite
    system.facts = ["suite": debian.suite]
    let ids = Dictionary(debian.packages.map { ($0.name, Self.id($0)) }) { first, _ in first }
    // All of them belong to the system, not only those that nothing else needs: scanners look there.
    system.needs = debian.packages.map { Self.id($0) }.sorted()
    add(system)
    for package in debian.packages {
      var part = Component(.systemPackage, id: Self.id(package), name: package.name)
      part.version = package.version.description
      part.packageURL = PackageURL(package, distribution: distribution)
      part.digest = package.sha256
      part.fileName = package.fileName
      part.source = package.sourceName
      part.facts = [
        "archive": package.archive.rawValue, "path": package.path, "size": String(package.size),
      ]
      part.needs = package.dependencies.compactMap { $0 == package.name ? nil : ids[$0] }.sorted()
      add(part)
    }
    return system.id
  }

  private static func id(_ package: LockedDebianPackage) -> String {
    "\(package.fileName)@\(package.sha256)"
  }

  private mutating func add(_ image: LockedImage, _ platform: Platform) -> String {
    let url = PackageURL(image, platform: platform)
    var part = Component(
      .baseImage, id: "\(image.reference)@\(image.manifest.digest)", name: image.reference)
    part.version = image.manifest.digest.description
    part.packageURL = url
    part.digest = image.manifest.digest
    part.facts = [
      "config": image.config.digest.description,
      "layers": image.layers.map(\.blob.digest.description).joined(separator: " "),
      "size": String(image.bytes),
    ]
    if let glibc = image.glibc { part.facts["glibc"] = glibc.description }
    add(part)
    incomplete.append(part.id)
    return part.id
  }

  /// - Returns: The part that the answer needs; of a package of the base, that one.
  private mutating func add(_ interpreter: LockedInterpreter, _ answer: PlatformLock) -> [String] {
    switch interpreter.origin {
    case .debian(let name):
      guard case .debian(let debian)? = answer.base?.system, let package = debian.package(name) else {
        return []
      }
      return [Self.id(package)]
    case .build(let build):
      let version = interpreter.version.description
      var part = Component(.interpreter, id: "\(build.file)@\(build.sha256)", name: "cpython")
      part.version = version
      part.packageURL = PackageURL(build, version: version)
      part.digest = build.sha256
      part.fileName = build.file
      // What advisories about Python itself are filed under; pre-releases are written differently there.
      if !interpreter.version.isPrerelease { part.cpe = "cpe:2.3:a:python:python:\(version):*:*:*:*:*:*:*" }
      part.facts = ["release": build.release]
      add(part)
      return [part.id]
    }
  }

  // MARK: wheels

  private static func id(_ wheel: LockedWheel) -> String { "\(wheel.fileName)@\(wheel.sha256)" }

  private static func material(
    _ wheel: LockedWheel, _ fileName: String, _ digest: Digest
  ) -> BillOfMaterials.Material {
    BillOfMaterials.Material(
      fileName: fileName, digest: digest, packageURL: PackageURL(wheel, file: fileName),
      version: wheel.version.description, name: wheel.name.text)
  }

  /// - Returns: The wheels that were asked for, and those that nothing of these leads to.
  private mutating func add(_ wheels: [LockedWheel], of answer: PlatformLock) -> [String] {
    for wheel in wheels {
      var part = Component(.wheel, id: Self.id(wheel), name: wheel.name.text)
      part.version = wheel.version.description
      part.packageURL = PackageURL(wheel)
      part.digest = wheel.sha256
      part.fileName = wheel.fileName
      part.url = wheel.url
      if let index = wheel.index { part.facts["index"] = index }
      if let size = wheel.size { part.facts["size"] = String(size) }
      if let build = wheel.built {
        part.materials = [Self.material(wheel, build.fileName, build.sha256)]
        part.materials += build.requirements.map { Self.material($0, $0.fileName, $0.sha256) }
        part.facts["source"] = "\(build.fileName)@\(build.sha256)"
        part.facts["source-date-epoch"] = String(build.epoch)
      }
      if let framework = answer.strata.frameworks.first(where: { $0.name == wheel.name }) {
        part.facts.merge(Self.facts(framework)) { $1 }
      }
      part.needs = wheel.dependencies.filter { $0.name != wheel.name }
        .compactMap { answer.wheel($0.name).map { Self.id($0) } }
      part.needs = Set(part.needs).sorted()
      add(part)
    }
    var tops = answer.roots.compactMap { answer.wheel($0.name) }
    var reached: Set<ProjectName> = []
    reach(from: tops, of: answer, &reached)
    // What envlock added has no edge that leads to it.
    for wheel in wheels where !reached.contains(wheel.name) {
      tops.append(wheel)
      reach(from: [wheel], of: answer, &reached)
    }
    return tops.map { Self.id($0) }
  }

  private func reach(from tops: [LockedWheel], of answer: PlatformLock, _ reached: inout Set<ProjectName>) {
    var next = tops
    while let wheel = next.popLast() {
      guard reached.insert(wheel.name).inserted else { continue }
      next += wheel.dependencies.compactMap { answer.wheel($0.name) }
    }
  }

  // MARK: facts

  private static func facts(_ answer: PlatformLock) -> [String: String] {
    let strata = answer.strata
    var facts = ["python": answer.python.description, "glibc": strata.glibc.description]
    facts["cuda"] = strata.cuda?.description
    facts["cudnn"] = strata.cudnn?.description
    facts["nccl"] = strata.nccl?.description
    facts["driver:full"] = strata.driver?.full?.description
    facts["driver:minor-version"] = strata.driver?.minorCompatibility?.description
    return facts
  }

  private static func facts(_ framework: FrameworkStratum) -> [String: String] {
    var facts: [String: String] = [:]
    facts["cuda"] = framework.cuda?.description
    if !framework.kernels.isEmpty {
      facts["kernels"] = framework.kernels.map(\.description).joined(separator: " ")
    }
    if let ptx = framework.ptx {
      facts["ptx"] = ptx.isEmpty ? "none" : ptx.map(\.description).joined(separator: " ")
    }
    return facts
  }

  // MARK: parts

  private mutating func add(_ part: Component) {
    guard let place = places[part.id] else {
      places[part.id] = parts.count
      parts.append(part)
      return
    }
    parts[place].needs = Set(parts[place].needs + part.needs).sorted()
  }
}
