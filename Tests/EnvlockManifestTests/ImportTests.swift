import EnvlockManifest
import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockManifest

/// What a file of another tool says, and where that is followed to.
@Suite struct ImportTests {
  /// The file, read from memory; YAML comes as the values that stand in it.
  private func read(
    _ name: String, _ text: String, _ others: [String: String] = [:], yaml: [JSONValue] = [],
    as format: ImportFormat? = nil
  ) throws -> ImportedLock {
    let all = others.merging([name: text]) { $1 }
    return try ImportReader(files: files(all), variable: { _ in nil }, yaml: { _, _ in yaml }).read(
      name, as: format)
  }

  private func described(
    _ lock: ImportedLock, _ python: String = "3.12", _ platform: Platform = .linuxAMD64,
    _ change: (inout ImportChoice) throws -> Void = { _ in }
  ) throws -> String {
    var choice = ImportChoice()
    try change(&choice)
    try lock.check(choice)
    let selection = lock.selection(platform, try PythonVersion(python), choice)
    var lines: [String] = []
    for root in lock.roots(choice, [selection]) {
      lines.append("asks for \(URLCredentials.redacted(root.requirement.description)) (\(root.origin))")
    }
    for package in selection.packages.values.sorted(by: { $0.name < $1.name }) {
      let hashes = package.wheels.sorted().map { String($0.hex.prefix(1)) }.joined(separator: " ")
      let version = package.version?.description ?? "?"
      lines.append(
        "\(package.isBound ? "bounds" : "pins") \(package.name) \(version)\(hashes.isEmpty ? "" : " #" + hashes) "
          + "(\(package.origin))")
    }
    lines += selection.folders.map { "own \($0.name) (\($0.origin))" }
    lines += selection.refusals.map { "refuses \($0.text); \($0.hint)" }
    lines += lock.leftOut.map { "leaves out \($0)" }
    return lines.joined(separator: "\n") + "\n"
  }

  private func name(_ text: String) throws -> ExtraName { try ExtraName(text) }

  @Test func `a lock of uv is followed from its projects, for one Python and platform`() throws {
    let lock = try read("uv.lock", ImportSamples.uvLock)
    #expect(lock.project == "app")
    #expect(lock.prerelease == .allow)
    var text = "3.12:\n" + (try described(lock))
    text += "3.11:\n" + (try described(lock, "3.11", .linuxARM64))
    text += "3.9:\n" + (try described(lock, "3.9"))
    text += "with the extra cpu and the group dev:\n"
    text += try described(lock) {
      $0.extras = [try name("cpu")]
      $0.groups = [try name("dev")]
    }
    text += "with the extra gpu:\n" + (try described(lock) { $0.extras = [try name("gpu")] })
    text += "with both extras, which exclude each other:\n"
    text += try described(lock) { $0.extras = [try name("cpu"), try name("gpu")] }
    text += "the member tools:\n" + (try described(lock) { $0.project = try ProjectName("tools") })
    try expectGolden(text, "import-uv.txt")
  }

  @Test func `sources that are no index are named one by one`() throws {
    let lock = try read("app/uv.lock", ImportSamples.uvSources)
    var text = try described(lock)
    text += "without gitpkg and archived:\n"
    text += try described(lock) { $0.without = [try ProjectName("gitpkg"), try ProjectName("archived")] }
    try expectGolden(text, "import-uv-sources.txt")
  }

  @Test func `a workspace without a project at its root stands for all its members`() throws {
    let text = ImportSamples.uvLock.replacing("editable = \".\"", with: "editable = \"packages/app\"")
    let lock = try read("uv.lock", text)
    #expect(lock.projects.map { lock.packages[$0].name.text } == ["app", "tools"])
    #expect(lock.project == nil)
  }

  @Test func `a pylock.toml is a list with markers`() throws {
    let lock = try read("app/pylock.toml", ImportSamples.pylock)
    var text = "3.12:\n" + (try described(lock))
    text += "3.11, with the extra gpu and the group dev:\n"
    text += try described(lock, "3.11") {
      $0.extras = [try name("gpu")]
      $0.groups = [try name("dev")]
    }
    text += "3.13:\n" + (try described(lock, "3.13"))
    text += "3.10:\n" + (try described(lock, "3.10"))
    try expectGolden(text, "import-pylock.txt")
  }

