import EnvlockModel
import EnvlockRegistry
import EnvlockStore
import EnvlockTestSupport
import EnvlockVersions
import Testing

@Suite struct ImageSystemTests {
  private typealias Member = TarBuilder.Member
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// A file that holds what a C library holds, somewhere inside.
  private static func library(_ sentence: String, bits: UInt8 = 2, before: Int = 300_000) -> [UInt8] {
    var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, bits]
    bytes += [UInt8](repeating: 0x47, count: before)
    return bytes + Array("\0GNU C Library is a library\0\(sentence)\nCopyright".utf8) + [0]
      + [UInt8](repeating: 1, count: 5000)
  }

  private static func glibc(_ version: String) -> [UInt8] {
    library("GNU C Library (Debian GLIBC \(version)-13+deb11u3) stable release version \(version).")
  }

  private func facts(_ layers: [Member]...) throws -> ImageSystem.Facts {
    try ImageSystem.facts(layers: place(layers))
  }

  private func place(_ layers: [[Member]]) throws -> [(path: String, mediaType: String)] {
    try layers.enumerated().map { index, members in
      (try scratch.put(TarBuilder(members).build(), "\(index).tar"), "application/vnd.oci.image.layer.v1.tar")
    }
  }

  @Test(arguments: [
    "lib/x86_64-linux-gnu", "./usr/lib/aarch64-linux-gnu", "/lib64", "usr/lib64", "usr/lib", "lib",
  ])
  func `glibc is found wherever linkers look`(folder: String) throws {
    #expect(try facts([.file("\(folder)/libc.so.6", Self.glibc("2.36"))]).glibc == Version("2.36"))
    let old = try facts([
      .file("\(folder)/libc-2.31.so", Self.glibc("2.31")), .link("\(folder)/libc.so.6", "libc-2.31.so"),
    ])
    #expect(try old.glibc == Version("2.31"))
  }

  @Test(arguments: [
    ("GNU C Library (Ubuntu GLIBC 2.35-0ubuntu3.8) stable release version 2.35.", "2.35"),
    ("GNU C Library (GNU libc) stable release version 2.17, by Roland McGrath et al.", "2.17"),
    ("GNU C Library (GNU libc) development release version 2.38.9000.", "2.38.9000"),
  ])
  func `what the library says of itself is read`(sentence: String, version: String) throws {
    for before in [0, 65_400, 65_500, 65_536, 131_050] {
      let file = Self.library(sentence, before: before)
      #expect(try facts([.file("lib64/libc.so.6", file)]).glibc == Version(version))
    }
  }

  @Test func `an upper layer decides`() throws {
    let base: [Member] = [
      .link("lib", "usr/lib"), .file("usr/lib/x86_64-linux-gnu/libc.so.6", Self.glibc("2.31")),
    ]
    #expect(
      try facts(base, [.file("usr/lib/x86_64-linux-gnu/libc.so.6", Self.glibc("2.36"))]).glibc
        == Version("2.36"))
    #expect(try facts(base, [.file("etc/x", "")]).glibc == Version("2.31"))
    // A link that is new, to a file that was there.
    let old: [Member] = [.file("lib64/libc-2.28.so", Self.glibc("2.28"))]
    #expect(try facts(old, [.link("lib64/libc.so.6", "/lib64/libc-2.28.so")]).glibc == Version("2.28"))
    #expect(
      try facts(old, [.link("usr/lib64/libc.so.6", "../../lib64/libc-2.28.so")]).glibc == Version("2.28"))
    // Another name of the same file.
    #expect(
      try facts(old + [.link("lib64/libc.so.6", "lib64/libc-2.28.so", type: "1")]).glibc == Version("2.28"))
  }

  @Test(arguments: [
    "usr/lib/x86_64-linux-gnu/.wh.libc.so.6", "usr/lib/.wh.x86_64-linux-gnu", ".wh.usr",
    "usr/lib/x86_64-linux-gnu/.wh..wh..opq", "usr/.wh..wh..opq", ".wh..wh..opq",
  ])
  func `what is removed is gone`(path: String) throws {
    let base: [Member] = [.file("usr/lib/x86_64-linux-gnu/libc.so.6", Self.glibc("2.31"))]
    #expect(try facts(base, [.file(path, "")]).glibc == nil)
    // What the same layer has is not hidden by it.
    let fresh: Member = .file("usr/lib/x86_64-linux-gnu/libc.so.6", Self.glibc("2.36"))
    #expect(try facts(base, [fresh, .file(path, "")]).glibc == Version("2.36"))
    #expect(try facts(base, [.file(path, ""), fresh]).glibc == Version("2.36"))
  }

  @Test func `a folder that became a file or a link hides what was in it`() throws {
    let base: [Member] = [.file("usr/lib64/libc.so.6", Self.glibc("2.31"))]
    #expect(try facts(base, [.file("usr/lib64", "")]).glibc == nil)
    #expect(
      try facts(base, [.link("usr/lib64", "lib"), .file("usr/lib/libc.so.6", Self.glibc("2.36"))]).glibc
        == Version("2.36"))
  }

  @Test func `an image with another C library has no glibc`() throws {
    let musl: [Member] = [
      .file("lib/ld-musl-x86_64.so.1", Self.library("musl libc")),
      .link("lib/libc.musl-x86_64.so.1", "ld-musl-x86_64.so.1"),
      .file("etc/os-release", "NAME=\"Alpine\"\nPRETTY_NAME=\"Alpine Linux v3.20\"\n"),
    ]
    let facts = try facts(musl)
    #expect(facts.glibc == nil)
    #expect(facts.hasMusl)
    #expect(facts.name == "Alpine Linux v3.20")
    let layers = try place([musl + [.link("lib/libc.so.6", "libgcompat.so.0")]])
    #expect(try ImageSystem.glibc(layers: layers) == nil)
    #expect(try self.facts([]).glibc == nil)
  }

  @Test func `libraries of other architectures do not count`() throws {
    let small = Self.library("GNU C Library (x) stable release version 2.12.", bits: 1)
    let real = Self.glibc("2.28")
    #expect(
      try facts([.file("lib/libc.so.6", small), .file("lib64/libc.so.6", real)]).glibc == Version("2.28"))
    #expect(try facts([.file("lib/libc.so.6", small)]).glibc == nil)
    #expect(try facts([.file("usr/aarch64-linux-gnu/lib/libc.so.6", real)]).glibc == nil)
    #expect(try facts([.file("usr/lib32/libc.so.6", real)]).glibc == nil)
  }

  @Test func `links that lead nowhere, round and round, or out are passed over`() throws {
    #expect(try facts([.link("lib64/libc.so.6", "nowhere")]).glibc == nil)
    #expect(try facts([.link("lib64/libc.so.6", "libc.so.6")]).glibc == nil)
    #expect(
      try facts([.link("lib64/libc.so.6", "libc-2.1.so"), .link("lib64/libc-2.1.so", "libc.so.6")]).glibc
        == nil)
    #expect(try facts([.link("lib64/libc.so.6", "../../../../..")]).glibc == nil)
    #expect(try facts([.file("../lib64/libc.so.6", Self.glibc("2.28"))]).glibc == nil)
  }

  @Test func `the system's own name is read, through its link`() throws {
    let base: [Member] = [
      .link("etc/os-release", "../usr/lib/os-release"),
      .file("usr/lib/os-release", "NAME=x\nPRETTY_NAME='Ubuntu 22.04.4 LTS'\r\nID=ubuntu\n"),
    ]
    #expect(try facts(base).name == "Ubuntu 22.04.4 LTS")
    #expect(try facts(base, [.file("etc/os-release", "PRETTY_NAME=Other\u{1B}[2J\n")]).name == "Other[2J")
    #expect(try facts(base, [.file("usr/lib/os-release", "NAME=x\n")]).name == nil)
  }

  @Test func `a layer may be compressed, and may lack its end`() throws {
    var builder = TarBuilder([.file("lib64/libc.so.6", Self.glibc("2.28"))])
    let gzip = try scratch.put(DebianBuilder.gzip(builder.build()), "a")
    #expect(try ImageSystem.glibc(layers: [(gzip, "")]) == Version("2.28"))
    builder.hasEnd = false
    let open = try scratch.put(builder.build(), "b")
    #expect(try ImageSystem.glibc(layers: [(open, "")]) == Version("2.28"))
    let empty = try scratch.put([UInt8](repeating: 0, count: 1024), "c")
    #expect(try ImageSystem.glibc(layers: [(gzip, ""), (empty, "")]) == Version("2.28"))
  }

  @Test func `a damaged layer is named`() throws {
    let path = try scratch.put(Array("this is no archive at all, however long one looks at it".utf8), "d")
    do {
      _ = try ImageSystem.glibc(layers: [(path, "")])
      Issue.record("it was read")
    } catch let error as ImageSystemError {
      #expect(error.message.contains(path))
      #expect(error.kind == .answerIsNo)
    }
    #expect(throws: ImageSystemError.self) {
      try ImageSystem.glibc(layers: [(scratch("missing"), "")])
    }
  }
}

