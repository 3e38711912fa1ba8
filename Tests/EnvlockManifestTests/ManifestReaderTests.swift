import EnvlockManifest
import EnvlockModel
import EnvlockVersions
import Foundation
import Testing

@Suite struct ManifestReaderTests {
  @Test func `every table of the design is known`() throws {
    let manifest = try manifest(
      """
      [environment]
      name = "resnet"
      python = "3.11"
      framework = "torch==2.9.1"
      requirements = ["transformers>=4.50"]
      requirements-files = ["requirements.in"]
      constraints-files = []
      cuda = "12.8"
      platforms = ["linux/amd64", "aarch64"]
      glibc = "2.36"
      exclude-newer = "2026-11-01"
      prerelease = "disallow"
      build-sdist = ["antlr4_python3_runtime"]
      split = true

      [[target]]
      name = "lab"
      driver = "550.54.15"
      gpus = ["A100-SXM4-80GB", "8.0"]

      [[index]]
      name = "internal"
      url = "https://wheels.example.com/simple"
      packages = ["Our_Lib"]

      [base]
      debian = "bookworm"
      packages = ["git"]

      [image]
      copy = ["train.py", "src/"]

      [run]
      gpus = 1
      gpu = "whole"
      command = ["python", "train.py"]
      """, ["requirements.in": "numpy\n"])
    #expect(manifest.name == "resnet")
    #expect(manifest.python == (try PythonVersion("3.11")))
    #expect(manifest.framework?.requirement.description == "torch==2.9.1")
    #expect(manifest.framework?.origin == "envlock.toml:4")
    #expect(manifest.requirements.map(\.requirement.description) == ["transformers>=4.50", "numpy"])
    #expect(manifest.requirements.map(\.origin) == ["envlock.toml:5", "requirements.in:1"])
    #expect(manifest.cuda == .version(try CUDAVersion("12.8")))
    #expect(manifest.platforms == [.linuxAMD64, .linuxARM64])
    #expect(manifest.glibc == Version(release: [2, 36]))
    #expect(manifest.excludeNewer == .instant("2026-11-02T00:00:00Z"))
    #expect(manifest.prerelease == .disallow)
    #expect(manifest.split)
    #expect(manifest.buildSdist.map(\.text) == ["antlr4-python3-runtime"])
    let target = Target(
      name: "lab", driver: try DriverVersion("550.54.15"), gpus: ["A100-SXM4-80GB", "8.0"])
    #expect(manifest.targets == [target])
    let index = IndexDeclaration(
      name: "internal", url: "https://wheels.example.com/simple", packages: [try ProjectName("our-lib")])
    #expect(manifest.indexes == [index])
    #expect(manifest.base == BaseDeclaration(.debian(suite: "bookworm"), packages: ["git"]))
    #expect(manifest.image == ImageDeclaration(copy: ["train.py", "src/"]))
    #expect(manifest.run?.command == ["python", "train.py"])
  }

  @Test func `run says how the image is started`() throws {
    let manifest = try manifest(
      """
      [run]
      name = "resnet"
      image = "registry.example.com/lab/resnet:1"
      gpus = 4
      gpu = "mig-1g.10gb.me"
      gpu-memory = "10GiB"
      isolation = "hardware"
      nodes = 4
      cpus = 7.5
      memory = "64GiB"
      time = "12h"
      io-weight = 100
      env = { EPOCHS = "10" }
      mounts = ["data:/data:ro"]
      network = "host"
      deterministic = true

      [[run.io]]
      device = "/dev/nvme0n1"
      read-bytes = "100MB"
      """)
    var run = RunDeclaration()
    run.name = "resnet"
    run.image = "registry.example.com/lab/resnet:1"
    run.gpus = 4
    run.gpu = .mig(profile: "1g.10gb+me")
    run.gpuMemory = try ByteCount("10GiB")
    run.isolation = .hardware
    run.nodes = 4
    run.cpus = try CPUCount("7.5")
    run.memory = try ByteCount("64GiB")
    run.seconds = 43_200
    run.ioWeight = 100
    run.env = ["EPOCHS": "10"]
    run.mounts = [RunMount(source: "data", target: "/data", isReadOnly: true)]
    run.network = .host
    run.deterministic = true
    run.io = [IOLimit(device: "/dev/nvme0n1", readBytes: try ByteCount("100MB"))]
    #expect(manifest.run == run)
  }

