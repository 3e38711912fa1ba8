import ArgumentParser
import Envlock
import EnvlockManifest

/// How the layers of an image are written.
struct LayerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "splice (default) copies compressed bytes, zstd compresses anew, none leaves layers as they are.",
      valueName: "how"),
    completion: .list(BuildRequest.Compression.allCases.map(\.rawValue)))
  var compression: String?

  @Flag(
    name: .customLong("estargz"), help: "Give layers an eStargz table, so that files can be pulled lazily.")
  var stargz = false

  /// How they are compressed.
  ///
  /// - Throws: `UsageError` for a text that names no way.
  func compression(_ variables: Variables) throws(UsageError) -> BuildRequest.Compression {
    try OptionWord.read("--compression", compression, .compression, variables) ?? .splice
  }

  /// Whether they get the table.
  ///
  /// - Throws: `UsageError` for a variable that makes no sense.
  func isStargz(_ variables: Variables) throws(UsageError) -> Bool {
    let byVariable = try variables.flag(.stargz)
    return stargz || byVariable
  }
}

/// How many layers are made at a time.
struct JobsOption: ParsableArguments {
  @Option(
    name: .customLong("jobs"),
    help: ArgumentHelp(
      "How many layers are made at a time. Default: what suits most machines", valueName: "number"))
  var typed: String?

  /// The number; nil: what suits most machines.
  ///
  /// - Throws: `UsageError` for a text that is no such number.
  func count(_ variables: Variables) throws(UsageError) -> Int? {
    guard let text = typed ?? variables.text(.jobs) else { return nil }
    guard let count = Int(text), (1...1024).contains(count) else {
      throw UsageError(
        "\(typed == nil ? Variable.jobs.rawValue : "--jobs") cannot be “\(Printable.text(text))”",
        hints: ["it is a number from 1 to 1024"])
    }
    return count
  }
}

/// What an image on the disk is written as.
struct ImageFormatOption: ParsableArguments {
  @Option(
    name: .customLong("format"),
    help: ArgumentHelp(
      "oci (default) is a folder; oci-archive and docker-archive are files. Variable: ENVLOCK_IMAGE_FORMAT",
      valueName: "format"),
    completion: .list(ImageFormat.allCases.map(\.rawValue)))
  var typed: String?

  /// The format.
  ///
  /// - Throws: `UsageError` for a text that names none.
  func format(_ variables: Variables) throws(UsageError) -> ImageFormat { try chosen(variables) ?? .oci }

  /// The format that was typed, or stands in the variable; nil where nobody says.
  ///
  /// - Throws: `UsageError` for a text that names none.
  func chosen(_ variables: Variables) throws(UsageError) -> ImageFormat? {
    try OptionWord.read("--format", typed, .imageFormat, variables)
  }
}

/// Whether a registry may be spoken to without TLS.
struct PlainHTTPOption: ParsableArguments {
  @Flag(
    name: .customLong("plain-http"),
    help: "Speak to the registry without TLS. This machine's own addresses need no such permission.")
  var typed = false
}
