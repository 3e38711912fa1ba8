import Envlock
import EnvlockManifest
import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockCLI

@Suite struct ImportCommandTests {
  static let uvLock = """
    version = 1
    revision = 5
    requires-python = ">=3.11"

    [[package]]
    name = "trainer"
    version = "0.1.0"
    source = { virtual = "." }
    dependencies = [
        { name = "lib" },
        { name = "torch" },
    ]

    [package.dev-dependencies]
    dev = [
        { name = "pytest" },
    ]

    [package.metadata]
    requires-dist = [
        { name = "lib", specifier = ">=1" },
        { name = "torch", specifier = "==2.9.1" },
    ]

    [package.metadata.requires-dev]
    dev = [{ name = "pytest" }]

    [[package]]
    name = "lib"
    version = "1.0"
    source = { registry = "https://index.example.com/simple" }
    dependencies = [
        { name = "forgotten" },
    ]
    wheels = [
        { url = "https://files.example.com/lib-1.0-py3-none-any.whl", hash = "sha256:\(hash("1"))" },
    ]

    [[package]]
    name = "forgotten"
    version = "3.0"
    source = { registry = "https://index.example.com/simple" }
    sdist = { url = "https://files.example.com/forgotten-3.0.tar.gz", hash = "sha256:\(hash("2"))" }

    [[package]]
    name = "torch"
    version = "2.9.1"
    source = { registry = "https://torch.example.com/whl" }
    wheels = [
        { url = "https://torch.example.com/torch-2.9.1-py3-none-any.whl", hash = "sha256:\(hash("3"))" },
    ]

    [[package]]
    name = "pytest"
    version = "9.0"
    source = { registry = "https://index.example.com/simple" }
    wheels = [
        { url = "https://files.example.com/pytest-9.0-py3-none-any.whl", hash = "sha256:\(hash("4"))" },
    ]

    """

  /// A package that is a folder of the workspace.
  static let member = """
    [[package]]
    name = "member"
    version = "0.2"
    source = { editable = "packages/member" }

    """

  /// A lock of a project that needs nothing but folders.
  static let lockOfFolders = """
    version = 1

    [[package]]
    name = "trainer"
    version = "0.1.0"
    source = { virtual = "." }
    dependencies = [{ name = "member" }]

    """ + member

  static func hash(_ letter: Character) -> String { String(repeating: letter, count: 64) }

  /// An engine that takes what is asked for, and of every project one wheel; `lib` needs `helper`.
  private static let engine: Session.Resolve = { _, manifest, _, _, _ in
    let names = ([manifest.framework].compactMap { $0 } + manifest.requirements).map(\.requirement.name.text)
    let versions = ["lib": "1.0", "torch": "2.9.1", "forgotten": "3.0", "pytest": "9.0", "helper": "2.0"]
    let all = Set(names + (names.contains("lib") ? ["helper"] : [])).sorted()
    let wheels = try all.map { name in
      try wheel(name, versions[name] ?? "1.0", needs: name == "lib" ? ["helper"] : [])
    }
    let answers = try manifest.platforms.sorted().map { platform in
      try answer(
        platform, python: manifest.python?.description ?? "3.12", roots: names, wheels: wheels)
    }
    return Session.Answer(
      lock: Lockfile(
        manifest: LockCurrency.digest(of: manifest), matrix: try digest(2), request: manifest.canonical(),
        platforms: answers), notes: [], seconds: 0.2)
  }

  private func world(_ files: [String: String]) -> World { World(files, engine: Self.engine) }

