import Envlock
import EnvlockData
import EnvlockManifest
import EnvlockModel
import EnvlockTestSupport
import Testing

@testable import EnvlockCLI

@Suite struct CommandTests {
  @Test func `resolving writes the lock and answers with the summary`() async throws {
    let world = World(
      lock: try lock([try torchAnswer()]), notes: ["torch comes from the index pytorch-cu128"])
    var text = await world.run(["resolve", "torch==2.9.1", "--python", "3.11"])
    #expect(world.snapshot.files["envlock.lock"] == (try lock([try torchAnswer()])).canonicalText())
    text += await world.run(["lock", "torch==2.9.1", "--python", "3.11"])
    text += await world.run(["resolve", "torch==2.9.1", "-q", "-U"])
    #expect(world.snapshot.upgrades == [.none, .none, .all])
    #expect(world.snapshot.previous.map { $0 == nil } == [true, false, false])
    text += await world.run(["resolve", "torch", "-o", "other.lock", "--lock", "envlock.lock"])
    try expectGolden(text, "resolve.txt")
  }

  @Test func `a changed lock says what changed`() async throws {
    let old = try lock([try answer(roots: ["a"], wheels: [try wheel("a", "1"), try wheel("b", "1")])])
    let new = try lock([try answer(roots: ["a"], wheels: [try wheel("a", "2"), try wheel("c", "1")])])
    let files = ["envlock.lock": old.canonicalText(), "envlock.toml": "environment.requirements = ['a']"]
    let world = World(files, lock: new)
    var text = await world.run(["resolve", "--dry-run"])
    text += await world.run(["resolve", "--locked"])
    #expect(world.snapshot.files == files)
    text += await world.run(["resolve", "--frozen"])
    #expect(world.snapshot.questions.count == 2)
    text += await world.run(["resolve"])
    text += await world.run(["resolve", "--locked"])
    text += await world.run(["resolve", "--dry-run"])
    try expectGolden(text, "resolve-changes.txt")
  }

  @Test func `without a lock, locked and frozen say so`() async throws {
    let world = World(lock: try lock([try plainAnswer()]))
    let text =
      await world.run(["resolve", "alpha", "--locked"]) + world.run(["resolve", "alpha", "--frozen"])
    #expect(world.snapshot.files.isEmpty)
    try expectGolden(text, "resolve-nothing.txt")
  }

  @Test func `JSON and the lock itself go to standard output`() async throws {
    let world = World(lock: try lock([try torchAnswer()]), notes: ["a note"])
    var text = await world.run(["resolve", "torch", "--json"])
    text += await world.run(["resolve", "--frozen", "--json"])
    text += await world.run(["resolve", "torch", "-o", "-", "-q"])
    try expectGolden(text, "resolve-json.txt")
  }

  @Test func `an honest no is a proof with exit code 1`() async throws {
    let world = World(["envlock.lock": "kept"]) { _ in throw Refused() }
    var text = await World { _ in throw Refused() }.run(["resolve", "torch"])
    text += await World { _ in throw Refused() }.run(["resolve", "torch"], terminal: true)
    text += await World { _ in throw Refused() }.run(["resolve", "torch"], ["NO_COLOR": "1"], terminal: true)
    text += await World { _ in throw Refused() }.run(["resolve", "torch", "--color", "always"])
    _ = await world.run(["resolve", "torch"])
    #expect(world.snapshot.files == ["envlock.lock": "kept"])
    try expectGolden(text, "resolve-refused.txt")
  }

  @Test func `locks that cannot be used are named`() async throws {
    let good = try lock([try plainAnswer()]).canonicalText()
    var text = ""
    for bad in [
      "{", "{}", good.replacing("\"version\": 1", with: "\"version\": 9"),
      good.replacing("\"gamma\"", with: "\"delta\""),
    ] {
      let world = World(["envlock.lock": bad], lock: try lock([try plainAnswer()]))
      text += await world.run(["tree"])
      _ = await world.run(["resolve", "alpha"])
      #expect(world.snapshot.files == ["envlock.lock": bad])
    }
    try expectGolden(text, "bad-locks.txt")
  }

  @Test func `a manifest that asks for nothing is refused`() async throws {
    let world = World(["envlock.toml": ""], lock: try lock([try plainAnswer()]))
    let text = await world.run(["resolve"]) + world.run(["resolve", "-c", "c.txt"])
    try expectGolden(text, "resolve-empty.txt")
  }

