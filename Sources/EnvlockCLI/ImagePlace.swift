import ArgumentParser
import Envlock
import EnvlockModel

/// Where an image is: on this machine, or in a registry. All commands tell the two apart in the same way.
///
/// What begins with "/" or ".", or ends with ".tar" or ".bundle", is a path; so is everything that exists under that name.
/// The rest is a reference.
enum ImagePlace: Hashable, Sendable {
  /// A folder or file.
  case path(String)
  /// What a registry calls it.
  case reference(ImageReference)

  /// Tells what is meant.
  ///
  /// - Parameters:
  ///   - text: What was typed.
  ///   - images: What knows whether there is such a file.
  /// - Throws: `UsageError` for what is neither.
  init(_ text: String, _ images: ImageReading) throws(UsageError) {
    let isNamedAsPath =
      ["/", "."].contains { text.hasPrefix($0) } || Self.endings.contains { text.hasSuffix($0) }
    if isNamedAsPath || images.exists(text) {
      self = .path(text)
      return
    }
    do throws(MalformedText) { self = .reference(try ImageReference(text)) } catch {
      throw UsageError(
        "“\(Printable.text(text))” is no image: no file or folder has that name, and no registry could: \(error.reason)",
        hints: [
          "write a path like ./image or image.tar",
          "write a reference like registry.example.com/lab/resnet:1",
        ])
    }
  }

  private static let endings = [".tar", ".bundle"]

  /// Tells the same where a reference has to name its registry. What might be both is neither: so nothing is written to a
  /// registry that is not named, and no name of a branch is one of an image.
  ///
  /// - Parameters:
  ///   - text: What was typed.
  ///   - images: What knows whether there is such a file.
  /// - Throws: `UsageError` for what is neither.
  init(explicit text: String, _ images: ImageReading) throws(UsageError) {
    let place = try? ImagePlace(text, images)
    switch place {
    case .path?: break
    case .reference(let reference)? where text.hasPrefix(reference.registry + "/"): break
    default:
      throw UsageError(
        "“\(Printable.text(text))” says neither that it is a file nor which registry it is in",
        hints: [
          "a file is written like ./\(Printable.text(text)), or with a name that ends in .bundle or .tar",
          "a reference begins with its registry: registry.example.com/lab/resnet-bundle:1",
        ])
    }
    guard let place else { preconditionFailure("what is neither was refused") }
    self = place
  }

  /// The reference.
  ///
  /// - Throws: `UsageError` for a text that is none.
  static func reference(_ text: String) throws(UsageError) -> ImageReference {
    do throws(MalformedText) { return try ImageReference(text) } catch {
      throw UsageError(
        "“\(Printable.text(text))” is no image in a registry: \(error.reason)",
        hints: ["write it like registry.example.com/lab/resnet:1"])
    }
  }

  /// Says of what failed for a short name, which may have been meant as a path, that there is no such file.
  ///
  /// - Parameters:
  ///   - text: What was typed.
  ///   - work: Asks a registry.
  /// - Returns: What the work returns.
  /// - Throws: What the work throws.
  static func asking<Result>(_ text: String, _ work: () async throws -> Result) async throws -> Result {
    do { return try await work() } catch let error as any UserFacingError
      where !text.contains("/") && error.kind != .badInput
    {
      throw HintedError(
        error,
        hint: "no file or folder here is called `\(Printable.text(text))`; if one is meant, write its path")
    }
  }
}

/// An error with one more thing to do about it.
struct HintedError: UserFacingError {
  let message: String
  let details: [String]
  let hints: [String]
  let kind: ErrorKind

  init(_ error: any UserFacingError, hint: String) {
    message = error.message
    details = error.details
    hints = error.hints + [hint]
    kind = error.kind
  }
}

/// Which images of an index are meant.
enum ImagePlatforms: Hashable, Sendable {
  /// All of them.
  case all
  /// Those for these platforms, without repetition.
  case only([Platform])

  /// Reads `--platform` or its variable; nil where neither says anything.
  ///
  /// - Throws: `UsageError` for a text that is no platform.
  init?(_ typed: [String], _ variables: Variables) throws(UsageError) {
    let texts = typed.isEmpty ? variables.items(.platform) : typed
    let place = typed.isEmpty ? Variable.platform.rawValue : "--platform"
    if texts.isEmpty { return nil }
    if texts.contains("all") {
      guard Set(texts).count == 1 else {
        throw UsageError("\(place): “all” leaves nothing else to choose", hints: ["leave out the others"])
      }
      self = .all
      return
    }
    var platforms: [Platform] = []
    for text in texts {
      do { platforms.append(try Platform(text)) } catch {
        throw UsageError(error, in: place, hints: ["`all` stands for every image that there is"])
      }
    }
    self = .only(platforms.removingRepetition())
  }
}

extension Configuration {
  /// How a registry is asked.
  ///
  /// - Parameters:
  ///   - reference: Whose registry.
  ///   - options: How it is spoken to.
  ///   - session: The world.
  /// - Throws: `UsageError` for a variable that makes no sense.
  init(_ reference: ImageReference?, _ options: RegistryReadOptions, _ session: Session) throws(UsageError) {
    let variables = session.variables
    let isOffline = try options.offline.isOn(variables)
    self.init(
      // Documents may be kept; nobody has to say where.
      cacheDirectory: try? options.cache.folder(variables),
      offline: isOffline, environment: session.environment)
    if options.plainHTTP.typed, let reference { allowPlainHTTP(reference.registry) }
  }
}

/// How registries are asked.
struct RegistryReadOptions: ParsableArguments {
  @OptionGroup var plainHTTP: PlainHTTPOption
  @OptionGroup var offline: OfflineOption
  @OptionGroup var cache: CacheOption
}
