import EnvlockImage
package import EnvlockModel
package import EnvlockNative

/// Why something cannot be written to a registry. Nothing secret is in it.
package struct PushError: UserFacingError, Hashable {
  /// What went wrong.
  package enum Cause: Hashable, Sendable {
    /// The registry could not be asked to let the push in, or does not let it in.
    case access(RegistryError.Cause)
    /// These credentials, or nobody, may write there.
    case denied(hasCredentials: Bool)
    /// The registry has no such repository, and makes none by itself.
    case noRepository
    /// It takes no pushes at all.
    case readOnly
    /// It takes nothing as large, or its room is used up.
    case tooLarge(String, size: Int)
    /// It was asked too often; the seconds that it wants to be left alone, where it says so.
    case rateLimited(seconds: Int?)
    /// No answer came.
    case transfer(TransferError)
    /// It failed, time and again.
    case failed(String, status: Int)
    /// It does not want it, whatever the reason.
    case refused(String, status: Int)
    /// It says that a manifest refers to something that it lacks.
    case lost(String)
    /// It says of what it has that it is something else.
    case otherDigest(String, expected: Digest, found: Digest)
    /// What it has under the digest has another size.
    case otherSize(String, expected: Int, found: Int)
    /// It names a place to upload to that cannot be used.
    case badPlace(String, reason: String)
    /// A file is not what the image says of it.
    case damaged(String, path: String, expected: Digest, found: Digest)
    /// It has to be sent, and is not here.
    case notHere(String)
    /// A file cannot be read.
    case unreadable(String)
    /// What lies there cannot be pushed; a clause about it.
    case noImage(path: String, reason: String)
    /// The reference has a digest, and the image has another.
    case otherImage(expected: Digest, found: Digest)
  }

  /// Where it is pushed to, in full.
  package let image: String
  /// The host of the registry.
  package let registry: String
  /// What went wrong.
  package let cause: Cause
  /// What the registry itself says, a line each.
  package var said: [String] = []
  /// What was found wrong while credentials were looked for.
  package var notes: [String] = []

  init(_ reference: ImageReference, _ cause: Cause) {
    image = reference.description
    registry = reference.registry
    self.cause = cause
  }

  /// One sentence naming the image and what is at fault.
  package var message: String {
    switch cause {
    case .access(.noCredentials): "\(registry) wants credentials for a push to \(image)"
    case .access(.credentialsRefused(let source)):
      "\(registry) refuses the credentials of \(source) for a push to \(image)"
    case .access(let cause): about(cause).message
    case .denied(hasCredentials: true): "the credentials for \(registry) may not push to \(image)"
    case .denied(hasCredentials: false): "\(registry) lets nobody push to \(image) without credentials"
    case .noRepository: "\(registry) has no repository for \(image), and makes none by a push"
    case .readOnly: "\(registry) takes no pushes"
    case .tooLarge(let what, let size):
      "\(registry) does not take the \(what) of \(image): \(size) bytes are too many for it"
    case .rateLimited(let seconds?):
      "\(registry) was asked too often, and wants to be left alone for \(seconds) s"
    case .rateLimited(nil): "\(registry) was asked too often, and still says so"
    case .transfer(let error): "\(image) could not be pushed: \(error.message)"
    case .failed(let what, let status): "\(registry) failed on the \(what) of \(image) (status \(status))"
    case .refused(let what, let status):
      "\(registry) does not take the \(what) of \(image) (status \(status))"
    case .lost(let what):
      "\(registry) does not take the \(what) of \(image): it lacks something that was there"
    case .otherDigest(let what, _, _): "\(registry) has something else in place of the \(what) of \(image)"
    case .otherSize(let what, let expected, let found):
      "\(registry) has something else in place of the \(what) of \(image): \(found) bytes instead of \(expected)"
    case .badPlace(let place, let reason): "\(registry) wants \(image) uploaded to \(place): \(reason)"
    case .damaged(let what, let path, _, _):
      "the \(what) of \(image) is damaged: `\(path)` has another SHA-256"
    case .notHere(let what): "the \(what) of \(image) is neither here nor in \(registry)"
    case .unreadable(let reason): "\(image) could not be pushed: \(reason)"
    case .noImage(let path, let reason): "`\(path)` cannot be pushed: \(reason)"
    case .otherImage: "\(image) names another image than the one that is pushed"
    }
  }

  /// Digests one below the other; what the registry says.
  package var details: [String] {
    switch cause {
    case .otherDigest(_, let expected, let found), .damaged(_, _, let expected, let found),
      .otherImage(let expected, let found):
      ["expected  \(expected)", "found     \(found)"] + said + notes
    default: said + notes
    }
  }

  /// What to do next.
  package var hints: [String] {
    let login =
      "`docker login \(registry)` or `podman login \(registry)` keeps credentials where they are found"
    switch cause {
    case .access(.noCredentials), .denied(hasCredentials: false): return [login]
    case .access(.credentialsRefused):
      return ["they may have expired, or may not be for pushing: \(login)"]
    case .access(let cause): return about(cause).hints
    case .denied(hasCredentials: true):
      return ["ask for the right to push there, or log in as somebody who has it: `docker login \(registry)`"]
    case .noRepository: return ["make the repository first, in the registry's own way"]
    case .readOnly: return ["it may be a mirror: name the registry that it is a mirror of"]
    case .tooLarge:
      return ["its limit, or that of a proxy before it, has to be raised, or room be made"]
    case .rateLimited: return ["wait a while; what is there by now is not sent again"]
    case .transfer(.tls(_, let reason)) where Self.isPlainAnswer(reason):
      return ["if \(registry) is spoken to without TLS, add `--plain-http`"]
    case .transfer(let error):
      return error.hints + (error.isTransient ? ["push again: what is there by now is not sent again"] : [])
    case .failed: return ["push again: what is there by now is not sent again"]
    case .lost: return ["push again; if that does not help, the registry is damaged"]
    case .refused(_, status: 400) where said.contains(where: { $0.uppercased().contains("HTTPS") }):
      return ["it wants TLS: leave out `--plain-http`, and \(registry) out of ENVLOCK_INSECURE_REGISTRIES"]
    case .otherDigest, .otherSize: return ["the registry is damaged: tell who runs it"]
    case .badPlace: return ["the proxy before the registry has to tell it how it is reached"]
    case .damaged: return ["build the image again"]
    case .otherImage: return ["leave out the digest"]
    case .noImage, .refused, .notHere, .unreadable: return []
    }
  }

  /// A registry that cannot be reached could not be found out; a "no" of its own is one.
  package var kind: ErrorKind {
    switch cause {
    case .access(let cause): about(cause).kind
    case .denied, .noRepository, .readOnly, .tooLarge, .refused, .otherDigest, .otherSize: .answerIsNo
    case .damaged, .noImage, .otherImage, .notHere: .badInput
    case .rateLimited, .transfer, .failed, .lost, .badPlace, .unreadable: .couldNotFindOut
    }
  }

  private func about(_ cause: RegistryError.Cause) -> RegistryError {
    RegistryError(image: image, registry: registry, cause)
  }

  /// What TLS libraries say of a server that answers without TLS.
  private static func isPlainAnswer(_ reason: String) -> Bool {
    let reason = reason.lowercased()
    return ["wrong version number", "packet length too long", "unexpected message", "record overflow"]
      .contains {
        reason.contains($0)
      }
  }
}