  @Test func `a run can work in another folder`() async throws {
    let world = World(
      ["sub/envlock.toml": "environment.framework = 'torch'"], lock: try lock([try torchAnswer()]))
    #expect(await world.run(["resolve", "--directory", "sub"]).hasSuffix("Wrote envlock.lock\n--- exit 0\n"))
    #expect(await world.run(["tree"], ["ENVLOCK_DIRECTORY": "sub"]).hasSuffix("--- exit 0\n"))
    #expect(world.snapshot.files.keys.sorted() == ["sub/envlock.lock", "sub/envlock.toml"])
    #expect(world.snapshot.questions.first?.framework?.origin == "envlock.toml:1")
  }

  @Test func `requirements come from standard input too`() async throws {
    let world = World(["-": "numpy\n# nothing\n"], lock: try lock([try plainAnswer()]))
    _ = await world.run(["resolve", "-r", "-"])
    #expect(world.snapshot.questions.first?.requirements.map(\.origin) == ["standard input:1"])
  }

  @Test func `a tree, why something is in it, and as JSON`() async throws {
    let world = World(
      ["envlock.lock": try lock([try plainAnswer(), try plainAnswer(.linuxARM64)]).canonicalText()]
    ) { _ in throw Refused() }
    var text = ""
    for words in [
      ["tree", "--platform", "arm64"], ["tree", "--invert", "Gamma", "--depth", "1"],
      ["tree", "--invert", "gama"],
      ["tree", "--invert", "no name"], ["tree", "--depth=-1"], ["tree", "--platform", "amd64", "--json"],
      ["tree", "--target", "lab"], ["tree", "--lock", "none.lock"], ["tree", "--json", "--invert", "a"],
    ] {
      text += await world.run(words, ["LANG": "C"])
    }
    try expectGolden(text, "tree.txt")
  }

  @Test func `requirements are exported for one platform`() async throws {
    let both = try lock([try plainAnswer(), try plainAnswer(.linuxARM64)])
    let world = World(["envlock.lock": both.canonicalText()]) { _ in throw Refused() }
    var text = await world.run(["export", "requirements"])
    text += await world.run(["export", "requirements", "--platform", "arm64", "--no-hashes"])
    text += await world.run([
      "export", "requirements", "--platform", "arm64", "-o", "r.txt",
    ])
    #expect(world.snapshot.files["r.txt"]?.contains("gamma==3.0+cu128 \\\n    --hash=sha256:") == true)
    let lab = LockedTarget(name: "lab", driver: nil, gpus: ["8.0"], compatibility: nil)
    let old = LockedTarget(name: "old", driver: nil, gpus: ["7.0"], compatibility: nil)
    let split = try lock([try torchAnswer(targets: [lab]), try torchAnswer(targets: [old])])
    let other = World(["envlock.lock": split.canonicalText()]) { _ in throw Refused() }
    text += await other.run(["export", "requirements"])
    text += await other.run(["export", "requirements", "--target", "new"])
    #expect(await other.run(["export", "requirements", "--target", "old"]).hasSuffix("--- exit 0\n"))
    try expectGolden(text, "export.txt")
  }

