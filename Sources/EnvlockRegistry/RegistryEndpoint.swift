package import EnvlockModel
import EnvlockNative

/// Where the API of a registry is, for one repository.
///
/// Variables: `ENVLOCK_REGISTRY_MIRROR_<HOST>` names another registry that stands in for a host, "mirror.example.com" or
/// "mirror.example.com/docker-hub" for one that keeps its copies below a path. `<HOST>` is the host in upper case with
/// "_" for everything but letters and digits: `ENVLOCK_REGISTRY_MIRROR_DOCKER_IO`. `ENVLOCK_INSECURE_REGISTRIES` lists
/// hosts, with or without their port, that are spoken to without TLS, separated by commas; this machine's own addresses
/// are among them.
package struct RegistryEndpoint: Hashable, Sendable {
  /// Scheme, host and port: "https://registry.example.com".
  package let origin: String
  /// The repository there.
  package let repository: String
  /// What credentials are looked up by: "registry.example.com/team/app". Never another registry's than the one that is
  /// asked.
  package let credentialKey: String
  /// The host, for people.
  package let shownHost: String

  /// Finds the API for a reference.
  ///
  /// - Parameters:
  ///   - reference: whose registry and repository.
  ///   - environment: the variables above.
  /// - Throws: `RegistryError` where a variable makes no sense.
  package init(_ reference: ImageReference, environment: [String: String]) throws(RegistryError) {
    let insecure = Self.hosts(environment[Self.insecureVariable] ?? "")
    let variable = Self.mirrorVariable(for: reference.registry)
    guard let mirror = environment[variable], !mirror.isEmpty else {
      let host = reference.registry == ImageReference.defaultRegistry ? Self.defaultHost : reference.registry
      origin = Self.origin(of: host, insecure)
      repository = reference.repository
      credentialKey = reference.name
      shownHost = reference.registry
      return
    }
    let hasScheme = mirror.contains("://")
    let address: WebAddress
    do { address = try WebAddress(hasScheme ? mirror : "https://" + mirror) } catch {
      throw RegistryError(
        reference, .badSetting(variable, redact(mirror), reason: "it is no host, and no URL"))
    }
    let shown = redact(address.text)
    guard address.userInfo == nil else {
      throw RegistryError(
        reference, .badSetting(variable, shown, reason: "credentials are not taken from here"))
    }
    var prefix = address.target.dropFirst()
    while prefix.last == "/" { prefix = prefix.dropLast() }
    let isPlain = prefix.utf8.allSatisfy { !"?#%\\".utf8.contains($0) }
    guard isPlain, !prefix.split(separator: "/", omittingEmptySubsequences: false).contains("..") else {
      throw RegistryError(reference, .badSetting(variable, shown, reason: "its path is no part of a name"))
    }
    origin = hasScheme ? address.origin : Self.origin(of: address.hostAndPort, insecure)
    repository = prefix.isEmpty ? reference.repository : "\(prefix)/\(reference.repository)"
    credentialKey = "\(address.hostAndPort)/\(repository)"
    shownHost = address.hostAndPort
  }

  /// The API of docker.io, which its name alone does not tell.
  private static let defaultHost = "registry-1.docker.io"
  /// The variable of hosts without TLS.
  package static let insecureVariable = "ENVLOCK_INSECURE_REGISTRIES"
  static let mirrorPrefix = "ENVLOCK_REGISTRY_MIRROR_"

  /// "ENVLOCK_REGISTRY_MIRROR_DOCKER_IO" for docker.io.
  static func mirrorVariable(for registry: String) -> String {
    mirrorPrefix
      + String(registry.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }

  /// A URL of the repository: `url("manifests/latest")`.
  func url(_ path: String) -> String { url(path, of: repository) }

  /// A URL of another repository of the registry.
  func url(_ path: String, of repository: String) -> String { "\(origin)/v2/\(repository)/\(path)" }

  /// Whether it is spoken to without TLS.
  var isInsecure: Bool { origin.hasPrefix("http://") }

  private static func hosts(_ list: String) -> [String] {
    list.split { $0 == "," || $0 == " " }.map { $0.lowercased() }
  }

  private static func origin(of host: String, _ insecure: [String]) -> String {
    let name = (try? WebAddress("http://" + host))?.host ?? host
    let isInsecure = isLoopback(name) || insecure.contains(host) || insecure.contains(name)
    return (isInsecure ? "http://" : "https://") + host
  }

  /// Whether a host, without its port, can only be this machine.
  static func isLoopback(_ host: String) -> Bool {
    if host == "localhost" || host == "[::1]" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}
