/// What all transfers of an engine have in common.
///
/// The engine reads no environment variable itself; `init(environment:)` is the one place that knows their names.
package struct TransferOptions: Sendable {
  /// How the program names itself to servers.
  package var userAgent = "envlock"
  /// Seconds until a connection must stand.
  package var connectTimeout = 10
  /// Seconds without a byte after which a transfer is given up.
  package var stallTimeout = 30
  /// A file of certificates to trust; nil for the system's.
  package var certificateFile: String?
  /// A folder of certificates to trust, named by their hashes; nil for the system's.
  package var certificateFolder: String?
  /// Where http requests go instead of to their host; nil for straight there.
  package var httpProxy: String?
  /// Where https requests go instead of to their host; nil for straight there.
  package var httpsProxy: String?
  /// Hosts without proxy, in the form of NO_PROXY.
  package var proxyExceptions = ""
  /// A netrc file; used for hosts without other credentials, where it exists.
  package var netrcFile: String?
  /// Credentials by host; those inside a request's own URL come first.
  package var credentials = CredentialList()
  /// How long to wait before each further try after a failure that may pass.
  package var backoff: [Duration] = [.milliseconds(200), .milliseconds(800)]
  /// How many redirects are followed one after the other.
  package var redirectLimit = 10

  /// No proxy, no netrc, the system's certificates.
  package init() {}

  /// Takes SSL_CERT_FILE, CURL_CA_BUNDLE, SSL_CERT_DIR, HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY (also in lower
  /// case), NETRC, HOME and ENVLOCK_HTTP_TIMEOUT; empty values count as unset.
  /// - Throws: `TransferError.badSetting` when ENVLOCK_HTTP_TIMEOUT is not a whole number of seconds.
  package init(environment: [String: String]) throws(TransferError) {
    func value(_ names: String...) -> String? {
      for name in names {
        if let value = environment[name], !value.isEmpty { return value }
      }
      return nil
    }
    certificateFile = value("SSL_CERT_FILE", "CURL_CA_BUNDLE")
    certificateFolder = value("SSL_CERT_DIR")
    httpsProxy = value("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
    httpProxy = value("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
    proxyExceptions = value("no_proxy", "NO_PROXY") ?? ""
    netrcFile = value("NETRC") ?? value("HOME").map { $0 + "/.netrc" }
    if let text = value("ENVLOCK_HTTP_TIMEOUT") {
      guard let seconds = Int(text), (1...86_400).contains(seconds) else {
        throw .badSetting(
          name: "ENVLOCK_HTTP_TIMEOUT", value: text, reason: "expected a whole number of seconds, 1 to 86400")
      }
      stallTimeout = seconds
    }
  }
}
