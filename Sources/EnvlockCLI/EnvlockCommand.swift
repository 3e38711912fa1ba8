import ArgumentParser

/// A command that does something; its world is handed to it.
protocol Subcommand: ParsableCommand {
  /// What every command takes.
  var common: CommonOptions { get }

  /// Does it.
  ///
  /// - Throws: A `UserFacingError` that says whose fault it is.
  func run(_ session: Session, _ voice: Voice) async throws
}

/// The command at the top: it only names the others.
struct EnvlockCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "envlock",
    abstract: "Lock an ML environment from the GPU driver up to the last Python wheel.",
    discussion: HelpText.discussion(
      examples: "envlock init                                  # a manifest to start from",
      "envlock resolve torch==2.9.1 --python 3.11    # a lock",
      "envlock check --driver 550.54.15 --gpu A100-SXM4-80GB",
      "envlock resolve torch==2.9.1 --python 3.11 --base debian:bookworm",
      "envlock build                                 # an image, in a folder",
      "envlock push registry.example.com/lab/resnet:1"),
    version: version,
    subcommands: [
      ResolveCommand.self, BuildCommand.self, PushCommand.self, PullCommand.self, RunCommand.self,
      SpecCommand.self, VerifyCommand.self, BundleCommand.self, InspectCommand.self, CheckCommand.self,
      ProbeCommand.self, InitCommand.self, ImportCommand.self, TreeCommand.self, DiffCommand.self,
      OutdatedCommand.self, ExportCommand.self, PlanCommand.self, MatrixCommand.self, CacheCommand.self,
      CompletionCommand.self, ManualCommand.self, MergeLockCommand.self,
    ])

  /// The version of this program.
  static let version = "0.1.0"
}
