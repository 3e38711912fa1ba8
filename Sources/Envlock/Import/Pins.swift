public import EnvlockModel
import EnvlockResolve
public import EnvlockVersions

/// A decision of another tool that has to be kept.
public struct Pin: Hashable, Sendable {
  /// The version.
  public let version: Version
  /// The files that may be used, by their SHA-256; empty for any.
  public let files: Set<Digest>
  /// Where it stands: "uv.lock:120".
  public let origin: String
  /// What to do where no index has it; nil where nothing more is known.
  public let hint: String?

  /// A decision for `version`.
  public init(version: Version, files: Set<Digest> = [], origin: String, hint: String? = nil) {
    self.version = version
    self.files = files
    self.origin = origin
    self.hint = hint
  }
}

/// What another tool decided for one environment.
public struct Pinned: Hashable, Sendable {
  /// Something of it that cannot be kept, whatever the indexes have.
  public struct Refusal: Hashable, Sendable {
    /// What, and why: "gitpkg 1.0 comes from a git repository (uv.lock:12)".
    public let text: String
    /// What to do.
    public let hint: String

    /// Pairs the two.
    public init(_ text: String, hint: String) {
      self.text = text
      self.hint = hint
    }
  }

  /// What is called so in errors: "uv.lock".
  public let source: String
  /// The decisions.
  public let pins: [ProjectName: Pin]
  /// What cannot be kept.
  public let refusals: [Refusal]

  /// Puts the decisions together.
  public init(source: String, pins: [ProjectName: Pin], refusals: [Refusal] = []) {
    self.source = source
    self.pins = pins
    self.refusals = refusals
  }
}

/// What another tool decided, by environment.
public struct Pins: Sendable {
  /// What it decided for a platform and a Python.
  public let choose: @Sendable (Platform, PythonVersion) -> Pinned

  /// Decisions that `choose` gives.
  public init(_ choose: @escaping @Sendable (Platform, PythonVersion) -> Pinned) { self.choose = choose }

  /// Nothing is decided.
  public static let none = Pins { _, _ in Pinned(source: "", pins: [:]) }
}

extension Pins {
  /// - Throws: `BadRequest` for a wheel whose index states no digest, and whose own is none that may be used.
  func check(_ answer: PlatformLock) throws(BadRequest) {
    let pinned = choose(answer.platform, answer.python)
    for wheel in answer.wheels {
      let (name, digest) = wheel.built.map { ($0.fileName, $0.sha256) } ?? (wheel.fileName, wheel.sha256)
      guard let pin = pinned.pins[wheel.name], !pin.files.isEmpty, !pin.files.contains(digest) else {
        continue
      }
      throw BadRequest(
        "\(name) has the SHA-256 \(digest.hex), which is none of those that may be used "
          + "(\(pin.origin))", kind: .answerIsNo)
    }
  }
}

extension Pinned {
  /// The versions as bounds, which proofs cite with their place.
  var constraints: [SourcedRequirement] {
    pins.sorted { $0.key < $1.key }.compactMap { name, pin in
      guard let specifiers = try? SpecifierSet("==\(pin.version)") else { return nil }
      return SourcedRequirement(Requirement(name: name, specifiers: specifiers), origin: pin.origin)
    }
  }

  /// The files that may be used.
  var files: [ProjectName: Set<Digest>] { pins.mapValues(\.files).filter { !$0.value.isEmpty } }

  /// What is tried first: the versions that are pinned, even yanked ones, and otherwise what an earlier lock chose.
  func preferences(
    over earlier: [ProjectName: Question.Preference]
  ) -> [ProjectName: Question.Preference] {
    earlier.merging(pins.mapValues { Question.Preference(version: $0.version, fileName: nil) }) { old, new in
      old.version == new.version ? old : new
    }
  }

  /// The error that names everything that cannot be kept; nil where all can be.
  func refusal(_ faults: [PinFault], _ question: Question) -> Unresolvable? {
    guard !faults.isEmpty || !refusals.isEmpty else { return nil }
    let lines = faults.map { fault in
      "\(fault.text) (\(pins[fault.project]?.origin ?? source))"
    }
    let hints = (refusals.map(\.hint) + faults.flatMap { whatToDo($0, question) }).removingRepetition()
    let isUnknown = refusals.isEmpty && faults.allSatisfy { $0.kind == .unknown }
    return Unresolvable(
      platform: question.platform,
      message: "what \(source) has decided cannot be kept for \(question.platform) and "
        + "Python \(question.python)",
      details: refusals.map(\.text) + lines, hints: hints, kind: isUnknown ? .couldNotFindOut : .answerIsNo)
  }

  private func whatToDo(_ fault: PinFault, _ question: Question) -> [String] {
    let pin = pins[fault.project]
    switch fault.kind {
    case .missing, .otherFiles:
      return [pin?.hint ?? "if another index has it, declare that with `--index NAME=URL`"]
    case .onlySource:
      return [
        "`--build-sdist \(fault.project)` builds a wheel of its source once, inside the base image and without network",
        "or go on without it: `--without \(fault.project)`",
      ]
    case .environment:
      return [
        "choose a Python, a platform or a glibc that its wheels are for: `--python`, `--platform`, `--glibc`"
      ]
    case .unknown, .other: return ["`--without \(fault.project)` goes on without it"]
    }
  }
}
