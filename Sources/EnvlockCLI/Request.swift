import EnvlockManifest
import EnvlockModel
import EnvlockVersions

/// What a command line asks for, to be laid over a manifest.
struct Request: Hashable, Sendable {
  /// Where requirements of the command line are said to come from, and what its target is called.
  static let origin = "command line"
  /// Projects that are the framework when named first.
  static let frameworks = ["torch", "tensorflow", "tensorflow-cpu"]

  var framework: SourcedRequirement?
  var requirements: [SourcedRequirement] = []
  /// Paths; "-" is standard input.
  var requirementsFiles: [String] = []
  var constraintsFiles: [String] = []
  var python: PythonVersion?
  var platforms: [Platform] = []
  var cuda: CUDARequest?
  var driver: DriverVersion?
  var gpus: [String] = []
  var base: BaseDeclaration?
  var glibc: Version?
  var excludeNewer: UploadCutoff?
  var prerelease: PrereleaseMode?
  var buildSdist: [ProjectName] = []
  var indexes: [IndexDeclaration] = []

  /// Reads the texts that were typed, and the variables that stand in for those that were not.
  ///
  /// - Throws: `UsageError` that names the option and shows the place of the fault.
  init(_ command: ResolveCommand, _ variables: Variables) throws(UsageError) {
    try self.init(command.stack, command.sources, variables)
    for text in command.requirements {
      let requirement = try Self.requirement(text, in: "")
      if framework == nil, Self.frameworks.contains(requirement.requirement.name.text) {
        framework = requirement
      } else {
        requirements.append(requirement)
      }
    }
    for text in command.more.with {
      requirements.append(try Self.requirement(text, in: "--with"))
    }
    requirementsFiles = command.more.requirementsFiles
    constraintsFiles = command.more.constraintsFiles
  }

  /// Reads what is said of the levels below the wheels, and of where wheels come from.
  ///
  /// - Throws: As `init(_:_:)` does.
  init(_ stack: StackOptions, _ sources: SourceOptions, _ variables: Variables) throws(UsageError) {
    python = try Option("--python", stack.python, .python, variables)?.read { text throws(MalformedText) in
      try PythonVersion(text)
    }
    for option in Option.list("--platform", stack.platform, .platform, variables) {
      let platform = try option.read { text throws(MalformedText) in try Platform(text) }
      if !platforms.contains(platform) { platforms.append(platform) }
    }
    cuda = try Option("--cuda", stack.cuda, .cuda, variables)?.read { text throws(MalformedText) in
      try CUDARequest(text)
    }
    driver = try Option("--driver", stack.node.driver, .driver, variables)?.read {
      text throws(MalformedText) in
      try DriverVersion(text)
    }
    gpus = Option.list("--gpu", stack.node.gpu, .gpu, variables).map(\.text)
    base = try Option("--base", stack.base, .base, variables)?.read { text throws(MalformedText) in
      try BaseDeclaration(text)
    }
    glibc = try Option("--glibc", stack.glibc, .glibc, variables)?.read { text throws(MalformedText) in
      try Manifest.glibc(text)
    }
    buildSdist = try sources.buildSdist.projects(variables)
    excludeNewer = try sources.excludeNewer.cutoff(variables)
    if let option = Option("--prerelease", sources.prerelease, .prerelease, variables) {
      guard let mode = PrereleaseMode(rawValue: option.text) else {
        throw UsageError(
          "\(option.place) cannot be “\(option.text)”",
          hints: ["it can be: " + PrereleaseMode.allCases.map(\.rawValue).joined(separator: ", ")])
      }
      prerelease = mode
    }
    indexes = try sources.wheels.indexes(variables)
  }

  /// The manifest with what is asked for here: single values replace its own, requirements are added.
  func applied(to manifest: Manifest) -> Manifest {
    var manifest = manifest
    if let framework { manifest.framework = framework }
    manifest.requirements += requirements
    if let python { manifest.python = python }
    if !platforms.isEmpty { manifest.platforms = platforms }
    if let cuda { manifest.cuda = cuda }
    if driver != nil || !gpus.isEmpty {
      manifest.targets = [Target(name: Self.origin, driver: driver, gpus: gpus)]
    }
    if let base {
      // What goes on a suite of Debian stays with it.
      let isSameKind =
        switch (base.system, manifest.base?.system) {
        case (.debian, .debian): true
        default: false
        }
      manifest.base = isSameKind ? manifest.base : base
      manifest.base?.system = base.system
    }
    if let glibc { manifest.statedGlibc = glibc }
    if let excludeNewer { manifest.excludeNewer = excludeNewer }
    if let prerelease { manifest.prerelease = prerelease }
    manifest.buildSdist = (manifest.buildSdist + buildSdist).removingRepetition()
    for index in indexes {
      if let place = manifest.indexes.firstIndex(where: { $0.name == index.name }) {
        // Where it is changes; what comes from it stays the manifest's decision.
        manifest.indexes[place] = IndexDeclaration(
          name: index.name, url: index.url ?? manifest.indexes[place].url,
          packages: manifest.indexes[place].packages)
      } else {
        manifest.indexes.append(index)
      }
    }
    return manifest
  }

  private static func requirement(
    _ text: String, in place: String
  ) throws(UsageError) -> SourcedRequirement {
    do {
      return SourcedRequirement(try RequirementText.read(text, directory: ""), origin: origin)
    } catch {
      throw UsageError(error, in: place)
    }
  }
}

/// The text of an option, or of the variable that mirrors it.
private struct Option {
  let text: String
  /// What the text was given to, for errors: "--python" or "ENVLOCK_PYTHON".
  let place: String

  init(text: String, place: String) {
    self.text = text
    self.place = place
  }

  /// The option where it was typed, else the variable; nil where there is neither.
  init?(_ name: String, _ typed: String?, _ variable: Variable, _ variables: Variables) {
    if let typed {
      self.init(text: typed, place: name)
    } else if let text = variables.text(variable) {
      self.init(text: text, place: variable.rawValue)
    } else {
      return nil
    }
  }

  /// What an option that can be repeated was given, else the items of the variable.
  static func list(_ name: String, _ typed: [String], _ variable: Variable, _ variables: Variables)
    -> [Option]
  {
    guard typed.isEmpty else { return typed.map { Option(text: $0, place: name) } }
    return variables.items(variable).map { Option(text: $0, place: variable.rawValue) }
  }

  func read<Value>(_ read: (String) throws(MalformedText) -> Value) throws(UsageError) -> Value {
    do { return try read(text) } catch { throw UsageError(error, in: place) }
  }
}
