import Envlock
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import EnvlockVersions
import Foundation
import Testing

/// Where wheels come from: indexes, folders and pages of wheels, single wheels.
@Suite struct SourcesTests {
  private let index: TestIndex
  private let asker: Asker

  init() throws {
    index = try TestIndex()
    asker = try Asker(index)
  }

  private func answer(
    _ manifest: Manifest, configure: (inout Configuration) throws -> Void = { _ in }
  ) async throws -> PlatformLock {
    try #require(try await asker.resolve(manifest, configure: configure).lock.platforms.first)
  }

  // MARK: Indexes

  @Test func `pages in HTML do as well as pages in JSON`() async throws {
    index.add("app", "1.0", needs: ["lib>=1,<2"], tag: "cp311-cp311-manylinux_2_28_x86_64")
    index.add("app", "2.0") { $0.requiresPython = ">=3.12" }
    index.add("lib", "1.0").add("lib", "1.1") { $0.yanked = "broken" }
    index.add("lib", "2.0")
    let json = try await answer(manifest("app"))
    index.write(.html)
    let html = try await answer(manifest("app")) { $0.cacheDirectory = nil }
    #expect(html.summary == "app 1.0, lib 1.0")
    #expect(json.summary == html.summary)
    #expect(json.wheels.map(\.sha256) == html.wheels.map(\.sha256))
  }

  @Test func `the folder of an index is named with and without a slash at its end`() async throws {
    index.add("app", "1.0")
    for url in [index.url("/simple"), index.url("/simple/")] {
      #expect(try await answer(manifest("app")) { $0.indexURL = url }.summary == "app 1.0")
    }
    #expect(index.paths.allSatisfy { !$0.contains("//") })
  }

  @Test func `an index may be a folder on disk`() async throws {
    let wheel = WheelBuilder(name: "app", version: "1.0", headers: ["Requires-Dist: lib"]).build()
    try asker.folder.put(wheel, "simple/app/app-1.0-py3-none-any.whl")
    try asker.folder.put(
      WheelBuilder(name: "lib", version: "2.0").build(), "simple/lib/lib-2.0-py3-none-any.whl")
    for url in [asker.folder("simple"), "file://" + asker.folder("simple/")] {
      let answer = try await answer(manifest("app")) {
        $0.indexURL = url
        $0.offline = true
      }
      #expect(answer.summary == "app 1.0, lib 2.0")
      #expect(try answer.wheel("app").sha256 == sha256(wheel))
      #expect(try answer.wheel("app").index == "default")
    }
    let error = try await asker.failure(manifest("nosuch")) { $0.indexURL = asker.folder("simple") }
    #expect(error.kind == .answerIsNo)
  }

  @Test(arguments: ["ENVLOCK_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"])
  func `the default index is found where other tools find it`(variable: String) async throws {
    index.add("app", "1.0")
    let answer = try await answer(manifest("app")) {
      $0.indexURL = nil
      $0.environment = [variable: self.index.url()]
    }
    #expect(answer.summary == "app 1.0")
  }

  @Test func `the extra index comes before the default one, and answers alone for what it knows`()
    async throws
  {
    index.add("app", "1.0", needs: ["lib"]).add("lib", "9.0").add("lib", "1.0", root: "/extra/")
    let answer = try await answer(manifest("app")) { $0.extraIndexURLs = [self.index.url("/extra/")] }
    #expect(answer.summary == "app 1.0, lib 1.0")
    #expect(try answer.wheel("lib").index == "extra")
    #expect(try answer.wheel("app").index == "default")
    #expect(index.server.count("/simple/lib/") == 0)
  }

  @Test func `a named index without packages comes before the default one`() async throws {
    index.add("app", "1.0", needs: ["lib"]).add("app", "0.5", root: "/internal/").add("lib", "1.0")
    let answer = try await answer(
      manifest("app") {
        $0.indexes = [IndexDeclaration(name: "internal", url: self.index.url("/internal/"))]
      })
    #expect(answer.summary == "app 0.5")
    #expect(try answer.wheel("app").index == "internal")
  }

