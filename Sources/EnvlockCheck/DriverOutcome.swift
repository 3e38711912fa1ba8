import EnvlockModel
import EnvlockVersions

/// How a node's driver relates to a CUDA release.
enum DriverRelation: Hashable, Sendable {
  /// It is as new as the release or newer.
  case full
  /// It is older and of the same major version.
  case minor
  /// It is older than that.
  case tooOld
  /// The driver, or what the release needs, is not known.
  case unknown

  init(_ need: CUDANeed, _ node: NodeView) {
    if let driver = node.facts.driver {
      if let full = need.full {
        self = driver >= full ? .full : need.minor.map { driver >= $0 ? .minor : .tooOld } ?? .tooOld
      } else if let newest = node.branch?.cudaMax {
        // The release is not in the matrix, but what the driver knows is.
        self = newest >= need.cuda ? .full : newest.major == need.cuda.major ? .minor : .tooOld
      } else {
        self = .unknown
      }
    } else if let newest = node.facts.cudaDriver {
      let isMinor = newest.major == need.cuda.major && need.minor != nil
      self = newest >= need.cuda ? .full : isMinor ? .minor : .tooOld
    } else {
      self = .unknown
    }
  }
}

/// Whether a forward-compatibility package does on a GPU.
enum ForwardAnswer: Hashable, Sendable {
  /// It does.
  case works
  /// It does not, for a reason.
  case refused(String)
  /// It may, for a reason.
  case unsure(String)

  init(_ need: CUDANeed, _ node: NodeView, kind: String?) {
    guard let row = need.forward else {
      self = .refused("no forward-compatibility package is listed for CUDA \(need.cuda)")
      return
    }
    if let branch = node.facts.driver?.branch {
      if row.neverOver.contains(branch) || branch == row.native {
        self = .refused("\(row.package) must not be used over branch \(branch), which is not older than it")
        return
      }
      guard row.over.contains(branch) else {
        let over = row.over.isEmpty ? "none" : row.over.map { "\($0)" }.joined(separator: ", ")
        self = .refused("\(row.package) is supported over the branches \(over), not over \(branch)")
        return
      }
    }
    switch kind {
    case "data-center" where node.facts.driver == nil: self = .unsure("the driver's branch is not known")
    case "data-center": self = .works
    case "workstation":
      self = .unsure("\(row.package) is for data-center GPUs and only some of the workstation GPUs")
    case "jetson": self = .unsure("Jetson boards have compatibility packages of their own")
    case nil: self = .unsure("\(row.package) is for data-center GPUs; whether this is one is not known")
    default: self = .refused("\(row.package) is for data-center GPUs alone")
    }
  }
}

/// What a node's driver makes of a stack's CUDA.
struct DriverOutcome: Sendable {
  let relation: DriverRelation
  /// What the forward-compatibility package of the image does, the worst over the node's GPUs; nil where the image
  /// has none, or the driver does not need it.
  let forward: ForwardAnswer?

  init(_ need: CUDANeed, _ node: NodeView, hasPackage: Bool) {
    relation = DriverRelation(need, node)
    guard hasPackage, relation != .full else {
      forward = nil
      return
    }
    let kinds = node.gpus.flatMap { gpu in gpu.variants.isEmpty ? [nil] : gpu.variants.map(\.kind) }
    let answers = (kinds.isEmpty ? [nil] : kinds).map { ForwardAnswer(need, node, kind: $0) }
    forward =
      answers.first { if case .refused = $0 { true } else { false } }
      ?? answers.first { if case .unsure = $0 { true } else { false } } ?? .works
  }

  /// By which promise the CUDA runs; nil where it does not, or that is not known.
  var compatibility: DriverCompatibility? {
    switch (relation, forward) {
    case (.full, _): .full
    case (_, .refused): nil
    case (_, .some): .forward
    case (.minor, nil): .minorVersion
    case (.tooOld, nil), (.unknown, nil): nil
    }
  }

  /// Whether the package's libraries take the place of the driver's.
  var isForward: Bool { compatibility == .forward }
}
