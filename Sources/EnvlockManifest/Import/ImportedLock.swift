package import EnvlockModel
package import EnvlockVersions

/// What a file of another tool says of an environment.
package struct ImportedLock: Hashable, Sendable {
  /// What kind of file it is.
  package let format: ImportFormat
  /// Its path, as errors cite it.
  package let fileName: String
  /// What the environment is called.
  package var project: String?
  /// The Pythons that it is for.
  package var requiresPython: SpecifierSet?
  /// The one Python that it names.
  package var python: PythonVersion?
  /// The CUDA that it names.
  package var cuda: CUDARequest?
  /// When pre-releases count, where it says so.
  package var prerelease: PrereleaseMode?
  /// The environments that it is for, one of which has to hold; empty: any.
  package var environments: [Marker] = []
  /// What was decided, in the order of the file.
  package var packages: [ImportedPackage] = []
  /// Whose requirements are asked for, as places in `packages`; empty for a list without projects.
  package var projects: [Int] = []
  /// What is asked for beside that.
  package var requirements: [SourcedRequirement] = []
  /// What is asked for with a group, beside the groups of projects.
  package var groups: [ExtraName: [SourcedRequirement]] = [:]
  /// The groups that count where nobody chooses.
  package var defaultGroups: Set<ExtraName> = []
  /// The extras and groups that can be chosen.
  package var knownExtras: Set<ExtraName> = []
  /// See `knownExtras`.
  package var knownGroups: Set<ExtraName> = []
  /// Whether every requirement is pinned: then which of them the others bring along can be found out.
  package var isComplete = true
  /// What cannot be kept wherever it is run.
  package var refusals: [ImportRefusal] = []
  /// What of the file is not taken, with what to do about it, a line each.
  package var leftOut: [String] = []

  package init(_ format: ImportFormat, fileName: String) {
    self.format = format
    self.fileName = fileName
  }
}

/// A package that another tool decided on.
package struct ImportedPackage: Hashable, Sendable {
  /// What one package needs of another.
  package struct Edge: Hashable, Sendable {
    /// The other's name.
    package let name: ProjectName
    /// Its version, where there are several.
    package var version: Version?
    /// Its source, where there are several.
    package var source: ImportedSource?
    /// The extras of it.
    package var extras: [ExtraName] = []
    /// When it is needed; nil for always.
    package var marker: Marker?
  }

  /// The project.
  package let name: ProjectName
  /// The version; nil for a tree whose version changes.
  package let version: Version?
  /// Where it stands: "uv.lock:120".
  package let origin: String
  /// Where it comes from.
  package var source: ImportedSource
  /// When it is installed; nil for always.
  package var marker: Marker?
  /// Where one of several packages of a name is meant; empty for everywhere.
  package var forks: [Marker] = []
  /// The Pythons that it is for.
  package var requiresPython: SpecifierSet?
  /// What it needs.
  package var edges: [Edge] = []
  /// What its extras need.
  package var extras: [ExtraName: [Edge]] = [:]
  /// What its groups need.
  package var groups: [ExtraName: [Edge]] = [:]
  /// What a project asks for, with the extras of its own in the markers; nil where nothing is said.
  package var requires: [SourcedRequirement]?
  /// What its groups ask for.
  package var groupRequires: [ExtraName: [SourcedRequirement]] = [:]
  /// The SHA-256 of its wheels.
  package var wheels: Set<Digest> = []
  /// The SHA-256 of its source distribution, of which a wheel may be built.
  package var sources: Set<Digest> = []
  /// Whether it only says which version is taken where something else asks for the project.
  package var isBound = false
  /// Whether the file lists wheels of it that have no SHA-256.
  package var hasOtherHashes = false

  package init(name: ProjectName, version: Version?, source: ImportedSource, origin: String) {
    self.name = name
    self.version = version
    self.source = source
    self.origin = origin
  }
}

/// Where a package comes from.
package enum ImportedSource: Hashable, Sendable {
  /// An index; its URL, where the file tells it.
  case index(String?)
  /// A wheel at a URL or a path, as seen from the current folder.
  case wheel(String)
  /// An archive that has to be built, at a URL or a path.
  case archive(String)
  /// A repository of version control.
  case repository(String)
  /// A folder: the project itself, a member of its workspace, or another tree.
  case folder(String)
}

/// Something that cannot be kept, and what to do about it.
package struct ImportRefusal: Hashable, Sendable {
  /// The package; nil for what concerns the whole file.
  package var name: ProjectName?
  /// What, why, and where it stands.
  package let text: String
  /// What to do.
  package let hint: String
}

/// What of a file is wanted.
package struct ImportChoice: Hashable, Sendable {
  /// The extras of the projects.
  package var extras: Set<ExtraName> = []
  /// The groups of the projects; nil for those that the file says count by themselves.
  package var groups: Set<ExtraName>?
  /// The one project that is meant, of several.
  package var project: ProjectName?
  /// What is left out, with its own dependencies kept.
  package var without: Set<ProjectName> = []

  package init() {}
}
