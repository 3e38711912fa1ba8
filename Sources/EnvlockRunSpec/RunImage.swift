public import EnvlockModel

/// The image that is started, and what is known of it.
public struct RunImage: Hashable, Sendable {
  /// Where a registry has it, without a digest: "registry.example.com/lab/resnet:1"; nil where it was not named.
  public var name: String?
  /// The digest that it is held to: of its index, or of its manifest.
  public var digest: Digest?
  /// The folder of an OCI layout on this machine, where there is one: "image".
  public var layout: String?
  /// What its configuration says of how it starts.
  public var process: ImageProcess

  /// An image.
  public init(
    name: String? = nil, digest: Digest? = nil, layout: String? = nil,
    process: ImageProcess = ImageProcess()
  ) {
    self.name = name
    self.digest = digest
    self.layout = layout
    self.process = process
  }

  /// How a registry is asked for it; nil where it was not named: "registry.example.com/lab/resnet:1@sha256:…".
  public var reference: String? { name.map { name in digest.map { "\(name)@\($0)" } ?? name } }
}

/// What an image's configuration says of how it starts.
public struct ImageProcess: Hashable, Sendable {
  /// The command that always runs.
  public var entrypoint: [String]
  /// Its arguments unless others are given.
  public var cmd: [String]
  /// Variables, `NAME=value`, in their order.
  public var env: [String]
  /// Where it starts; nil for "/".
  public var workdir: String?
  /// User and group.
  public var user: String?

  /// How an image starts.
  public init(
    entrypoint: [String] = [], cmd: [String] = [], env: [String] = [], workdir: String? = nil,
    user: String? = nil
  ) {
    self.entrypoint = entrypoint
    self.cmd = cmd
    self.env = env
    self.workdir = workdir
    self.user = user
  }
}
