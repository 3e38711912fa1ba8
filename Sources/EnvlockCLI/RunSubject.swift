import Envlock
import EnvlockManifest
import EnvlockModel
import EnvlockRunSpec

/// What is started: a lock with its manifest, its image, and what was asked for.
struct RunSubject: Sendable {
  /// The lock's path, as it was given.
  let lockPath: String
  /// The lock.
  let lock: Lockfile
  /// The digest of its text.
  let digest: Digest
  /// The answer that is started.
  let answer: PlatformLock
  /// The manifest; it may be missing.
  let manifest: LockManifest
  /// The image on this machine, where there is one of this lock.
  let laid: LaidImage?
  /// What was typed over what the manifest says.
  private(set) var request: RunDeclaration
  /// Models of GPUs that were typed.
  let models: [String]
  /// What a person should know, a sentence each.
  let notes: [String]

  /// Reads lock, manifest and the documents of the image.
  ///
  /// - Parameters:
  ///   - options: Which lock and image.
  ///   - typed: What was asked for.
  ///   - preferred: The platform where none is named and the lock has several.
  ///   - session: The world.
  /// - Throws: A `UserFacingError` for what is missing or cannot be used.
  init(_ options: RunLockOptions, _ typed: TypedRun, platform preferred: Platform?, _ session: Session) throws
  {
    let variables = session.variables
    lockPath = options.lock.path(variables)
    lock = try LockFile.required(lockPath, session.files)
    digest = lock.digest
    var notes: [String] = []
    answer = try Self.answer(of: lock, lockPath, options, preferred, variables)
    let manifest = try LockManifest(
      lock: lockPath, manifest: options.manifest ?? variables.text(.manifest), session)
    self.manifest = manifest
    notes += manifest.notes(lock, path: lockPath)
    var declared = manifest.loaded?.manifest.run ?? RunDeclaration()
    // What the manifest mounts is relative to its folder, like what it copies.
    if manifest.folder != "." { declared.mounts = declared.mounts.map { $0.placed(in: manifest.folder) } }
    var request = typed.declaration.over(declared)
    models = typed.models

    var path: String?
    if let image = options.image ?? variables.text(.image) {
      if case .path(let place) = try ImagePlace(image, session.images) {
        path = place
      } else {
        request.image = image
      }
    }
    let isNamed = path != nil
    path = path ?? Self.layout(beside: lockPath, session)
    var laid: LaidImage?
    if let path {
      let found = try session.images.laid(path, answer.platform)
      if found.lock == digest {
        laid = found
      } else if isNamed {
        throw LockProblem(
          "\(Printable.text(path)) is not the image of \(Printable.text(lockPath))",
          details: [
            "the image’s lock  \(found.lock.map(\.description) ?? "not said")", "this lock         \(digest)",
          ], hints: ["`envlock build -o \(Printable.text(path))` brings it up to date"], kind: .answerIsNo)
      } else {
        notes.append(
          "\(Printable.text(path)) is the image of another lock and is left out of account; `envlock build` brings it up to date"
        )
      }
    }
    self.laid = laid
    self.request = request
    self.notes = notes
  }

  /// The same with every mount's source absolute, as on this machine.
  ///
  /// - Parameter folder: The current folder.
  /// - Returns: The subject as it is on this machine.
  func here(_ folder: String) -> RunSubject {
    var subject = self
    subject.request.mounts = request.mounts.map { $0.placed(in: folder) }
    return subject
  }

  /// The image as a run spec names it.
  ///
  /// - Throws: `UsageError` for a reference that cannot be read, or whose digest is not that of the image here.
  func image() throws(UsageError) -> RunImage {
    var image = RunImage(
      digest: laid?.digest, layout: laid.flatMap { $0.isFolder ? Self.name(ofLayout: $0.path) : nil },
      process: laid?.process ?? ImageProcess())
    guard let text = request.image else { return image }
    let reference: ImageReference
    do throws(MalformedText) { reference = try ImageReference(text) } catch {
      throw UsageError(
        error, in: "the image", hints: ["write it like registry.example.com/lab/resnet:1@sha256:…"])
    }
    image.name = reference.name + (reference.tag.map { ":\($0)" } ?? "")
    guard let stated = reference.digest else { return image }
    if let laid, laid.digest != stated, laid.manifest != stated {
      throw UsageError(
        "the image is to have the digest \(stated), and the one of this lock at \(Printable.text(laid.path)) has another",
        hints: [laid.digest.map { "that is \($0)" }].compactMap { $0 })
    }
    image.digest = stated
    return image
  }

