/// Something that happened during long work, for a person who waits.
public enum ProgressEvent: Sendable {
  /// Another page or metadata file is being fetched.
  case asked
  /// One of those asked for is there.
  case answered
  /// The solve for a platform has made so many decisions.
  case decided(Int)
  /// A wheel of this release is being built of its source: "hydra-core 1.3.2".
  case building(String)
  /// So many bytes have come over the network since the start.
  case received(bytes: Int)
}

/// Somebody who watches long work. Called from several tasks at once; must return at once.
public protocol ProgressSink: Sendable {
  /// Takes note of an event.
  func report(_ event: ProgressEvent)
}

/// Nobody watches.
public struct NoProgress: ProgressSink {
  /// Nobody.
  public init() {}
  /// Does nothing.
  public func report(_ event: ProgressEvent) {}
}
