import EnvlockDiff
import EnvlockModel
import EnvlockVersions
import Testing

@Suite struct LockDifferenceTests {
  private func only(_ old: PlatformLock, _ new: PlatformLock) throws -> AnswerDifference {
    try #require(LockDifference(from: try lock(old), to: try lock(new)).answers.first)
  }

  @Test func `a lock does not differ from itself`() throws {
    let one = try lock(answer(base: base([package("git", "1")]), wheel("app", "1")))
    #expect(LockDifference(from: one, to: one).isEmpty)
  }

  @Test func `each wheel says what happened to it`() throws {
    let difference = try only(
      answer(
        wheel("bytes", "1", bytes: 1), wheel("build", "1", tag: "1-py3-none-any"), wheel("gone", "1"),
        wheel("needs", "1"), wheel("new", "1.9"), wheel("old", "1.10"), wheel("place", "1"),
        wheel("same", "1")),
      answer(
        wheel("added", "1"), wheel("bytes", "1", bytes: 2), wheel("build", "1", tag: "2-py3-none-any"),
        wheel("needs", "1", needs: ["same"]), wheel("new", "1.10"), wheel("old", "1.9"),
        wheel("place", "1", index: "internal"), wheel("same", "1")))
    #expect(
      difference.wheels.map { "\($0.name) \($0.change.rawValue)" } == [
        "added added", "build other-file", "bytes other-bytes", "gone removed", "needs other-facts",
        "new upgraded", "old downgraded", "place other-source",
      ])
    #expect(difference.bytes == nil)
  }

  @Test func `a local version is newer than its public one, and the other way round is a downgrade`() throws {
    let up = try only(answer(wheel("torch", "2.9.1")), answer(wheel("torch", "2.9.1+cu126")))
    let down = try only(answer(wheel("torch", "2.9.1+cu128")), answer(wheel("torch", "2.9.1+cu126")))
    #expect(up.wheels.map(\.change) == [.upgraded])
    #expect(down.wheels.map(\.change) == [.downgraded])
  }

  @Test func `packages of Debian are compared by Debian's order`() throws {
    let difference = try only(
      answer(
        base: base([package("a", "1.0~rc1"), package("b", "1"), package("c", "1:1"), package("d", "1")])),
      answer(
        base: base([package("a", "1.0"), package("b", "1", bytes: 2), package("c", "2"), package("e", "1")])))
    #expect(
      difference.packages.map { "\($0.name) \($0.change.rawValue)" } == [
        "a upgraded", "b other-bytes", "c downgraded", "d removed", "e added",
      ])
    #expect(difference.base == nil)
  }

  @Test func `another suite is another base`() throws {
    let difference = try only(answer(base: base([])), answer(base: base([], suite: "trixie")))
    #expect(difference.base != nil)
    #expect(try only(answer(), answer(base: base([]))).base?.old == nil)
  }

  @Test func `a build with fewer kernels loses compute capabilities, and PTX gains all newer ones`() throws {
    let difference = try only(
      answer(
        strata: strata(
          [framework("2.9.1", cuda: "12.8", kernels: ["7.0", "7.5", "8.6", "9.0"])], cuda: "12.8",
          driver: ("570.26", "525.60.13"))),
      answer(
        strata: strata(
          [framework("2.15.0", cuda: "13.0", kernels: ["7.5", "8.0", "10.0"], ptx: ["10.0"])], cuda: "13.0",
          driver: ("580.65.06", nil))))
    let framework = try #require(difference.levels.frameworks.first)
    #expect(framework.lostCapabilities.map(\.description) == ["7.0", "9.0"])
    #expect(framework.gainedCapabilities.map(\.description) == ["8.0", "10.0"])
    #expect(difference.levels.lowestDriver?.old?.description == "525.60.13")
    #expect(difference.levels.lowestDriver?.new?.description == "580.65.06")
    #expect(difference.levels.cuda != nil)
  }

  @Test func `where nothing is known of a build's kernels, none is lost`() throws {
    let known = try framework("2.9.1", cuda: "12.8", kernels: ["7.0"])
    let unknown = try framework("2.99", cuda: "14.0", kernels: [], ptx: nil)
    let difference = try only(answer(strata: strata([known])), answer(strata: strata([unknown])))
    #expect(difference.levels.frameworks.first?.lostCapabilities == [])
  }

  @Test func `platforms come and go`() throws {
    let difference = LockDifference(
      from: try lock(answer(wheel("app", "1"))), to: try lock(answer(on: .linuxARM64, wheel("app", "1"))))
    #expect(difference.answers.map(\.platform) == [.linuxARM64, .linuxAMD64])
    #expect(difference.answers.map { $0.old == nil } == [true, false])
    #expect(difference.answers.map { $0.new == nil } == [false, true])
  }

  @Test func `targets that are split stand against the answer that they shared`() throws {
    let (lab, cloud) = (try target("lab"), try target("cloud"))
    let shared = try lock(answer(targets: [lab, cloud], wheel("app", "1")))
    let split = try lock(
      answer(targets: [lab], wheel("app", "1")), answer(targets: [cloud], wheel("app", "2")))
    let difference = LockDifference(from: shared, to: split)
    #expect(difference.answers.map { $0.wheels.count } == [0, 1])
    #expect(difference.answers.allSatisfy { $0.old != nil })
    let back = LockDifference(from: split, to: shared)
    #expect(back.answers.map { $0.new == nil } == [false, true])
  }

  @Test func `what is asked for is compared entry by entry`() throws {
    let difference = LockDifference(
      from: try lock(answer(), asked: ["app", "old"], also: ["cuda": "12.8", "split": false]),
      to: try lock(answer(), asked: ["app", "new"], also: ["python": "3.11", "split": false]))
    #expect(difference.request.map(\.key) == ["cuda", "python", "requirements"])
    #expect(
      difference.request.map(\.kind) == [
        .value(old: "12.8", new: nil), .value(old: nil, new: "3.11"),
        .list(removed: ["old"], added: ["new"]),
      ])
  }

  @Test func `an image is compared by its levels alone`() throws {
    let one = try lock(
      answer(
        python: "3.11", strata: strata(cuda: "12.8"), base: base([package("git", "1")]), wheel("app", "1")))
    let image = try lock(answer(python: "3.11.2", strata: strata(cuda: "12.8")), asked: [])
    #expect(LockDifference(from: image, to: one, scope: .levels).isEmpty)
    let other = try lock(answer(python: "3.12.1", strata: strata(cuda: "12.9")), asked: [])
    let levels = try #require(LockDifference(from: other, to: one, scope: .levels).answers.first).levels
    #expect(levels.python != nil && levels.cuda != nil)
  }

  @Test func `a size that alone is another is a difference all the same`() throws {
    let difference = try only(answer(wheel("app", "1", size: 1)), answer(wheel("app", "1", size: 2)))
    #expect(difference.wheels.map(\.change) == [.otherFacts])
    #expect(difference.bytes?.new == 2)
  }
}
