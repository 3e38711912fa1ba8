import ArgumentParser
import EnvlockManifest
import EnvlockModel

/// Which index has the wheels.
struct IndexURLOption: ParsableArguments {
  @Option(
    name: .customLong("index-url"),
    help: ArgumentHelp("The index of wheels, instead of the configured one.", valueName: "url"))
  var typed: String?
}

/// Where wheels are.
struct WheelPlaceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("A further index, looked at before the default one; repeatable.", valueName: "url"))
  var extraIndexURL: [String] = []

  @Option(
    help: ArgumentHelp(
      "Say where an index of manifest or lock is, or name a further one; repeatable.",
      valueName: "name=url"))
  var index: [String] = []

  @Option(
    help: ArgumentHelp("A folder or page of wheels; repeatable.", valueName: "dir|url"),
    completion: .directory)
  var findLinks: [String] = []
}

/// Where packages of Debian are.
struct MirrorOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The mirror of Debian, instead of the one apt uses.", valueName: "url"))
  var debianMirror: String?

  @Option(help: ArgumentHelp("The mirror of Debian's security updates.", valueName: "url"))
  var debianSecurityMirror: String?
}

/// Which projects may be built of their sources.
struct BuildSdistOption: ParsableArguments {
  @Option(
    name: .customLong("build-sdist"),
    help: ArgumentHelp(
      "Build this project's wheel of its source where it is not to be had: inside the base, without network; "
        + "repeatable.", valueName: "name"))
  var typed: [String] = []

  /// The projects that were typed, or stand in the variable.
  ///
  /// - Throws: `UsageError` for a text that names none.
  func projects(_ variables: Variables) throws(UsageError) -> [ProjectName] {
    var projects: [ProjectName] = []
    for text in typed.isEmpty ? variables.items(.buildSdist) : typed {
      do { projects.append(try ProjectName(text)) } catch {
        throw UsageError(error, in: typed.isEmpty ? Variable.buildSdist.rawValue : "--build-sdist")
      }
    }
    return projects
  }
}

/// Whether nothing is fetched.
struct OfflineOption: ParsableArguments {
  @Flag(name: .customLong("offline"), help: "Fetch nothing: use what is in the store.")
  var typed = false

  /// Whether it was typed or a variable says it.
  ///
  /// - Throws: `UsageError` for a variable that makes no sense.
  func isOn(_ variables: Variables) throws(UsageError) -> Bool {
    let byVariable = try variables.flag(.offline)
    return typed || byVariable
  }
}

/// Whether answers of indexes that are fresh enough are asked for again.
struct RefreshOption: ParsableArguments {
  @Flag(name: .customLong("refresh"), help: "Ask indexes again, however fresh the cache is.")
  var typed = false
}

/// Which files are too young to count.
struct ExcludeNewerOption: ParsableArguments {
  @Option(
    name: .customLong("exclude-newer"),
    help: ArgumentHelp(
      "Ignore files uploaded after this day, from this time on, or younger than \"7 days\" when this is resolved.",
      valueName: "date|time|age"))
  var typed: String?

  /// From when on files do not count; nil where neither the option nor its variable says so.
  ///
  /// - Throws: `UsageError` for a text that is no date, time or age.
  func cutoff(_ variables: Variables) throws(UsageError) -> UploadCutoff? {
    guard let text = typed ?? variables.text(.excludeNewer) else { return nil }
    do { return try UploadCutoff(text) } catch {
      throw UsageError(error, in: typed == nil ? Variable.excludeNewer.rawValue : "--exclude-newer")
    }
  }
}

/// Where what is not in the store comes from.
struct BuildSourceOptions: ParsableArguments {
  @OptionGroup var indexURL: IndexURLOption
  @OptionGroup var wheels: WheelPlaceOptions
  @OptionGroup var mirrors: MirrorOptions
  @OptionGroup var buildSdist: BuildSdistOption
  @OptionGroup var offline: OfflineOption
}

extension WheelPlaceOptions {
  /// The named indexes that were typed, or stand in the variable.
  ///
  /// - Throws: `UsageError` for a text that declares none, and for a name that stands there twice.
  func indexes(_ variables: Variables) throws(UsageError) -> [IndexDeclaration] {
    let place = index.isEmpty ? Variable.index.rawValue : "--index"
    var indexes: [IndexDeclaration] = []
    for text in index.isEmpty ? variables.items(.index) : index {
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

extension IndexOptions {
  /// The places of wheels that were typed, or stand in variables where none were.
  ///
  /// - Throws: `UsageError` for a text that is no address of an index.
  init(
    _ indexURL: IndexURLOption, _ options: WheelPlaceOptions, _ variables: Variables
  ) throws(UsageError) {
    self.init()
    self.indexURL = indexURL.typed
    extraIndexURLs = options.extraIndexURL.isEmpty ? variables.words(.extraIndexURL) : options.extraIndexURL
    findLinks = options.findLinks.isEmpty ? variables.words(.findLinks) : options.findLinks
    for (urls, place) in [
      (indexURL.typed.map { [$0] } ?? [], "--index-url"), (extraIndexURLs, "--extra-index-url"),
    ] {
      for url in urls {
        do { try IndexDeclaration.checkURL(url) } catch { throw UsageError(error, in: place) }
      }
    }
  }
}
