import ArgumentParser
import EnvlockManifest
import EnvlockModel

/// Which lock is read.
struct LockOption: ParsableArguments {
  @Option(
    name: .customLong("lock"), help: ArgumentHelp("The lock. Default: envlock.lock", valueName: "file"),
    completion: .file(extensions: ["lock"]))
  var typed: String?

  /// The lock's path.
  func path(_ variables: Variables) -> String { typed ?? variables.text(.lock) ?? LockFile.defaultName }
}

/// Which manifest says what is in the image beside the environment.
struct ImageManifestOption: ParsableArguments {
  @Option(
    name: .customLong("manifest"),
    help: ArgumentHelp(
      "The manifest whose [image] counts. Default: the one beside the lock, if there is one",
      valueName: "file"),
    completion: .file(extensions: ["toml"]))
  var typed: String?

  /// The manifest's path; nil: the one beside the lock, if there is one.
  func path(_ variables: Variables) -> String? { typed ?? variables.text(.manifest) }
}

/// Which manifest says where indexes are that a lock names.
struct IndexManifestOption: ParsableArguments {
  @Option(
    name: .customLong("manifest"),
    help: ArgumentHelp(
      "The manifest whose [[index]] tables count. Default: the one beside the lock, if there is one",
      valueName: "file"),
    completion: .file(extensions: ["toml"]))
  var typed: String?

  /// The manifest's path; nil: the one beside the lock, if there is one.
  func path(_ variables: Variables) -> String? { typed ?? variables.text(.manifest) }
}

/// Which target's answer is meant, where a lock holds several for a platform.
struct TargetOption: ParsableArguments {
  @Option(
    name: .customLong("target"),
    help: ArgumentHelp("A target, where the lock holds several answers for a platform.", valueName: "name"))
  var typed: String?

  /// The target's name; nil: the lock holds one answer for each platform.
  func name(_ variables: Variables) -> String? { typed ?? variables.text(.target) }
}

/// A lock, and which of its answers are meant: one for each platform.
struct LockAnswersOptions: ParsableArguments {
  @OptionGroup var lock: LockOption

  @Option(
    help: ArgumentHelp(
      "linux/amd64 or linux/arm64; repeatable. Default: all that there are", valueName: "platform"),
    completion: .platforms)
  var platform: [String] = []

  @OptionGroup var target: TargetOption
}

extension CompletionKind {
  /// The platforms that there are.
  static var platforms: CompletionKind { .list(Platform.allCases.map(\.description)) }

  /// The platforms that there are, and the word for each of them.
  static var platformsOrAll: CompletionKind { .list(Platform.allCases.map(\.description) + ["all"]) }
}
