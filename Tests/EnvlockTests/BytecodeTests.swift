import EnvlockImage
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import Envlock

/// Modules of images, compiled by the Python of this machine where it takes one.
@Suite(.timeLimit(.minutes(10))) struct BytecodeTests {
  private let made: BytecodePlace
  private var place: BuildPlace { made.place }

  init() throws { made = try BytecodePlace() }

  @Test(.enabled(if: MachinePython.found != nil))
  func `an image has the modules that its Python compiled, the same each time`() async throws {
    let python = try #require(MachinePython.found)
    let wheels = try [
      made.wheel("alpha", [("alpha/deep/module.py", "import json\n"), ("alpha/data.txt", "x = 1\n")]),
      made.wheel("beta", []),
    ]
    let base = try made.base()
    let request = try made.request(wheels, over: base)
    let first = try await place.build(request) { $0.jobs = 1 }
    let layers = try #require(first.images.first?.layers)
    #expect(
      layers.map(\.title) == [
        "bookworm, 2 packages", "python\(python.version) (Debian)", "library cache", "environment",
        "beta 1.0",
        "alpha 1.0", "bytecode of python \(python.version).2", "bytecode of beta 1.0",
        "bytecode of alpha 1.0", "lock",
      ])
    #expect(layers.map(\.stratum)[6...8].allSatisfy { $0 == .bytecode })
    #expect(first.notes == [])
    let name = EnvironmentLayout.binaryName(python.version)
    let site = "opt/env/lib/\(name)/site-packages"
    #expect(
      try await made.files(request) == [
        "usr/lib/\(name)/__pycache__/answer.\(python.tag).pyc",
        "usr/lib/\(name)/json/__pycache__/__init__.\(python.tag).pyc",
        "\(site)/beta/__pycache__/__init__.\(python.tag).pyc",
        "\(site)/alpha/__pycache__/__init__.\(python.tag).pyc",
        "\(site)/alpha/deep/__pycache__/module.\(python.tag).pyc",
      ])
    let second = try await place.build(request, to: "other", store: "other") { $0.jobs = 8 }
    #expect(second.digest == first.digest)
    #expect(try await made.faults("image", request) == [])
    #expect(try place.faults() == [])
    #expect(try place.faults(of: "other") == [])
    // Nothing is compiled again.
    let events = BuildEvents()
    #expect(try await place.build(request, progress: events).digest == first.digest)
    #expect(events.made == [])
    // All else is as it is without.
    let plain = try await place.build(
      made.request(wheels, over: base, bytecode: false), to: "plain", store: "plain")
    #expect(
      plain.images.first?.layers.map { $0.made?.digest }
        == layers.filter { $0.stratum != .bytecode }.map { $0.made?.digest })
  }

  @Test(.enabled(if: MachinePython.found != nil))
  func `a build of CPython runs on the libraries of the image below`() async throws {
    let python = try #require(MachinePython.found)
    let request = try made.request([made.wheel("alpha", [])], over: made.imageBase())
    try await place.build(request)
    let name = EnvironmentLayout.binaryName(python.version)
    #expect(
      try await made.files(request) == [
        "opt/python/lib/\(name)/__pycache__/answer.\(python.tag).pyc",
        "opt/env/lib/\(name)/site-packages/alpha/__pycache__/__init__.\(python.tag).pyc",
      ])
    #expect(try await made.faults("image", request) == [])
    #expect(try place.faults() == [])
  }

  @Test(.enabled(if: MachinePython.found != nil))
  func `another compiled module is found`() async throws {
    let request = try made.request([made.wheel("alpha", [])], over: made.base())
    try await place.build(request)
    var expectations = try await place.builder().expectations(request)
    let index = try #require(expectations[0].layers.firstIndex { $0.title == "bytecode of alpha 1.0" })
    guard case .entries(var entries) = expectations[0].layers[index].content,
      case .splice(var splice) = entries[0].content
    else { return }
    splice.expected = .sha256(sha256("another module".utf8))
    entries[0].content = .splice(splice)
    expectations[0].layers[index].content = .entries(entries)
    let lines = try await ImageVerifier(place.out("image")).verify(expectations).lines
    #expect(lines == ["bytecode of alpha 1.0: content: \(entries[0].path) has other content"])
  }

  @Test(.enabled(if: MachinePython.found != nil))
  func `what cannot be compiled is counted`() async throws {
    let python = try #require(MachinePython.found)
    let request = try made.request(
      [made.wheel("alpha", [("alpha/bad.py", "x = (\n"), ("alpha/old.py", "print 1\n")])], over: made.base())
    let images = try await place.build(request)
    let site = "/opt/env/lib/\(EnvironmentLayout.binaryName(python.version))/site-packages"
    #expect(
      images.notes == [
        "bytecode of alpha 1.0: Python \(python.version) cannot compile 2 of 3 modules, the first is \(site)/alpha/bad.py"
      ])
    #expect(try await made.files(request).count { $0.hasPrefix("opt/env") } == 1)
    #expect(try await made.faults("image", request) == [])
  }

  @Test(.enabled(if: MachinePython.found != nil), arguments: [false, true])
  func `wheels without modules have empty layers`(isLazy: Bool) async throws {
    let wheels = try ["alpha", "beta"].map { project in
      var builder = WheelBuilder(name: project, version: "1.0")
      builder.members.removeAll { $0.path.hasSuffix(".py") }
      return try place.mirror.wheel(project, "1.0", builder.recorded.build())
    }
    var request = try made.request(wheels, over: made.base())
    request.stargz = isLazy
    let images = try await place.build(request)
    #expect(images.notes == [])
    #expect(try await !made.files(request).contains { $0.hasPrefix("opt/env") })
    #expect(try await made.faults("image", request) == [])
  }

  @Test(.enabled(if: MachinePython.found != nil))
  func `a wheel's own compiled module stays`() async throws {
    let python = try #require(MachinePython.found)
    let request = try made.request(
      [
        made.wheel(
          "alpha",
          [("alpha/own.py", "x = 1\n"), ("alpha/__pycache__/own.\(python.tag).pyc", "compiled by its maker")])
      ], over: made.base())
    try await place.build(request)
    #expect(try await !made.files(request).contains { $0.hasSuffix("own.\(python.tag).pyc") })
    #expect(try await made.faults("image", request) == [])
  }

  @Test(.enabled(if: MachinePython.found != nil))
  func `where the user puts another module, none is compiled`() async throws {
    let python = try #require(MachinePython.found)
    let site = "opt/env/lib/\(EnvironmentLayout.binaryName(python.version))/site-packages"
    try place.folder.put(Array("x = 2\n".utf8), "project/alpha/module.py")
    var request = try made.request(
      [made.wheel("alpha", [("alpha/module.py", "x = 1\n")]), made.wheel("beta", [])], over: made.base())
    let whole = try await place.build(request)
    request.image.copy = ["alpha"]
    request.image.workdir = "/\(site)"
    request.folder = place.folder("project")
    let events = BuildEvents()
    let images = try await place.build(request, progress: events)
    let compiled = try await made.files(request).filter { $0.hasPrefix(site) }
    #expect(
      compiled
        == ["beta/__pycache__/__init__", "alpha/__pycache__/__init__"].map {
          "\(site)/\($0).\(python.tag).pyc"
        })
    #expect(whole.digest != images.digest)
    #expect(try await made.faults("image", request) == [])
  }

  @Test func `an image has no more layers than can be mounted`() async throws {
    let wheels = try (0..<120).map { number in
      LockedWheel(
        name: try ProjectName("wheel\(number)"), version: try Version("1.0"),
        fileName: "wheel\(number)-1.0-py3-none-any.whl", sha256: sha256("\(number)".utf8), size: 9 << 20,
        index: "default", url: nil, dependencies: [])
    }
    for isCompiled in [false, true] {
      let request = BuildRequest(
        lock: try place.mirror.lock(wheels), image: ImageDeclaration(bytecode: isCompiled))
      let layers = try #require(try await place.builder().plan(request).images.first?.layers)
      #expect(layers.count <= 127)
      #expect(layers.count > 100)
      let groups = layers.count { $0.stratum == .wheels }
      #expect(layers.count { $0.stratum == .bytecode } == (isCompiled ? groups + 1 : 0))
    }
  }
}
