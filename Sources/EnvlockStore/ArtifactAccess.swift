package import EnvlockNative

/// Knows what a server wants to see before it hands out a file, and gets it anew where it expires on the way.
package protocol ArtifactAuthority: AnyObject, Sendable {
  /// What the next request shows.
  ///
  /// - Parameter refusal: what was refused just now; nil before the first request, and after one that was let in.
  /// - Returns: nil to ask without.
  /// - Throws: `FetchError` where nothing else can be shown, with what a person can do about it.
  func authorization(after refusal: AuthorizationRefusal?) async throws(FetchError) -> TransferAuthorization?
}

/// An answer with status 401.
package struct AuthorizationRefusal: Hashable, Sendable {
  /// What was shown; nil where the request came without.
  package let shown: TransferAuthorization?
  /// The values of the header WWW-Authenticate: what the server wants.
  package let challenges: [String]

  /// Takes both.
  package init(shown: TransferAuthorization?, challenges: [String]) {
    self.shown = shown
    self.challenges = challenges
  }
}

/// What the server of an artifact wants besides the URL. Two are equal where they are the same object's; nothing secret
/// shows.
package struct ArtifactAccess: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
  /// Who knows what to show.
  let authority: any ArtifactAuthority
  /// The header Accept; nil for any type.
  let accept: String?

  /// Takes both.
  package init(authority: any ArtifactAuthority, accept: String? = nil) {
    self.authority = authority
    self.accept = accept
  }

  /// The same object, and the same types.
  package static func == (left: ArtifactAccess, right: ArtifactAccess) -> Bool {
    left.authority === right.authority && left.accept == right.accept
  }

  /// Hashes what `==` compares.
  package func hash(into hasher: inout Hasher) {
    hasher.combine(ObjectIdentifier(authority))
    hasher.combine(accept)
  }

  /// Always the same text.
  package var description: String { "access" }

  /// Shows nothing to `dump` and debuggers either.
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}