  /// Decides how it is started.
  ///
  /// - Parameters:
  ///   - matrix: The compatibility data.
  ///   - image: The image.
  /// - Returns: The plan.
  /// - Throws: What cannot be given.
  func plan(_ matrix: Matrix, _ image: RunImage) throws(RunSpecError) -> RunPlan {
    try RunPlanner(matrix: matrix).plan(
      answer, lock: digest, image: image, request: request,
      environment: manifest.loaded?.manifest.name, gpus: models)
  }

  // MARK: the answer

  private static func answer(
    of lock: Lockfile, _ path: String, _ options: RunLockOptions, _ preferred: Platform?,
    _ variables: Variables
  ) throws(UsageError) -> PlatformLock {
    var choice = AnswerChoice(lock: path)
    if let text = options.platform ?? variables.text(.platform) {
      do { choice.platforms = [try Platform(text)] } catch {
        throw UsageError(error, in: options.platform == nil ? Variable.platform.rawValue : "--platform")
      }
    }
    choice.target = options.target.name(variables)
    let answers = try choice.answers(of: lock)
    return answers.first { $0.platform == preferred } ?? answers[0]
  }

  // MARK: the image

  /// The path of a layout as podman takes it: it makes a name of it, in which no part may be a dot.
  private static func name(ofLayout path: String) -> String {
    let rest = path.hasPrefix("./") ? path.dropFirst(2).drop { $0 == "/" } : ""
    return rest.isEmpty ? path : String(rest)
  }

  private static func isLayout(_ path: String, _ session: Session) -> Bool {
    (try? session.files.read(Path.joined(path, "oci-layout"))) != nil
  }

  /// Where `envlock build` writes its image when nobody says it; nil where there is none.
  private static func layout(beside lock: String, _ session: Session) -> String? {
    let path = Path.joined(Path.directory(of: lock), ImageFormat.oci.defaultPath)
    return isLayout(path, session) ? path : nil
  }
}

/// Which answer of a lock is meant.
struct AnswerChoice: Hashable, Sendable {
  /// The lock's path, for errors.
  var lock: String
  /// The platforms; nil: all that the lock has.
  var platforms: [Platform]?
  /// The target, where the lock was split by them.
  var target: String?

  /// The answers that are meant, one for each platform, at least one.
  ///
  /// - Throws: `UsageError` where the lock has none, or several for a platform.
  func answers(of lock: Lockfile) throws(UsageError) -> [PlatformLock] {
    let path = Printable.text(self.lock)
    var answers = lock.platforms
    guard !answers.isEmpty else { throw UsageError("\(path) holds no answer") }
    for platform in platforms ?? [] where lock.answers(for: platform).isEmpty {
      let known = answers.map(\.platform.description).removingRepetition()
      throw UsageError(
        "\(path) holds nothing for \(platform)", hints: ["it holds \(known.joined(separator: " and "))"])
    }
    if let platforms { answers = answers.filter { platforms.contains($0.platform) } }
    if let target {
      let known = answers.flatMap(\.targets).map(\.name).removingRepetition().sorted()
      answers = answers.filter { $0.targets.contains { $0.name == target } }
      guard !answers.isEmpty else {
        throw UsageError(
          "\(path) knows no target “\(Printable.text(target))”",
          hints: NearestName.of(target, among: known).map { ["did you mean `\($0)`?"] }
            ?? [known.isEmpty ? "it was made without targets" : "it knows \(known.joined(separator: ", "))"])
      }
    }
    for answer in answers where answers.filter({ $0.platform == answer.platform }).count > 1 {
      let several = answers.filter { $0.platform == answer.platform }
      let targets = several.flatMap(\.targets).map(\.name).joined(separator: ", ")
      throw UsageError(
        "\(path) holds \(several.count) answers for \(answer.platform), and an image is of one",
        hints: ["choose one with `--target`: \(targets)"])
    }
    return answers
  }
}

extension RunMount {
  /// The mount with a relative source counted from a folder.
  fileprivate func placed(in folder: String) -> RunMount {
    var mount = self
    mount.source = Path.joined(folder, source.hasPrefix("./") ? String(source.dropFirst(2)) : source)
    return mount
  }
}
