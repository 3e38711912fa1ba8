import Envlock
import EnvlockModel
import EnvlockTestSupport
import Testing

@testable import EnvlockCLI

@Suite struct BuildCommandTests {
  private let manifest = """
    environment.requirements = ["a"]
    [[index]]
    name = "internal"
    packages = ["ourlib"]
    [base]
    debian = "bookworm"
    [image]
    workdir = "/app"
    copy = ["train.py"]

    """

  private func files(_ answers: [PlatformLock], _ more: [String: String] = [:]) throws -> [String: String] {
    ["envlock.lock": try lock(answers).canonicalText()].merging(more) { _, new in new }
  }

  private func world(_ builder: Builder, _ files: [String: String]) -> World {
    World(files, builds: builder.work) { _, _, _, _, _ in throw Refused() }
  }

  private func torch() throws -> Builder {
    try Builder(
      plan: [(.linuxAMD64, try torchLayers(isMade: false))],
      built: [(.linuxAMD64, try torchLayers(isMade: true))])
  }

  @Test func `a build says its digest, and a line for each layer`() async throws {
    let builder = try torch()
    let world = world(builder, try files([try torchAnswer().onDebian()]))
    var text = await world.run(["build"])
    text += await world.run(["build", "-q", "-o", "out", "--tag", "lab/resnet:1"])
    text += await world.run(["build", "--format", "docker-archive", "--tag", "lab/resnet", "--no-progress"])
    text += await world.run(["build", "--format", "oci-archive", "-o", "-"])
    text += await world.run(["build", "--format", "oci-archive", "-o", "-", "-q"])
    text += await world.run(["build", "--compression", "zstd"])
    try expectGolden(text, "build.txt")
    #expect(
      builder.snapshot.written == [
        "oci to image as nothing", "oci to out as lab/resnet:1",
        "docker-archive to image.tar as lab/resnet:latest", "oci-archive to standard output as nothing",
        "oci-archive to standard output as nothing", "oci to image as nothing",
      ])
  }

  @Test func `several images have a line each in the list of references`() async throws {
    let builder = try Builder(
      plan: [(.linuxAMD64, try torchLayers(isMade: true)), (.linuxARM64, try carriedLayers())],
      built: [
        (.linuxAMD64, try torchLayers(isMade: true)), (.linuxARM64, Array(try carriedLayers().prefix(2))),
      ])
    let world = world(
      builder, try files([try torchAnswer().onDebian(), try torchAnswer(.linuxARM64).onDebian()]))
    let text = await world.run(["build", "--image-refs", "refs.txt"])
    try expectGolden(text + (world.snapshot.files["refs.txt"] ?? ""), "build-platforms.txt")
    #expect(builder.snapshot.requests.first?.platforms == [.linuxAMD64, .linuxARM64])
  }

  @Test func `a build as JSON`() async throws {
    let builder = try Builder(
      plan: [], built: [(.linuxAMD64, [try torchLayers(isMade: true)[0], try carriedLayers()[0]])])
    let world = world(builder, try files([try torchAnswer().onDebian()]))
    try expectGolden(
      await world.run(["build", "--json", "--tag", "lab/resnet:1", "-q"]), "build-json.txt")
  }

  @Test func `a plan is a table of layers`() async throws {
    let builder = try torch()
    let world = world(builder, try files([try torchAnswer().onDebian()]))
    var text = await world.run(["build", "--plan"])
    text += await world.run(["build", "--plan", "--against", "old"])
    text += await world.run(["build", "--plan"], ["ENVLOCK_AGAINST": "none"])
    let both = try Builder(
      plan: [(.linuxAMD64, try torchLayers(isMade: true)), (.linuxARM64, try carriedLayers())])
    text += await self.world(
      both, try files([try torchAnswer().onDebian(), try torchAnswer(.linuxARM64).onDebian()])
    ).run(["build", "--plan", "-o", "-", "--against", "old"])
    try expectGolden(text, "build-plan.txt")
    #expect(builder.snapshot.written.isEmpty)
  }

  @Test func `a plan as JSON`() async throws {
    let builder = try Builder(plan: [(.linuxAMD64, try carriedLayers())])
    let world = world(builder, try files([try torchAnswer().onDebian()]))
    try expectGolden(
      await world.run(["build", "--plan", "--json", "--against", "old"]), "build-plan-json.txt")
  }

  @Test func `the manifest beside the lock says what is in the image`() async throws {
    let builder = try torch()
    let answers = [try torchAnswer().onDebian()]
    let text = try lock(answers).canonicalText()
    let world = world(
      builder,
      [
        "envlock.lock": text, "sub/envlock.lock": text, "sub/envlock.toml": manifest,
        "other/envlock.toml": manifest,
        "py/envlock.lock": text, "py/pyproject.toml": "[project]\nname = 'x'\ndynamic = ['dependencies']\n",
        "broken/envlock.lock": text, "broken/envlock.toml": "[image]\nworkdri = '/x'\n",
      ])
    _ = await world.run(["build", "-q"])
    _ = await world.run(["build", "-q", "--lock", "sub/envlock.lock"])
    _ = await world.run(["build", "-q"], ["ENVLOCK_MANIFEST": "other/envlock.toml"])
    _ = await world.run(["build", "-q", "--lock", "py/envlock.lock"])
    let requests = builder.snapshot.requests
    #expect(requests.map(\.folder) == [".", "sub", "other", "."])
    #expect(requests.map(\.image.workdir) == [nil, "/app", "/app", nil])
    #expect(requests.map { $0.indexes.map(\.name) } == [[], ["internal"], ["internal"], []])
    let output =
      await world.run(["build", "--plan", "--lock", "sub/envlock.lock"])
      + world.run(["build", "--lock", "broken/envlock.lock"])
      + world.run(["build", "--manifest", "none.toml"])
    try expectGolden(String(output), "build-manifest.txt")
  }

  @Test func `a lock without a base says which lines to add`() async throws {
    let builder = try torch()
    let plain = try files([try torchAnswer()])
    var text = await world(builder, plain).run(["build"])
    for (name, content) in [
      ("envlock.toml", "environment.framework = 'torch'"),
      ("pyproject.toml", "[tool.envlock.environment]\nframework = 'torch'"), ("envlock.toml", manifest),
    ] {
      text += await world(builder, plain.merging([name: content]) { $1 }).run(["build"])
    }
    text += await world(builder, try files([try answer(python: "3.13", roots: [], wheels: [])])).run(["build"]
    )
    #expect(builder.snapshot.requests.isEmpty)
    try expectGolden(text, "build-no-base.txt")
  }

  @Test func `wrong use names what is right`() async throws {
    let builder = try torch()
    let lab = LockedTarget(name: "lab", driver: nil, gpus: ["8.0"], compatibility: nil)
    let old = LockedTarget(name: "old", driver: nil, gpus: ["7.0"], compatibility: nil)
    let split = try lock([
      try torchAnswer(targets: [lab]).onDebian(), try torchAnswer(targets: [old]).onDebian(),
    ])
    let world = world(
      builder,
      try files(
        [try torchAnswer().onDebian(), try torchAnswer(.linuxARM64).onDebian()],
        ["split.lock": split.canonicalText(), "empty.lock": try lock([]).canonicalText()]))
    var text = ""
    for words in [
      ["--estargz", "--compression", "none"], ["--estargz", "--compression", "zstd"],
      ["--compression", "gzip"],
      ["--format", "docker"], ["--format", "oci-archiv"], ["-o", "-"],
      ["--format", "oci-archive", "-o", "-", "--json"],
      ["--format", "docker-archive"],
      ["--format", "docker-archive", "--platform", "amd64", "--platform", "arm64"],
      ["--against", "old"], ["--plan", "--image-refs", "x"], ["--plan", "--against", "new"],
      ["--report", "x.png"], ["--platform", "windows"], ["--lock", "none.lock"], ["--lock", "empty.lock"],
      ["--lock", "split.lock"], ["--lock", "split.lock", "--target", "lap"],
      ["--lock", "split.lock", "--platform", "arm64"], ["--target", "lab"],
      ["--tag", "Lab/ResNet:1"], ["--tag", "lab/resnet@sha256:00"], ["--tag", "a b"], ["--tag", "x:"],
      ["--index", "in ternal=x"], ["--index", "a=https://x.example", "--index", "a=https://y.example"],
      ["--index-url", "x y"], ["--matrix", "none"],
    ] {
      text += await world.run(["build"] + words)
    }
    text += await world.run(
      ["build", "--format", "oci-archive", "-o", "-"], ["NO_COLOR": "1"], terminal: true)
    text += await world.run(["build"], ["ENVLOCK_COMPRESSION": "gzip"])
    text += await world.run(["build"], ["ENVLOCK_REPORT": "x"])
    #expect(builder.snapshot.requests.isEmpty)
    #expect(
      await world.run(["build", "--lock", "split.lock", "--target", "old", "-q"]).hasSuffix("--- exit 0\n"))
    try expectGolden(text, "build-use.txt")
  }

  @Test func `options and the variables that mirror them reach the engine`() async throws {
    let builder = try torch()
    let world = world(builder, try files([try torchAnswer().onDebian()]))
    _ = await world.run([
      "build", "-q", "--platform", "amd64", "--compression", "zstd", "--offline", "--cache-dir", "/c",
      "--index-url",
      "https://x.example/simple", "--find-links", "wheels", "--index", "internal=https://y.example/simple",
      "--debian-mirror", "https://d.example", "--debian-security-mirror", "https://s.example",
    ])
    _ = await world.run(
      ["build", "-q"],
      [
        "ENVLOCK_PLATFORM": "linux/amd64", "ENVLOCK_COMPRESSION": "none", "ENVLOCK_OFFLINE": "1",
        "ENVLOCK_CACHE_DIR": "/d", "ENVLOCK_FIND_LINKS": "wheels", "ENVLOCK_IMAGE_FORMAT": "oci-archive",
        "ENVLOCK_INDEX": "internal=https://y.example/simple", "ENVLOCK_OUTPUT": "x.tar",
        "ENVLOCK_TAG": "lab/x:2",
        "ENVLOCK_IMAGE_REFS": "refs", "ENVLOCK_REPORT": "r.svg", "ENVLOCK_FORMAT": "json",
      ])
    _ = await world.run(["build", "-q"], ["ENVLOCK_ESTARGZ": "yes"])
    let state = builder.snapshot
    #expect(state.requests.map(\.platforms) == [[.linuxAMD64], [.linuxAMD64], [.linuxAMD64]])
    #expect(state.requests.map(\.compression) == [.zstd, .none, .splice])
    #expect(state.requests.map(\.stargz) == [false, false, true])
    #expect(
      state.requests.map { $0.indexes.map(\.url) }.prefix(2) == [
        ["https://y.example/simple"], ["https://y.example/simple"],
      ])
    #expect(state.configurations.map(\.offline) == [true, true, false])
    #expect(state.configurations.map(\.cacheDirectory) == ["/c", "/d", "/home/me/.cache/envlock"])
    #expect(state.configurations.map(\.findLinks) == [["wheels"], ["wheels"], []])
    #expect(state.configurations.first?.indexURL == "https://x.example/simple")
    #expect(state.configurations.first?.debianMirror == "https://d.example")
    #expect(state.configurations.first?.debianSecurityMirror == "https://s.example")
    #expect(state.written[1] == "oci-archive to x.tar as lab/x:2")
    #expect(world.snapshot.files["refs"]?.hasSuffix(" linux/amd64\n") == true)
    #expect(world.snapshot.files["r.svg"]?.hasPrefix("<svg ") == true)
  }
}
