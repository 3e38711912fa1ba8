import EnvlockModel
import EnvlockSolver
import EnvlockVersions

/// What to change when there is no solution: the nearest thing that works.
struct Hints {
  let universe: Universe
  let leaves: [Leaf]

  private var question: Question { universe.question }
  private var matrix: Matrix { universe.matrix }

  /// The hints, without repetition: hardware first.
  var all: [String] {
    var hints: [String] = []
    let hardware = hardwareHints + unknownCUDA
    for leaf in leaves {
      // What the hardware runs is said already.
      let framework = universe.package(leaf.package).project.map(matrix.isFramework) ?? false
      if hardware.isEmpty || !framework { hints += self.hints(for: leaf) }
    }
    return (hardware + hints).removingRepetition()
  }

  // MARK: Hardware

  private var hardwareHints: [String] {
    guard leaves.contains(where: concernsHardware),
      let root = question.roots.first(where: { matrix.isFramework($0.requirement.name) })?.requirement
    else { return [] }
    let fit = HardwareFit(question: question, matrix: matrix)
    var hints: [String] = []
    if let build = newestFitting(root.name, fit) {
      hints.append(
        "\(root.name) \(build.version)\(Self.cudaText(build)) is the newest that \(whatRuns) for Python \(question.python)"
      )
    }
    if let version = root.specifiers.versionSet.singleton {
      hints += otherBuilds(root.name, version, fit)
      hints += neededDriver(root.name, version, fit)
    }
    return hints
  }

  /// Which CUDA releases there are, where the user asks for one that nobody knows.
  private var unknownCUDA: [String] {
    guard case .version(let cuda) = question.cuda,
      !matrix.toolkitReleases.contains(where: { ($0.major, $0.minor) == (cuda.major, cuda.minor) })
    else { return [] }
    let known = matrix.toolkitReleases.prefix(4).map { "\($0.major).\($0.minor)" }.joined(separator: ", ")
    return ["no CUDA \(cuda) is known; the newest releases are \(known)"]
  }

  private func concernsHardware(_ leaf: Leaf) -> Bool {
    switch leaf {
    case .fact(let id, _, _): isHardware(universe.package(id))
    case .dependency(let id, _, let other, _):
      isHardware(universe.package(other))
        || (universe.package(id) == .root && universe.package(other) == .cuda)
    }
  }

  private func isHardware(_ package: StackPackage) -> Bool {
    switch package {
    case .driver, .gpu: true
    default: false
    }
  }

  private var whatRuns: String {
    switch (question.targets.count, question.targets.first?.driver, question.targets.first?.gpus.isEmpty) {
    case (0, _, _): "fits"
    case (1, .some, true): "this driver runs"
    case (1, nil, _): "this GPU runs"
    case (1, _, _): "this driver and GPU run"
    default: "these targets run"
    }
  }

  /// The newest release of the default index whose build the targets run and that has wheels for the Python.
  private func newestFitting(_ project: ProjectName, _ fit: HardwareFit) -> FrameworkBuild? {
    for version in matrix.releases(of: project) where !version.isPrerelease {
      let builds = matrix.frameworkBuilds(project: project, version: version, platform: question.platform)
      if let build = builds.first(where: { $0.isDefault }), build.cuda != nil, fit.runs(build),
        build.hasWheel(for: question.python)
      {
        return build
      }
    }
    return nil
  }

  /// "torch 2.15.0 is also built with CUDA 12.6: add `--cuda 12.6`".
  private func otherBuilds(_ project: ProjectName, _ version: Version, _ fit: HardwareFit) -> [String] {
    // Whoever asks for one CUDA is not helped by another.
    guard question.cuda == nil else { return [] }
    let builds = matrix.frameworkBuilds(project: project, version: version, platform: question.platform)
    let own = Self.request(builds.first { $0.isDefault }?.cuda)
    let others = builds.filter { !$0.isDefault && fit.runs($0) }.map { Self.request($0.cuda) }
      .filter { $0 != own }.removingRepetition()
    guard let first = others.first else { return [] }
    let what = others.map { $0 == "cpu" ? "for the CPU" : "with CUDA \($0)" }.joined(separator: " and ")
    return ["\(project) \(version) is also built \(what): add `--cuda \(first)`"]
  }

  private static func request(_ cuda: CUDAVersion?) -> String {
    cuda.map { "\($0.major).\($0.minor)" } ?? "cpu"
  }

  private func neededDriver(_ project: ProjectName, _ version: Version, _ fit: HardwareFit) -> [String] {
    let builds = matrix.frameworkBuilds(project: project, version: version, platform: question.platform)
    guard question.targets.contains(where: { $0.driver != nil }),
      let build = builds.first(where: { $0.isDefault }), let cuda = build.cuda,
      let floor = fit.driverFloor(of: build), fit.gpusFit(build)
    else { return [] }
    return ["driver \(floor) or newer runs \(project) \(version) (CUDA \(cuda.major).\(cuda.minor))"]
  }

  private static func cudaText(_ build: FrameworkBuild) -> String {
    build.cuda.map { " (CUDA \($0.major).\($0.minor))" } ?? ""
  }

  // MARK: Projects

  private func hints(for leaf: Leaf) -> [String] {
    guard case .fact(_, let versions, let fact) = leaf else { return [] }
    switch universe.reason(fact) {
    case .noSuchProject(let name):
      return ["check the spelling of \(name), or name the index that has it with `--extra-index-url`"]
    case .offline, .metadataOffline: return ["run once without `--offline`"]
    case .unauthorized(_, let host), .metadataUnauthorized(_, let host):
      return ["put credentials for \(host) into ~/.netrc"]
    case .noUsableRelease(let name): return releaseHints(name, versions)
    case .brokenWheel, .fixed, .noSuchStratum: return []
    }
  }