  @Test func `a lock of uv becomes a manifest and a lock, and what is not taken is said`() async throws {
    let world = world(["uv.lock": Self.uvLock])
    var text = await world.run(["import", "uv.lock", "--driver", "580.65.06", "--gpu", "A100-SXM4-80GB"])
    text += "envlock.toml:\n" + (world.snapshot.files["envlock.toml"] ?? "none")
    // The manifest reads back as what the lock is of.
    let written = try ManifestReader(
      files: FileReader { path throws(FileFault) in
        guard let text = world.snapshot.files[path] else { throw .notFound }
        return Array(text.utf8)
      }
    ).read("envlock.toml").manifest
    let lock = try Lockfile(parsing: Array((world.snapshot.files["envlock.lock"] ?? "").utf8))
    #expect(lock.manifest == LockCurrency.digest(of: written))
    try expectGolden(text, "import.txt")
  }

  @Test func `the engine is given every version and hash, and where each stands`() async throws {
    let world = world(["uv.lock": Self.uvLock])
    _ = await world.run(["import", "uv.lock", "--group", "dev", "--platform", "linux/arm64"])
    let pinned = try #require(world.snapshot.pins.last).choose(.linuxARM64, try PythonVersion("3.12"))
    let lines = pinned.pins.sorted { $0.key < $1.key }.map { name, pin in
      "\(name) \(pin.version) \(pin.files.count) \(pin.origin) \(pin.hint ?? "-")"
    }
    #expect(
      lines == [
        "forgotten 3.0 0 uv.lock:39 -", "lib 1.0 1 uv.lock:28 -", "pytest 9.0 1 uv.lock:53 -",
        "torch 2.9.1 1 uv.lock:45 uv.lock takes it from https://torch.example.com/whl: declare that with "
          + "`--index NAME=URL`",
      ])
  }

  @Test func `an index that is declared is where the file's packages come from`() async throws {
    for url in ["https://torch.example.com/whl/", "https://mirror.example.com/torch"] {
      let world = world(["uv.lock": Self.uvLock])
      _ = await world.run(["import", "uv.lock", "--index", "torch=\(url)"])
      #expect(
        try world.snapshot.questions.last?.indexes
          == [IndexDeclaration(name: "torch", url: url, packages: [ProjectName("torch")])])
      #expect(world.snapshot.files["envlock.toml"]?.contains("packages = [\"torch\"]") == true)
    }
  }

  @Test func `a password in the URL of an index does not reach the manifest`() async throws {
    let world = world(["uv.lock": Self.uvLock])
    let text = await world.run([
      "import", "uv.lock", "--index", "torch=https://me:secret@torch.example.com/whl",
    ])
    #expect(world.snapshot.files["envlock.toml"]?.contains("secret") == false)
    #expect(text.contains("The URL of an index holds a password"))
  }

  @Test func `a manifest that is there says what lies below, and is left as it is`() async throws {
    let manifest = """
      # by hand
      [environment]
      python = "3.11"
      requirements = ["numpy"]

      [[target]]
      name = "lab"
      gpus = ["8.0"]

      """
    let world = world(["uv.lock": Self.uvLock, "envlock.toml": manifest])
    let text = await world.run(["import", "uv.lock"])
    #expect(world.snapshot.files["envlock.toml"] == manifest)
    #expect(world.snapshot.questions.last?.targets.map(\.name) == ["lab"])
    try expectGolden(text, "import-manifest.txt")
  }

  @Test func `requirements that others bring along are not asked for`() async throws {
    let world = world(["requirements.txt": "helper==2.0\nlib==1.0\n"])
    _ = await world.run(["import", "requirements.txt"])
    #expect(world.snapshot.questions.last?.requirements.map(\.requirement.description) == ["lib==1.0"])
  }

  @Test func `a dry run writes nothing, and JSON says it for programs`() async throws {
    let world = world(["uv.lock": Self.uvLock])
    var text = await world.run(["import", "uv.lock", "--dry-run", "-v"])
    #expect(world.snapshot.files.keys.sorted() == ["uv.lock"])
    text += await world.run(["import", "uv.lock", "--json"])
    try expectGolden(text, "import-json.txt")
  }

  @Test func `an image's projects are pinned, and the levels below read off its files`() throws {
    func project(_ name: String, _ version: String, url: String? = nil, by: String = "pip") throws
      -> ImageInventory.Distribution
    {
      ImageInventory.Distribution(
        name: try ProjectName(name), version: try Version(version),
        folder: "opt/venv/lib/python3.11/site-packages/\(name)-\(version).dist-info", installer: by,
        directURL: url)
    }
    var inventory = ImageInventory(path: "image", platform: .linuxAMD64)
    inventory.python = try PythonVersion("3.11")
    inventory.distributions = [
      try project("numpy", "2.2.6"), try project("pip", "24.0"),
      try project("tool", "0.1", url: "https://git.example.com/tool@01"),
      try project("scipy", "1.15", by: "conda"),
    ]
    inventory.otherFolders = [
      ("usr/lib/python3/dist-packages", 4), ("opt/b/lib/python3.12/site-packages", 1),
    ]
    inventory.condaFolders = ["opt/conda"]
    inventory.system = ("debian", "bookworm", "Debian 12")
    inventory.debianRoots = ["git"]
    inventory.hasShell = true
    inventory.unowned = [ImageInventory.Unowned(folder: "opt/app", count: 2, bytes: 5000)]
    inventory.process.env = ["PATH=/opt/venv/bin", "CUDA_VERSION=12.4.1", "HF_HOME=/data", "a b=c"]
    inventory.process.entrypoint = ["/opt/nvidia/entrypoint.sh"]
    inventory.process.workdir = "/opt/app"
    func text(_ image: ImportedImage) throws -> String {
      let lock = try image.lock()
      let pins = lock.packages.map {
        "\($0.isBound ? "bounds" : "pins") \($0.name) \($0.version?.description ?? "?")"
      }
      return (pins + lock.leftOut).joined(separator: "\n") + "\n"
        + ManifestWriter.text(image.manifest, directory: "", comment: ["from an image"])
    }
    var all = try text(ImportedImage(inventory: inventory))
    inventory.system = ("ubuntu", "jammy", "Ubuntu 22.04.4 LTS")
    inventory.process.entrypoint = ["python", "main.py"]
    all += "another system:\n" + (try text(ImportedImage(inventory: inventory)))
    try expectGolden(all, "import-image.txt")
    inventory.distributions = []
    #expect(throws: UsageError.self) { try ImportedImage(inventory: inventory).lock() }
  }

  @Test func `where no lock is found, what could not be taken is said too`() async throws {
    let refusal = Unresolvable(
      platform: .linuxAMD64, message: "what uv.lock has decided cannot be kept", details: [], hints: [])
    let lock = Self.uvLock.replacing(
      "{ name = \"lib\" },", with: "{ name = \"lib\" }, { name = \"member\" },")
    let world = World(["uv.lock": lock + Self.member]) { _, _, _, _, _ in throw refusal }
    try expectGolden(await world.run(["import", "uv.lock"]), "import-refused.txt")
  }

  @Test func `wrong use is an error with exit code 2`() async throws {
    let world = world([
      "uv.lock": Self.uvLock, "empty.txt": "", "poetry.lock": "", "environment.yml": "dependencies: [a: {b",
      "old.lock": "version = 2\n", "folders/uv.lock": Self.lockOfFolders,
    ])
    var text = ""
    for words in [
      ["import"], ["import", "nosuch.lock"], ["import", "uv.lock", "--format", "toml"],
      ["import", "uv.lock", "--extra", "nosuch"], ["import", "uv.lock", "--group", "-"],
      ["import", "uv.lock", "--package", "torch"], ["import", "uv.lock", "--without", "nosuch"],
      ["import", "poetry.lock"], ["import", "environment.yml"], ["import", "empty.txt"],
      ["import", "folders/uv.lock"],
      ["import", "old.lock", "--format", "uv.lock"], ["import", "uv.lock", "--json", "-o", "-"],
    ] {
      text += await world.run(words) + "\n"
    }
    try expectGolden(text, "import-usage.txt")
  }
}