  @Test func `a named index with packages is the only one asked for them, and asked for nothing else`()
    async throws
  {
    index.add("app", "1.0", needs: ["ourlib"]).add("ourlib", "9.0")
    index.add("ourlib", "1.0", root: "/internal/").add("app", "9.0", root: "/internal/")
    let pinned = try manifest("app") {
      $0.indexes = [
        IndexDeclaration(
          name: "internal", url: self.index.url("/internal/"), packages: [try ProjectName("ourlib")])
      ]
    }
    let answer = try await answer(pinned)
    #expect(answer.summary == "app 1.0, ourlib 1.0")
    #expect(try answer.wheel("ourlib").index == "internal")
    #expect(index.server.count("/simple/ourlib/") == 0)
    #expect(index.server.count("/internal/app/") == 0)

    // Not even where it lacks them does another index take its place.
    let error = try await asker.failure(
      manifest("app", "ourlib>=5") { $0.indexes = pinned.indexes })
    #expect(error.kind == .answerIsNo)
    #expect(index.server.count("/simple/ourlib/") == 0)
  }

  @Test func `the URL of a named index may stand in the environment`() async throws {
    index.add("ourlib", "1.0", root: "/internal/")
    let manifest = try manifest("ourlib") {
      $0.indexes = [IndexDeclaration(name: "our.internal", packages: [try ProjectName("ourlib")])]
    }
    let nowhere = try await asker.failure(manifest)
    #expect(nowhere.message == "nothing says where the index “our.internal” is")
    #expect(nowhere.kind == .badInput)
    let answer = try await answer(manifest) {
      $0.environment["ENVLOCK_INDEX_OUR_INTERNAL_URL"] = self.index.url("/internal/")
    }
    #expect(try answer.wheel("ourlib").index == "our.internal")
  }

