/// What became of a question to a server or its cache. All of these are answers that a caller reasons about.
package enum FetchResult: Sendable {
  /// It is there.
  case found(Fetched)
  /// The server says that there is no such thing (404 or 410), now or a short while ago.
  case notFound
  /// The server wants other credentials (401 or 403).
  case unauthorized(FetchError)
  /// The cache does not have it, and the server must not be asked.
  case offlineMissing
  /// It could not be found out.
  case failed(FetchError)
}

/// A resource, in the compact form that was made of it.
package struct Fetched: Sendable {
  /// What `transform` made of the body.
  package let payload: [UInt8]
  /// Whether the body did not have to be transferred.
  package let fromCache: Bool
  /// Something that the person at the terminal should know, once per run: the cache cannot be written.
  package let warning: String?
}

/// What the cache knows.
package enum CachedAnswer: Hashable, Sendable {
  /// The resource, in its compact form.
  case found([UInt8])
  /// There was no such thing.
  case notFound
}

/// What became of a question for some bytes of a file.
package enum RangeResult: Sendable {
  /// These bytes.
  case partial(FilePart)
  /// The server ignores ranges, but the file is short: all of it.
  case whole([UInt8])
  /// The server ignores ranges, and the file is long: nothing was transferred.
  case unsupported
  /// There is no such file.
  case notFound
  /// The server wants other credentials.
  case unauthorized(FetchError)
  /// It could not be found out.
  case failed(FetchError)
}

/// Some bytes of a file.
package struct FilePart: Hashable, Sendable {
  /// The bytes.
  package let bytes: [UInt8]
  /// Where they begin in the file.
  package let offset: Int
  /// The size of the whole file, in bytes.
  package let total: Int
  /// Where the file was found after redirects; further ranges are best asked for there.
  package let url: String
}
