import Envlock
import EnvlockDiff
import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Synchronization
import Testing

@testable import EnvlockCLI

@Suite struct OutdatedCommandTests {
  private func report(withdrawn: Bool = true, refusal: String? = nil) throws -> OutdatedReport {
    let locked = try torchAnswer()
    func wheel(
      _ name: String, fits: String?, latest: String?, _ withdrawal: OutdatedReport.Withdrawal? = nil
    ) throws -> OutdatedReport.Wheel {
      OutdatedReport.Wheel(
        locked: try #require(locked.wheel(try ProjectName(name))), latest: try latest.map { try Version($0) },
        fitting: try fits.map { try Version($0) }, withdrawal: withdrawn ? withdrawal : nil)
    }
    return OutdatedReport(
      answers: [
        OutdatedReport.Answer(
          locked: locked,
          wheels: [
            try wheel(
              "jinja2", fits: "3.1.6", latest: "3.1.6", .yanked(reason: "breaks\u{1B}[31m templates")),
            try wheel("markupsafe", fits: "3.0.3", latest: "3.0.3"),
            try wheel("mpmath", fits: "1.3.0", latest: "1.4.0", .otherBytes(try digest(0xAB))),
            try wheel("networkx", fits: nil, latest: nil, .projectGone),
            try wheel("sympy", fits: withdrawn ? "1.15.0" : "1.14.0", latest: "1.15.0", .fileGone),
            try wheel("torch", fits: withdrawn ? "2.10.0" : "2.9.1", latest: "2.15.0"),
          ], packages: [], base: nil,
          frameworks: [
            FrameworkOutlook(
              name: try ProjectName("torch"), locked: try Version("2.9.1"),
              releases: [
                FrameworkOutlook.Release(
                  version: try Version("2.15.0"), cuda: try CUDAVersion("13.0"),
                  driver: try DriverVersion("580.65.06"), needsNewerDriver: true,
                  lostCapabilities: [try ComputeCapability("7.0")], unfitTargets: ["lab"]),
                FrameworkOutlook.Release(
                  version: try Version("2.10.0"), cuda: try CUDAVersion("12.8"),
                  driver: try DriverVersion("525.60.13"), needsNewerDriver: false, lostCapabilities: [],
                  unfitTargets: []),
              ])
          ])
      ], refusal: refusal, notes: ["a note"])
  }

  private func world(_ report: OutdatedReport, _ files: [String: String] = [:]) throws -> World {
    let lock = try lock([try torchAnswer()], request: Manifest().canonical())
    return World(
      ["envlock.lock": lock.canonicalText()].merging(files) { $1 }, outdated: { _, _, _, _ in report }
    ) { _, _, _, _, _ in throw Refused() }
  }

  @Test func `what is newer, what fits and what was withdrawn`() async throws {
    var text = await (try world(report())).run(["outdated"])
    text += await (try world(report())).run(["outdated", "--json", "--exit-code"])
    text += await (try world(report(withdrawn: false))).run(["outdated", "--exit-code"])
    text += await (try world(report(refusal: "torch needs numpy<2"))).run(["outdated", "--exit-code", "-q"])
    try expectGolden(text, "outdated.txt")
  }

  @Test func `direct references are named, because no index tells newer ones`() async throws {
    let locked = try answer(
      roots: ["ourlib", "tools"],
      wheels: [
        try wheel("ourlib", "1.2", index: nil, url: "https://files.example.com/ourlib-1.2-py3-none-any.whl"),
        try wheel("tools", "0.9", index: nil, url: "dist/tools-0.9-py3-none-any.whl"),
      ])
    let report = OutdatedReport(
      answers: [
        OutdatedReport.Answer(locked: locked, wheels: [], packages: [], base: nil, frameworks: [])
      ], refusal: nil, notes: [])
    let lock = try lock([locked], request: Manifest().canonical())
    let world = World(["envlock.lock": lock.canonicalText()], outdated: { _, _, _, _ in report }) {
      _, _, _, _, _ in throw Refused()
    }
    var text = await world.run(["outdated", "--exit-code"])
    text += await world.run(["outdated", "--json"])
    try expectGolden(text, "outdated-direct.txt")
  }

  @Test func `it asks as the lock was asked for, where the manifest's indexes are`() async throws {
    let asked = Mutex<[Manifest]>([])
    var manifest = Manifest(requirements: [SourcedRequirement(try Requirement("torch"), origin: "x")])
    manifest.indexes = [IndexDeclaration(name: "internal")]
    let lock = try lock([try torchAnswer()], request: manifest.canonical())
    let report = try report()
    let world = World(
      [
        "envlock.lock": lock.canonicalText(),
        "envlock.toml": """
        environment.requirements = ["numpy"]
        [[index]]
        name = "internal"
        url = "https://wheels.example.com/simple"
        """,
      ],
      outdated: { _, _, manifest, _ in
        asked.withLock { $0.append(manifest) }
        return report
      }
    ) { _, _, _, _, _ in throw Refused() }
    let text = await world.run(["outdated"])
    #expect(text.contains("note: envlock.lock is out of date"))
    let question = try #require(asked.withLock { $0.first })
    #expect(question.excludeNewer == nil)
    #expect(question.requirements.map(\.requirement.description) == ["torch"])
    #expect(question.requirements.map(\.origin) == ["envlock.lock"])
    #expect(question.indexes.map(\.url) == ["https://wheels.example.com/simple"])
    _ = await world.run(["outdated", "--exclude-newer", "7 days"])
    #expect(asked.withLock { $0.last }?.excludeNewer == (try UploadCutoff("7 days")))
  }

  @Test func `wrong use and bad locks are named`() async throws {
    let world = try world(report(), ["bad.lock": try lock([try torchAnswer()]).canonicalText()])
    var text = await world.run(["outdated", "--refresh", "--offline"])
    text += await world.run(["outdated", "--exclude-newer", "a week"])
    text += await world.run(["outdated", "--lock", "none.lock"])
    text += await world.run(["outdated", "--lock", "bad.lock"])
    try expectGolden(text, "outdated-faults.txt")
  }
}
