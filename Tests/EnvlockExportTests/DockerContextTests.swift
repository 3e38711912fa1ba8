import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockExport

@Suite struct DockerContextTests {
  private static let mirror = "https://pythons.example.com/releases"

  private func context(
    _ answer: PlatformLock, image: ImageDeclaration = ImageDeclaration(), interpreters: String? = mirror
  ) throws -> DockerContext {
    try DockerContext(
      answer, lock: try Samples.digest(9), source: "envlock.lock", image: image, interpreters: interpreters)
  }

  @Test func `over an image, what is below is pinned by digest`() throws {
    let image = ImageDeclaration(
      copy: ["train.py", "./src/"], workdir: "/app", entrypoint: ["python", "-u"],
      cmd: ["train.py", "a\n\"$b"],
      env: ["PLAIN": "x", "HOSTILE": "a\"b\\c$PATH 'd' #e"], user: "1000:1000",
      labels: ["org.example.team": "vision \"x\""])
    try expectGolden(
      try context(Samples.torch(base: Samples.image()), image: image).files[0].text, "dockerfile-image.txt")
  }

  @Test func `over Debian, packages are pinned by version, and the comments say so`() throws {
    let files = try context(Samples.torch(), interpreters: nil).files
    #expect(files.map(\.name) == ["Dockerfile", "envlock-requirements.txt"])
    try expectGolden(files[0].text, "dockerfile-debian.txt")
    #expect(files[1].text.contains("torch==2.9.1 \\\n    --hash=sha256:"))
  }

  @Test func `of wheels alone the image below is anybody's`() throws {
    try expectGolden(try context(Samples.plain()).files[0].text, "dockerfile-wheels.txt")
  }

  @Test func `what a Dockerfile cannot hold is refused`() throws {
    let answer = try Samples.torch(base: Samples.image())
    let evil = LockedDebianPackage(
      name: "x;reboot", version: try DebianVersion("1"), architecture: "amd64", archive: .main,
      path: "pool/x",
      sha256: try Samples.digest(1), size: 1, dependencies: [])
    let debian = LockedBase(
      system: .debian(
        LockedDebian(suite: "bookworm", security: true, essential: [], requested: [], packages: [evil])),
      interpreter: try Samples.image().interpreter)
    let local = PlatformLock(
      platform: .linuxAMD64, python: answer.python, strata: answer.strata, targets: [], roots: [],
      wheels: [try Samples.wheel("a", "1", index: nil, url: "dist/a-1-py3-none-any.whl")])
    var text = ""
    for (answer, image) in [
      (answer, ImageDeclaration(env: ["A": "b\nRUN evil"])), (answer, ImageDeclaration(env: ["A B": "c"])),
      (answer, ImageDeclaration(labels: ["a=b": "c"])), (answer, ImageDeclaration(workdir: "/a b")),
      (answer, ImageDeclaration(copy: ["../x"])), (answer, ImageDeclaration(copy: ["$HOME"])),
      (answer, ImageDeclaration(copy: ["--from=x"])), (answer, ImageDeclaration(user: "a\nRUN x")),
      (try Samples.torch(base: debian), ImageDeclaration()), (local, ImageDeclaration()),
    ] {
      let error = #expect(throws: ExportError.self) { try context(answer, image: image) }
      text +=
        ([error?.message ?? ""] + (error?.hints ?? []).map { "  hint: \($0)" }).joined(separator: "\n") + "\n"
    }
    try expectGolden(text, "dockerfile-refusals.txt")
  }
}

@Suite struct CondaEnvironmentTests {
  @Test func `Python comes from conda, the wheels from pip with their hashes`() throws {
    try expectGolden(
      CondaEnvironment(try Samples.plain(), name: "no: yes", source: "envlock.lock").text, "environment.yml")
  }

  @Test func `a named patch release is kept`() throws {
    let answer = PlatformLock(
      platform: .linuxAMD64, python: try PythonVersion("3.11.9"), strata: try Samples.plain().strata,
      targets: [], roots: [], wheels: [])
    #expect(
      CondaEnvironment(answer, name: "x", source: "a").json["dependencies"] == ["python=3.11.9", "pip"])
  }
}
