import ArgumentParser
import Envlock
import EnvlockManifest
import EnvlockModel

/// What a person who typed `envlock build …` means: values, conflicts ruled out, variables taken into account.
///
/// Nothing has been read yet.
struct BuildInvocation: Hashable, Sendable {
  /// Where the image goes.
  enum Output: Hashable, Sendable {
    /// This folder or file.
    case path(String)
    /// Standard output, as an archive.
    case standardOutput
  }

  /// What is to be done.
  enum Task: Hashable, Sendable {
    /// The image is built and written.
    case build
    /// Its layers are listed, and compared with those of a layout or archive where one is named.
    case plan(against: String?)
  }

  /// The lock's path; the bundle's, where there is one.
  var lock: String
  /// The bundle that lock, files and artifacts come from.
  var bundle: String?
  /// Whether the registry that the bundle is in is spoken to without TLS.
  var plainHTTP: Bool
  /// The manifest; nil: the one beside the lock, if there is one.
  var manifest: String?
  /// The platforms, without repetition; nil: all that the lock has.
  var platforms: [Platform]?
  var target: String?
  var output: Output
  var format: ImageFormat
  var compression: BuildRequest.Compression
  var stargz: Bool
  var tag: String?
  var task: Task
  var json: Bool
  var imageRefs: String?
  var report: ReportFile?
  var sources: IndexOptions
  /// Where named indexes are.
  var indexes: [IndexDeclaration]
  /// The projects whose wheels may be built of their sources again.
  var buildSdist: Set<ProjectName>
  var debianMirror: String?
  var debianSecurityMirror: String?
  var offline: Bool
  /// How many layers are made at a time; nil: what suits most machines.
  var jobs: Int?
  var cacheDirectory: String
  var matrixDirectory: String?

  /// Makes sense of what was typed.
  ///
  /// - Throws: `UsageError` for texts that cannot be read, and options that contradict each other.
  init(_ command: BuildCommand, _ variables: Variables) throws(UsageError) {
    bundle = command.bundle.bundle ?? variables.text(.bundle)
    if bundle != nil, let option = command.optionsBesideBundle.first {
      throw UsageError(
        "a bundle brings its lock and all that it names: `\(option)` means nothing with `--bundle`",
        hints: ["leave one of them out"])
    }
    plainHTTP = command.bundle.plainHTTP
    if plainHTTP, bundle == nil {
      throw UsageError(
        "`--plain-http` is for the registry that a bundle is in, and there is no `--bundle`",
        hints: ["leave it out; ENVLOCK_INSECURE_REGISTRIES is for the registry of an image below"])
    }
    lock = bundle ?? command.lock.lock.path(variables)
    manifest = bundle == nil ? command.manifest.path(variables) : nil
    platforms = try Self.platforms(command.lock.platform, variables)
    target = command.lock.target.name(variables)

    let image = command.image
    let format = try image.format.format(variables)
    self.format = format
    compression = try image.layers.compression(variables)
    stargz = try image.layers.isStargz(variables)
    tag = try (image.tag ?? variables.text(.tag)).map { text throws(UsageError) in
      try ImageName.checked(text, in: image.tag == nil ? Variable.tag.rawValue : "--tag", format)
    }
    let path = image.output ?? variables.text(.output) ?? format.defaultPath
    output = path == "-" ? .standardOutput : .path(path)

    let against = command.plan.against ?? (command.plan.plan ? variables.text(.against) : nil)
    task = command.plan.plan ? .plan(against: against) : .build
    json = command.output.json
    imageRefs = command.output.imageRefs ?? variables.text(.imageRefs)
    report = try (command.output.report ?? variables.text(.report)).map { path throws(UsageError) in
      try ReportFile(path, in: command.output.report == nil ? Variable.report.rawValue : "--report")
    }

    sources = try IndexOptions(command.sources.indexURL, command.sources.wheels, variables)
    indexes = try command.sources.wheels.indexes(variables)
    buildSdist = Set(try command.sources.buildSdist.projects(variables))
    debianMirror = command.sources.mirrors.debianMirror
    debianSecurityMirror = command.sources.mirrors.debianSecurityMirror
    offline = try command.sources.offline.isOn(variables)
    jobs = try command.output.jobs.count(variables)
    cacheDirectory = try command.output.cache.folder(variables)
    matrixDirectory = command.output.matrix.folder(variables)
    try refuseContradictions(command, against: against)
  }

