/// What requirements files, or a command line, say about where wheels come from.
public struct IndexOptions: Hashable, Sendable {
  /// The index instead of the configured one.
  public var indexURL: String?
  /// Further indexes, looked at before the default one.
  public var extraIndexURLs: [String] = []
  /// Folders and pages of wheels; folders as paths from the current folder.
  public var findLinks: [String] = []
  /// Whether no index is to be asked.
  public var noIndex = false

  /// Nothing is said.
  public init() {}

  /// Lays `other` below these: its index counts where none is named here, its lists follow.
  public mutating func append(_ other: IndexOptions) {
    indexURL = indexURL ?? other.indexURL
    extraIndexURLs += other.extraIndexURLs.filter { !extraIndexURLs.contains($0) }
    findLinks += other.findLinks.filter { !findLinks.contains($0) }
    noIndex = noIndex || other.noIndex
  }
}
