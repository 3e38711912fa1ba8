public import EnvlockModel
import EnvlockVersions

/// How an image starts, and what it says of itself: from a lock's answer, and what the manifest says of the image.
///
/// Of an image below, variables, user, folder and labels are kept, and its PATH stands behind the environment's; what
/// it starts is not, nor are ports, volumes and the signal that go with that (images of CUDA print a banner). Labels by
/// which the image below tells its own name and version are dropped, so are variables by
/// which its own Python finds its modules, and so is NVIDIA_VISIBLE_DEVICES: which GPUs a container sees is for whoever
/// starts it.
public struct ImageSettings: Sendable {
  /// What a container starts as.
  public let process: ImageConfig.Process
  /// The notes of the manifest.
  public let annotations: [String: String]

  /// Puts settings together.
  ///
  /// - Parameters:
  ///   - answer: a lock's answer.
  ///   - lock: the digest of the lock's text.
  ///   - image: what the manifest says of the image.
  ///   - title: what the environment is called; nil where it has no name.
  ///   - libraries: the folders of CUDA libraries in the wheels, below the root, as ``libraryFolders(in:below:)`` gives them.
  ///   - base: what a container of the image below starts as; nil for Debian's packages.
  public init(
    _ answer: PlatformLock, lock: Digest, image: ImageDeclaration, title: String?, libraries: [ImagePath],
    base: ImageConfig.Process? = nil
  ) {
    let labels = EnvironmentLabels(answer, lock: lock).labels
    var standard: [String: String] = [:]
    if let title { standard[AnnotationKey.title] = title }
    if case .image(let below) = answer.base?.system {
      standard[AnnotationKey.baseName] = below.reference
      standard[AnnotationKey.baseDigest] = below.manifest.digest.description
    }
    let ours = standard.merging(image.labels) { _, declared in declared }.merging(labels) { $1 }
    annotations = ours.filter { $0.key.hasPrefix("org.opencontainers.") || labels[$0.key] != nil }

    var process = ImageConfig.Process()
    process.env = Self.environment(answer, libraries: libraries, base: base)
    for (name, value) in image.env.sorted(by: { $0.key < $1.key }) { process.setVariable(name, to: value) }
    process.user = image.user ?? base?.user
    process.workingDirectory = image.workdir ?? base?.workingDirectory
    process.entrypoint = image.entrypoint
    // Like any image of Python; with an entrypoint the user has said what starts.
    process.cmd = image.cmd ?? (image.entrypoint == nil ? ["python"] : nil)
    process.labels =
      (base?.labels ?? [:]).filter { !$0.key.hasPrefix("org.opencontainers.image.") }
      .merging(ours) { $1 }
    self.process = process
  }

  /// The folders of CUDA libraries that wheels land: `nvidia/*/lib` with shared libraries in it.
  ///
  /// Frameworks that open libraries by name (TensorFlow, cuDNN's own parts) find them by the loader only.
  ///
  /// - Parameters:
  ///   - paths: the paths of all files that wheels land, in any order.
  ///   - sitePackages: where modules land.
  /// - Returns: the folders by ascending path.
  public static func libraryFolders(
    in paths: some Sequence<ImagePath>, below sitePackages: ImagePath
  ) -> [ImagePath] {
    let start = sitePackages.text + "/nvidia/"
    var found: Set<ImagePath> = []
    var last: ImagePath?
    for path in paths where path.text.hasPrefix(start) {
      let parts = path.text.dropFirst(start.utf8.count).split(separator: "/")
      guard parts.count == 3, parts[1] == "lib", isLibrary(parts[2]), let folder = path.parent, folder != last
      else { continue }
      found.insert(folder)
      last = folder
    }
    return found.sorted()
  }

  /// Whether a file's name is that of a shared library: "libcudnn.so.9", "libcufile.so".
  private static func isLibrary(_ name: Substring) -> Bool {
    name.split(separator: ".").dropFirst().contains("so")
  }

  private static let systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  private static func environment(
    _ answer: PlatformLock, libraries: [ImagePath], base: ImageConfig.Process?
  ) -> [String] {
    var process = ImageConfig.Process()
    let dropped = ["NVIDIA_VISIBLE_DEVICES=", "PYTHONHOME=", "PYTHONPATH="]
    process.env = (base?.env ?? []).filter { entry in !dropped.contains { entry.hasPrefix($0) } }
    let path = process.variable("PATH") ?? systemPath
    process.setVariable("PATH", to: EnvironmentLayout.commands + ":" + path)
    process.setVariable("VIRTUAL_ENV", to: "/" + EnvironmentLayout.folder)
    if process.variable("LANG") == nil, process.variable("LC_ALL") == nil {
      process.setVariable("LANG", to: "C.UTF-8")
    }
    if !libraries.isEmpty {
      let below = process.variable("LD_LIBRARY_PATH").map { [$0] } ?? []
      let folders = libraries.map { "/" + $0.text } + below.filter { !$0.isEmpty }
      process.setVariable("LD_LIBRARY_PATH", to: folders.joined(separator: ":"))
    }
    guard let cuda = answer.strata.cuda else { return process.env }
    process.setVariable("NVIDIA_DRIVER_CAPABILITIES", to: "compute,utility")
    // Where a package of NVIDIA brings a newer driver library, neither the driver nor its CUDA decides; what an image of
    // NVIDIA's own demands holds then.
    if !answer.targets.contains(where: { $0.compatibility == .forward }) {
      process.setVariable("NVIDIA_REQUIRE_CUDA", to: requirement(cuda.description, answer.strata.driver))
    }
    return process.env
  }

  /// What NVIDIA's container toolkit demands of the driver before it starts a container: alternatives are separated by
  /// spaces.
  ///
  /// Source: NVIDIA Container Toolkit, "Specialized configurations with Docker", constraints.
  private static func requirement(_ cuda: String, _ driver: DriverFloor?) -> String {
    let oldest = [driver?.full, driver?.minorCompatibility].compactMap { $0 }.min()
    return (["cuda>=\(cuda)"] + (oldest.map { ["driver>=\($0)"] } ?? [])).joined(separator: " ")
  }
}