  private func refuseContradictions(
    _ command: BuildCommand, against: String?
  ) throws(UsageError) {
    if stargz, compression != .splice {
      throw UsageError(
        "`--estargz` needs layers of gzip, and `--compression \(compression.rawValue)` makes none",
        hints: ["leave one of them out"])
    }
    if format == .dockerArchive, let platforms, platforms.count > 1 {
      throw UsageError(
        "a docker-archive holds one image, and \(platforms.count) platforms are named",
        hints: ["name one platform", "`--format oci-archive` holds several"])
    }
    if task == .build, against != nil {
      throw UsageError(
        "`--against` compares, and nothing is compared without `--plan`", hints: ["add `--plan`"])
    }
    if task != .build, command.output.imageRefs != nil {
      throw UsageError(
        "`--image-refs` lists images that are written, and `--plan` writes none",
        hints: ["leave one of them out"])
    }
    guard task == .build, output == .standardOutput else { return }
    if format == .oci {
      throw UsageError(
        "an image of format oci is a folder, and does not fit standard output",
        hints: ["choose an archive: `--format oci-archive` or `--format docker-archive`"])
    }
    if json {
      throw UsageError(
        "`--json` and `--output -` both write to standard output", hints: ["leave one of them out"])
    }
  }

  // MARK: texts

  /// The platforms that were typed, or stand in the variable, without repetition; nil where none are.
  static func platforms(_ typed: [String], _ variables: Variables) throws(UsageError) -> [Platform]? {
    var platforms: [Platform] = []
    for text in typed.isEmpty ? variables.items(.platform) : typed {
      let platform: Platform
      do { platform = try Platform(text) } catch {
        throw UsageError(error, in: typed.isEmpty ? Variable.platform.rawValue : "--platform")
      }
      if !platforms.contains(platform) { platforms.append(platform) }
    }
    return platforms.isEmpty ? nil : platforms
  }
}

extension BuildInvocation {
  /// The projects that may be built, with those of a manifest.
  func buildable(_ manifest: LockManifest) -> Set<ProjectName> {
    buildSdist.union(manifest.loaded?.manifest.buildSdist ?? [])
  }
}

extension BuildInvocation {
  /// What a build of a lock means, for commands that ask less of it than `build` does.
  ///
  /// - Parameters:
  ///   - lock: The lock, and which of its answers are meant.
  ///   - manifest: What says what else is in the image.
  ///   - sources: Where what is not in the store comes from.
  ///   - cache: Where fetched things are kept.
  ///   - matrix: Which compatibility data counts.
  ///   - layers: How layers are written; nil: as they are without any wish.
  ///   - jobs: How many are made at a time; nil: what suits most machines.
  ///   - variables: Those that count for the command.
  /// - Throws: `UsageError` for texts that cannot be read.
  init(
    of lock: LockAnswersOptions, _ manifest: ImageManifestOption, _ sources: BuildSourceOptions,
    _ cache: CacheOption, _ matrix: MatrixOption,
    layers: LayerOptions? = nil, jobs: JobsOption? = nil, _ variables: Variables
  ) throws {
    var build = try BuildCommand.parse([])
    build.lock = lock
    build.manifest = manifest
    build.sources = sources
    build.output.cache = cache
    build.output.matrix = matrix
    if let layers { build.image.layers = layers }
    if let jobs { build.output.jobs = jobs }
    try self.init(build, variables)
  }
}

