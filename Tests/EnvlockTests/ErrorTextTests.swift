import Envlock
import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

/// The whole text of the errors that people will meet, as it is printed.
@Suite struct ErrorTextTests {
  private let index: TestIndex
  private let asker: Asker

  init() throws {
    index = try TestIndex()
    asker = try Asker(index)
    let native = "cp311-cp311-manylinux_2_28_x86_64"
    index.add("torch", "2.9.1", needs: ["nvidia-cuda-runtime-cu12==12.8.90"], tag: native)
    index.add("torch", "2.15.0", needs: ["nvidia-cuda-runtime==13.2.86"], tag: native)
    index.add("nvidia-cuda-runtime-cu12", "12.8.90").add("nvidia-cuda-runtime", "13.2.86")
    index.add("app", "1.0", needs: ["lib>=2"]).add("tool", "3.0", needs: ["lib<2"])
    index.add("lib", "1.0").add("lib", "2.0")
    index.add("old", "1.0", tag: "cp39-cp39-manylinux_2_17_x86_64").add("old", "2.0", tag: nil)
    index.add("broken", "1.0") { $0.inner = ("other", "1.0") }
  }

  private func target(_ name: String = "command line", driver: String? = nil, gpus: [String] = []) throws
    -> Target
  {
    Target(name: name, driver: try driver.map { try DriverVersion($0) }, gpus: gpus)
  }

  @Test(arguments: [
    ("conflict.txt", "app tool"), ("unknown-project.txt", "app nosuch"), ("unknown-version.txt", "lib==7"),
    ("no-wheel.txt", "old>=2"), ("no-wheel-for-python.txt", "old<2"), ("no-wheel-at-all.txt", "old"),
    ("wrong-metadata.txt", "broken"),
  ])
  func `an honest no is proven`(golden: String, requirements: String) async throws {
    var asked = try manifest()
    asked.requirements = try requirements.split(separator: " ").map {
      SourcedRequirement(try Requirement($0), origin: "requirements.txt:1")
    }
    let error = try await asker.failure(asked)
    #expect(error.kind == .answerIsNo)
    try expectGolden(asker.mask(error.rendered), golden)
  }

  @Test func `hardware that does not run it is told from the hardware up`() async throws {
    let driver = try await asker.failureText(
      manifest("torch==2.15.0") { $0.targets = [try target(driver: "570.124.06")] })
    try expectGolden(driver, "driver.txt")
    let gpu = try await asker.failureText(
      manifest("torch==2.15.0") { $0.targets = [try target(gpus: ["V100"])] })
    try expectGolden(gpu, "gpu.txt")
    index.add("torch", "1.13.1", tag: "cp311-cp311-manylinux1_x86_64")
    let targets = try await asker.failureText(
      manifest("torch") {
        $0.targets = [
          try target("new", driver: "595.71.05", gpus: ["H100 PCIe"]), try target("old", driver: "470.57.02"),
        ]
      })
    try expectGolden(targets, "targets.txt")
  }

  @Test func `bad input is told before anything is asked`() async throws {
    var texts: [String] = []
    for change: @Sendable (inout Manifest) throws -> Void in [
      { $0.targets = [Target(name: "lab", gpus: ["GeForce 9999"])] },
      { $0.targets = [Target(name: "lab", gpus: ["A10O"])] },
      { $0.targets = [Target(name: "lab", gpus: ["Quadro"])] },
      { $0.indexes = [IndexDeclaration(name: "internal")] },
    ] {
      let error = try await asker.failure(manifest("torch", change: change))
      #expect(error.kind == .badInput)
      texts.append(asker.mask(error.rendered))
    }
    #expect(index.paths.isEmpty)
    try expectGolden(texts.joined(separator: "\n"), "bad-input.txt")
  }

  @Test func `what could not be found out is told with its place`() async throws {
    typealias Response = LoopbackServer.Response
    let json = "application/vnd.pypi.simple.v1+json"
    let faults: [(String, Response)] = [
      ("credentials", .text("no", status: 401)), ("forbidden", .text("no", status: 403)),
      ("a failing server", .text("oops", status: 500)),
      ("a login page", .text("<html><form>Log in</form></html>", type: "text/html")),
      ("a page of links", .text("<a href='/'>Home</a> <a href='/news'>News</a>", type: "text/html")),
      ("truncated JSON", .text(#"{"files": [{"filename": "ap"#, type: json)),
      ("other JSON", .text(#"{"name": "app"}"#, type: json)), ("nothing", .text("", type: json)),
      (
        "a short answer",
        Response(headers: ["Content-Type": json], body: Array("{}".utf8), length: .stated(99))
      ),
      ("a page too large", Response(filler: 1, length: .stated(200 << 20), fault: .hangAfter(1))),
      ("a circle", .redirect(to: "/simple/app/")), ("silence", Response(fault: .hang)),
    ]
    var texts: [String] = []
    for (name, response) in faults {
      index.serve("/simple/app/") { _ in response }
      let error = try await asker.failure(manifest("app")) {
        // The others may take their time.
        if name == "silence" { $0.environment["ENVLOCK_HTTP_TIMEOUT"] = "1" }
      }
      #expect(error.kind == .couldNotFindOut, "\(name)")
      texts.append("# \(name)\n" + asker.mask(error.rendered))
    }
    let offline = try await asker.failure(manifest("app")) {
      $0.offline = true
      $0.cacheDirectory = nil
    }
    texts.append("# offline\n" + asker.mask(offline.rendered))
    try expectGolden(texts.joined(separator: "\n"), "unreachable.txt")
  }

  @Test func `a server that is not there is told with its place`() async throws {
    index.server.stop()
    let error = try await asker.failure(manifest("app"))
    #expect(error.kind == .couldNotFindOut)
    #expect(
      asker.mask(error.message).hasPrefix(
        "could not fetch http://HOST:PORT/simple/app/: could not connect to HOST:PORT"))
  }
}