  @Test func `requirements are pinned or not, with hashes or without`() throws {
    let others = ["constraints.txt": "idna==3.20\nsix==1.0\nurllib3<3\n"]
    let lock = try read("requirements.txt", ImportSamples.requirements, others)
    #expect(lock.isComplete)
    var text = try described(lock)
    text += "without gitpkg and other:\n"
    text += try described(lock, "3.11") {
      $0.without = [try ProjectName("gitpkg"), try ProjectName("other")]
    }
    let loose = try read("requirements.in", "torch\nnumpy>=2\nsix===1.17.0\n")
    #expect(!loose.isComplete)
    text += "a file that pins little:\n" + (try described(loose))
    try expectGolden(text, "import-requirements.txt")
  }

  @Test func `of conda's packages what means something is taken, and the others are named`() throws {
    let yaml: JSONValue = [
      "name": "vision", "channels": ["pytorch", "conda-forge"],
      "dependencies": [
        "python=3.11", "pytorch::pytorch=2.5", "pytorch-cuda=12.4", "cudnn", "conda-forge::opencv>=4.8",
        "git", "pip", ["pip": ["transformers==4.50.0", "accelerate>=1.0", "-e ."]],
      ], "variables": ["SEED": "1"],
    ]
    let lock = try read("environment.yml", ImportSamples.condaEnvironment, yaml: [yaml])
    #expect(lock.python?.description == "3.11")
    #expect(lock.cuda?.description == "12.4")
    #expect(lock.project == "vision")
    try expectGolden(try described(lock), "import-conda.txt")
  }

  @Test(arguments: [
    ("numpy", "numpy", ""), ("numpy=1.26", "numpy", "==1.26.*"), ("numpy==1.26.4", "numpy", "==1.26.4"),
    ("numpy=1.26.*=py311h1", "numpy", "==1.26.*"), ("numpy 1.26.*", "numpy", "==1.26.*"),
    ("conda-forge::numpy >=1.20,<2", "numpy", ">=1.20,<2"), ("numpy=1.26=*_cuda", "numpy", "==1.26.*"),
    ("numpy[version='>=1']", "numpy", ""), ("", "", ""), ("==", "", "=="),
  ])
  func `a specification of conda is read as pip would write it`(text: String, name: String, versions: String)
  {
    let spec = CondaSpec(text)
    #expect(spec.name == name)
    #expect(spec.specifiers == versions)
  }

  @Test(arguments: [
    ("uv.lock", "", "uv.lock"), ("a/pylock.dev.toml", "", "pylock.toml"), ("env.yaml", "", "environment.yml"),
    ("dev.txt", "", "requirements.txt"), ("x", "version = 1\n[[package]]\n", "uv.lock"),
    ("x", "lock-version = \"1.0\"\n", "pylock.toml"), ("-", "numpy==2.0\n", "requirements.txt"),
    ("x", "channels:\n- a\n", "environment.yml"),
  ])
  func `the kind of a file is told by its name, else by its content`(
    path: String, text: String, kind: String
  ) throws {
    #expect(try ImportFormat(path: path, bytes: Array(text.utf8)).rawValue == kind)
  }

