public import EnvlockModel
import EnvlockResolve

/// Where an image is pushed to, and how.
public struct PushTarget: Hashable, Sendable {
  /// The repository, with a tag, or the digest that the image must have.
  public var reference: ImageReference
  /// Further tags.
  public var tags: [String]
  /// Whether the registry is spoken to without TLS.
  public var isPlain: Bool
  /// Repositories of the same registry that may have some of the layers.
  public var mountSources: [String]
  /// How many bytes a request may carry; nil for no limit but the registry's own.
  public var chunkSize: Int?
  /// How many blobs are sent at a time.
  public var parallel: Int
  /// Whether it is only looked what would have to be sent: the registry stays as it is.
  public var isDry = false
  /// How long to wait before each further try; nil for what suits a registry.
  package var backoff: [Duration]?

  /// A push with TLS, of four blobs at a time.
  public init(
    _ reference: ImageReference, tags: [String] = [], isPlain: Bool = false, mountSources: [String] = [],
    chunkSize: Int? = nil, parallel: Int = 4
  ) {
    self.reference = reference
    self.tags = tags
    self.isPlain = isPlain
    self.mountSources = mountSources
    self.chunkSize = chunkSize
    self.parallel = parallel
  }

  /// All tags, each once.
  var allTags: [String] { ([reference.tag].compactMap { $0 } + tags).removingRepetition() }
}

/// What happens during a push.
public enum PushEvent: Sendable {
  /// So many bytes of a blob are sent; fewer than before where a part has to be sent again.
  case sending(name: String, count: Int, size: Int)
  /// A blob is in the registry.
  case arrived(PushedImage.Part, seconds: Double)
}

/// Somebody who watches a push, and the building that it may take; called from any thread.
public protocol PushProgress: BuildProgress {
  /// Something happened.
  func report(_ event: PushEvent)
}

/// Nobody watches.
public struct NoPushProgress: PushProgress {
  /// Watches nothing.
  public init() {}

  /// Does nothing.
  public func report(_ event: BuildEvent) {}

  /// Does nothing.
  public func report(_ event: PushEvent) {}
}

/// An image in a registry.
public struct PushedImage: Sendable {
  /// How a blob came to be there.
  public enum Arrival: Hashable, Sendable {
    /// It was there.
    case present
    /// It was taken over from another repository of the registry.
    case mounted(from: String)
    /// It was sent.
    case sent
    /// It is not there, and would have to be sent; in a push that only looks.
    case absent
  }

  /// A layer or configuration.
  public struct Part: Hashable, Sendable {
    /// What it is called: "layer torch 2.9.1".
    public var name: String
    /// The SHA-256 of its bytes.
    public var digest: Digest
    /// How many bytes it has.
    public var size: Int
    /// How it came to be there.
    public var arrival: Arrival

    /// Describes a part.
    public init(name: String, digest: Digest, size: Int, arrival: Arrival) {
      self.name = name
      self.digest = digest
      self.size = size
      self.arrival = arrival
    }
  }

  /// The digest of what the tags stand for: an index, or a manifest.
  public var digest: Digest
  /// What that is.
  public var mediaType: String
  /// How many bytes it has.
  public var size: Int
  /// Where it is.
  public var reference: ImageReference
  /// Its tags.
  public var tags: [String]
  /// Whether all tags stood for it already, so that nothing was looked at.
  public var isUnchanged: Bool
  /// Whether it was only looked: what is mounted in `parts` would be.
  public var isDry: Bool
  /// Layers and configurations, in the order of the image; none where nothing was looked at.
  public var parts: [Part]
  /// Requests to the registry and its token service.
  public var requests: Int
  /// How long it took, in seconds.
  public var seconds: Double
  /// What the user should know, a sentence each.
  public var notes: [String]

  /// Describes an image.
  public init(
    digest: Digest, mediaType: String, size: Int, reference: ImageReference, tags: [String],
    isUnchanged: Bool, isDry: Bool = false, parts: [Part], requests: Int, seconds: Double,
    notes: [String] = []
  ) {
    self.digest = digest
    self.mediaType = mediaType
    self.size = size
    self.reference = reference
    self.tags = tags
    self.isUnchanged = isUnchanged
    self.isDry = isDry
    self.parts = parts
    self.requests = requests
    self.seconds = seconds
    self.notes = notes
  }
}
