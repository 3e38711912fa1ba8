public import EnvlockModel

/// Which wheels share a layer.
///
/// A wheel of `alone` bytes and more has a layer of its own, the same in every image that holds the wheel. The others go
/// into `buckets` groups by a hash of their project's name: whether a wheel is in a group depends on nothing but itself,
/// so another version of it changes one layer, and so does a wheel that comes or goes. A bucket that gets nothing makes
/// no layer.
///
/// Where that would be more layers than allowed, the smallest of the large ones go into the groups too, then the groups
/// become fewer.
public struct LayerGrouping: Hashable, Sendable {
  /// A wheel as the grouping sees it.
  public struct Item: Hashable, Sendable {
    /// The project.
    public var project: ProjectName
    /// Bytes of the wheel's file.
    public var size: Int

    /// Describes a wheel.
    public init(project: ProjectName, size: Int) {
      self.project = project
      self.size = size
    }
  }

  /// Wheels that share a layer, by ascending name.
  public struct Group: Hashable, Sendable {
    /// The projects.
    public let projects: [ProjectName]
    /// Which bucket it is, counted from 0; nil for a wheel by itself.
    public let bucket: Int?
  }

  /// From how many bytes of its file on a wheel has a layer of its own.
  public var alone = 8 << 20
  /// How many groups the smaller ones make at most.
  public var buckets = 16

  /// The grouping that images have.
  public init() {}

  /// Groups wheels.
  ///
  /// - Parameters:
  ///   - items: the wheels, in any order, each project once.
  ///   - limit: how many layers there may be; at least 1.
  /// - Returns: the layers from the lowest up: wheels by themselves by ascending name, then groups by bucket. What is
  ///   large and seldom changes lies below.
  public func groups(_ items: [Item], limit: Int) -> [Group] {
    let limit = max(1, limit)
    let buckets = max(1, min(buckets, limit))
    // By descending size, so that the smallest are the last.
    var large = items.filter { $0.size >= alone }
    large.sort { ($0.size, $1.project) > ($1.size, $0.project) }
    var small = items.filter { $0.size < alone }
    if large.count + count(small, buckets) > limit {
      let kept = limit - buckets
      small += large[min(kept, large.count)...]
      large.removeLast(max(0, large.count - kept))
    }
    var groups = large.map(\.project).sorted().map { Group(projects: [$0], bucket: nil) }
    var filled: [[ProjectName]] = Array(repeating: [], count: buckets)
    for item in small { filled[LayerGrouping.bucket(item.project, of: buckets)].append(item.project) }
    for (bucket, projects) in filled.enumerated() where !projects.isEmpty {
      groups.append(Group(projects: projects.sorted(), bucket: bucket))
    }
    return groups
  }

  private func count(_ small: [Item], _ buckets: Int) -> Int {
    Set(small.map { LayerGrouping.bucket($0.project, of: buckets) }).count
  }

  /// Which bucket a project belongs to: the first four bytes of the SHA-256 of its name, modulo the number of buckets.
  static func bucket(_ project: ProjectName, of buckets: Int) -> Int {
    let bytes = SmallSHA256.of(Array(project.text.utf8)).bytes
    return bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) } % buckets
  }
}
