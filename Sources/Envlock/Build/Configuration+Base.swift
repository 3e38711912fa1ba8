import EnvlockIndexes
import EnvlockModel
import EnvlockRegistry
import EnvlockStore

extension Configuration {
  /// The archive of Debian that is configured.
  func debianArchive(_ http: HTTPClient) -> DebianArchive {
    DebianArchive(
      mirrors: DebianMirrors(
        environment: environment, mirror: debianMirror, securityMirror: debianSecurityMirror),
      http: http, freshness: offline ? .offline : refresh ? .refresh : .normal,
      ignoresValidUntil: environment["ENVLOCK_DEBIAN_IGNORE_VALID_UNTIL"] == "1")
  }

  /// What asks registries for images.
  func registry(_ http: HTTPClient) -> RegistryClient {
    RegistryClient(http: http, environment: environment, offline: offline)
  }

  /// Speaks to a registry without TLS.
  ///
  /// - Parameter registry: Its host, with its port.
  public mutating func allowPlainHTTP(_ registry: String) {
    let variable = RegistryEndpoint.insecureVariable
    environment[variable] = [environment[variable], registry].compactMap { $0 }.joined(separator: ",")
  }

  /// The folder that holds the releases of python-build-standalone, without a slash at its end.
  func interpreterMirror() throws(BadRequest) -> String {
    var mirror = environment["ENVLOCK_PYTHON_MIRROR"].flatMap { $0.isEmpty ? nil : $0 }
    if mirror == nil { mirror = matrix.interpreterMirror }
    guard var mirror else {
      throw BadRequest(
        "nothing says where builds of Python are",
        hints: ["set ENVLOCK_PYTHON_MIRROR to a folder with the releases of python-build-standalone"])
    }
    while mirror.hasSuffix("/") { mirror.removeLast() }
    return mirror
  }
}
