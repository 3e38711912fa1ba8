import EnvlockModel
import EnvlockVersions
import Testing

@Suite struct RunPartsTests {
  @Test(arguments: [
    ("10GiB", 10 << 30, "10GiB"), ("10Gi", 10 << 30, "10GiB"), ("512 mb", 512_000_000, "512MB"),
    ("1.5gib", 3 << 29, "1536MiB"), ("1024B", 1024, "1KiB"), ("0.1kB", 100, "100B"),
    ("2TB", 2_000_000_000_000, "2TB"),
  ])
  func `a size is read with its unit, and written short`(text: String, bytes: Int, short: String) throws {
    let size = try ByteCount(text)
    #expect(size.bytes == bytes)
    #expect(size.description == short)
    #expect(try ByteCount(short) == size)
  }

  @Test(arguments: [
    "", "GiB", "10", "10G", "10g", "0GiB", "0.0GiB", "-1GiB", "1.2.3GiB", "1.GiB", "10XB", "99999999999TiB",
    "8388608TiB", "1e3GiB", "１GiB", "٤GiB", "1.1234567890GiB", "40GiBs", "nanGiB", "1e9GiB",
  ])
  func `what is no size is refused`(text: String) {
    #expect(throws: MalformedText.self) { try ByteCount(text) }
  }

  @Test(arguments: [("40 GiB", 40960), ("24GB", 22889), ("1MB", 1), ("1tib", 1_048_576)])
  func `MiB are rounded up`(text: String, mebibytes: Int) throws {
    #expect(try ByteCount(text).mebibytes == mebibytes)
  }

  @Test func `a unit that tools read differently asks what is meant`() {
    #expect(
      throws: MalformedText(
        what: "size", text: "8G", reason: "say whether 1000 or 1024 is meant: 8GB or 8GiB", offset: nil)
    ) { try ByteCount("8G") }
  }

  @Test(arguments: ["whole", "mig-1g.10gb", "mig-1g.10gb+me", "shared", "mps", "vgpu:A100-10C", "none"])
  func `a form of a GPU is read and written the same`(text: String) throws {
    #expect(try GPUForm(text).description == text)
  }

  @Test(arguments: ["", "Whole", "mig-", "mig", "vgpu:", "vgpu", "half"])
  func `another form is refused`(text: String) {
    #expect(throws: MalformedText.self) { try GPUForm(text) }
  }

  @Test(arguments: [("4", 4000, "4"), ("0.5", 500, "0.5"), ("1.25", 1250, "1.25"), ("7.050", 7050, "7.05")])
  func `processors are counted in thousandths`(text: String, millis: Int, short: String) throws {
    let count = try CPUCount(text)
    #expect(count.millis == millis)
    #expect(count.description == short)
  }

  @Test(arguments: ["", "0", "0.0", ".5", "1.", "1.0001", "-1", "1e3", "1234567", "two"])
  func `what is no number of processors is refused`(text: String) {
    #expect(throws: MalformedText.self) { try CPUCount(text) }
  }

  @Test(arguments: [("90s", 90), ("30m", 1800), ("12h", 43_200), ("2d", 172_800), ("12:00:05", 43_205)])
  func `a time is read`(text: String, seconds: Int) throws {
    #expect(try RunTime.seconds(text) == seconds)
  }

  @Test(arguments: ["", "0s", "10", "1:00", "1:60:00", "-1s", "9223372036854775807d", "s", "1h30m", "::"])
  func `what is no time is refused`(text: String) {
    #expect(throws: MalformedText.self) { try RunTime.seconds(text) }
  }

  @Test func `a mount is read`() throws {
    #expect(
      try RunMount("/srv/data:/data:ro") == RunMount(source: "/srv/data", target: "/data", isReadOnly: true))
    #expect(try RunMount("data:/data/./in//").target == "/data/in")
    #expect(try RunMount("/dev/shm:/dev/shm").description == "/dev/shm:/dev/shm")
  }

  @Test(arguments: [
    "", "/data", "/a:", ":/a", "/a:b", "/a:/b:rx", "/a:/b:ro:x", "/a:/", "/a:/proc", "/a:/proc/sys",
    "/a:/./proc",
    "/a:/sys", "/a:/dev", "/a:/dev/nvidia0", "/a/../etc:/b", "/a:/b/../proc", "/a,ro:/b", "/a\n:/b",
  ])
  func `a mount that would hide the system, or cannot be quoted, is refused`(text: String) {
    #expect(throws: MalformedText.self) { try RunMount(text) }
  }

  @Test func `what is typed counts over what the manifest says`() throws {
    var manifest = RunDeclaration()
    manifest.gpus = 4
    manifest.nodes = 2
    manifest.env = ["A": "1", "B": "1"]
    manifest.command = ["python", "train.py"]
    var typed = RunDeclaration()
    typed.gpusPerNode = 1
    typed.env = ["B": "2"]
    let both = typed.over(manifest)
    #expect(both.gpus == nil)
    #expect(both.gpusPerNode == 1)
    #expect(both.nodes == 2)
    #expect(both.env == ["A": "1", "B": "2"])
    #expect(both.command == ["python", "train.py"])
  }

  @Test func `a declaration comes back from its JSON`() throws {
    var run = RunDeclaration()
    #expect(try RunDeclaration(JSONCursor(run.json)) == run)
    run.name = "resnet"
    run.image = "registry.example.com/lab/resnet:1"
    run.gpu = .mig(profile: "1g.10gb+me")
    run.gpus = 2
    run.gpusPerNode = 1
    run.gpuMemory = try ByteCount("10GiB")
    run.isolation = .hardware
    run.licence = "vPC"
    run.nodes = 2
    run.cpus = try CPUCount("7.5")
    run.memory = try ByteCount("64GiB")
    run.shm = try ByteCount("8GB")
    run.pids = 4096
    run.seconds = 5400
    run.io = [IOLimit(device: "/dev/sda", readBytes: try ByteCount("1MB"), writeOperations: 100)]
    run.ioWeight = 100
    run.command = ["python", "a b"]
    run.env = ["A": "x\ny"]
    run.mounts = [try RunMount("/a:/b:ro")]
    run.workdir = "/app"
    run.user = "1000:1000"
    run.network = .host
    run.deterministic = true
    run.peerToPeer = false
    #expect(try RunDeclaration(JSONCursor(try JSONValue(parsing: Array(run.json.canonical().utf8)))) == run)
    #expect(throws: JSONDecodingError.self) { try RunDeclaration(JSONCursor(["gpuz": 1])) }
    #expect(throws: JSONDecodingError.self) { try RunDeclaration(JSONCursor(["network": "bridge"])) }
  }
}
