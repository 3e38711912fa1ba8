public import EnvlockModel
import EnvlockVersions

/// What three locks come to.
///
/// A lock is an answer, and what the wheels demand of each other's versions is not in it. So a merge is made only where
/// it is shown to be an answer: each wheel stands beside each wheel that it needs, in these very versions, in one of the
/// three locks, and each requirement beside the version that it got. What cannot be seen that way is a conflict, and
/// `envlock resolve` answers it.
public enum LockMerge: Hashable, Sendable {
  /// The merged lock: what a resolve of the merged manifest keeps.
  case merged(Lockfile)
  /// Why there is none, a clause each; never empty.
  case conflict([String])

  /// Merges two locks that come from one.
  ///
  /// - Parameters:
  ///   - base: The lock that both come from; nil where there was none.
  ///   - ours: One of them.
  ///   - theirs: The other.
  ///   - digest: What a lock says of the manifest whose canonical form this is.
  public init(
    base: Lockfile?, ours: Lockfile, theirs: Lockfile, digest: (_ request: JSONValue) -> Digest
  ) {
    if ours == theirs || base == theirs {
      self = .merged(ours)
    } else if base == ours {
      self = .merged(theirs)
    } else if let base {
      do {
        self = .merged(try Merger(base: base, ours: ours, theirs: theirs).lock(digest))
      } catch {
        self = .conflict(error.reasons)
      }
    } else {
      self = .conflict(["there was no lock before, and the sides made different ones"])
    }
  }

  /// A lock whose choices are those of both sides, for a resolve that keeps what still fits; it is no answer.
  ///
  /// Where only one side changed a choice, it is that side's; where both did, it is ours. Without a base it is the newer.
  /// - Parameters:
  ///   - base: The lock that both come from; nil where that is not known.
  ///   - ours: One of them.
  ///   - theirs: The other.
  /// - Returns: Our lock with the wheels of both.
  public static func preferences(base: Lockfile?, ours: Lockfile, theirs: Lockfile) -> Lockfile {
    var platforms = ours.platforms.map { answer -> PlatformLock in
      guard let other = theirs.counterpart(of: answer) else { return answer }
      let before = base?.counterpart(of: answer)
      let names = Set((answer.wheels + other.wheels).map(\.name)).sorted()
      let wheels = names.compactMap { name -> LockedWheel? in
        let (one, two) = (answer.wheel(name), other.wheel(name))
        if let before { return before.wheel(name) == one ? two : one }
        guard let one, let two else { return one ?? two }
        return one.version < two.version ? two : one
      }
      return PlatformLock(
        platform: answer.platform, python: before?.python == answer.python ? other.python : answer.python,
        strata: answer.strata, targets: answer.targets, roots: answer.roots, wheels: wheels, base: answer.base
      )
    }
    platforms += theirs.platforms.filter { ours.answers(for: $0.platform).isEmpty }
    return Lockfile(
      manifest: ours.manifest, matrix: ours.matrix, request: ours.request,
      uploadedBefore: ours.uploadedBefore, platforms: platforms)
  }
}

extension Lockfile {
  /// The answer for the same platform and targets, or the platform's first.
  fileprivate func counterpart(of answer: PlatformLock) -> PlatformLock? {
    let answers = answers(for: answer.platform)
    return answers.first { $0.targets.map(\.name) == answer.targets.map(\.name) } ?? answers.first
  }
}

/// Why locks cannot be merged.
private struct Refusal: Error {
  let reasons: [String]
}

/// Merges three locks, or says why not.
private struct Merger {
  let base: Lockfile
  let ours: Lockfile
  let theirs: Lockfile

  private var locks: [Lockfile] { [base, ours, theirs] }

  func lock(_ digest: (JSONValue) -> Digest) throws(Refusal) -> Lockfile {
    guard ours.matrix == theirs.matrix else {
      throw Refusal(reasons: ["the sides were resolved with different compatibility data"])
    }
    let request = try request()
    guard Set(locks.map { $0.platforms.map(\.place) }).count == 1 else {
      throw Refusal(reasons: ["the sides have answers for different platforms or targets"])
    }
    var platforms: [PlatformLock] = []
    for index in ours.platforms.indices {
      platforms.append(
        try answer(locks.map { $0.platforms[index] }, requirements: request.requirements))
    }
    let manifest =
      request.value == ours.request
      ? ours.manifest : request.value == theirs.request ? theirs.manifest : digest(request.value)
    // What was uploaded before the earlier instant was so before the later one.
    let cutoff = [ours.uploadedBefore, theirs.uploadedBefore].compactMap { $0 }.max()
    return Lockfile(
      manifest: manifest, matrix: ours.matrix, request: request.value, uploadedBefore: cutoff,
      platforms: platforms)
  }

  // MARK: What is asked for

