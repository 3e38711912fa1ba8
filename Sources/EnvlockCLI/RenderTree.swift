import EnvlockModel

/// The wheels of a lock as a tree: what needs what, or with `inverted` what is needed by what.
struct RenderTree {
  /// How branches are drawn.
  struct Glyphs: Sendable {
    let branch: String
    let lastBranch: String
    let stem: String
    let gap: String

    static let unicode = Glyphs(branch: "├─ ", lastBranch: "└─ ", stem: "│  ", gap: "   ")
    static let ascii = Glyphs(branch: "|-- ", lastBranch: "`-- ", stem: "|   ", gap: "    ")
  }

  let glyphs: Glyphs
  /// How many levels below the top are shown; nil for all.
  let depth: Int?

  /// The levels below the wheels, then a tree for each thing that was asked for.
  func text(_ lock: PlatformLock) -> String {
    var lines = RenderTree.header(lock)
    var shown: Set<ProjectName> = []
    var path: [ProjectName] = []
    for root in lock.roots {
      add(root, of: lock, prefix: "", lead: "", path: &path, shown: &shown, to: &lines)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Why `name` is there: the wheels that need it, and those that need them, up to what was asked for.
  func inverted(_ lock: PlatformLock, from name: ProjectName) -> String {
    var needers: [ProjectName: [LockedEdge]] = [:]
    // Wheels are sorted by name, and so are the lists made from them.
    for wheel in lock.wheels {
      for edge in wheel.dependencies where edge.name != wheel.name {
        needers[edge.name, default: []].append(LockedEdge(name: wheel.name, extras: edge.extras))
      }
    }
    var lines: [String] = []
    var shown: Set<ProjectName> = []
    var path: [ProjectName] = []
    addNeeders(
      LockedEdge(name: name), needers, of: lock, prefix: "", lead: "", path: &path, shown: &shown, to: &lines)
    return lines.joined(separator: "\n") + "\n"
  }

  /// What stands above the wheels: "linux/amd64", then a line for each level.
  private static func header(_ lock: PlatformLock) -> [String] {
    [lock.platform.description]
      + RenderStrata.rows(lock).filter { $0.label != "added" }.map { "  " + $0.label + ": " + $0.text }
  }

  private func add(
    _ edge: LockedEdge, of lock: PlatformLock, prefix: String, lead: String, path: inout [ProjectName],
    shown: inout Set<ProjectName>, to lines: inout [String]
  ) {
    guard let wheel = lock.wheel(edge.name) else { return }
    let children = wheel.dependencies.filter { $0.name != edge.name }
    // Said once, a subtree is not repeated; this also ends circles.
    let isRepeated = shown.contains(edge.name) && !children.isEmpty
    lines.append(prefix + lead + "\(edge) \(wheel.version)" + (isRepeated ? " (*)" : ""))
    guard !isRepeated, path.count < depth ?? Int.max else { return }
    shown.insert(edge.name)
    path.append(edge.name)
    let inner = prefix + continuation(of: lead)
    for (index, child) in children.enumerated() {
      let lead = index == children.count - 1 ? glyphs.lastBranch : glyphs.branch
      add(child, of: lock, prefix: inner, lead: lead, path: &path, shown: &shown, to: &lines)
    }
    path.removeLast()
  }

  private func addNeeders(
    _ edge: LockedEdge, _ needers: [ProjectName: [LockedEdge]], of lock: PlatformLock, prefix: String,
    lead: String, path: inout [ProjectName], shown: inout Set<ProjectName>, to lines: inout [String]
  ) {
    guard let wheel = lock.wheel(edge.name) else { return }
    let parents = needers[edge.name] ?? []
    let isRepeated = shown.contains(edge.name) && !parents.isEmpty
    var line = prefix + lead + "\(edge.name) \(wheel.version)"
    if !edge.extras.isEmpty { line += " (with \(edge.extras.map(\.text).joined(separator: ", ")))" }
    if lock.roots.contains(where: { $0.name == edge.name }) { line += " (asked for)" }
    if isAdded(edge.name, in: lock) { line += " (added by envlock)" }
    lines.append(line + (isRepeated ? " (*)" : ""))
    guard !isRepeated, path.count < depth ?? Int.max else { return }
    shown.insert(edge.name)
    path.append(edge.name)
    let inner = prefix + continuation(of: lead)
    for (index, parent) in parents.enumerated() {
      let lead = index == parents.count - 1 ? glyphs.lastBranch : glyphs.branch
      addNeeders(parent, needers, of: lock, prefix: inner, lead: lead, path: &path, shown: &shown, to: &lines)
    }
    path.removeLast()
  }

  private func isAdded(_ name: ProjectName, in lock: PlatformLock) -> Bool {
    lock.strata.frameworks.contains { $0.added.contains(name) }
  }

  private func continuation(of lead: String) -> String {
    switch lead {
    case "": ""
    case glyphs.lastBranch: glyphs.gap
    default: glyphs.stem
    }
  }
}
