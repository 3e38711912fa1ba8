import EnvlockModel
import EnvlockVersions

/// Says why no release of a project inside a range can be used.
struct Rejections {
  let candidates: ProjectCandidates
  let question: Question

  private var name: ProjectName { candidates.project }

  /// One clause: "torch 2.0.1 has no wheel for Python 3.13 (its wheels are for 3.8 to 3.11)".
  func text(_ versions: VersionSet) -> String {
    let rejected = candidates.rejections(in: versions)
    guard let newest = rejected.first else { return nothingThere(versions) }
    let subject = Words.range(name.text, rejected.count == 1 ? VersionSet(newest.version) : versions)
    if rejected.allSatisfy({ $0.reason == newest.reason }) || rejected.count == 1 {
      return "\(subject) \(clause(newest.reason, newest.version))"
    }
    let sameKind = rejected.allSatisfy { Self.kind($0.reason) == Self.kind(newest.reason) }
    if sameKind { return "\(subject) \(general(rejected.map(\.reason), newest.reason))" }
    return "\(subject) has no release that can be used (the newest, \(newest.version), "
      + "\(clause(newest.reason, newest.version)))"
  }

  private func nothingThere(_ versions: VersionSet) -> String {
    guard
      let newest = candidates.page.releases.first(where: { !$0.version.isPrerelease })?.version
        ?? candidates.page.releases.first?.version
    else { return "\(name) has no release at all" }
    if let only = versions.singleton { return "there is no \(name) \(only)" }
    return "there is no \(Words.range(name.text, versions)) (the newest is \(newest))"
  }

  private static func kind(_ reason: Unusable) -> Int {
    switch reason {
    case .noWheels: 0
    case .tags(.python): 10
    case .tags(.abi): 11
    case .tags(.glibc): 12
    case .tags(.architecture): 13
    case .tags(.system): 14
    case .requiresPython: 2
    case .tooNew: 3
    case .noUploadTime: 4
    case .yanked: 5
    case .prerelease: 6
    case .otherSpelling: 7
    case .otherFiles: 8
    case .constrained(let index): 100 + index
    }
  }

  /// Why one release can't be used, following its name.
  private func clause(_ reason: Unusable, _ version: Version) -> String {
    switch reason {
    case .noWheels: "has no wheels, only a source distribution"
    case .tags(let mismatch): mismatchText(mismatch)
    case .requiresPython(let text): "needs Python \(text)"
    case .tooNew(let uploaded): "was uploaded on \(uploaded.prefix(10)), after the cut-off \(cutOff)"
    case .noUploadTime: "has no upload time on its index, so that the cut-off \(cutOff) can't be kept"
    case .yanked(let why): "was yanked" + (why.map { " (\($0))" } ?? "")
    case .prerelease: "is a pre-release"
    case .otherFiles: "has no file here with a hash that is allowed"
    case .otherSpelling(let wanted): "is not spelled \(wanted), as `===\(wanted)` demands"
    case .constrained(let index): "is ruled out by the constraint \(constraintText(index))"
    }
  }

  /// Why none of several releases can be used, where the reasons are of one kind.
  private func general(_ reasons: [Unusable], _ reason: Unusable) -> String {
    switch reason {
    case .noWheels: "has no wheels, only source distributions"
    case .tags(.python):
      mismatchText(
        .python(
          has: reasons.flatMap { reason in
            if case .tags(.python(let has)) = reason { has } else { [WheelPython]() }
          }))
    case .tags(let mismatch): mismatchText(mismatch)
    case .requiresPython: "needs another Python than \(question.python)"
    case .tooNew: "was uploaded after the cut-off \(cutOff)"
    case .noUploadTime: "has no upload time on its index, so that the cut-off \(cutOff) can't be kept"
    case .yanked: "was yanked"
    case .prerelease: "has only pre-releases"
    case .otherFiles: "has no file here with a hash that is allowed"
    case .otherSpelling(let wanted): "is not spelled \(wanted), as `===\(wanted)` demands"
    case .constrained(let index): "is ruled out by the constraint \(constraintText(index))"
    }
  }

  private var cutOff: String { question.excludeNewer ?? "" }

  private func constraintText(_ index: Int) -> String {
    let constraint = question.constraints[index]
    return "\(constraint.requirement) (\(constraint.origin))"
  }

  private func mismatchText(_ mismatch: TagMismatch) -> String {
    switch mismatch {
    case .python(let has):
      "has no wheel for Python \(question.python) (it has wheels for \(WheelPython.summary(has)))"
    case .abi(let has):
      "has no wheel for Python \(question.python)'s ABI (it has \(has.joined(separator: ", ")))"
    case .glibc(let needs): "needs glibc \(needs) or newer, and the environment has \(question.glibc)"
    case .architecture(let has):
      "has no wheel for \(question.platform) (it has wheels for \(has.joined(separator: ", ")))"
    case .system(let has): "has no wheel for Linux (it has wheels for \(has.joined(separator: ", ")))"
    }
  }
}
