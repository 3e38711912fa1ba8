package import EnvlockImage
package import EnvlockModel
package import EnvlockStore

/// Why an image cannot be had from its registry. Nothing secret is in it.
package struct RegistryError: UserFacingError, Hashable {
  /// What went wrong.
  package enum Cause: Hashable, Sendable {
    /// A variable of the environment makes no sense.
    case badSetting(String, String, reason: String)
    /// The registry may not be asked, and what it said is not known.
    case offline
    /// It could not be fetched.
    case fetch(FetchError)
    /// The registry wants credentials, and none were found; or it has no such repository and does not say so.
    case noCredentials
    /// The credentials that were found at this place are refused.
    case credentialsRefused(source: String)
    /// These credentials, or nobody, may read it.
    case forbidden(hasCredentials: Bool)
    /// It wants to be shown something else than envlock knows.
    case unknownAuthentication([String])
    /// The token service that it names cannot be used.
    case badTokenService(String, reason: String)
    /// It limits how often it is asked; for so many seconds, where it says so.
    case rateLimited(seconds: Int?, hasCredentials: Bool)
    /// The registry has no such repository.
    case noRepository
    /// The repository has nothing of that tag or digest; the nearest tag there.
    case noManifest(nearest: String?)
    /// The registry says that it lacks a part of the image.
    case noPart(String)
    /// What came is not what was asked for.
    case wrongDigest(String, expected: Digest, found: Digest)
    /// It has another size than its descriptor says.
    case wrongSize(String, expected: Int, found: Int)
    /// A document cannot be read.
    case unreadable(ImageDocumentError)
    /// What is called by that name is something else than an image.
    case notAnImage(mediaType: String)
    /// It is described in a way that was given up in 2017.
    case schema1
    /// A document is a manifest and an index at once, so that readers may disagree on what it names.
    case ambiguous
    /// There is no image for the platform; those that it is for.
    case noPlatform(Platform, found: [String])
    /// Indexes within indexes within indexes.
    case tooDeep
    /// The layer may be had from another place only.
    case foreignLayer(String)
    /// The layer is of a kind that cannot be unpacked.
    case unknownLayer(String)
    /// The configuration tells of another number of layers.
    case layerCount(manifest: Int, config: Int)
  }

  /// The image, in full.
  package let image: String
  /// The host of its registry.
  package let registry: String
  /// What went wrong.
  package let cause: Cause
  /// Which mirror was asked; what was found wrong while credentials were looked for.
  package var notes: [String] = []

  /// - Parameters:
  ///   - reference: the image.
  ///   - endpoint: where it was asked for; nil where it does not come to that.
  ///   - cause: what went wrong.
  init(_ reference: ImageReference, at endpoint: RegistryEndpoint? = nil, _ cause: Cause) {
    image = reference.description
    registry = endpoint?.shownHost ?? reference.registry
    self.cause = cause
    if registry != reference.registry { notes.append("\(registry) stands in for \(reference.registry)") }
  }

  /// The same words about an image that is written.
  init(image: String, registry: String, _ cause: Cause) {
    self.image = image
    self.registry = registry
    self.cause = cause
  }

  /// One sentence naming the image.
  package var message: String {
    switch cause {
    case .badSetting(let name, let value, let reason): "\(name)=\(value): \(reason)"
    case .offline: "what \(image) is now is not known, and its registry may not be asked"
    case .fetch(let error): "\(image) could not be read: \(error.message)"
    case .noCredentials: "\(image) does not exist, or \(registry) wants credentials for it"
    case .credentialsRefused(let source): "\(registry) refuses the credentials of \(source) for \(image)"
    case .forbidden(true): "the credentials for \(registry) may not read \(image), if it exists"
    case .forbidden(false): "\(registry) lets nobody read \(image) without credentials, if it exists"
    case .unknownAuthentication(let schemes):
      "\(registry) wants authentication by \(schemes.isEmpty ? "unnamed means" : schemes.joined(separator: ", ")), "
        + "which is not known here"
    case .badTokenService(let url, let reason):
      "the token service \(url) of \(registry) cannot be used: \(reason)"
    case .rateLimited(let seconds?, _):
      "\(registry) was asked too often, and wants to be left alone for \(seconds) s"
    case .rateLimited(nil, _): "\(registry) was asked too often"
    case .noRepository: "\(image) does not exist: \(registry) has no such repository"
    case .noManifest: "\(image) does not exist: its repository has no such tag or digest"
    case .noPart(let what): "\(what) of \(image) is not there: its registry has lost it"
    case .wrongDigest(let what, _, _): "\(what) of \(image) is another than asked for: its SHA-256 differs"
    case .wrongSize(let what, let expected, let found):
      "\(what) of \(image) is another than asked for: it has \(found) bytes instead of \(expected)"
    case .unreadable(let error): "\(image) cannot be read: \(error.message)"
    case .notAnImage(let mediaType): "\(image) is no container image: it is of the type `\(mediaType)`"
    case .schema1: "\(image) is described by Docker's schema 1, which is no longer read"
    case .ambiguous: "\(image) is not read: one of its documents is a manifest and an index at once"
    case .noPlatform(let platform, let found):
      "\(image) is not for \(platform)\(found.isEmpty ? "" : ": it is for \(found.joined(separator: ", "))")"
    case .tooDeep: "\(image) cannot be read: its indexes name too many further indexes"
    case .foreignLayer: "\(image) has a layer that may not be passed on, and is not in its registry"
    case .unknownLayer(let mediaType): "\(image) has a layer of the unknown type `\(mediaType)`"
    case .layerCount(let manifest, let config):
      "\(image) contradicts itself: \(manifest) layers in its manifest, \(config) in its configuration"
    }
  }

  /// Digests one below the other; what else is known.
  package var details: [String] {
    switch cause {
    case .wrongDigest(_, let expected, let found):
      ["expected  \(expected)", "found     \(found)"] + notes
    case .foreignLayer(let mediaType): ["its type is `\(mediaType)`"] + notes
    case .fetch(let error): error.details + notes
    default: notes
    }
  }

  /// What to do next.
  package var hints: [String] {
    let login =
      "`docker login \(registry)` or `podman login \(registry)` keeps credentials where they are found"
    switch cause {
    case .offline: return ["leave out `--offline`, or name the image by digest after it was read once"]
    case .fetch(let error): return error.hints
    case .noCredentials, .forbidden(false), .rateLimited(_, false): return [login]
    case .credentialsRefused: return ["they may have expired: \(login)"]
    case .rateLimited(_, true), .forbidden(true): return []
    case .noManifest(let nearest?): return ["the nearest tag there is `\(nearest)`"]
    case .wrongDigest, .wrongSize: return ["it was changed on its way, or its registry is damaged"]
    case .notAnImage(mediaType: BundleDocument.artifactType):
      return ["it is a bundle: `envlock build --bundle \(image)` builds the image"]
    case .schema1: return ["its publisher has to push it again with a tool of today"]
    case .noPlatform: return ["`--platform` chooses another platform"]
    default: return []
    }
  }

  /// An image that is not there or cannot be used is a "no"; the rest could not be found out.
  package var kind: ErrorKind {
    switch cause {
    case .badSetting: .badInput
    case .fetch(let error): error.kind
    case .noRepository, .noManifest, .wrongDigest, .wrongSize, .unreadable, .notAnImage, .schema1,
      .ambiguous, .noPlatform,
      .tooDeep, .foreignLayer, .unknownLayer, .layerCount:
      .answerIsNo
    case .offline, .noCredentials, .credentialsRefused, .forbidden, .unknownAuthentication, .badTokenService,
      .rateLimited, .noPart:
      .couldNotFindOut
    }
  }

  /// The same words about one of its files.
  func fetchError(_ url: String) -> FetchError {
    if case .fetch(let error) = cause { return error }
    return FetchError(url, .unreadable(reason: message, details: details, hints: hints))
  }
}
