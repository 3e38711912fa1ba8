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
  init(_ arguments: BuildArguments, _ variables: Variables) throws(UsageError) {
    bundle = arguments.bundle.bundle ?? variables.text(.bundle)
    if bundle != nil, let option = arguments.optionsBesideBundle.first {
      throw UsageError(
        "a bundle brings its lock and all that it names: `\(option)` means nothing with `--bundle`",
        hints: ["leave one of them out"])
    }
    lock = bundle ?? arguments.lock.lock ?? variables.text(.lock) ?? LockFile.defaultName
    manifest = bundle == nil ? arguments.lock.manifest ?? variables.text(.manifest) : nil
    platforms = try Self.platforms(arguments.lock.platform, variables)
    target = arguments.lock.target ?? variables.text(.target)

    let image = arguments.image
    let format = try Self.choice("--format", image.format, .imageFormat, variables) ?? ImageFormat.oci
    self.format = format
    compression = try Self.choice("--compression", image.compression, .compression, variables) ?? .splice
    let stargzByVariable = try variables.flag(.stargz)
    stargz = image.stargz || stargzByVariable
    tag = try (image.tag ?? variables.text(.tag)).map { text throws(UsageError) in
      try ImageName.checked(text, in: image.tag == nil ? Variable.tag.rawValue : "--tag", format)
    }
    let path = image.output ?? variables.text(.output) ?? format.defaultPath
    output = path == "-" ? .standardOutput : .path(path)

    let against = arguments.plan.against ?? (arguments.plan.plan ? variables.text(.against) : nil)
    task = arguments.plan.plan ? .plan(against: against) : .build
    json = arguments.output.json
    imageRefs = arguments.output.imageRefs ?? variables.text(.imageRefs)
    report = try (arguments.output.report ?? variables.text(.report)).map { path throws(UsageError) in
      try ReportFile(path, in: arguments.output.report == nil ? Variable.report.rawValue : "--report")
    }

    sources = try Self.sources(
      indexURL: arguments.sources.indexURL, extraIndexURL: arguments.sources.extraIndexURL,
      findLinks: arguments.sources.findLinks, variables)
    indexes = try Self.indexes(arguments.sources.index, variables)
    buildSdist = try Self.projects(arguments.sources.buildSdist, variables)
    debianMirror = arguments.sources.mirrors.debianMirror
    debianSecurityMirror = arguments.sources.mirrors.debianSecurityMirror
    let offlineByVariable = try variables.flag(.offline)
    offline = arguments.sources.offline || offlineByVariable
    jobs = try (arguments.output.jobs ?? variables.text(.jobs)).map { text throws(UsageError) in
      guard let jobs = Int(text), (1...1024).contains(jobs) else {
        throw UsageError(
          "\(arguments.output.jobs == nil ? Variable.jobs.rawValue : "--jobs") cannot be “\(text)”",
          hints: ["it is a number from 1 to 1024"])
      }
      return jobs
    }
    cacheDirectory = try variables.cacheDirectory(arguments.output.cacheDir)
    matrixDirectory = arguments.output.matrix ?? variables.text(.matrix)
    try refuseContradictions(arguments, against: against)
  }

  private func refuseContradictions(
    _ arguments: BuildArguments, against: String?
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
    if task != .build, arguments.output.imageRefs != nil {
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

  private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ option: String, _ typed: String?, _ variable: Variable, _ variables: Variables
  ) throws(UsageError) -> Choice? {
    guard let text = typed ?? variables.text(variable) else { return nil }
    if let choice = Choice(rawValue: text) { return choice }
    let names = Choice.allCases.map(\.rawValue)
    throw UsageError(
      "\(typed == nil ? variable.rawValue : option) cannot be “\(Printable.text(text))”",
      hints: NearestName.of(text, among: names).map { ["did you mean `\($0)`?"] }
        ?? ["it can be: " + names.joined(separator: ", ")])
  }

  /// The places of wheels that were typed, or stand in variables.
  static func sources(
    indexURL: String?, extraIndexURL: [String], findLinks: [String], _ variables: Variables
  ) throws(UsageError) -> IndexOptions {
    var sources = IndexOptions()
    sources.indexURL = indexURL
    sources.extraIndexURLs = extraIndexURL.isEmpty ? variables.words(.extraIndexURL) : extraIndexURL
    sources.findLinks = findLinks.isEmpty ? variables.words(.findLinks) : findLinks
    let named =
      [("--index-url", sources.indexURL)].compactMap { place, url in url.map { (place, $0) } }
      + sources.extraIndexURLs.map { ("--extra-index-url", $0) }
    for (place, url) in named {
      do { try IndexDeclaration.checkURL(url) } catch { throw UsageError(error, in: place) }
    }
    return sources
  }

  /// The projects that may be built, as they were typed, or stand in the variable.
  private static func projects(
    _ typed: [String], _ variables: Variables
  ) throws(UsageError) -> Set<ProjectName> {
    var projects: Set<ProjectName> = []
    for text in typed.isEmpty ? variables.items(.buildSdist) : typed {
      do { projects.insert(try ProjectName(text)) } catch {
        throw UsageError(error, in: typed.isEmpty ? Variable.buildSdist.rawValue : "--build-sdist")
      }
    }
    return projects
  }

  /// The projects that may be built, with those of a manifest.
  func buildable(_ manifest: LockManifest) -> Set<ProjectName> {
    buildSdist.union(manifest.loaded?.manifest.buildSdist ?? [])
  }

  /// The named indexes that were typed, or stand in the variable.
  static func indexes(
    _ typed: [String], _ variables: Variables
  ) throws(UsageError) -> [IndexDeclaration] {
    let place = typed.isEmpty ? Variable.index.rawValue : "--index"
    var indexes: [IndexDeclaration] = []
    for text in typed.isEmpty ? variables.items(.index) : typed {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let hints = ["write NAME=URL, as in internal=https://wheels.example.com/simple"]
      do {
        try IndexDeclaration.checkName(parts[0])
        if parts.count == 2 { try IndexDeclaration.checkURL(parts[1]) }
      } catch {
        throw UsageError(error, in: place, hints: hints)
      }
      guard !indexes.contains(where: { $0.name == parts[0] }) else {
        throw UsageError("\(place) names the index “\(parts[0])” twice")
      }
      // A name alone is one that a manifest or the matrix gives a place.
      indexes.append(IndexDeclaration(name: parts[0], url: parts.count == 2 ? parts[1] : nil))
    }
    return indexes
  }
}

extension BuildArguments {
  /// What was typed that says where a lock or its artifacts are.
  fileprivate var optionsBesideBundle: [String] {
    let typed: [(String, Bool)] = [
      ("--lock", lock.lock != nil), ("--manifest", lock.manifest != nil),
      ("--index-url", sources.indexURL != nil), ("--extra-index-url", !sources.extraIndexURL.isEmpty),
      ("--index", !sources.index.isEmpty), ("--find-links", !sources.findLinks.isEmpty),
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
