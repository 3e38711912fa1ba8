package import EnvlockModel
package import EnvlockNative
package import EnvlockStore

/// Bytes that a registry is to hold: a layer, a configuration, a file of an artifact.
package struct PushBlob: Sendable {
  /// What it is called in messages: "configuration", "layer torch 2.9.1".
  package var name: String
  /// The SHA-256 of its bytes.
  package var digest: Digest
  /// How many bytes it has.
  package var size: Int
  /// Where they are; nil where they are not here.
  package var body: TransferBody?
  /// Whether it is known that they have the digest.
  package var isVerified: Bool

  /// A document.
  package init(name: String, document bytes: [UInt8]) {
    self.name = name
    digest = sha256(bytes)
    size = bytes.count
    body = .bytes(bytes)
    isVerified = true
  }

  /// A blob as a layout would hold it.
  ///
  /// - Parameters:
  ///   - name: what it is called.
  ///   - blob: the blob.
  ///   - isVerified: whether it is known that the bytes of a file have the digest.
  package init(name: String, _ blob: LayoutBlob, isVerified: Bool) {
    self.name = name
    digest = blob.digest
    size = blob.size
    switch blob.content {
    case .bytes(let bytes):
      body = .bytes(bytes)
      self.isVerified = true
    case .file(let path):
      body = .file(path: path, offset: 0, count: blob.size)
      self.isVerified = isVerified
    }
  }

  /// A part of a file, or one that is not here.
  ///
  /// - Parameters:
  ///   - name: what it is called.
  ///   - digest: the SHA-256 that it must have.
  ///   - size: its bytes.
  ///   - place: where it lies; nil where it is not here.
  ///   - isVerified: whether it is known that the bytes have the digest.
  package init(name: String, digest: Digest, size: Int, at place: LayoutReader.Place?, isVerified: Bool) {
    self.name = name
    self.digest = digest
    self.size = size
    body = place.map { .file(path: $0.path, offset: $0.offset, count: $0.size) }
    self.isVerified = isVerified
  }
}

/// How a blob came to be in a registry.
package enum PushedBlob: Hashable, Sendable {
  /// It was there.
  case present
  /// It was taken over from another repository of the registry.
  case mounted(from: String)
  /// It was sent.
  case sent
}
