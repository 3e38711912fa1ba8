/// Why a transfer brought no answer. No case holds anything secret: URLs are redacted, hosts are bare names.
package enum TransferError: Error, Hashable, Sendable {
  /// The URL cannot be used.
  case badURL(url: String, reason: String)
  /// No address is known for the host's name.
  case couldNotResolve(host: String)
  /// The host refuses connections or cannot be reached.
  case couldNotConnect(host: String, reason: String)
  /// Nothing came for so many seconds, while connecting or afterwards.
  case timedOut(host: String, seconds: Int)
  /// The host's certificate or its TLS is not acceptable.
  case tls(host: String, reason: String)
  /// The proxy fails or refuses.
  case proxy(reason: String)
  /// The connection broke before or within the answer.
  case interrupted(host: String, reason: String)
  /// The answer ended before the length that it states.
  case truncated(url: String)
  /// The answer is longer than so many bytes.
  case tooLarge(url: String, limit: Int)
  /// Whoever was to take the answer did not want it, or no more of it, and knows why.
  case notTaken(url: String)
  /// A file that is to be sent cannot be read.
  case notReadable(path: String, reason: String)
  /// More redirects than this one after the other.
  case tooManyRedirects(url: String, limit: Int)
  /// A redirect that must not be followed: from https to http, or to another scheme.
  case refusedRedirect(from: String, to: String)
  /// libcurl is missing or unusable.
  case notLoaded(reason: String)
  /// The task that waited was cancelled.
  case cancelled
  /// A variable of the environment has a value that makes no sense.
  case badSetting(name: String, value: String, reason: String)
  /// Anything else.
  case other(url: String, reason: String)

  /// One sentence without a trailing period.
  package var message: String {
    switch self {
    case .badURL(let url, let reason): "`\(url)` is not a URL that can be fetched: \(reason)"
    case .couldNotResolve(let host): "no address is known for the host \(host)"
    case .couldNotConnect(let host, let reason): "could not connect to \(host): \(reason)"
    case .timedOut(let host, let seconds): "\(host) did not answer for \(seconds) s"
    case .tls(let host, let reason): "no secure connection to \(host): \(reason)"
    case .proxy(let reason): "the proxy failed: \(reason)"
    case .interrupted(let host, let reason): "the connection to \(host) broke: \(reason)"
    case .truncated(let url): "the answer of \(url) ended before its stated length"
    case .tooLarge(let url, let limit): "the answer of \(url) is larger than \(Self.inUnits(limit))"
    case .notTaken(let url): "the answer of \(url) was not taken"
    case .notReadable(let path, let reason): "`\(path)` cannot be read: \(reason)"
    case .tooManyRedirects(let url, let limit): "\(url) leads to more than \(limit) redirects"
    case .refusedRedirect(let from, let to): "\(from) redirects to \(to), which is not followed"
    case .notLoaded(let reason): "libcurl cannot be loaded: \(reason)"
    case .cancelled: "the transfer was cancelled"
    case .badSetting(let name, let value, let reason): "\(name)=\(value): \(reason)"
    case .other(let url, let reason): "could not fetch \(url): \(reason)"
    }
  }

  /// What to do next; empty when nothing useful can be said.
  package var hints: [String] {
    switch self {
    case .couldNotResolve, .couldNotConnect: ["check the network and HTTPS_PROXY, or use `--offline`"]
    case .timedOut: ["ENVLOCK_HTTP_TIMEOUT sets how many seconds to wait"]
    case .tls: ["SSL_CERT_FILE names a file with the certificates to trust"]
    case .notLoaded: ["install it: `apt-get install libcurl4`"]
    default: []
    }
  }

  /// Whether trying again soon may help.
  package var isTransient: Bool {
    switch self {
    case .couldNotConnect, .interrupted: true
    default: false
    }
  }

  private static func inUnits(_ bytes: Int) -> String {
    bytes >= 1 << 20 && bytes % (1 << 20) == 0 ? "\(bytes >> 20) MiB" : "\(bytes) bytes"
  }
}