extension BuildCommand {
  /// What was typed that says where a lock or its artifacts are.
  fileprivate var optionsBesideBundle: [String] {
    let typed: [(String, Bool)] = [
      ("--lock", lock.lock.typed != nil), ("--manifest", manifest.typed != nil),
      ("--index-url", sources.indexURL.typed != nil),
      ("--extra-index-url", !sources.wheels.extraIndexURL.isEmpty),
      ("--index", !sources.wheels.index.isEmpty), ("--find-links", !sources.wheels.findLinks.isEmpty),
      ("--debian-mirror", sources.mirrors.debianMirror != nil),
      ("--debian-security-mirror", sources.mirrors.debianSecurityMirror != nil),
    ]
    return typed.filter(\.1).map(\.0)
  }
}

extension ImageFormat {
  /// Where an image of this format is written when nobody says it.
  var defaultPath: String { self == .oci ? "image" : "image.tar" }
}

/// A file to draw an image into.
struct ReportFile: Hashable, Sendable {
  /// What it is written as.
  enum Kind: Hashable, Sendable { case svg, html }

  let path: String
  let kind: Kind

  /// Takes the kind from the path's ending.
  ///
  /// - Throws: `UsageError` for another ending.
  init(_ path: String, in place: String) throws(UsageError) {
    let lowered = path.lowercased()
    if lowered.hasSuffix(".svg") {
      kind = .svg
    } else if lowered.hasSuffix(".html") || lowered.hasSuffix(".htm") {
      kind = .html
    } else {
      throw UsageError(
        "\(place): “\(Printable.text(path))” does not say what to draw",
        hints: ["let the name end in .svg or .html"])
    }
    self.path = path
  }
}

/// Names of images.
enum ImageName {
  /// A name that registries and `docker load` take; for a docker-archive with a tag, which `docker load` wants.
  ///
  /// Source: the grammar of distribution/reference, without digests: an image is named before it has one.
  /// - Throws: `UsageError` for any other text.
  static func checked(_ text: String, in place: String, _ format: ImageFormat) throws(UsageError) -> String {
    let shown = "\(place): “\(Printable.text(text))” cannot be the name of an image"
    let slash = text.lastIndex(of: "/").map { text.index(after: $0) } ?? text.startIndex
    let colon = text[slash...].firstIndex(of: ":")
    let repository = text[..<(colon ?? text.endIndex)]
    let tag = colon.map { text[text.index(after: $0)...] }
    if text.contains("@") {
      throw UsageError(
        shown + ": a digest is what the build finds out", hints: ["leave out the @ and what follows"])
    }
    let parts = repository.split(separator: "/", omittingEmptySubsequences: false)
    let isLower = parts.enumerated().allSatisfy { place, part in
      !part.isEmpty && part.utf8.allSatisfy { isAllowed($0, isHost: place == 0 && parts.count > 1) }
        && part.utf8.first.map(isAlphanumeric) ?? false && part.utf8.last.map(isAlphanumeric) ?? false
    }
    guard isLower else {
      let lowered = repository.lowercased()
      throw UsageError(
        shown,
        hints: lowered == repository
          ? ["write it like lab/resnet:1"] : ["letters are small: `\(lowered)\(tag.map { ":" + $0 } ?? "")`"])
    }
    guard let tag else { return format == .dockerArchive ? text + ":latest" : text }
    let isTag =
      !tag.isEmpty && tag.utf8.count <= 128
      && tag.utf8.allSatisfy { isAlphanumeric($0) || isCapital($0) || ".-_".utf8.contains($0) }
      && tag.first != "." && tag.first != "-"
    guard isTag else {
      throw UsageError(shown, hints: ["a tag has letters, digits, dots, dashes and underscores"])
    }
    return text
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isCapital(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
  }

  /// A host may have a port.
  private static func isAllowed(_ byte: UInt8, isHost: Bool) -> Bool {
    isAlphanumeric(byte) || "._-".utf8.contains(byte) || isHost && byte == UInt8(ascii: ":")
  }
}
