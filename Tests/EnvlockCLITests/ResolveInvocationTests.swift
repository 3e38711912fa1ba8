import ArgumentParser
import Envlock
import EnvlockManifest
import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockCLI

@Suite struct ResolveInvocationTests {
  private func invocation(_ words: [String], _ variables: [String: String] = [:]) throws -> ResolveInvocation
  {
    let command = try ResolveCommand.parse(words)
    return try ResolveInvocation(
      command, Variables(variables.merging(["HOME": "/home/me"]) { old, _ in old }))
  }

  private func fault(_ words: [String], _ variables: [String: String] = [:]) -> String {
    do {
      _ = try invocation(words, variables)
      return "no fault"
    } catch {
      return ErrorText.rendered(error, Style(isColoured: false))
    }
  }

  @Test func `every flag of the issue is understood`() throws {
    let invocation = try invocation([
      "torch==2.9.1", "torchvision", "--python", "3.11", "--platform", "linux/amd64", "--platform", "arm64",
      "--cuda", "12.8", "--driver", "550.54.15", "--gpu", "A100", "--gpu", "8.0", "-r", "requirements.txt",
      "-c",
      "constraints.txt", "--with", "tqdm>4", "-o", "my.lock", "--index-url", "https://a.example/simple",
      "--extra-index-url", "https://b.example/simple", "--extra-index-url", "https://c.example/simple",
      "--index",
      "internal=https://d.example/simple", "--find-links", "wheels", "--find-links", "https://e.example/",
      "--glibc", "2.36", "--exclude-newer", "2026-11-01", "--prerelease", "allow", "--offline", "--cache-dir",
      "cache",
      "-P", "numpy", "--upgrade-package", "Pillow", "--json", "--matrix", "m", "-q", "--color", "never",
      "--no-progress",
    ])
    let request = invocation.request
    #expect(invocation.source == .commandLine)
    #expect(request.framework?.requirement.description == "torch==2.9.1")
    #expect(request.framework?.origin == "command line")
    #expect(request.requirements.map(\.requirement.description) == ["torchvision", "tqdm>4"])
    #expect(request.python == (try PythonVersion("3.11")))
    #expect(request.platforms == [.linuxAMD64, .linuxARM64])
    #expect(request.cuda == .version(try CUDAVersion("12.8")))
    #expect(request.driver == (try DriverVersion("550.54.15")))
    #expect(request.gpus == ["A100", "8.0"])
    #expect(request.requirementsFiles == ["requirements.txt"])
    #expect(request.constraintsFiles == ["constraints.txt"])
    #expect(request.glibc == Version(release: [2, 36]))
    #expect(request.excludeNewer == .instant("2026-11-02T00:00:00Z"))
    #expect(request.prerelease == .allow)
    #expect(request.indexes == [IndexDeclaration(name: "internal", url: "https://d.example/simple")])
    #expect(invocation.sources.indexURL == "https://a.example/simple")
    #expect(invocation.sources.extraIndexURLs == ["https://b.example/simple", "https://c.example/simple"])
    #expect(invocation.sources.findLinks == ["wheels", "https://e.example/"])
    #expect(invocation.offline && invocation.json && !invocation.refresh)
    #expect(invocation.cacheDirectory == "cache" && invocation.matrixDirectory == "m")
    #expect(invocation.lock == "my.lock" && invocation.output == "my.lock")
    #expect(invocation.mode == .write)
    #expect(invocation.upgrade == .packages([try ProjectName("numpy"), try ProjectName("pillow")]))
  }

  @Test func `variables stand in for flags, and flags win`() throws {
    let variables = [
      "ENVLOCK_PYTHON": "3.10", "ENVLOCK_PLATFORM": "amd64, arm64", "ENVLOCK_GPU": "H100 PCIe, 8.0",
      "ENVLOCK_CUDA": "cpu", "ENVLOCK_EXTRA_INDEX_URL": "https://b.example/ https://c.example/",
      "ENVLOCK_INDEX": "a=https://a.example/", "ENVLOCK_OFFLINE": "yes", "ENVLOCK_LOCKED": "1",
      "ENVLOCK_LOCK": "x.lock",
      "ENVLOCK_MANIFEST": "m.toml", "ENVLOCK_CACHE_DIR": "/c", "ENVLOCK_MATRIX": "/m",
    ]
    let plain = try invocation([], variables)
    #expect(plain.request.python == (try PythonVersion("3.10")))
    #expect(plain.request.platforms == [.linuxAMD64, .linuxARM64])
    #expect(plain.request.gpus == ["H100 PCIe", "8.0"])
    #expect(plain.request.cuda == .cpu)
    #expect(plain.request.indexes.map(\.name) == ["a"])
    #expect(plain.sources.extraIndexURLs == ["https://b.example/", "https://c.example/"])
    #expect(plain.offline && plain.mode == .locked)
    #expect(plain.lock == "x.lock" && plain.source == .file("m.toml"))
    #expect(plain.cacheDirectory == "/c" && plain.matrixDirectory == "/m")

    let typed = try invocation(
      ["--python", "3.12", "--gpu", "9.0", "--lock", "y.lock", "--frozen", "torch"], variables)
    #expect(typed.request.python == (try PythonVersion("3.12")))
    #expect(typed.request.gpus == ["9.0"])
    #expect(typed.lock == "y.lock" && typed.mode == .frozen)
    #expect(typed.source == .commandLine)
  }

