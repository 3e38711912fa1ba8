import Envlock
import EnvlockDiff
import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockCLI

/// Two locks of the same request before and after an upgrade.
enum DiffSample {
  static func targets(_ compatibility: DriverCompatibility) throws -> [LockedTarget] {
    [
      LockedTarget(
        name: "lab", driver: try DriverVersion("550.54.15"), gpus: ["V100-SXM2-16GB"],
        compatibility: compatibility),
      LockedTarget(
        name: "new", driver: try DriverVersion("580.95.05"), gpus: ["A100-SXM4-80GB"], compatibility: .full),
    ]
  }

  private static func package(_ name: String, _ version: String, _ byte: UInt8) throws -> LockedDebianPackage
  {
    LockedDebianPackage(
      name: name, version: try DebianVersion(version), architecture: "amd64", archive: .main,
      path: "pool/main/\(name)_\(version)_amd64.deb", sha256: try digest(byte), size: 300_000,
      dependencies: [])
  }

  private static func base(_ packages: [LockedDebianPackage]) throws -> LockedBase {
    LockedBase(
      system: .debian(
        LockedDebian(
          suite: "bookworm", security: true, essential: ["libc6"], requested: ["git"],
          packages: packages + [try package("python3.11", "3.11.2-6+deb12u6", 9)])),
      interpreter: LockedInterpreter(version: try Version("3.11.2"), origin: .debian(package: "python3.11")))
  }

  static func old() throws -> Lockfile {
    var answer = try torchAnswer(targets: targets(.minorVersion))
    answer.base = try base([
      package("git", "1:2.39.5-0+deb12u2", 1), package("libc6", "2.36-9+deb12u10", 2),
      package("perl", "5.36.0-7", 3),
    ])
    return try lock([answer], request: ["requirements": ["torch==2.9.1"], "split": false])
  }

  static func new() throws -> Lockfile {
    let wheels = try torchAnswer().wheels.map { old -> LockedWheel in
      switch old.name.text {
      case "torch":
        return try wheel(
          "torch", "2.15.0", size: 950_000_000, needs: old.dependencies.map(\.description),
          tag: "cp311-cp311-manylinux_2_28_x86_64")
      case "sympy": return try wheel("sympy", "1.13.3", needs: ["mpmath"])
      case "markupsafe":
        return LockedWheel(
          name: old.name, version: old.version, fileName: old.fileName, sha256: try digest(0xEE),
          size: old.size, index: old.index, url: nil, dependencies: [])
      case "networkx": return try wheel("networkx", "3.6", tag: "1-py3-none-any")
      default: return old
      }
    }
    var answer = try answer(
      frameworks: [
        try framework(
          "torch", "2.15.0", cuda: "13.0", kernels: ["7.5", "8.0", "8.6", "9.0", "10.0", "12.0"], ptx: [])
      ], cuda: "13.0", cudnn: "9.10.2.21", nccl: "2.27.5", driver: ("580.65.06", nil),
      targets: targets(.full),
      roots: ["torch", "tqdm"], wheels: wheels + [try wheel("tqdm", "4.67.1", size: 78_000)])
    answer.base = try base([
      package("git", "1:2.39.5-0+deb12u3", 4), package("libc6", "2.36-9+deb12u10", 5),
    ])
    return try lock(
      [answer], request: ["exclude-newer": "P7D", "requirements": ["torch==2.15.0", "tqdm"], "split": false])
  }
}

@Suite struct DiffCommandTests {
  private func world(_ files: [String: String] = [:], git: GitReading = .nothing) throws -> World {
    let locks = [
      "old.lock": try DiffSample.old().canonicalText(), "new.lock": try DiffSample.new().canonicalText(),
    ]
    return World(locks.merging(files) { $1 }, git: git) { _, _, _, _, _ in throw Refused() }
  }

  @Test func `an upgrade is told from the GPUs up, for people`() async throws {
    let world = try world()
    var text = await world.run(["diff", "old.lock", "new.lock"])
    text += await world.run(["diff", "new.lock", "old.lock", "--driver", "550.54.15", "--gpu", "V100"])
    text += await world.run(["diff", "old.lock", "new.lock", "--color", "always"])
    try expectGolden(text, "diff-text.txt")
  }

  @Test func `for a pull request it is Markdown`() async throws {
    let world = try world()
    var text = await world.run(["diff", "old.lock", "new.lock", "--markdown"])
    text += await world.run(["diff", "old.lock", "old.lock", "--markdown"])
    try expectGolden(text, "diff-markdown.txt")
  }

  @Test func `for programs it is JSON`() async throws {
    try expectGolden(await world().run(["diff", "old.lock", "new.lock", "--json"]), "diff-json.txt")
  }