@Suite(.timeLimit(.minutes(10))) struct RegistrySystemTests {
  @Test func `the system of an image is found out once`() async throws {
    let registry = try RegistryFixture()
    let library = Array("GNU C Library (x) stable release version 2.36.\n".utf8)
    let base = TarBuilder([
      .file("lib64/libc.so.6", library), .file("etc/os-release", "PRETTY_NAME=\"Some System\"\n"),
    ]).build()
    let top = TarBuilder([.file("etc/x", "x")]).build()
    registry.put(image: [base, top, top], tag: "1")
    let (client, store) = registry.client(cache: true)
    let image = try await client.lock(registry.reference(), platform: .linuxAMD64)
    let facts = try await client.system(of: image, store: store)
    #expect(try facts.glibc == Version("2.36"))
    #expect(facts.name == "Some System")
    #expect(!facts.hasMusl)
    let count = registry.server.requests.count
    let (offline, elsewhere) = registry.client(cache: true, offline: true)
    #expect(try await offline.system(of: image, store: elsewhere) == facts)
    #expect(registry.server.requests.count == count)
    let empty = ArtifactStore(folder: registry.folder("empty"), client: HTTPClient(cache: nil))
    await #expect(throws: RegistryError.self) {
      try await registry.client(offline: true).client.system(of: image, store: empty)
    }
  }
}
