/// Every environment variable that the command line itself reads.
///
/// Those about fetching are read where that is done: ENVLOCK_INDEX_URL with the index settings of other tools,
/// ENVLOCK_INDEX_<NAME>_URL, _USERNAME and _PASSWORD of named indexes, proxies, certificates, NETRC.
enum Variable: String, CaseIterable {
  case against = "ENVLOCK_AGAINST"
  case allow = "ENVLOCK_ALLOW"
  case buildSdist = "ENVLOCK_BUILD_SDIST"
  case bundle = "ENVLOCK_BUNDLE"
  case cacheDirectory = "ENVLOCK_CACHE_DIR"
  case color = "ENVLOCK_COLOR"
  case compression = "ENVLOCK_COMPRESSION"
  case cuda = "ENVLOCK_CUDA"
  case directory = "ENVLOCK_DIRECTORY"
  case driver = "ENVLOCK_DRIVER"
  case excludeNewer = "ENVLOCK_EXCLUDE_NEWER"
  case extraIndexURL = "ENVLOCK_EXTRA_INDEX_URL"
  case findLinks = "ENVLOCK_FIND_LINKS"
  case format = "ENVLOCK_FORMAT"
  case frozen = "ENVLOCK_FROZEN"
  case base = "ENVLOCK_BASE"
  case glibc = "ENVLOCK_GLIBC"
  case gpu = "ENVLOCK_GPU"
  case gpuMemory = "ENVLOCK_GPU_MEMORY"
  /// The format of an image; ENVLOCK_FORMAT is that of a check's report.
  case imageFormat = "ENVLOCK_IMAGE_FORMAT"
  /// The image that `spec` and `run` start.
  case image = "ENVLOCK_IMAGE"
  case imageRefs = "ENVLOCK_IMAGE_REFS"
  case index = "ENVLOCK_INDEX"
  case jobs = "ENVLOCK_JOBS"
  case lock = "ENVLOCK_LOCK"
  case locked = "ENVLOCK_LOCKED"
  case manifest = "ENVLOCK_MANIFEST"
  case matrix = "ENVLOCK_MATRIX"
  case mig = "ENVLOCK_MIG"
  case noProgress = "ENVLOCK_NO_PROGRESS"
  case nodes = "ENVLOCK_NODES"
  /// The NVML to load instead of the system's.
  case nvml = "ENVLOCK_NVML"
  case offline = "ENVLOCK_OFFLINE"
  /// Where `build` writes the image.
  case output = "ENVLOCK_OUTPUT"
  case platform = "ENVLOCK_PLATFORM"
  case prerelease = "ENVLOCK_PRERELEASE"
  case python = "ENVLOCK_PYTHON"
  case quiet = "ENVLOCK_QUIET"
  case report = "ENVLOCK_REPORT"
  case stargz = "ENVLOCK_ESTARGZ"
  case tag = "ENVLOCK_TAG"
  case target = "ENVLOCK_TARGET"
  case verbose = "ENVLOCK_VERBOSE"

  /// Set by services that build and test: a log takes no progress line.
  case continuousIntegration = "CI"
  case home = "HOME"
  case languageAll = "LC_ALL"
  case languageCharacters = "LC_CTYPE"
  case language = "LANG"
  /// Set to anything, it forbids colour.
  case noColor = "NO_COLOR"
  /// Seconds since 1970: when a document counts as made.
  case sourceDateEpoch = "SOURCE_DATE_EPOCH"
  case terminal = "TERM"
  case xdgCacheHome = "XDG_CACHE_HOME"
}

/// The environment of a run; a value, so that tests bring their own.
struct Variables: Hashable, Sendable {
  private let values: [String: String]

  init(_ values: [String: String]) { self.values = values }

  /// Without those that say how an image is written, for commands that write none.
  var withoutOutput: Variables {
    without([
      .against, .bundle, .compression, .imageFormat, .imageRefs, .output, .report, .stargz, .tag,
    ])
  }

  /// The variable's text; nil where it is unset or empty.
  func text(_ variable: Variable) -> String? {
    guard let text = values[variable.rawValue], !text.isEmpty else { return nil }
    return text
  }

  /// Those that are left when some are taken away.
  func without(_ variables: [Variable]) -> Variables {
    let taken = Set(variables.map(\.rawValue))
    return Variables(values.filter { !taken.contains($0.key) })
  }

  /// The variable's words, separated by white space; for options that can be repeated and take URLs.
  func words(_ variable: Variable) -> [String] {
    text(variable)?.split(whereSeparator: \.isWhitespace).map(String.init) ?? []
  }

  /// The variable's items, separated by commas; for options that can be repeated and take names with spaces.
  func items(_ variable: Variable) -> [String] {
    text(variable)?.split(separator: ",").compactMap { part in
      let words = part.split(whereSeparator: \.isWhitespace)
      return words.isEmpty ? nil : words.joined(separator: " ")
    } ?? []
  }

  /// Whether the variable is switched on; unset and empty are off.
  ///
  /// - Throws: `UsageError` for a text that is neither yes nor no.
  func flag(_ variable: Variable) throws(UsageError) -> Bool {
    guard let text = text(variable) else { return false }
    switch text.lowercased() {
    case "1", "true", "yes", "on": return true
    case "0", "false", "no", "off": return false
    default:
      throw UsageError(
        "\(variable.rawValue) cannot be “\(text)”",
        hints: ["it can be 1 or 0, true or false, yes or no, on or off"])
    }
  }
}
