import EnvlockModel
import EnvlockSolver
import EnvlockVersions

/// The words in which a proof speaks of the stack.
struct Words: Vocabulary {
  let universe: Universe
  /// What the headline says already, and a proof need not repeat: that the user requires this project.
  var understood: ProjectName?

  // MARK: Terms

  func term(_ id: PackageID, _ versions: VersionSet) -> String {
    let package = universe.package(id)
    switch package {
    case .root: return "your requirements"
    case .project(let name): return Self.range(name.text, versions)
    case .extra(let name, let extra): return Self.range("\(name)[\(extra)]", versions)
    case .cuda: return versions.singleton == .noCUDA ? "a build without CUDA" : Self.cuda(versions)
    case .cudnn: return Self.range("cuDNN", versions)
    case .nccl: return Self.range("NCCL", versions)
    case .driver(let target): return "\(driverName(target)) \(floorText(versions))"
    case .gpu: return "compute capability \(Self.capabilities(versions))"
    }
  }

  func dependency(
    _ id: PackageID, _ versions: VersionSet, on other: PackageID, _ required: VersionSet
  ) -> String {
    let subject = term(id, versions)
    let package = universe.package(id)
    switch (package, universe.package(other)) {
    case (.root, .cuda):
      return required.singleton == .noCUDA
        ? "you ask for a build without CUDA" : "you ask for \(Self.cuda(required))"
    case (.root, let needed):
      if let understood, needed.project == understood { return "" }
      return "you require \(term(other, required))\(origin(of: needed, required))"
    case (_, .cuda):
      if required.singleton == .noCUDA { return "\(subject) is built without CUDA" }
      let verb = package.project.map(universe.matrix.isFramework) == true ? "is built with" : "is part of"
      return "\(subject) \(verb) \(Self.cuda(required))"
    case (_, .gpu): return "\(subject) has kernels for \(term(other, required)) only"
    case (_, .driver(let target)):
      if let why = compilation(package, versions, target, required) { return "\(subject) \(why)" }
      return "\(subject) needs \(term(other, required))"
    default: return "\(subject) depends on \(term(other, required))"
    }
  }

  /// "has only PTX of CUDA 12.5 for H100 PCIe, which driver 555.42.02 or newer compiles", where that is the reason.
  private func compilation(
    _ package: StackPackage, _ versions: VersionSet, _ target: Int, _ required: VersionSet
  ) -> String? {
    guard let project = package.project, let version = versions.singleton,
      let candidate = universe.candidate(project, version),
      let build = universe.hardware.build(of: project, candidate), let cuda = build.cuda,
      let gpu = universe.hardware.gpuThatCompiles(build, target: target)
    else { return nil }
    return
      "has no kernel for compute capability \(gpu.capability), only PTX of CUDA \(cuda.major).\(cuda.minor), "
      + "which \(driverName(target)) \(floorText(required)) compiles"
  }

  /// Where the user wrote a requirement, unless that was just now.
  private func origin(of package: StackPackage, _ required: VersionSet) -> String {
    guard let project = package.project else { return "" }
    let root = universe.question.roots.first {
      $0.requirement.name == project && $0.requirement.specifiers.versionSet == required
    }
    guard let origin = root?.origin, origin != Self.unnamedOrigin else { return "" }
    return " (\(origin))"
  }

  /// The origin of what was typed with the command itself.
  static let unnamedOrigin = "command line"

  // MARK: Facts

  func fact(_ id: PackageID, _ versions: VersionSet, _ fact: FactID) -> String {
    switch universe.reason(fact) {
    case .noSuchProject(let name): return "no index has a project named \(name)"
    case .offline(let name): return "\(name) is not in the cache, and the network may not be asked"
    case .unauthorized(let name, let host): return "\(host) wants credentials for \(name)"
    case .brokenWheel(_, let why): return "\(term(id, versions)) \(why)"
    case .metadataOffline:
      return "the metadata of \(term(id, versions)) is not in the cache, and the network may not be asked"
    case .metadataUnauthorized(_, let host):
      return "\(host) wants credentials for the metadata of \(term(id, versions))"
    case .fixed(let package, let version): return fixedText(package, version)
    case .noSuchStratum(let package):
      return package == .cuda
        ? "no known CUDA release is \(Self.range("", versions))" : "nothing brings \(term(id, versions))"
    case .noUsableRelease(let name):
      guard let candidates = universe.candidates(of: name) else { return "\(name) is not known" }
      return Rejections(candidates: candidates, question: universe.question).text(versions)
    }
  }