  @Test func `a starter manifest is written once`() async throws {
    let world = World { _ in throw Refused() }
    var text = await world.run(["init"])
    text += await world.run(["init"])
    text += await world.run([
      "init", "--force", "--python", "3.13", "--framework", "tensorflow", "--directory", "sub",
    ])
    text += await world.run(["init", "--python", "3"])
    #expect(
      world.snapshot.files["envlock.toml"].map { Array($0.utf8) } == embeddedFile("templates/envlock.toml"))
    #expect(world.snapshot.files["sub/envlock.toml"]?.contains("\npython = \"3.13\"\n") == true)
    try expectGolden(text, "init.txt")
  }

  @Test(arguments: ["templates/envlock.toml", "templates/envlock-tensorflow.toml"])
  func `starter manifests can be read, also with all their comments taken off`(path: String) throws {
    let text = String(decoding: try #require(embeddedFile(path)), as: UTF8.self)
    #expect(!text.isEmpty)
    let whole = text.split(separator: "\n").map { line in
      let comment = line.drop { $0 == " " }
      let setting = comment.dropFirst("# ".count)
      let isPair = setting.drop { $0.isLowercase || $0 == "-" }.hasPrefix(" = ")
      let isElement = line.hasPrefix("  # \"")
      return comment.hasPrefix("# ")
        && (isPair || isElement || setting.hasPrefix("[") && setting.hasSuffix("]"))
        ? String(setting) : String(line)
    }.joined(separator: "\n")
    for text in [text, whole] {
      let files = FileReader { path throws(FileFault) in
        switch path {
        case "envlock.toml": Array(text.utf8)
        case "requirements.txt", "constraints.txt": []
        default: throw .notFound
        }
      }
      let manifest = try ManifestReader(files: files).read("envlock.toml").manifest
      #expect(manifest.framework != nil)
      #expect(manifest.targets.isEmpty == (text != whole))
    }
  }

  @Test func `options and files reach the engine`() async throws {
    let world = World(
      [
        "r.txt":
          "-i https://file.example/simple\n--extra-index-url https://a.example/\n-f w\n--no-index\nnumpy\n"
      ],
      lock: try lock([try plainAnswer()]))
    _ = await world.run(
      [
        "resolve", "-r", "r.txt", "--extra-index-url", "https://b.example/", "--refresh", "--cache-dir", "c",
      ], ["ENVLOCK_INDEX_URL": "https://variable.example/"])
    _ = await world.run(["resolve", "-r", "r.txt", "--index-url", "https://flag.example/", "--offline"])
    let first = try #require(world.snapshot.configurations.first)
    #expect(first.indexURL == "https://file.example/simple")
    #expect(first.extraIndexURLs == ["https://b.example/", "https://a.example/"])
    #expect(first.findLinks == ["w"] && first.noIndex && first.refresh && !first.offline)
    #expect(first.cacheDirectory == "c" && first.environment["ENVLOCK_INDEX_URL"] != nil)
    #expect(first.matrix.digestInput == Matrix.embedded.digestInput)
    let second = try #require(world.snapshot.configurations.last)
    #expect(second.indexURL == "https://flag.example/" && second.offline)
  }

  @Test func `other compatibility data come from a folder`() async throws {
    var files: [String: String] = ["m/README.md": "no data"]
    for name in Matrix.embedded.fileNames {
      files["m/" + name] = String(decoding: Matrix.embedded.bytes(of: name) ?? [], as: UTF8.self)
    }
    let world = World(files, lock: try lock([try plainAnswer()]))
    _ = await world.run(["resolve", "torch", "--matrix", "m"])
    #expect(world.snapshot.configurations.first?.matrix.fileNames == Matrix.embedded.fileNames)
    var text = await world.run(["resolve", "torch"], ["ENVLOCK_MATRIX": "none"])
    text += await World(["m/torch.json": "{"], lock: try lock([try plainAnswer()])).run([
      "resolve", "torch", "--matrix", "m",
    ])
    try expectGolden(text, "matrix.txt")
  }

  @Test func `completion scripts are printed`() async {
    for shell in ["bash", "zsh", "fish"] {
      let world = World { _ in throw Refused() }
      let text = await world.run(["completion", shell])
      #expect(text.contains("upgrade-package") && text.hasSuffix("--- exit 0\n"))
    }
  }

  @Test func `the cache's folder follows options and variables`() async {
    let world = World { _ in throw Refused() }
    #expect(await world.run(["cache", "dir"]).contains("\n/home/me/.cache/envlock\n"))
    #expect(await world.run(["cache", "dir"], ["XDG_CACHE_HOME": "/x"]).contains("\n/x/envlock\n"))
    #expect(
      await world.run(["cache", "dir"], ["XDG_CACHE_HOME": "x"]).contains("\n/home/me/.cache/envlock\n"))
    #expect(await world.run(["cache", "dir"], ["ENVLOCK_CACHE_DIR": "y"]).contains("\ny\n"))
    #expect(await world.run(["cache", "dir", "--cache-dir", "z"]).contains("\nz\n"))
  }

  @Test(
    arguments: zip(
      [
        "page-1-" + String(repeating: "ab", count: 32),
        "." + "x-" + String(repeating: "0f", count: 32) + ".12-3.tmp", "notes.txt", "x-abc", "",
      ],
      [true, true, false, false, false]))
  func `cleaning takes the cache's own files only`(name: String, isOwn: Bool) {
    #expect(CacheCleanCommand.isEntry(name) == isOwn)
  }
}