  @Test func `what is asked for decides whether a manifest is read`() throws {
    #expect(try invocation([]).source == .folder)
    #expect(try invocation(["--with", "tqdm"]).source == .folder)
    #expect(try invocation(["torch"]).source == .commandLine)
    #expect(try invocation(["-r", "r.txt"]).source == .commandLine)
    #expect(try invocation(["torch", "--manifest", "m.toml"]).source == .file("m.toml"))
  }

  @Test func `the first framework that is named is the framework`() throws {
    let request = try invocation(["torchvision", "Tensorflow[and-cuda]", "torch"]).request
    #expect(request.framework?.requirement.name.text == "tensorflow")
    #expect(request.requirements.map(\.requirement.name.text) == ["torchvision", "torch"])
    #expect(try invocation(["-r", "a"]).request.framework == nil)
  }

  @Test func `a wheel can be named by its file`() throws {
    let request = try invocation(["./w/torch-2.9.1-cp311-cp311-linux_x86_64.whl"])
      .request
    #expect(request.framework?.requirement.url == "./w/torch-2.9.1-cp311-cp311-linux_x86_64.whl")
  }

  @Test func `a dash is standard input or output`() throws {
    let invocation = try invocation([
      "-r", "r.txt", "-r", "-", "-c", "/c.txt", "-o", "-", "--find-links", "w",
    ])
    #expect(invocation.request.requirementsFiles == ["r.txt", "-"])
    #expect(invocation.request.constraintsFiles == ["/c.txt"])
    #expect(invocation.lock == "envlock.lock" && invocation.output == nil)
    #expect(invocation.sources.findLinks == ["w"])
    #expect(invocation.cacheDirectory == "/home/me/.cache/envlock")
  }

  @Test func `the command line is laid over the manifest`() throws {
    let manifest = Manifest(
      framework: SourcedRequirement(try Requirement("torch==2.8.0"), origin: "envlock.toml:2"),
      requirements: [SourcedRequirement(try Requirement("numpy"), origin: "envlock.toml:3")],
      platforms: [.linuxARM64], targets: [Target(name: "lab")],
      indexes: [
        IndexDeclaration(name: "a", url: "https://old.example/", packages: [try ProjectName("x")]),
        IndexDeclaration(name: "b", url: "https://b.example/"),
      ])
    let request = try invocation([
      "torch==2.9.1", "--manifest", "m", "--with", "tqdm", "--gpu", "8.0", "--index",
      "a=https://new.example/",
      "--index", "pytorch-cu126",
    ]).request
    let both = request.applied(to: manifest)
    #expect(both.framework?.requirement.description == "torch==2.9.1")
    #expect(both.requirements.map(\.requirement.description) == ["numpy", "tqdm"])
    #expect(both.platforms == [.linuxARM64])
    #expect(both.targets == [Target(name: "command line", gpus: ["8.0"])])
    #expect(
      both.indexes == [
        IndexDeclaration(name: "a", url: "https://new.example/", packages: [try ProjectName("x")]),
        IndexDeclaration(name: "b", url: "https://b.example/"), IndexDeclaration(name: "pytorch-cu126"),
      ])
  }

  @Test func `what cannot be meant is refused`() throws {
    var text = ""
    for words in [
      ["torch=2.9.1"], ["torch>=2; python_verson<'3'"], ["--with", "tqdm>>4", "torch"],
      ["torch", "--python", "2.7"],
      ["torch", "--platform", "windows"], ["torch", "--cuda", "twelve"], ["torch", "--driver", "new"],
      ["torch", "--glibc", "musl"], ["torch", "--exclude-newer", "yesterday"],
      ["torch", "--prerelease", "maybe"],
      ["torch", "--index", "internal"], ["torch", "--index", "a b=https://x.example"],
      ["torch", "--index", "a=https://x.example", "--index", "a=https://y.example"],
      ["torch", "--index-url", "x.example"],
      ["torch", "--extra-index-url", "user:secret@x.example"], ["torch", "-P", "no name"],
      ["torch", "--locked", "--frozen"],
      ["torch", "--locked", "--dry-run"], ["torch", "--frozen", "-U"], ["torch", "--locked", "-P", "numpy"],
      ["torch", "--offline", "--refresh"], ["torch", "--json", "-o", "-"],
    ] {
      text += "$ envlock resolve \(words.joined(separator: " "))\n" + fault(words) + "\n"
    }
    for variables in [["ENVLOCK_PYTHON": "two"], ["ENVLOCK_OFFLINE": "perhaps"], ["HOME": ""]] {
      text +=
        "$ \(variables.map { "\($0)=\($1)" }.joined()) envlock resolve torch\n" + fault(["torch"], variables)
        + "\n"
    }
    try expectGolden(text, "faults-resolve.txt")
  }
}