  @Test(arguments: [
    ("gpus = \"1\"", "`gpus` has to be a whole number, and is a string"),
    ("gpus = -1", "`gpus` has to be at least 0"), ("nodes = 0", "`nodes` has to be at least 1"),
    ("gpu = \"half\"", "“half” is not a form of a GPU"),
    ("memory = \"64G\"", "say whether 1000 or 1024 is meant"),
    ("isolation = \"none of it\"", "`isolation` cannot be “none of it”"),
    ("cpus = 0", "“0” is not a number of processors"),
    ("mounts = [\"/a:/proc\"]", "it would hide what the kernel shows at /proc"),
    ("env = { \"A B\" = \"1\" }", "“A B” is no name in [run.env]"),
    ("gpu-mem = \"1GiB\"", "[run] has no key `gpu-mem`"),
  ])
  func `a fault in run is told with its place`(line: String, message: String) throws {
    let error = #expect(throws: ManifestError.self) { try manifest("[run]\n\(line)\n") }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains(":2") == true)
  }

  @Test func `base and image say what lies below and beside the environment`() throws {
    let manifest = try manifest(
      """
      [base]
      image = "docker.io/library/debian:bookworm"

      [image]
      workdir = "/app"
      entrypoint = ["python"]
      cmd = []
      user = "1000:1000"
      bytecode = true
      env = { SEED = "1" }

      [image.labels]
      "org.example.team" = "vision"
      """)
    #expect(manifest.base == BaseDeclaration(.image(reference: "docker.io/library/debian:bookworm")))
    let image = ImageDeclaration(
      workdir: "/app", entrypoint: ["python"], cmd: [], env: ["SEED": "1"], user: "1000:1000",
      labels: ["org.example.team": "vision"], bytecode: true)
    #expect(manifest.image == image)
    let versioned = try EnvlockManifestTests.manifest(
      "[base]\ndebian = \"trixie\"\nsecurity = false\npackages = [\"git\", \"libgl1(>=1.7)\"]\n")
    #expect(
      versioned.base
        == BaseDeclaration(
          .debian(suite: "trixie"), packages: ["git", "libgl1 (>= 1.7)"], security: false))
  }

  @Test func `an empty file asks for nothing and leaves the defaults`() throws {
    #expect(try manifest("") == Manifest())
    #expect(Manifest().platforms == [.linuxAMD64])
    #expect(Manifest().glibc == Version(release: [2, 28]))
  }

  @Test func `a date may be written without quotes`() throws {
    let day = try manifest("[environment]\nexclude-newer = 2026-11-01").excludeNewer
    #expect(day == .instant("2026-11-02T00:00:00Z"))
    let instant = try manifest("[environment]\nexclude-newer = 2026-11-01T12:00:00+02:00").excludeNewer
    #expect(instant == .instant("2026-11-01T10:00:00Z"))
  }

  @Test func `dotted keys and inline tables say the same`() throws {
    let dotted = try manifest("environment.python = '3.11'\nenvironment.\"framework\" = 'torch'\n")
    let inline = try manifest("environment = { python = \"3.11\", framework = \"torch\" }\n\n")
    #expect(dotted.python == inline.python)
    #expect(dotted.framework?.requirement == inline.framework?.requirement)
    #expect(dotted.framework?.origin == "envlock.toml:2")
    #expect(inline.framework?.origin == "envlock.toml:1")
  }

  @Test func `a pyproject adds the project's own dependencies`() throws {
    let text = """
      [project]
      name = "resnet"
      requires-python = ">=3.10"
      dependencies = ["numpy>=2", "pillow"]

      [tool.black]
      line-length = 100

      [tool.envlock.environment]
      framework = "torch"
      requirements = ["tqdm"]

      [[tool.envlock.target]]
      name = "lab"
      """
    let reader = ManifestReader(files: files(["sub/pyproject.toml": text]))
    for loaded in [try reader.read("sub/pyproject.toml"), try reader.discover(in: "sub")] {
      let manifest = loaded.manifest
      #expect(manifest.name == "resnet")
      #expect(manifest.requiresPython?.description == ">=3.10")
      #expect(manifest.framework?.origin == "sub/pyproject.toml:10")
      #expect(manifest.requirements.map(\.requirement.description) == ["numpy>=2", "pillow", "tqdm"])
      #expect(manifest.targets.map(\.name) == ["lab"])
    }
  }

  @Test func `an envlock.toml wins over a pyproject`() throws {
    let reader = ManifestReader(
      files: files([
        "envlock.toml": "environment.name = 'a'", "pyproject.toml": "project.name = 'b'\ntool.envlock = {}",
      ]))
    #expect(try reader.discover(in: "").manifest.name == "a")
  }

  @Test func `files are seen from the manifest's folder, and include others from theirs`() throws {
    let reader = ManifestReader(
      files: files([
        "a/envlock.toml":
          "[environment]\nrequirements-files = ['req/main.txt']\nconstraints-files = ['/c.txt']",
        "a/req/main.txt":
          "-r more.txt\n-c ../limits.txt\nnumpy\n--extra-index-url https://x.example/simple\n--pre\n",
        "a/req/more.txt": "tqdm ; python_version >= '3.9'\n./w/x-1.0-py3-none-any.whl\n-f wheels\n",
        "a/req/../limits.txt": "numpy<3\n",
        "/c.txt": "tqdm<5\n",
      ]))
    let loaded = try reader.read("a/envlock.toml")
    #expect(
      loaded.manifest.requirements.map(\.origin) == [
        "a/req/main.txt:3", "a/req/more.txt:1", "a/req/more.txt:2",
      ])
    #expect(loaded.manifest.constraints.map(\.origin) == ["a/req/../limits.txt:1", "/c.txt:1"])
    #expect(loaded.manifest.prerelease == .allow)
    #expect(loaded.indexOptions.extraIndexURLs == ["https://x.example/simple"])
    #expect(loaded.indexOptions.findLinks == ["a/req/wheels"])
    #expect(loaded.notes.isEmpty)
  }

  @Test func `a file that is included twice counts once`() throws {
    let manifest = try manifest(
      "[environment]\nrequirements-files = ['a.txt', 'b.txt']",
      ["a.txt": "-r c.txt\n", "b.txt": "-r c.txt\n", "c.txt": "numpy\n"])
    #expect(manifest.requirements.count == 1)
  }

  @Test func `hashes in a requirements file are left out and said so`() throws {
    let digest = String(repeating: "ab", count: 32)
    var loaded = LoadedManifest(manifest: Manifest())
    try ManifestReader(files: files(["r.txt": "numpy==2.0 --hash=sha256:\(digest)\n"])).add(
      requirements: ["r.txt"], constraints: [], to: &loaded)
    #expect(loaded.notes == ["the hashes in r.txt are not compared: the lock records those of the index"])
  }

  @Test func `variables are put into requirements files`() throws {
    var loaded = LoadedManifest(manifest: Manifest())
    let reader = ManifestReader(
      files: files(["r.txt": "-i https://${USER}:${TOKEN}@x.example/simple\n"]),
      variable: { ["USER": "me", "TOKEN": "secret"][$0] })
    try reader.add(requirements: ["r.txt"], constraints: [], to: &loaded)
    #expect(loaded.indexOptions.indexURL == "https://me:secret@x.example/simple")
  }

  @Test func `a wheel may be named by its path`() throws {
    let reader = ManifestReader(
      files: files([
        "a/envlock.toml":
          "environment.requirements = ['./x-1.0-py3-none-any.whl', 'y @ z/y-2-py3-none-any.whl']"
      ]))
    let requirements = try reader.read("a/envlock.toml").manifest.requirements.map(\.requirement)
    #expect(requirements.map(\.name.text) == ["x", "y"])
    #expect(requirements.map(\.url) == ["a/./x-1.0-py3-none-any.whl", "a/z/y-2-py3-none-any.whl"])
  }
}

@Suite struct FileReaderTests {
  @Test func `the disk's own words are kept apart from a missing file`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "envlock-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
    #expect(FileManager.default.createFile(atPath: folder + "/a", contents: Data(bytes)))
    let isEqual = try FileReader.disk.read(folder + "/a") == bytes
    #expect(isEqual)
    #expect(throws: FileFault.notFound) { try FileReader.disk.read(folder + "/b") }
    #expect(throws: FileFault.notFound) { try FileReader.disk.read(folder + "/a/b") }
    #expect(throws: FileFault.unreadable("it is a folder")) { try FileReader.disk.read(folder) }
  }
}
