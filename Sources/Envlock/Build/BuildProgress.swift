public import EnvlockModel

/// What happens while images are built.
public enum BuildEvent: Sendable {
  /// It is known what there is to do.
  case planned(BuildPlan)
  /// An artifact is being fetched: how many bytes are here, and how many there will be.
  case fetching(name: String, count: Int, size: Int?)
  /// An artifact is here; how many bytes of it were fetched in how many seconds.
  case fetched(name: String, size: Int, seconds: Double)
  /// A layer is being written: how many bytes of it are.
  case writing(platform: Platform, title: String, count: Int)
  /// A layer is made, in so many seconds, in which downloads do not count; or it was there.
  case made(platform: Platform, layer: PlannedLayer, seconds: Double, wasThere: Bool)
}

/// Somebody who watches a build; called from any thread.
public protocol BuildProgress: Sendable {
  /// Something happened.
  func report(_ event: BuildEvent)
}

/// Nobody watches.
public struct NoBuildProgress: BuildProgress {
  /// Watches nothing.
  public init() {}

  /// Does nothing.
  public func report(_ event: BuildEvent) {}
}
