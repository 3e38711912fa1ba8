import ArgumentParser
import Envlock
import EnvlockExport
import EnvlockManifest
import EnvlockModel

/// `envlock export pylock`.
struct ExportPylockCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "pylock",
    abstract: "Write the wheels as pylock.toml, for pip and uv.",
    usage: "envlock export pylock [-o pylock.toml] [--paths <dir>] [<options>]",
    discussion: """
      For `pip install -r pylock.toml` and `uv pip sync pylock.toml`. The format wants a place for every wheel, and a lock \
      names none: the indexes of this machine are asked for addresses, or --paths says where the wheels will lie.
      """)

  @Option(
    help: ArgumentHelp(
      "Name files in this folder instead of addresses; relative to the document.", valueName: "dir"),
    completion: .directory)
  var paths: String?

  @OptionGroup var output: ExportOutputOptions
  @OptionGroup var selection: ExportLockOptions

  @Option(
    help: ArgumentHelp(
      "The manifest whose [[index]] tables count. Default: the one beside the lock, if there is one",
      valueName: "file"),
    completion: .file(extensions: ["toml"]))
  var manifest: String?

  @Option(help: ArgumentHelp("The index of wheels, instead of the configured one.", valueName: "url"))
  var indexURL: String?

  @Option(
    help: ArgumentHelp("A further index, looked at before the default one; repeatable.", valueName: "url"))
  var extraIndexURL: [String] = []

  @Option(
    help: ArgumentHelp("Say where an index that the lock names is; repeatable.", valueName: "name=url"))
  var index: [String] = []

  @Option(
    help: ArgumentHelp("A folder or page of wheels; repeatable.", valueName: "dir|url"),
    completion: .directory)
  var findLinks: [String] = []

  @Flag(help: "Ask no index: use what is in the cache.")
  var offline = false

  @Option(
    help: ArgumentHelp("Where answers of indexes are kept.", valueName: "dir"), completion: .directory)
  var cacheDir: String?

  @OptionGroup var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let subject = try ExportSubject(selection, session)
    let wheels = subject.answers.flatMap(\.wheels)
    var places: [Digest: PylockDocument.Place] = [:]
    if let paths {
      for wheel in wheels { places[wheel.sha256] = .path(Path.joined(paths, wheel.fileName)) }
    } else {
      let found = try await voice.withStatus { status in
        status("asking the indexes")
        return try await self.found(subject, wheels, session)
      }
      places = found.mapValues { place in
        switch place {
        case .url(let url): .url(url)
        case .path(let path): .path(path)
        }
      }
    }
    let document = try PylockDocument(subject.answers, lock: subject.digest, places: places)
    try output.write(document.text, session, voice)
  }

  private func found(
    _ subject: ExportSubject, _ wheels: [LockedWheel], _ session: Session
  ) async throws -> [Digest: WheelFinder.Place] {
    let variables = session.variables
    let manifest = try LockManifest(
      lock: subject.path, manifest: manifest ?? variables.text(.manifest), session)
    var sources = try BuildInvocation.sources(
      indexURL: indexURL, extraIndexURL: extraIndexURL, findLinks: findLinks, variables)
    if let options = manifest.loaded?.indexOptions { sources.append(options) }
    let declared = BuildInvocation.placed(
      manifest.loaded?.manifest.indexes ?? [], by: try BuildInvocation.indexes(index, variables))
    let offlineByVariable = try variables.flag(.offline)
    let configuration = Configuration(
      cacheDirectory: try variables.cacheDirectory(cacheDir), indexURL: sources.indexURL,
      extraIndexURLs: sources.extraIndexURLs, findLinks: sources.findLinks, noIndex: sources.noIndex,
      offline: offline || offlineByVariable, environment: session.environment)
    return try await session.builds.places(configuration, subject.lock, wheels, declared)
  }
}
