import Envlock
import EnvlockDiff
import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

/// What is newer than a lock, and what of it was withdrawn.
@Suite struct OutdatedTests {
  private let index: TestIndex
  private let asker: Asker

  init() throws {
    index = try TestIndex()
    asker = try Asker(index)
    index.add("app", "1.0", needs: ["lib", "tool<2"]).add("lib", "1.0").add("tool", "1.0")
  }

  private func report(
    _ lock: Lockfile, _ manifest: Manifest, configure: (inout Configuration) -> Void = { _ in }
  ) async throws -> OutdatedReport {
    var configuration = asker.configuration
    configuration.refresh = true
    configure(&configuration)
    return try await Engine(configuration).outdated(lock, manifest: manifest)
  }

  /// "app 1.0, fits 1.0, latest 2.0".
  private func lines(_ report: OutdatedReport) -> [String] {
    report.answers.flatMap(\.wheels).map { wheel in
      "\(wheel.locked.name) \(wheel.locked.version), fits \(wheel.fitting?.description ?? "none"), latest "
        + (wheel.latest?.description ?? "unknown")
    }
  }

  @Test func `the newest is told, and the newest that fits`() async throws {
    let question = try manifest("app")
    let lock = try await asker.resolve(question).lock
    #expect(try await !report(lock, question).isOutdated)
    index.add("lib", "1.1").add("lib", "2.0rc1").add("tool", "1.5").add("tool", "2.0")
    let found = try await report(lock, question)
    #expect(
      lines(found) == [
        "app 1.0, fits 1.0, latest 1.0", "lib 1.0, fits 1.1, latest 1.1", "tool 1.0, fits 1.5, latest 2.0",
      ])
    #expect(found.isOutdated)
  }

  @Test func `what fits only is what the cut-off lets through`() async throws {
    let question = try manifest("app") { $0.excludeNewer = try UploadCutoff("2026-02-01") }
    let lock = try await asker.resolve(question).lock
    index.add("lib", "2.0") { $0.uploaded = "2026-06-01T00:00:00Z" }
    #expect(try await lines(report(lock, question))[1] == "lib 1.0, fits 1.0, latest 2.0")
  }

  @Test func `yanked, withdrawn and exchanged files are flagged`() async throws {
    index.add("other", "1.0").add("gone", "1.0").add("fine", "1.0")
    let question = try manifest("app", "other", "gone", "fine")
    let lock = try await asker.resolve(question).lock
    let changed = try TestIndex()
    changed.add("app", "1.0", needs: ["lib", "tool<2"]) { $0.yanked = "broken metadata" }
    changed.add("lib", "1.0") { $0.yanked = "bad" }
    changed.add("tool", "0.9").add("fine", "1.0")
    changed.add("other", "1.0") { $0.padding = 100 }
    let found = try await report(lock, question) { $0.indexURL = changed.url() }
    let withdrawals = found.answers[0].wheels.map(\.withdrawal)
    #expect(withdrawals[0] == .yanked(reason: "broken metadata"))
    #expect(withdrawals[1] == nil)
    #expect(withdrawals[2] == .projectGone)
    #expect(withdrawals[3] == .yanked(reason: "bad"))
    guard case .otherBytes = withdrawals[4] else {
      Issue.record("other has \(String(describing: withdrawals[4]))")
      return
    }
    #expect(withdrawals[5] == .fileGone)
    #expect(found.refusal != nil)
    #expect(found.isOutdated)
  }

  @Test func `wheels of an address and of the disk are told apart from those of an index`() async throws {
    let near = try asker.folder.put(
      WheelBuilder(name: "near", version: "1.0").build(), "dist/near-1.0-py3-none-any.whl")
    let far = WheelBuilder(name: "far", version: "2.0").build()
    index.serve("/w/far-2.0-py3-none-any.whl") { .file(far, for: $0) }
    // What an index has under such a name says nothing of them.
    index.add("near", "3.0")
    let question = try manifest(
      "app", "near @ \(near)", "far @ \(index.url("/w/far-2.0-py3-none-any.whl"))")
    let found = try await report(try await asker.resolve(question).lock, question)
    #expect(found.answers[0].directReferences.map(\.name.text) == ["far", "near"])
    #expect(found.answers[0].wheels.map(\.locked.name.text) == ["app", "lib", "tool"])
    #expect(!found.isOutdated)
  }

  @Test func `offline, the cache answers, or nothing does`() async throws {
    let question = try manifest("app")
    let lock = try await asker.resolve(question).lock
    index.add("lib", "2.0")
    let known = try await report(lock, question) { ($0.refresh, $0.offline) = (false, true) }
    #expect(lines(known)[1] == "lib 1.0, fits 1.0, latest 1.0")
    let error = await #expect(throws: (any Error).self) {
      _ = try await self.report(lock, question) {
        ($0.refresh, $0.offline, $0.cacheDirectory) = (false, true, nil)
      }
    }
    #expect((error as? any UserFacingError)?.kind == .couldNotFindOut)
  }

  @Test func `newer releases of a framework say which driver they need, and which GPUs they lose`()
    async throws
  {
    let matrix = Matrix.embedded
    let torch = try ProjectName("torch")
    let version = try Version("2.4.1")
    let build = try #require(
      matrix.frameworkBuilds(project: torch, version: version, platform: .linuxAMD64).first)
    let floor = build.cuda.map { matrix.driverNeeded(for: $0) }
    let wheel = LockedWheel(
      name: torch, version: version, fileName: "torch-2.4.1-cp311-cp311-manylinux1_x86_64.whl",
      sha256: try Digest(sha256Hex: String(repeating: "a", count: 64)), size: nil, index: "default", url: nil,
      dependencies: [])
    let answer = PlatformLock(
      platform: .linuxAMD64, python: try PythonVersion("3.11"),
      strata: Strata(
        frameworks: [
          FrameworkStratum(
            name: torch, version: version, cuda: build.cuda, kernels: build.kernels, ptx: build.ptx, added: []
          )
        ], cuda: build.cuda, cudnn: nil, nccl: nil, glibc: try Version("2.28"),
        driver: DriverFloor(full: floor?.full, minorCompatibility: floor?.minorCompatibility)),
      targets: [
        LockedTarget(
          name: "lab", driver: try DriverVersion("535.104.05"), gpus: ["V100"], compatibility: .minorVersion)
      ], roots: [LockedEdge(name: torch)], wheels: [wheel])
    let question = try manifest("torch==2.4.1")
    let lock = Lockfile(
      manifest: wheel.sha256, matrix: wheel.sha256, request: question.canonical(), platforms: [answer])
    let found = try await report(lock, question)
    let outlook = try #require(found.answers[0].frameworks.first)
    let far = try #require(outlook.releases.first { $0.cuda.map { $0.major >= 13 } ?? false })
    #expect(far.needsNewerDriver)
    #expect(far.unfitTargets == ["lab"])
    #expect(far.lostCapabilities.contains { $0.description == "7.0" })
    let near = try #require(outlook.releases.last)
    #expect(near.unfitTargets.isEmpty)
    #expect(outlook.releases.map(\.version) == outlook.releases.map(\.version).sorted(by: >))
    // The index has no torch at all.
    #expect(found.answers[0].wheels.map(\.withdrawal) == [.projectGone])
  }
}