  @Test func `--cuda takes torch from the named index of the matrix, and nothing else from there`()
    async throws
  {
    let native = "cp311-cp311-manylinux_2_28_x86_64"
    index.add("torch", "2.9.1", needs: ["filelock", "nvidia-cuda-runtime-cu12==12.8.90"], tag: native)
    index.add(
      "torch", "2.9.1+cu126", needs: ["filelock", "nvidia-cuda-runtime-cu12==12.6.77"], tag: native,
      root: "/cu126/")
    index.add("filelock", "3.20.0").add("nvidia-cuda-runtime-cu12", "12.6.77")
    index.add("nvidia-cuda-runtime-cu12", "12.8.90")
    let environment = ["ENVLOCK_INDEX_PYTORCH_CU126_URL": index.url("/cu126/")]
    let asked = try manifest("torch==2.9.1") { $0.cuda = .version(try CUDAVersion("12.6")) }
    let report = try await asker.resolve(asked) { $0.environment = environment }
    let answer = try #require(report.lock.platforms.first)
    #expect(
      answer.summary == "filelock 3.20.0, nvidia-cuda-runtime-cu12 12.6.77, torch 2.9.1+cu126")
    #expect(answer.levels.hasPrefix("CUDA 12.6"))
    #expect(try answer.wheel("torch").index == "pytorch-cu126")
    #expect(try answer.wheel("filelock").index == "default")
    #expect(
      report.notes == ["torch comes from the index pytorch-cu126, whose builds are made with CUDA 12.6"])
    #expect(index.paths.filter { $0.hasPrefix("/cu126/") } == ["/cu126/torch/"])

    // The default index's own build needs no other index.
    let own = try manifest("torch==2.9.1") { $0.cuda = .version(try CUDAVersion("12.8")) }
    let plain = try await asker.resolve(own) { $0.environment = environment }
    #expect(try plain.lock.platforms.first?.wheel("torch").index == "default")
    #expect(plain.notes == [])
  }

  @Test func `--cuda cpu takes the build for the CPU`() async throws {
    let native = "cp311-cp311-manylinux_2_28_x86_64"
    index.add("torch", "2.9.1", needs: ["nvidia-cuda-runtime-cu12==12.8.90"], tag: native)
    index.add("torch", "2.9.1+cpu", tag: native, root: "/cpu/")
    let answer = try await answer(manifest("torch==2.9.1") { $0.cuda = .cpu }) {
      $0.environment = ["ENVLOCK_INDEX_PYTORCH_CPU_URL": self.index.url("/cpu/")]
    }
    #expect(answer.summary == "torch 2.9.1+cpu")
    #expect(answer.levels == "")
  }

  @Test func `a CUDA that nobody knows is an honest no that names those that are known`() async throws {
    index.add("torch", "2.9.1", needs: ["nvidia-cuda-runtime-cu12==12.8.90"])
    index.add("nvidia-cuda-runtime-cu12", "12.8.90")
    let error = try await asker.failure(
      manifest("torch==2.9.1") { $0.cuda = .version(try CUDAVersion("99.1")) })
    #expect(error.kind == .answerIsNo)
    #expect(error.details.joined(separator: " ").contains("CUDA 99.1"))
  }

  // MARK: Folders and pages of wheels

  @Test func `wheels of a folder are found beside the index, and are pinned by their bytes`() async throws {
    index.add("app", "1.0", needs: ["lib"]).add("lib", "1.0")
    let mine = WheelBuilder(name: "lib", version: "1.5").build()
    try asker.folder.put(mine, "wheels/lib-1.5-py3-none-any.whl")
    try asker.folder.put(Array("notes".utf8), "wheels/notes.txt")
    let report = try await asker.resolve(manifest("app")) { $0.findLinks = [asker.folder("wheels")] }
    let answer = try #require(report.lock.platforms.first)
    #expect(answer.summary == "app 1.0, lib 1.5")
    let lib = try answer.wheel("lib")
    #expect(lib.sha256 == sha256(mine))
    #expect(lib.size == mine.count)
    #expect(lib.index == "find-links")
    #expect(lib.url == nil)
    #expect(!report.lock.canonicalText().contains(asker.folder.path))
  }

  @Test func `a folder is enough where nothing else is needed`() async throws {
    try asker.folder.put(WheelBuilder(name: "lib", version: "1.5").build(), "lib-1.5-py3-none-any.whl")
    let answer = try await answer(manifest("lib")) {
      $0.indexURL = nil
      $0.noIndex = true
      $0.findLinks = [asker.folder.path]
    }
    #expect(answer.summary == "lib 1.5")
    #expect(index.paths.isEmpty)
  }

  @Test func `wheels of a page are found, and those without a digest get theirs computed`() async throws {
    let hashed = WheelBuilder(name: "hashed", version: "1.0", headers: ["Requires-Dist: bare"]).build()
    let bare = WheelBuilder(name: "bare", version: "2.0", padding: 300_000).build()
    index.serve("/page") { _ in
      .text(
        """
        <a href="w/hashed-1.0-py3-none-any.whl#sha256=\(sha256(hashed).hex)">hashed</a>
        <a href="w/bare-2.0-py3-none-any.whl">bare</a>
        """, type: "text/html")
    }
    index.serve("/w/hashed-1.0-py3-none-any.whl") { .file(hashed, for: $0) }
    index.serve("/w/bare-2.0-py3-none-any.whl") { .file(bare, for: $0) }
    let answer = try await answer(manifest("hashed")) { $0.findLinks = [self.index.url("/page")] }
    #expect(answer.summary == "bare 2.0, hashed 1.0")
    #expect(try answer.wheel("bare").sha256 == sha256(bare))
    #expect(try answer.wheel("bare").size == bare.count)
    #expect(try answer.wheel("bare").index == "find-links")
    #expect(try answer.wheel("hashed").sha256 == sha256(hashed))
  }

  @Test func `a folder that is missing is named`() async throws {
    let error = try await asker.failure(manifest("lib")) { $0.findLinks = [asker.folder("nowhere")] }
    #expect(error.message == "cannot read `\(asker.folder("nowhere"))`: there is no such file")
    #expect(error.kind == .couldNotFindOut)
  }

  // MARK: Single wheels

  @Test func `a wheel on disk is locked by its bytes`() async throws {
    index.add("lib", "1.0").add("app", "9.0")
    let wheel = WheelBuilder(name: "app", version: "1.0", headers: ["Requires-Dist: lib"]).build()
    let path = try asker.folder.put(wheel, "dist/app-1.0-py3-none-any.whl")
    let depth = FileManager.default.currentDirectoryPath.split(separator: "/").count
    let relative = String(repeating: "../", count: depth) + path.dropFirst()
    for reference in ["app @ file://\(path)", "app @ \(path)", "app @ \(relative)"] {
      let answer = try await answer(manifest(reference))
      #expect(answer.summary == "app 1.0, lib 1.0")
      let app = try answer.wheel("app")
      #expect(app.sha256 == sha256(wheel))
      #expect(app.size == wheel.count)
      #expect(app.index == nil)
      #expect(app.url?.hasSuffix("/dist/app-1.0-py3-none-any.whl") == true)
    }
    #expect(index.server.count("/simple/app/") == 0)
  }

  @Test func `a wheel at a URL with its digest is locked without being fetched whole`() async throws {
    let wheel = WheelBuilder(name: "app", version: "1.0", headers: ["Requires-Dist: lib"], padding: 400_000)
      .build()
    index.add("lib", "1.0")
    index.serve("/w/app-1.0-py3-none-any.whl") { .file(wheel, for: $0) }
    let url = index.url("/w/app-1.0-py3-none-any.whl")
    let answer = try await answer(manifest("app @ \(url)#sha256=\(sha256(wheel).hex)"))
    #expect(answer.summary == "app 1.0, lib 1.0")
    let app = try answer.wheel("app")
    #expect(app.sha256 == sha256(wheel))
    #expect(app.url == url)
    let asked = index.wheelRequests
    #expect(asked.allSatisfy { $0["range"] != nil })
  }

  @Test func `a wheel at a URL without a digest is fetched once to compute it`() async throws {
    let wheel = WheelBuilder(name: "app", version: "1.0", padding: 400_000).build()
    index.serve("/w/app-1.0-py3-none-any.whl") { .file(wheel, for: $0) }
    let asked = try manifest("app @ \(index.url("/w/app-1.0-py3-none-any.whl"))")
    let first = try await asker.resolve(asked).lock
    #expect(try first.platforms.first?.wheel("app").sha256 == sha256(wheel))
    #expect(try first.platforms.first?.wheel("app").size == wheel.count)
    let requests = index.paths.count
    let offline = try await asker.resolve(asked) { $0.offline = true }.lock
    #expect(offline.canonicalText() == first.canonicalText())
    #expect(index.paths.count == requests)
  }

  @Test func `a wheel on disk that has another digest than was demanded is refused`() async throws {
    let path = try asker.folder.put(
      WheelBuilder(name: "app", version: "1.0").build(), "app-1.0-py3-none-any.whl")
    let wrong = String(repeating: "5a", count: 32)
    let error = try await asker.failure(manifest("app @ file://\(path)#sha256=\(wrong)"))
    #expect(error.rendered.contains(wrong))
    #expect(error.message.hasPrefix("app-1.0-py3-none-any.whl has the SHA-256 "))
    #expect(error.kind == .badInput)
  }

  @Test func `markers choose among direct references`() async throws {
    func put(_ machine: String) throws -> String {
      let name = "app-1.0-cp311-cp311-manylinux_2_28_\(machine).whl"
      return try asker.folder.put(WheelBuilder(name: "app", version: "1.0").build(), name)
    }
    let both = try manifest(
      "app @ file://\(put("x86_64")) ; platform_machine == 'x86_64'",
      "app @ file://\(put("aarch64")) ; platform_machine == 'aarch64'"
    ) { $0.platforms = [.linuxAMD64, .linuxARM64] }
    let lock = try await asker.resolve(both).lock
    #expect(
      try lock.platforms.map { try $0.wheel("app").fileName } == [
        "app-1.0-cp311-cp311-manylinux_2_28_x86_64.whl", "app-1.0-cp311-cp311-manylinux_2_28_aarch64.whl",
      ])
    let clash = try await asker.failure(
      manifest("app @ file://\(put("x86_64"))", "app @ file:///other/app-1.0-py3-none-any.whl"))
    #expect(clash.kind == .answerIsNo)
    #expect(clash.rendered.contains("is asked for at two places"))
  }

  @Test(arguments: ["", "5a5a", String(repeating: "zz", count: 32)])
  func `a digest that is none is bad input`(digest: String) async throws {
    // Reading the text of a requirement refuses it before; a path alone is not read so.
    let requirement = Requirement(
      name: try ProjectName("app"), url: "dist/app-1.0-py3-none-any.whl#sha256=\(digest)")
    let error = try await asker.failure(
      manifest { $0.requirements = [SourcedRequirement(requirement, origin: "command line")] })
    #expect(error.kind == .badInput)
    #expect(error.message.contains("has to be 64 hexadecimal digits (command line)"))
    #expect(index.paths.isEmpty)
  }

  @Test func `a small wheel at a URL that has another digest than was demanded is refused`() async throws {
    // The server ignores ranges, so that the whole wheel is there to be looked at.
    let wheel = WheelBuilder(name: "app", version: "1.0").build()
    index.serve("/w/app-1.0-py3-none-any.whl") { _ in .init(body: wheel) }
    let wrong = String(repeating: "5a", count: 32)
    let error = try await asker.failure(
      manifest("app @ \(index.url("/w/app-1.0-py3-none-any.whl"))#sha256=\(wrong)"))
    #expect(error.kind == .answerIsNo)
    #expect(error.details.joined(separator: " ").contains("SHA-256"))
  }

  @Test(arguments: ["app-1.0.tar.gz", "other-1.0-py3-none-any.whl", "app"])
  func `a direct reference that is no wheel of the project is refused`(name: String) async throws {
    let error = try await asker.failure(manifest("app @ \(index.url("/w/\(name)"))"))
    #expect(error.kind == .badInput)
    #expect(error.message == "`\(index.url("/w/\(name)"))` is no wheel of app (command line)")
  }

  @Test func `a constraint that names a file is refused, not passed over`() async throws {
    let error = try await asker.failure(
      manifest("app") {
        $0.constraints = [
          SourcedRequirement(
            try Requirement("lib @ https://me:secret@example.org/lib-1.0-py3-none-any.whl"),
            origin: "constraints.txt:4")
        ]
      })
    #expect(error.kind == .badInput)
    #expect(
      error.message
        == "the constraint on lib names a file, `https://****@example.org/lib-1.0-py3-none-any.whl` "
        + "(constraints.txt:4); a constraint can only bound versions")
  }

  @Test func `a direct reference to nothing says so`() async throws {
    let gone = try await asker.failure(manifest("app @ \(index.url("/w/app-1.0-py3-none-any.whl"))"))
    #expect(gone.rendered.contains("app-1.0-py3-none-any.whl") || gone.rendered.contains("app 1.0"))
    let missing = try await asker.failure(manifest("app @ file:///nowhere/app-1.0-py3-none-any.whl"))
    #expect(missing.message.contains("/nowhere/app-1.0-py3-none-any.whl"))
    #expect(missing.kind == .couldNotFindOut)
  }

  @Test func `a dependency by URL deep inside is refused, unless the user names it too`() async throws {
    let lib = WheelBuilder(name: "lib", version: "1.0").build()
    index.serve("/w/lib-1.0-py3-none-any.whl") { .file(lib, for: $0) }
    let url = index.url("/w/lib-1.0-py3-none-any.whl")
    index.add("app", "1.0", needs: ["lib @ \(url)"])
    let error = try await asker.failure(manifest("app"))
    #expect(error.kind == .answerIsNo)
    #expect(error.details.joined(separator: " ").contains("app 1.0 depends on lib by URL"))
    #expect(try await asker.chosen(manifest("app", "lib @ \(url)")) == "app 1.0, lib 1.0")
  }
}