  @Test func `text of others stays text in Markdown`() throws {
    let target = LockedTarget(
      name: "@lab <b>|[x](y)", driver: try DriverVersion("550.54.15"), gpus: [], compatibility: nil)
    let old = try lock([try answer(targets: [target], roots: ["a"], wheels: [try wheel("a", "1")])])
    let new = try lock([try answer(roots: ["a"], wheels: [try wheel("a", "1", index: "a|b `c`")])])
    let text = RenderDiffMarkdown.text(
      DiffOutcome(
        titles: ("old", "<new>"), locks: (old, new), difference: LockDifference(from: old, to: new),
        consequences: []))
    #expect(
      !text.contains("<b>") && !text.contains("@lab") && !text.contains("a|b") && !text.contains("<new>"))
  }

  @Test func `answers that come, go and are split`() async throws {
    let amd = try answer(roots: ["a"], wheels: [try wheel("a", "1")])
    let arm = try answer(.linuxARM64, roots: ["a"], wheels: [try wheel("a", "1")])
    let world = try world([
      "amd.lock": lock([amd]).canonicalText(), "arm.lock": lock([arm]).canonicalText(),
    ])
    var text = await world.run(["diff", "amd.lock", "arm.lock"])
    text += await world.run(["diff", "amd.lock", "arm.lock", "--markdown"])
    try expectGolden(text, "diff-platforms.txt")
  }

  @Test func `a size that reads the same is not told`() async throws {
    func text(_ version: String, size: Int) throws -> String {
      let wheels = [
        try wheel("six", version, size: size), try wheel("torch", "2.9.1", size: 900_000_000),
      ]
      return try lock([try answer(roots: ["six", "torch"], wheels: wheels)]).canonicalText()
    }
    let world = try world(["a.lock": text("1.16", size: 20_000), "b.lock": text("1.17", size: 21_000)])
    let said = await world.run(["diff", "a.lock", "b.lock"])
    #expect(said.contains("six  1.16 → 1.17"))
    #expect(!said.contains("to fetch"))
  }

  @Test func `equal locks are equal, and the exit code says it where that is asked for`() async throws {
    let world = try world()
    #expect(
      await world.run(["diff", "old.lock", "old.lock", "--exit-code"])
        == "$ envlock diff old.lock old.lock --exit-code\n--- stderr\nold.lock and old.lock are the same\n--- exit 0\n"
    )
    #expect(await world.run(["diff", "old.lock", "new.lock", "--exit-code"]).hasSuffix("--- exit 1\n"))
    #expect(await world.run(["diff", "old.lock", "new.lock"]).hasSuffix("--- exit 0\n"))
  }

  @Test func `an image tells its levels`() async throws {
    let levels = try lock([
      try answer(
        python: "3.11.2", frameworks: torchAnswer().strata.frameworks, cuda: "12.8", cudnn: "9.10.2.21",
        nccl: "2.27.5", driver: ("570.26", "525.60.13"), roots: [], wheels: [])
    ])
    var images = ImageReading.live
    images.told = { _ in ToldLock(levels, isWhole: false) }
    let files = [
      "old.lock": try DiffSample.old().canonicalText(), "new.lock": try DiffSample.new().canonicalText(),
    ]
    let world = World(files, images: images, imagePaths: ["image"]) { _, _, _, _, _ in throw Refused() }
    var text = await world.run(["diff", "image", "new.lock"])
    text += await world.run(["diff", "image", "old.lock"])
    try expectGolden(text, "diff-image.txt")
  }

  @Test func `an image that holds its lock tells its wheels, on the disk and in a registry`() async throws {
    let (old, new) = (try DiffSample.old(), try DiffSample.new())
    var images = ImageReading.live
    images.told = { _ in ToldLock(new, isWhole: true) }
    images.registry.told = { reference, configuration in
      guard "\(reference)" == "registry.example.com/lab/resnet:1", configuration.offline else {
        throw Refused()
      }
      return ToldLock(old, isWhole: true)
    }
    let files = ["old.lock": old.canonicalText(), "new.lock": new.canonicalText()]
    let world = World(files, images: images, imagePaths: ["image"]) { _, _, _, _, _ in throw Refused() }
    let reference = "registry.example.com/lab/resnet:1"
    let text = await world.run(["diff", reference, "image", "--offline"])
    #expect(text.contains("\n\(reference) → image\n"))
    let locks = await world.run(["diff", "old.lock", "new.lock"])
    #expect(
      text.split(separator: "\n").dropFirst(3).elementsEqual(locks.split(separator: "\n").dropFirst(3)))
    #expect(text.contains("wheels  "))
    // What names no registry is a revision.
    #expect(await world.run(["diff", "lab/resnet:1", "image"]).contains("git"))
  }

  @Test func `revisions are asked of git, and what it lacks is named`() async throws {
    let old = Array(try DiffSample.old().canonicalText().utf8)
    let git = GitReading { expression, _, _ throws(GitFault) in
      switch expression {
      case "HEAD:./envlock.lock", "main:dir/x.lock", ":dir/x.lock", "HEAD:./sub/a.lock": .file(old)
      case "HEAD", "main": .other(kind: "commit")
      case "main:dir": .other(kind: "tree")
      case "main:bad.lock": .file(Array("{}".utf8))
      case "broken": throw .failed(["fatal: detected dubious ownership in repository at '/app'"])
      default: .missing
      }
    }
    let world = try world(["envlock.lock": DiffSample.new().canonicalText()], git: git)
    var text = ""
    for words in [
      ["diff", "-q"], ["diff", "main:dir/x.lock"], ["diff", "HEAD", "main:dir/x.lock"],
      ["diff", ":dir/x.lock"],
      ["diff", "HEAD", "HEAD", "--lock", "sub/a.lock"], ["diff", "nope"], ["diff", "main"],
      ["diff", "HEAD:b.lock"],
      ["diff", "main:dir"], ["diff", "main:bad.lock"], ["diff", ":nope"], ["diff", "broken:x"],
      ["diff", "old.lock", "--lock", "none.lock"], ["diff", "--json", "--markdown"],
      ["diff", "a", "b", "--textconv"], ["diff", "a", "b", "c"],
    ] {
      let whole = await world.run(words)
      // What differs is told elsewhere.
      let lines = whole.split(separator: "\n", omittingEmptySubsequences: false)
      text +=
        (lines.prefix(3) + (lines.count > 12 ? ["…"] : lines.dropFirst(3).dropLast())).joined(separator: "\n")
        + "\n"
    }
    text += try await self.world().run(["diff"])
    text += try await self.world(git: GitReading { _, _, _ throws(GitFault) in throw .notInstalled }).run([
      "diff", "x", "y",
    ])
    try expectGolden(text, "diff-git.txt")
  }

  @Test func `for git, a lock has a line for each artifact, and what is no lock stays as it is`() async throws
  {
    let world = try world(["bad.lock": "<<<<<<< ours\n"])
    var text = await world.run(["diff", "--textconv", "new.lock"])
    text += await world.run(["diff", "--textconv", "bad.lock"])
    text += await world.run(["diff", "--textconv", "none.lock"])
    try expectGolden(text, "diff-textconv.txt")
  }
}

