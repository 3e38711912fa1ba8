/// One file that an index offers of a project (PEP 503, 592, 691, 700, 714).
public struct IndexFile: Hashable, Sendable {
  /// What an index says of the METADATA that it may serve beside a wheel (PEP 658, PEP 714).
  public enum MetadataOffer: Hashable, Sendable {
    /// The index says nothing; some serve it all the same.
    case unknown
    /// The index says that there is none.
    case absent
    /// The index announces it, mostly with its SHA-256.
    case offered(Digest?)
  }

  /// The file's name: "torch-2.9.1-cp311-cp311-manylinux_2_28_x86_64.whl".
  public var fileName: String
  /// Where it is, absolute or relative to its page, without fragment; percent-encoded as the index has it.
  public var url: String
  /// The SHA-256 of its content; nil where the index gives none.
  public var sha256: Digest?
  /// Its size in bytes; nil where the index gives none.
  public var size: Int?
  /// The text of Requires-Python, which may be malformed; nil where the index gives none.
  public var requiresPython: String?
  /// When it was uploaded, in UTC as "YYYY-MM-DDTHH:MM:SSZ", so that texts compare as times do; nil where the index
  /// gives no time that can be read.
  public var uploadTime: String?
  /// Why it was taken back (PEP 592): empty where no reason is given, nil where it was not taken back.
  public var yanked: String?
  /// What the index says of its metadata.
  public var metadata: MetadataOffer

  /// Whether it was taken back (PEP 592).
  public var isYanked: Bool { yanked != nil }

  /// Describes a file of which the index says so much.
  public init(
    fileName: String, url: String, sha256: Digest? = nil, size: Int? = nil, requiresPython: String? = nil,
    uploadTime: String? = nil, yanked: String? = nil, metadata: MetadataOffer = .unknown
  ) {
    self.fileName = fileName
    self.url = url
    self.sha256 = sha256
    self.size = size
    self.requiresPython = requiresPython
    self.uploadTime = uploadTime
    self.yanked = yanked
    self.metadata = metadata
  }
}

/// A wheel that an index offers: its name taken apart, and what the index says of it.
public struct Wheel: Hashable, Sendable {
  /// The parts of its file name.
  public let name: WheelName
  /// The file; its URL is absolute, unless it was given without a base to resolve it against.
  public let file: IndexFile

  /// Pairs a file with its name.
  public init(name: WheelName, file: IndexFile) {
    self.name = name
    self.file = file
  }

  /// Whether it is a source distribution, under the name of the wheel that is to be built of it.
  public var isSource: Bool { !file.fileName.endsInBytes(".whl") }

  /// Whether it lies on this machine's disk instead of being fetched.
  public var isLocal: Bool { file.url.hasPrefix("file:") || !URLReference.isAbsolute(file.url) }
}
