import ArgumentParser
import EnvlockManifest
import EnvlockModel
import EnvlockStore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// `envlock cache`, which groups what can be done with the cache.
struct CacheCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache", abstract: "Say where fetched things are kept, or throw them away.",
    discussion: HelpText.discussion(examples: "envlock cache clean"),
    subcommands: [CacheDirectoryCommand.self, CacheCleanCommand.self])
}

/// `envlock cache dir`.
struct CacheDirectoryCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "dir", abstract: "Print the cache's folder.", usage: "envlock cache dir [<options>]",
    discussion: HelpText.discussion(examples: "du -sh \"$(envlock cache dir)\""))

  @OptionGroup var cache: CacheOption
  @OptionGroup var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    voice.answer(try cache.folder(session.variables) + "\n")
  }
}

/// `envlock cache clean`.
struct CacheCleanCommand: Subcommand {
  static let configuration = CommandConfiguration(
    commandName: "clean", abstract: "Remove everything from the cache; it is fetched again when needed.",
    usage: "envlock cache clean [<options>]",
    discussion: HelpText.discussion(examples: "envlock cache clean"))

  @OptionGroup var cache: CacheOption
  @OptionGroup var common: CommonOptions

  func run(_ session: Session, _ voice: Voice) async throws {
    let root = try cache.folder(session.variables)
    let folder = HTTPCache(folder: root).folder
    var bytes = 0
    var count = 0
    for name in Folder.names(folder) where Self.isEntry(name) {
      let path = folder + "/" + name
      var status = stat()
      guard lstat(path, &status) == 0, unlink(path) == 0 else { continue }
      bytes += Int(status.st_size)
      count += 1
    }
    // They stay where something else is in them.
    rmdir(folder)
    rmdir(root)
    let left = Folder.names(folder).filter(Self.isEntry).count
    guard left == 0 else {
      throw LockProblem(
        "\(Quantity.count(left, "file")) in \(folder) could not be removed", kind: .couldNotFindOut)
    }
    voice.say("Removed \(Quantity.count(count, "file")), \(Quantity.bytes(bytes)), from \(root)")
  }

  /// Whether a file is one that the cache has made: whoever names another folder by mistake loses nothing.
  static func isEntry(_ name: String) -> Bool {
    if name.hasPrefix("."), name.hasSuffix(".tmp") {
      return isEntry(String(name.dropFirst().prefix { $0 != "." }))
    }
    guard let dash = name.lastIndex(of: "-") else { return false }
    let digest = name[name.index(after: dash)...]
    return digest.utf8.count == 64 && digest.utf8.allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
  }
}

extension Variables {
  /// Where fetched things are kept: `--cache-dir`, ENVLOCK_CACHE_DIR, or a folder of the user's cache.
  ///
  /// Source: XDG Base Directory Specification.
  /// - Throws: `UsageError` where nothing says which folder that is.
  func cacheDirectory(_ option: String?) throws(UsageError) -> String {
    if let folder = option ?? text(.cacheDirectory) { return folder }
    // A relative one is to be ignored, says the specification.
    if let folder = text(.xdgCacheHome), folder.hasPrefix("/") { return Path.joined(folder, "envlock") }
    if let home = text(.home) { return Path.joined(home, ".cache/envlock") }
    throw UsageError("nothing says where the cache is", hints: ["set HOME, or give `--cache-dir`"])
  }
}
