import EnvlockDiff
import EnvlockIndexes
public import EnvlockModel
import EnvlockResolve
import EnvlockVersions

extension Engine {
  /// Says what there is by now that a lock does not have, and what of it was withdrawn.
  ///
  /// Every index is asked about every wheel of the lock, and what it was asked for is resolved anew with all its choices
  /// given up: what that chooses fits the targets and all requirements together.
  /// - Parameters:
  ///   - lock: The lock.
  ///   - manifest: What it was asked for, with where its indexes are.
  ///   - progress: Somebody who watches.
  /// - Returns: What was found; that an upgrade has no answer is part of it.
  /// - Throws: A `UserFacingError` for what is wrong or out of reach.
  public func outdated(
    _ lock: Lockfile, manifest: Manifest, progress: any ProgressSink = NoProgress()
  ) async throws -> OutdatedReport {
    let pages = try await pages(of: lock, manifest, progress)
    var upgraded: Lockfile?
    var refusal: String?
    var notes: [String] = []
    do {
      // Pages that were asked for just now are in the cache.
      let report = try await refreshed().resolve(
        manifest, lock, .all, .none, progress, looksOnly: true)
      (upgraded, notes) = (report.lock, report.notes)
    } catch let error as any UserFacingError where error.kind == .answerIsNo {
      refusal = error.message
    }
    let changes = upgraded.map { LockDifference(from: lock, to: $0) }
    let answers = lock.platforms.map { answer in
      let change = changes?.answers.first { $0.old == answer }
      let wheels = answer.wheels.compactMap { wheel -> OutdatedReport.Wheel? in
        guard wheel.index != nil else { return nil }
        let known = pages[wheel.name].flatMap { page in Self.known(page, wheel) }
        return OutdatedReport.Wheel(
          locked: wheel, latest: known?.latest, fitting: change?.new?.wheel(wheel.name)?.version,
          withdrawal: known?.withdrawal)
      }
      return OutdatedReport.Answer(
        locked: answer, wheels: wheels, packages: change?.packages ?? [],
        base: change?.base.flatMap { base in
          guard case .image(let old)? = base.old, case .image(let new)? = base.new else { return nil }
          return Change(old.fullName, new.fullName)
        },
        frameworks: FrameworkOutlook.all(answer, matrix: matrix))
    }
    return OutdatedReport(
      answers: answers, refusal: refusal, notes: (notes + Self.notes(pages)).removingRepetition())
  }

  /// What the indexes say of each project of a lock.
  private func pages(
    of lock: Lockfile, _ manifest: Manifest, _ progress: any ProgressSink
  ) async throws -> [ProjectName: PageFact] {
    let opened = try openIndexes(for: manifest)
    let gatherer = Gatherer(opened, nil, progress: progress)
    defer { gatherer.stop() }
    let names = Set(lock.platforms.flatMap(\.wheels).filter { $0.index != nil }.map(\.name)).sorted()
    try await gatherer.gather(
      names.filter { gatherer.page(of: $0) == nil }.map { .page($0) }, all: true)
    var pages: [ProjectName: PageFact] = [:]
    for name in names { pages[name] = gatherer.page(of: name) }
    return pages
  }

  /// What a page says of a wheel; nil where another index answers for the project than the one that the lock names.
  private static func known(
    _ fact: PageFact, _ wheel: LockedWheel
  ) -> (latest: Version?, withdrawal: OutdatedReport.Withdrawal?)? {
    switch fact {
    case .noSuchProject: return (nil, .projectGone)
    case .offline, .unauthorized: return nil
    case .page(let page, let index):
      guard index == wheel.index || wheel.index == IndexSet.findLinksName else { return nil }
      let latest = page.releases.first { release in
        (!release.version.isPrerelease || wheel.version.isPrerelease)
          && (release.wheelCount == 0
            ? release.hasSdist : page.wheels(of: release).contains { !$0.file.isYanked })
      }
      return (latest?.version, withdrawal(of: wheel, page))
    }
  }

  private static func withdrawal(of wheel: LockedWheel, _ page: ProjectPage) -> OutdatedReport.Withdrawal? {
    let release = page.releases.first { $0.version == wheel.version }
    if let built = wheel.built {
      guard let release, release.hasSdist else { return .fileGone }
      guard let file = page.source(of: release)?.file else { return nil }
      if let found = file.sha256, found != built.sha256 { return .otherBytes(found) }
      return file.yanked.map { .yanked(reason: $0.isEmpty ? nil : $0) }
    }
    let files = release.map { page.wheels(of: $0) } ?? []
    guard let file = files.first(where: { $0.name.fileName == wheel.fileName })?.file else {
      return .fileGone
    }
    if let found = file.sha256, found != wheel.sha256 { return .otherBytes(found) }
    return file.yanked.map { .yanked(reason: $0.isEmpty ? nil : $0) }
  }

  private static func notes(_ pages: [ProjectName: PageFact]) -> [String] {
    var offline = 0
    var hosts: Set<String> = []
    for (_, fact) in pages {
      switch fact {
      case .offline: offline += 1
      case .unauthorized(let host): hosts.insert(host)
      case .page, .noSuchProject: break
      }
    }
    return
      (offline > 0 ? ["of \(offline) projects the cache knows nothing, and `--offline` asks no index"] : [])
      + hosts.sorted().map { "\($0) wants credentials, so that its projects were not looked at" }
  }
}

extension LockedImage {
  /// The reference with the digest that it stood for.
  fileprivate var fullName: String { "\(reference)@\(manifest.digest)" }
}