  /// What is asked for by both: everything must be the same but the requirements, of which each side may change others.
  private func request() throws(Refusal) -> (value: JSONValue, requirements: [String]) {
    let key = "requirements"
    var changed: [String: [String]] = [:]
    for (side, lock) in [("one side", ours), ("the other side", theirs)] {
      for difference in RequestDifference.all(from: base.request, to: lock.request)
      where difference.key != key {
        changed[difference.key, default: []].append(side)
      }
    }
    guard changed.isEmpty else {
      let keys = changed.keys.sorted().map { "`\($0)`" }.joined(separator: ", ")
      throw Refusal(reasons: ["\(keys) of the manifest changed, which bears on everything that was chosen"])
    }
    let lists = locks.map { $0.request[key]?.arrayValue?.compactMap(\.stringValue) ?? [] }
    let names = Set(lists.joined().map(Self.project)).sorted()
    var requirements: [String] = []
    var reasons: [String] = []
    for name in names {
      let texts = lists.map { list in list.filter { Self.project($0) == name } }
      if let chosen = Self.pick(texts) {
        requirements += chosen
      } else {
        reasons.append("both sides changed the requirement on \(name)")
      }
    }
    guard reasons.isEmpty else { throw Refusal(reasons: reasons) }
    guard var object = ours.request.objectValue, object[key] != nil else { return (ours.request, []) }
    requirements.sort()
    object[key] = .array(requirements.map { .string($0) })
    return (.object(object), requirements)
  }

  private static func project(_ requirement: String) -> String {
    (try? Requirement(requirement))?.name.text ?? requirement
  }

  // MARK: Answers

  /// Merges three answers for the same nodes, in the order base, ours, theirs.
  private func answer(
    _ answers: [PlatformLock], requirements: [String]
  ) throws(Refusal) -> PlatformLock {
    let merged: PlatformLock
    if let picked = Self.pick(answers) { merged = picked } else { merged = try wheels(of: answers) }
    let place = "\(merged.platform)"
    var reasons: [String] = []
    // Each requirement beside the version that it got.
    let framework = ours.request["framework"]?.stringValue
    for text in requirements + [framework].compactMap({ $0 }) {
      guard let name = (try? Requirement(text))?.name else { continue }
      let isKnown = zip(locks, answers).contains { lock, answer in
        let asked = lock.request["requirements"]?.arrayValue?.contains(.string(text)) ?? false
        return (asked || text == framework) && answer.wheel(name)?.version == merged.wheel(name)?.version
      }
      if !isKnown {
        reasons.append("whether \(text) is met for \(place) is not known")
      }
    }
    // Each wheel beside each that it needs.
    for wheel in merged.wheels {
      for edge in wheel.dependencies {
        let version = merged.wheel(edge.name)?.version
        let isKnown = answers.contains { answer in
          answer.wheel(wheel.name)?.sha256 == wheel.sha256 && version != nil
            && answer.wheel(edge.name)?.version == version
        }
        if !isKnown {
          let other = version.map { "\(edge.name) \($0)" } ?? "\(edge.name), which the merge lacks,"
          reasons.append("whether \(wheel.name) \(wheel.version) works with \(other) is not known")
        }
      }
    }
    reasons += merged.unneeded.map { "\($0) is needed by nothing any more" }
    guard reasons.isEmpty else { throw Refusal(reasons: reasons) }
    return merged
  }

  /// Merges answers wheel by wheel, where what lies below them is the same.
  private func wheels(of answers: [PlatformLock]) throws(Refusal) -> PlatformLock {
    let (base, ours, theirs) = (answers[0], answers[1], answers[2])
    let place = "\(ours.platform)"
    guard Set(answers.map(\.python)).count == 1, Set(answers.map(\.strata)).count == 1,
      Set(answers.map(\.targets)).count == 1
    else {
      throw Refusal(reasons: [
        "the levels below the wheels changed for \(place), and both sides changed wheels"
      ])
    }
    guard let system = Self.pick(answers.map(\.base)), Set(answers.map { $0.base?.glibc }).count == 1 else {
      throw Refusal(reasons: ["both sides changed the base of \(place)"])
    }
    var wheels: [LockedWheel] = []
    var roots: [LockedEdge] = []
    var reasons: [String] = []
    for name in Set((base.wheels + ours.wheels + theirs.wheels).map(\.name)).sorted() {
      if let chosen = Self.pick(answers.map { $0.wheel(name) }) {
        wheels += [chosen].compactMap { $0 }
      } else {
        let versions = [ours, theirs].map { $0.wheel(name)?.version.description ?? "none" }
        reasons.append("both sides changed \(name) for \(place): \(versions[0]) here, \(versions[1]) there")
      }
    }
    for name in Set((base.roots + ours.roots + theirs.roots).map(\.name)).sorted() {
      if let chosen = Self.pick(answers.map { answer in answer.roots.filter { $0.name == name } }) {
        roots += chosen
      } else {
        reasons.append("both sides changed what is asked of \(name)")
      }
    }
    guard reasons.isEmpty else { throw Refusal(reasons: reasons) }
    return PlatformLock(
      platform: ours.platform, python: ours.python, strata: ours.strata, targets: ours.targets,
      roots: roots, wheels: wheels, base: system)
  }

  /// What one side alone made of a value, or both alike; nil where they made different things of it.
  private static func pick<Value: Equatable>(_ values: [Value]) -> Value? {
    let (base, ours, theirs) = (values[0], values[1], values[2])
    if ours == theirs || theirs == base { return ours }
    return ours == base ? theirs : nil
  }
}

extension PlatformLock {
  /// For which nodes it is.
  fileprivate var place: [String] { [platform.rawValue] + targets.map(\.name) }

  /// The wheels that no requirement leads to.
  fileprivate var unneeded: [ProjectName] {
    var reached: Set<ProjectName> = []
    var next = roots.map(\.name)
    while let name = next.popLast() {
      guard reached.insert(name).inserted else { continue }
      next += wheel(name)?.dependencies.map(\.name) ?? []
    }
    return wheels.map(\.name).filter { !reached.contains($0) }
  }
}
