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
    discussion: HelpText.discussion(
      """
      For `pip install -r pylock.toml` and `uv pip sync pylock.toml`. The format wants a place for every wheel, and a lock \
      names none: the indexes of this machine are asked for addresses, or --paths says where the wheels will lie.
      """, examples: "envlock export pylock -o pylock.toml"))

  @Option(
    help: ArgumentHelp(
      "Name files in this folder instead of addresses; relative to the document.", valueName: "dir"),
    completion: .directory)
  var paths: String?

  @OptionGroup var output: ExportOutputOptions
  @OptionGroup var selection: LockAnswersOptions
  @OptionGroup var manifest: IndexManifestOption
  @OptionGroup var indexURL: IndexURLOption
  @OptionGroup var places: WheelPlaceOptions
  @OptionGroup var offline: OfflineOption
  @OptionGroup var cache: CacheOption
  @OptionGroup var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let subject = try ExportSubject(selection, session)
    let wheels = subject.answers.flatMap(\.wheels)
    var found: [Digest: PylockDocument.Place] = [:]
    if let paths {
      for wheel in wheels { found[wheel.sha256] = .path(Path.joined(paths, wheel.fileName)) }
    } else {
      let answers = try await voice.withStatus { status in
        status("asking the indexes")
        return try await self.found(subject, wheels, session)
      }
      found = answers.mapValues { place in
        switch place {
        case .url(let url): .url(url)
        case .path(let path): .path(path)
        }
      }
    }
    let document = try PylockDocument(subject.answers, lock: subject.digest, places: found)
    try output.write(document.text, session, voice)
  }

  private func found(
    _ subject: ExportSubject, _ wheels: [LockedWheel], _ session: Session
  ) async throws -> [Digest: WheelFinder.Place] {
    let variables = session.variables
    let manifest = try LockManifest(
      lock: subject.path, manifest: manifest.path(variables), session)
    var sources = try IndexOptions(indexURL, places, variables)
    if let options = manifest.loaded?.indexOptions { sources.append(options) }
    let declared = BuildInvocation.placed(
      manifest.loaded?.manifest.indexes ?? [], by: try places.indexes(variables))
    let configuration = Configuration(
      cacheDirectory: try cache.folder(variables), indexURL: sources.indexURL,
      extraIndexURLs: sources.extraIndexURLs, findLinks: sources.findLinks, noIndex: sources.noIndex,
      offline: try offline.isOn(variables), environment: session.environment)
    return try await session.builds.places(configuration, subject.lock, wheels, declared)
  }
}