/// What a registry says in an answer with an error status.
///
/// Source: OCI distribution-spec 1.1, "Error Codes".
struct RegistryAnswer: Hashable, Sendable {
  /// "NAME_UNKNOWN" and the like.
  let codes: [String]
  /// The same for people, a line each.
  let lines: [String]

  private static let lineLimit = 200
  private static let lineCount = 4

  init(_ body: [UInt8]) {
    let errors = (try? JSONValue(parsing: body))?.objectValue?["errors"]?.arrayValue ?? []
    codes = errors.compactMap { $0.objectValue?["code"]?.stringValue }
    let texts = errors.compactMap { error -> String? in
      let parts = [error["code"]?.stringValue, error["message"]?.stringValue, error["detail"]?.stringValue]
      let text = parts.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ": ")
      return text.isEmpty ? nil : text
    }
    // A proxy answers with a page or a sentence; only the sentence helps.
    let text = String(decoding: body.prefix(Self.lineLimit), as: UTF8.self)
    let isSentence = !text.contains("<") && !text.contains("{") && !text.isEmpty
    lines = (texts.isEmpty && isSentence ? [text] : texts).prefix(Self.lineCount).map(Self.line)
  }

  /// One line without anything to obey for a terminal.
  private static func line(_ text: String) -> String {
    let scalars = text.unicodeScalars.map { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) ? " " : $0 }
    var line = ""
    line.unicodeScalars.append(contentsOf: scalars.prefix(lineLimit))
    while line.last == " " { line.removeLast() }
    return "it says: \(line)"
  }

  /// Whether it speaks of room that is used up.
  var isAboutRoom: Bool {
    codes.contains("SIZE_INVALID")
      || lines.contains { line in
        let line = line.lowercased()
        return ["quota", "too large", "no space", "storage limit"].contains { line.contains($0) }
      }
  }
}
