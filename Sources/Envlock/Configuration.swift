public import EnvlockData
public import EnvlockModel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What a resolve depends on besides the manifest: where wheels come from, where answers are kept.
///
/// Nothing of it reaches a lock.
public struct Configuration: Sendable {
  /// Where pages and metadata are kept between runs; nil keeps nothing.
  public var cacheDirectory: String?
  /// The default wheel index; nil looks for it where pip and uv do.
  public var indexURL: String?
  /// Further indexes, asked before the default one.
  public var extraIndexURLs: [String]
  /// Folders and pages of wheels, asked beside the indexes.
  public var findLinks: [String]
  /// Whether no index is used but those in `findLinks` and in the manifest.
  public var noIndex: Bool
  /// The mirror of Debian; nil looks for it where apt does.
  public var debianMirror: String?
  /// The mirror of Debian's security updates, likewise.
  public var debianSecurityMirror: String?
  /// How many layers are made at a time, and artifacts fetched; nil for what suits most machines.
  public var jobs: Int?
  /// Whether the network may not be asked.
  public var offline: Bool
  /// Whether indexes are asked again, however fresh the cache is.
  public var refresh: Bool
  /// The compatibility data.
  public var matrix: Matrix
  /// Environment variables, for proxies, certificates, credentials and index settings.
  public var environment: [String: String]
  /// The time in seconds since 1970, which an age of `exclude-newer` counts back from.
  public var now: @Sendable () -> Int

  /// The clock of this machine: seconds since 1970.
  public static let systemClock: @Sendable () -> Int = { time(nil) }

  /// A configuration with nothing set but what is given.
  public init(
    cacheDirectory: String? = nil, indexURL: String? = nil, extraIndexURLs: [String] = [],
    findLinks: [String] = [], noIndex: Bool = false, debianMirror: String? = nil,
    debianSecurityMirror: String? = nil, jobs: Int? = nil, offline: Bool = false, refresh: Bool = false,
    matrix: Matrix = .embedded, environment: [String: String] = processEnvironment,
    now: @escaping @Sendable () -> Int = systemClock
  ) {
    self.cacheDirectory = cacheDirectory
    self.indexURL = indexURL
    self.extraIndexURLs = extraIndexURLs
    self.findLinks = findLinks
    self.noIndex = noIndex
    self.debianMirror = debianMirror
    self.debianSecurityMirror = debianSecurityMirror
    self.jobs = jobs
    self.offline = offline
    self.refresh = refresh
    self.matrix = matrix
    self.environment = environment
    self.now = now
  }
}