  @Test func `what cannot be read is said with its place`() throws {
    let lock = ImportSamples.uvLock
    let faults: [(String, String, String)] = [
      ("a newer version", "uv.lock", lock.replacing("version = 1\nrev", with: "version = 2\nrev")),
      ("no version", "uv.lock", "[[package]]\nname = \"a\"\n"),
      ("no project", "uv.lock", "version = 1\n"),
      ("no source", "uv.lock", "version = 1\n[[package]]\nname = \"a\"\nversion = \"1\"\n"),
      ("a broken name", "uv.lock", lock.replacing("name = \"httptools\"\nv", with: "name = \"-\"\nv")),
      ("a broken version", "uv.lock", lock.replacing("\"0.38.0\"", with: "\"zero\"")),
      ("a broken marker", "uv.lock", lock.replacing("marker = \"sys_platform ==", with: "marker = \"sys ==")),
      ("a broken hash", "uv.lock", lock.replacing("sha256:aaaa", with: "sha256:zzzz")),
      ("a broken list", "uv.lock", lock.replacing("wheels = [", with: "wheels = 1 #")),
      ("not TOML", "uv.lock", "version = 1\nrevision ="),
      ("a newer pylock.toml", "pylock.toml", "lock-version = \"2.0\"\n"),
      ("a pylock.toml of nothing", "pylock.toml", "created-by = \"x\"\n"),
      (
        "a broken hash in a pylock.toml", "pylock.toml",
        ImportSamples.pylock.replacing("sha256 = \"1", with: "sha256 = \"")
      ),
      ("an unreadable requirement", "requirements.txt", "numpy=2\n"),
      ("Poetry", "poetry.lock", ""), ("a project", "pyproject.toml", ""), ("anything", "notes", "hello\n"),
    ]
    var text = ""
    for (title, path, content) in faults { text += "\(title):\n" + faultText { _ = try read(path, content) } }
    for (title, yaml) in [
      ("no mapping", ["a"] as JSONValue), ("no list", ["dependencies": "x"]),
      ("a number", ["dependencies": [3]]), ("a broken Python", ["dependencies": ["python=2.7"]]),
      ("a broken requirement for pip", ["dependencies": [["pip": ["numpy=2"]]]]),
    ] {
      text += "conda, \(title):\n"
      text += faultText { _ = try read("environment.yml", "- numpy=2\n- python=2.7\n", yaml: [yaml]) }
    }
    let uv = try read("uv.lock", lock)
    for (title, change) in [
      ("an unknown extra", { (choice: inout ImportChoice) in choice.extras = [try name("tpu")] }),
      ("an unknown group", { choice in choice.groups = [try name("docs")] }),
      ("an unknown project", { choice in choice.project = try ProjectName("numpy") }),
      ("an unknown package", { choice in choice.without = [try ProjectName("nosuch")] }),
    ] as [(String, (inout ImportChoice) throws -> Void)] {
      text += "\(title):\n"
      text += faultText {
        var choice = ImportChoice()
        try change(&choice)
        try uv.check(choice)
      }
    }
    try expectGolden(text, "import-faults.txt")
  }

  @Test func `files that are cut and changed at random are read or refused`() throws {
    var generator = SplitMix64(seed: 20_261_130)
    let samples = [
      ("uv.lock", ImportSamples.uvLock), ("uv.lock", ImportSamples.uvSources),
      ("pylock.toml", ImportSamples.pylock), ("requirements.txt", ImportSamples.requirements),
    ]
    let marks = Array("\"'[]{}=,.#\n\\-@:;<>!~ \0é".utf8)
    var refused = 0
    for round in 0..<600 {
      let (path, text) = samples[round % samples.count]
      var bytes = Array(text.utf8)
      if round % 3 == 0 { bytes.removeSubrange(Int.random(in: 0..<bytes.count, using: &generator)...) }
      for _ in 0..<(round % 3) where !bytes.isEmpty {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        bytes[place] = marks[Int.random(in: 0..<marks.count, using: &generator)]
      }
      let content = bytes
      let reader = ImportReader(
        files: FileReader { wanted throws(FileFault) in
          guard wanted == path else { throw .notFound }
          return content
        }, variable: { _ in nil }, yaml: { _, _ in [] })
      do {
        let lock = try reader.read(path, as: nil)
        let choice = ImportChoice()
        let selection = lock.selection(.linuxAMD64, try PythonVersion("3.12"), choice)
        _ = lock.roots(choice, [selection])
      } catch {
        #expect(error is any UserFacingError)
        refused += 1
      }
    }
    // Both happen, or the changes are too mild or too wild to say anything.
    #expect(refused > 100 && refused < 550)
  }
}