@Suite struct MergeLockTests {
  private func lock(lib: String = "1", tool: String = "1") throws -> Lockfile {
    try EnvlockCLITests.lock([
      try answer(
        roots: ["app"],
        wheels: [
          try wheel("app", "1", needs: ["lib", "tool"]), try wheel("lib", lib), try wheel("tool", tool),
        ])
    ])
  }

  private func world(_ ours: Lockfile, _ theirs: Lockfile) throws -> World {
    World(
      [
        "O": try lock().canonicalText(), "A": ours.canonicalText(), "B": theirs.canonicalText(),
        "envlock.toml": "environment.requirements = ['app']",
      ], lock: try lock(lib: "3", tool: "2"))
  }

  @Test func `what can be merged replaces our side`() async throws {
    let world = try world(lock(lib: "2"), lock(tool: "2"))
    #expect(
      await world.run(["merge-lock", "O", "A", "B", "envlock.lock"]).hasSuffix("B envlock.lock\n--- exit 0\n")
    )
    #expect(world.snapshot.files["A"] == (try lock(lib: "2", tool: "2")).canonicalText())
  }

  @Test func `what cannot is a conflict, which resolve mends with what both sides chose`() async throws {
    let world = try world(lock(lib: "2", tool: "2"), lock(lib: "3"))
    var text = await world.run(["merge-lock", "O", "A", "B", "envlock.lock"])
    for words in [
      ["tree", "--lock", "A"], ["resolve", "--lock", "A", "--locked"],
      ["resolve", "--lock", "A", "--frozen"],
      ["resolve", "--lock", "A"], ["resolve", "--lock", "A", "--locked"],
    ] {
      text += await world.run(words)
    }
    let kept = world.snapshot.previous.first??.platforms[0].wheels.map { "\($0.name) \($0.version)" }
    #expect(kept == ["app 1", "lib 2", "tool 2"])
    #expect(world.snapshot.files["A"] == (try lock(lib: "3", tool: "2")).canonicalText())
    try expectGolden(text, "merge-lock.txt")
  }

  @Test func `sides that are no locks are kept whole, and the error says what to do`() async throws {
    let world = World(["O": "", "A": "{", "B": "}", "envlock.toml": "environment.requirements = ['app']"]) {
      _ in throw Refused()
    }
    var text = await world.run(["merge-lock", "O", "A", "B"])
    #expect(world.snapshot.files["A"] == "<<<<<<< ours\n{\n||||||| base\n=======\n}\n>>>>>>> theirs\n")
    text += await world.run(["resolve", "--lock", "A"])
    text += await world.run(["merge-lock", "O", "A", "missing"])
    try expectGolden(text, "merge-lock-faults.txt")
  }
}