  private func releaseHints(_ name: ProjectName, _ versions: VersionSet) -> [String] {
    guard let candidates = universe.candidates(of: name) else { return [] }
    let rejected = candidates.rejections(in: versions)
    var hints: [String] = []
    if let newest = rejected.first {
      switch newest.reason {
      case .tags(let mismatch):
        if let python = nearestPython(mismatch) {
          hints.append("\(name) \(newest.version) has a wheel for Python \(python): use `--python \(python)`")
        } else if case .glibc(let needs) = mismatch {
          hints.append("if the base image has it, say so: `--glibc \(needs)`")
        }
      case .prerelease: hints.append("allow pre-releases with `--prerelease allow`")
      case .tooNew: hints.append("move the cut-off with `--exclude-newer`")
      case .yanked:
        hints.append("a yanked release is used only where it is pinned: `\(name)==\(newest.version)`")
      case .otherSpelling: hints.append("`==` takes every spelling of a version")
      case .noWheels, .requiresPython, .noUploadTime, .otherFiles, .constrained: break
      }
    }
    if rejected.contains(where: {
      Self.buildingHelps($0.reason) && candidates.hasUnofferedSource($0.version)
    }) {
      hints.append(
        "`--build-sdist \(name)` builds a wheel of its source once, inside the base image and without network"
      )
    }
    let own = question.roots.first { $0.requirement.name == name }?.requirement.specifiers.versionSet ?? .all
    if let usable = candidates.newestUsable {
      // Unless something else than the user's own words stands in its way.
      if !own.contains(usable) || (!rejected.isEmpty && !versions.contains(usable)) {
        hints.append("\(name) \(usable) is the newest release that can be used here")
      }
    } else {
      // Where it was rejected itself, that was said.
      if let newest = candidates.newestWithWheels, newest.version != rejected.first?.version {
        hints.append(
          "\(name) \(newest.version) is the newest release that has a wheel\(Self.whatFor(newest.reason))")
      }
    }
    return hints
  }

  /// Whether a wheel that is built here would not be rejected for the same reason.
  private static func buildingHelps(_ reason: Unusable) -> Bool {
    switch reason {
    case .noWheels, .tags: true
    case .requiresPython, .tooNew, .noUploadTime, .yanked, .prerelease, .otherFiles, .otherSpelling,
      .constrained:
      false
    }
  }

  /// What wheels are for that cannot be used here: ", for Python 3.9".
  private static func whatFor(_ reason: Unusable) -> String {
    switch reason {
    case .tags(.python(let has)): ", for Python \(WheelPython.summary(has))"
    case .tags(.glibc(let needs)): ", for glibc \(needs) or newer"
    case .tags(.architecture(let has)), .tags(.system(let has)): ", for \(has.joined(separator: ", "))"
    case .tags(.abi(let has)): ", for the ABI \(has.joined(separator: ", "))"
    case .requiresPython(let text): ", for Python \(text)"
    case .noWheels, .tooNew, .noUploadTime, .yanked, .prerelease, .otherFiles, .otherSpelling,
      .constrained:
      ""
    }
  }

  /// The Python nearest to the question's that a wheel is for.
  private func nearestPython(_ mismatch: TagMismatch) -> String? {
    guard case .python(let has) = mismatch else { return nil }
    let wanted = question.python
    let fitting = has.filter {
      $0.implementation == "CPython" && $0.major == wanted.major && $0.freeThreaded == wanted.freeThreaded
    }
    let minors = fitting.compactMap(\.minor).filter { $0 != wanted.minor }
    guard let nearest = minors.min(by: { (abs($0 - wanted.minor), -$0) < (abs($1 - wanted.minor), -$1) })
    else {
      return nil
    }
    return "\(wanted.major).\(nearest)" + (wanted.freeThreaded ? "t" : "")
  }
}

/// Whether the targets of a question run a framework's build, by the matrix alone.
struct HardwareFit {
  let question: Question
  let matrix: Matrix

  /// Whether every target runs `build`, and it has the CUDA that the user asks for.
  func runs(_ build: FrameworkBuild) -> Bool {
    if let wanted = question.cuda {
      guard case .version(let cuda) = wanted, let own = build.cuda,
        (cuda.major, cuda.minor) == (own.major, own.minor)
      else { return false }
    }
    guard build.cuda != nil else { return true }
    guard gpusFit(build) else { return false }
    guard let floor = driverFloor(of: build) else { return true }
    return question.targets.allSatisfy { $0.driver.map { $0 >= floor } ?? true }
  }

  /// Whether the build has kernels, or PTX, for every GPU of the targets.
  func gpusFit(_ build: FrameworkBuild) -> Bool {
    guard let kernels = matrix.capabilitySet(of: build) else { return true }
    return capabilities.allSatisfy { kernels.contains($0.version) }
  }

  /// The oldest driver that runs the build on the targets' GPUs; nil for a CPU build or an unknown CUDA.
  func driverFloor(of build: FrameworkBuild) -> DriverVersion? {
    guard let cuda = build.cuda else { return nil }
    let need = matrix.driverNeeded(for: cuda)
    let compiled = matrix.cubinSet(of: build)
    let needsJIT = build.kernels.isEmpty ? false : capabilities.contains { !compiled.contains($0.version) }
    if needsJIT { return need.full }
    return [need.full, need.minorCompatibility].compactMap { $0 }.min()
  }

  private var capabilities: [ComputeCapability] { question.targets.flatMap { $0.gpus.map(\.capability) } }
}

extension Array where Element: Hashable {
  /// The elements, each at its first place only.
  package func removingRepetition() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
