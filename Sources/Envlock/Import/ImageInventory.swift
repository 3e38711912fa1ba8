import EnvlockImage
package import EnvlockModel
import EnvlockStore
package import EnvlockVersions

/// What is installed in an image, as far as its files tell.
package struct ImageInventory: Sendable {
  /// A project that is installed.
  package struct Distribution: Hashable, Sendable {
    /// The project.
    package let name: ProjectName
    /// Its version.
    package let version: Version
    /// Where its dist-info lies: "usr/local/lib/python3.11/site-packages/numpy-2.2.6.dist-info".
    package let folder: String
    /// What installed it: "pip", "uv", "conda"; nil where it does not say.
    package let installer: String?
    /// What a direct reference pointed to (PEP 610), credentials masked; nil for one of an index.
    package let directURL: String?
    /// Whether a package of Debian owns it.
    package let isOfDebian: Bool

    package init(
      name: ProjectName, version: Version, folder: String,
      installer: String? = nil, directURL: String? = nil, isOfDebian: Bool = false
    ) {
      self.name = name
      self.version = version
      self.folder = folder
      self.installer = installer
      self.directURL = directURL
      self.isOfDebian = isOfDebian
    }
  }

  /// Files that no package owns, below one folder.
  package struct Unowned: Hashable, Sendable {
    /// The folder: "opt/app".
    package let folder: String
    /// How many there are.
    package var count: Int
    /// Their bytes together.
    package var bytes: Int

    package init(folder: String, count: Int, bytes: Int) {
      self.folder = folder
      self.count = count
      self.bytes = bytes
    }
  }

  /// The image's path, as it was given, or what a registry calls it.
  package var path: String
  /// What it is for.
  package let platform: Platform
  /// The Python whose folder holds most projects; nil where there is none.
  package var python: PythonVersion?
  /// The projects of that Python, by name.
  package var distributions: [Distribution] = []
  /// The other folders that hold projects, with how many each has.
  package var otherFolders: [(folder: String, count: Int)] = []
  /// Folders that are environments of conda.
  package var condaFolders: [String] = []
  /// `ID` and `VERSION_CODENAME` of `os-release`, and what the system calls itself.
  package var system: (id: String?, codename: String?, name: String?) = (nil, nil, nil)
  /// How many packages of Debian are installed.
  package var debianCount = 0
  /// Those of them that nothing else brings along.
  package var debianRoots: [String] = []
  /// Whether a shell is among them.
  package var hasShell = false
  /// Files that no package owns, the largest folders first.
  package var unowned: [Unowned] = []
  /// How it starts.
  package var process = ImageProcessFacts()

  /// How an image starts.
  package struct ImageProcessFacts: Hashable, Sendable {
    /// The environment: "NAME=value".
    package var env: [String] = []
    /// The command that always runs.
    package var entrypoint: [String]?
    /// Its arguments unless others are given.
    package var cmd: [String]?
    /// Where it starts.
    package var workdir: String?
    /// Who it runs as.
    package var user: String?
  }

  /// An image of which nothing is known yet.
  package init(path: String, platform: Platform) {
    self.path = path
    self.platform = platform
  }

  /// Reads an image that lies on the disk, all its layers.
  ///
  /// - Parameters:
  ///   - path: An OCI layout in a folder or an archive, or what `docker save` writes.
  ///   - platform: Which of its images is meant; nil: the only one.
  /// - Returns: What is in it.
  /// - Throws: A `UserFacingError` where there is no such image, or it is damaged.
  package static func read(_ path: String, platform: Platform?) throws -> ImageInventory {
    let reader = try LayoutReader(path)
    let images = try reader.imagesUnlessBundle()
    let found = Platform.allCases.flatMap { platform in
      images.filter { $0.platform.runs(on: platform) }.map { (platform, $0) }
    }
    let fitting = found.filter { platform == nil || $0.0 == platform }
    guard let (own, image) = fitting.first else {
      throw BadRequest(
        "\(path) has no image for \(platform?.description ?? "linux/amd64 or linux/arm64")",
        hints: found.isEmpty ? [] : ["it has \(found.map(\.0.description).joined(separator: " and "))"])
    }
    guard fitting.count == 1 else {
      throw BadRequest(
        "\(path) has several images", hints: ["choose one with `--platform \(own)`"])
    }
    var inventory = ImageInventory(path: path, platform: own)
    let process = image.config.process
    inventory.process = ImageProcessFacts(
      env: process.env, entrypoint: process.entrypoint, cmd: process.cmd, workdir: process.workingDirectory,
      user: process.user)
    inventory.take(try ImageFiles.read(image, path: path))
    return inventory
  }
}
