package import EnvlockModel
package import EnvlockNative

/// Why a resource could not be had. URLs in it are redacted.
package struct FetchError: UserFacingError, Hashable {
  /// What went wrong.
  package enum Cause: Hashable, Sendable {
    /// No answer came.
    case transfer(TransferError)
    /// The server answered with this status.
    case status(Int)
    /// The answer is not what it should be.
    case unreadable(reason: String, details: [String], hints: [String])
  }

  /// The resource, as it may be shown.
  package let url: String
  /// What went wrong.
  package let cause: Cause

  /// Redacts `url`.
  package init(_ url: String, _ cause: Cause) {
    self.url = redact(url)
    self.cause = cause
  }

  /// Takes over the words of an error for people; of any other only its description.
  init(_ url: String, unreadable error: any Error) {
    if let error = error as? any UserFacingError {
      self.init(url, .unreadable(reason: error.message, details: error.details, hints: error.hints))
    } else {
      self.init(url, .unreadable(reason: "\(error)", details: [], hints: []))
    }
  }

  /// One sentence naming the URL or the host.
  package var message: String {
    switch cause {
    case .transfer(.couldNotResolve), .transfer(.couldNotConnect), .transfer(.timedOut), .transfer(.tls),
      .transfer(.proxy), .transfer(.interrupted), .transfer(.notLoaded), .transfer(.cancelled):
      "could not fetch \(url): \(transferMessage)"
    case .transfer: transferMessage
    case .status(401): "\(url) wants credentials (status 401)"
    case .status(403): "\(url) is not for these credentials, or for nobody (status 403)"
    case .status(let status) where status >= 500: "the server failed on \(url) (status \(status))"
    case .status(let status): "\(url) was answered with status \(status)"
    case .unreadable(let reason, _, _): "\(url): \(reason)"
    }
  }

  /// What the reader of the answer has to say, indented below the message.
  package var details: [String] {
    if case .unreadable(_, let details, _) = cause { details } else { [] }
  }

  /// What to do next.
  package var hints: [String] {
    switch cause {
    case .transfer(let error): error.hints
    case .status(401), .status(403):
      ["put name and password into the netrc file, or into the URL in its configuration"]
    case .status(429):
      ["the server limits how often it is asked; wait a while, or use credentials that may ask more often"]
    case .status: []
    case .unreadable(_, _, let hints): hints
    }
  }

  /// Nothing was wrong with what was asked, except where the URL itself is bad.
  package var kind: ErrorKind {
    switch cause {
    case .transfer(.badURL), .transfer(.badSetting): .badInput
    default: .couldNotFindOut
    }
  }

  private var transferMessage: String {
    if case .transfer(let error) = cause { error.message } else { "" }
  }
}
