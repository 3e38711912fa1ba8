import EnvlockModel
import EnvlockNative
import Glibc

/// Looks for what a registry is shown, where `docker login` and `podman login` keep it.
///
/// Files, the first that knows the registry counts: REGISTRY_AUTH_FILE, `$DOCKER_CONFIG/config.json`,
/// `$XDG_RUNTIME_DIR/containers/auth.json`, `$XDG_CONFIG_HOME/containers/auth.json` (`~/.config`), and where
/// DOCKER_CONFIG is not set `~/.docker/config.json`. In each the helper for the registry comes first (`credHelpers`),
/// then the one for all (`credsStore`), then what the file itself holds. A helper is a program
/// `docker-credential-NAME` in a folder of PATH. Last comes the netrc file, NETRC or `~/.netrc`: libcurl shows what that
/// says to the registry itself, but a token service mostly is another host.
struct CredentialSearch: Sendable {
  private let environment: [String: String]

  init(environment: [String: String]) { self.environment = environment }

  /// What was found, and what was wrong on the way: a damaged file does not keep anybody from a public image.
  struct Result: Sendable {
    var credentials: RegistryCredentials?
    var notes: [String] = []
  }

  /// Looks everywhere; may take as long as a helper takes.
  ///
  /// - Parameter key: "registry.example.com/team/app".
  /// - Returns: the first that was found.
  func find(_ key: String) -> Result {
    var result = Result()
    for path in paths {
      guard let bytes = Self.content(of: path) else { continue }
      do {
        let file = try CredentialFile(path: path, bytes: bytes)
        for helper in file.helpers(for: key) {
          switch ask(helper) {
          case .found(let credentials):
            result.credentials = credentials
            return result
          case .unknown: break
          case .failed(let reason):
            result.notes.append("`docker-credential-\(helper.name)`, which `\(path)` names, \(reason)")
          }
        }
        result.credentials = try file.credentials(for: key)
        if result.credentials != nil { return result }
      } catch {
        result.notes.append("`\(path)` is passed over: \(error.reason)")
      }
    }
    if let path = netrcPath, let bytes = Self.content(of: path) {
      // Its entries know nothing of repositories and ports.
      let host = key.prefix { $0 != "/" }.prefix { $0 != ":" }
      result.credentials = NetrcFile(bytes: bytes).credentials(for: String(host)).map {
        RegistryCredentials(value: .basic($0), source: "`\(path)`")
      }
    }
    return result
  }

  private var netrcPath: String? { value("NETRC") ?? value("HOME").map { $0 + "/.netrc" } }

  private func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

  /// The files in their order.
  var paths: [String] {
    var paths: [String] = []
    if let file = value("REGISTRY_AUTH_FILE") { paths.append(file) }
    if let folder = value("DOCKER_CONFIG") { paths.append(folder + "/config.json") }
    if let folder = value("XDG_RUNTIME_DIR") { paths.append(folder + "/containers/auth.json") }
    if let folder = value("XDG_CONFIG_HOME") ?? value("HOME").map({ $0 + "/.config" }) {
      paths.append(folder + "/containers/auth.json")
    }
    if value("DOCKER_CONFIG") == nil, let home = value("HOME") { paths.append(home + "/.docker/config.json") }
    return paths
  }

  /// The bytes of a file; nil where it is missing, unreadable or larger than 4 MiB.
  private static func content(of path: String) -> [UInt8]? {
    guard let file = fopen(path, "re") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { return ferror(file) == 0 ? bytes : nil }
      bytes += buffer[..<count]
      if bytes.count > 4 << 20 { return nil }
    }
  }

  // MARK: helpers

  private enum Answer {
    case found(RegistryCredentials)
    case unknown
    /// Why there is no answer, as the end of a sentence.
    case failed(String)
  }

  /// What a helper may take: some ask a service on the network.
  private static let patience = Duration.seconds(30)

  private func ask(_ helper: CredentialFile.Helper) -> Answer {
    let isName = helper.name.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || "-_.".utf8.contains($0)
    }
    guard isName else { return .failed("has a name that no program has") }
    guard let program = program("docker-credential-" + helper.name) else {
      return .failed("is not installed")
    }
    var command = ChildCommand(
      program: program, arguments: ["get"], environment: environment, timeLimit: Self.patience,
      outputLimit: 1 << 16)
    command.input = Array(helper.server.utf8)
    let outcome = ChildProcess.run(command)
    switch outcome.end {
    case .exited(0): break
    case .exited:
      // The one failure that means "I have none"; what else a helper prints may be anything, and is not shown.
      let text = String(decoding: outcome.output + outcome.errorOutput, as: UTF8.self)
      return text.contains("credentials not found") ? .unknown : .failed("failed")
    case .timedOut: return .failed("did not answer")
    default: return .failed("could not be run")
    }
    guard let answer = try? JSONValue(parsing: outcome.output).objectValue,
      let name = answer["Username"]?.stringValue, let secret = answer["Secret"]?.stringValue
    else { return .failed("gave an answer that cannot be read") }
    if secret.isEmpty { return .unknown }
    let value: RegistryCredentials.Value =
      name == "<token>" ? .identityToken(secret) : .basic(BasicCredentials(name: name, secret: secret))
    return .found(RegistryCredentials(value: value, source: "`docker-credential-\(helper.name)`"))
  }

  /// A program in a folder of PATH; folders that depend on the working directory are passed over.
  private func program(_ name: String) -> String? {
    for folder in (environment["PATH"] ?? "").split(separator: ":") where folder.hasPrefix("/") {
      let path = "\(folder)/\(name)"
      var status = stat()
      if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, access(path, X_OK) == 0 { return path }
    }
    return nil
  }
}