  private func fixedText(_ package: StackPackage, _ version: Version) -> String {
    switch package {
    case .driver(let target):
      return
        "\(targetName(target)) driver is \(universe.question.targets[target].driver?.description ?? "\(version)")"
    case .gpu(let target, let gpu):
      let model = universe.question.targets[target].gpus[gpu]
      let owner = targetName(target)
      return model.label == model.capability.description
        ? "\(owner) GPU has compute capability \(model.capability)"
        : "\(owner) \(model.label) has compute capability \(model.capability)"
    default: return "\(version) is fixed"
    }
  }

  // MARK: Order and simplification

  /// Hardware first, then what stands on it.
  func rank(_ id: PackageID) -> Int {
    switch universe.package(id) {
    case .gpu: 0
    case .driver: 1
    case .cuda: 2
    case .cudnn, .nccl: 3
    case .project(let name), .extra(let name, _): universe.matrix.isFramework(name) ? 4 : 5
    case .root: 6
    }
  }

  func isProxy(_ id: PackageID) -> PackageID? {
    guard case .extra(let name, _) = universe.package(id) else { return nil }
    return universe.number(of: .project(name))
  }

  func isAbsence(_ id: PackageID, _ versions: VersionSet, _ fact: FactID) -> Bool {
    guard case .noUsableRelease(let name) = universe.reason(fact),
      let candidates = universe.candidates(of: name)
    else { return false }
    return candidates.rejections(in: versions).isEmpty
  }

  /// The shortest set that holds the same of the versions that exist: from the first to the last of neighbours.
  func simplify(_ id: PackageID, _ versions: VersionSet) -> VersionSet {
    guard let name = universe.package(id).project, let candidates = universe.candidates(of: name) else {
      return versions
    }
    let existing = candidates.page.releases.map(\.version)
    var runs = VersionSet.none
    var newest: Version?
    var oldest: Version?
    var count = 0
    func close() {
      guard let last = newest, let first = oldest else { return }
      runs = runs.union(
        first == last ? VersionSet(first) : VersionSet.atLeast(first).intersection(.atMost(last)))
      newest = nil
    }
    for version in existing {
      guard versions.contains(version) else {
        close()
        continue
      }
      count += 1
      if newest == nil { newest = version }
      oldest = version
    }
    close()
    if count == existing.count, count > 1 { return .all }
    return count == 0 ? versions : runs
  }

  // MARK: Small words

  private func targetName(_ target: Int) -> String {
    let name = universe.question.targets[target].name
    return universe.question.targets.count == 1 ? "the target's" : "target \(name)'s"
  }

  private func driverName(_ target: Int) -> String {
    universe.question.targets.count == 1 ? "driver" : "\(targetName(target)) driver"
  }

  /// "580 or newer", with the driver's own spelling of its version.
  private func floorText(_ versions: VersionSet) -> String {
    let ranges = versions.ranges
    guard ranges.count == 1, case .including(let floor) = ranges[0].lower, ranges[0].upper == .unbounded
    else {
      return versions.description
    }
    return "\(universe.hardware.driverText(floor)) or newer"
  }

  static func range(_ name: String, _ versions: VersionSet) -> String {
    if versions.isAll { return name }
    if let only = versions.singleton { return name.isEmpty ? "\(only)" : "\(name) \(only)" }
    let ranges = versions.ranges
    if ranges.count == 1, case .including(let first) = ranges[0].lower,
      case .including(let last) = ranges[0].upper
    {
      return "\(name) \(first) to \(last)"
    }
    return "\(name) \(versions)"
  }

  /// "CUDA 12.8 or 13.2": a set of releases, not of ranges.
  private static func cuda(_ versions: VersionSet) -> String {
    let releases = versions.ranges.compactMap { range -> Version? in
      guard case .including(let low) = range.lower else { return nil }
      return VersionSet(low).isSubset(of: versions) && range.upper == .including(low) ? low : nil
    }
    guard releases.count > 1, releases.count == versions.ranges.count else { return range("CUDA", versions) }
    return "CUDA " + releases.map(\.description).joined(separator: " or ")
  }

  /// "7.0 to 12.x or 14.0 and higher": kernels of X.Y run on every later minor of X.
  private static func capabilities(_ versions: VersionSet) -> String {
    versions.ranges.map { range in
      guard case .including(let low) = range.lower else { return "any" }
      guard case .excluding(let end) = range.upper, let major = end.release.first else {
        return "\(low) and higher"
      }
      return "\(low) to \(major - 1).x"
    }.joined(separator: " or ")
  }
}
