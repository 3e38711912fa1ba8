import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockModel

@Suite struct ProjectPageTests {
  private let name: ProjectName
  private let digest: Digest

  init() throws {
    name = try ProjectName("Some_Lib")
    digest = try Digest(sha256Hex: String(repeating: "0123456789abcdef", count: 4))
  }

  private func page(_ files: [IndexFile], base: String = "https://example.org/simple/some-lib/") throws
    -> ProjectPage
  {
    try ProjectPage(compact: ProjectPage.compact(name: name, baseURL: base, files: files))
  }

  private func wheel(_ version: String, _ tags: String = "py3-none-any", url: String? = nil) -> IndexFile {
    let fileName = "some_lib-\(version)-\(tags).whl"
    return IndexFile(fileName: fileName, url: url ?? fileName)
  }

  @Test func `keeps everything that an index says of a wheel`() throws {
    let full = IndexFile(
      fileName: "some_lib-1.0+cpu-1-cp311-cp311-linux_x86_64.whl",
      url: "https://example.org/w/some_lib-1.0%2Bcpu-1-cp311-cp311-linux_x86_64.whl", sha256: digest,
      size: 1_234_567_890_123,
      requiresPython: ">=3.9", uploadTime: "2026-11-15T21:32:28Z", yanked: "broken",
      metadata: .offered(digest))
    var other = wheel("1.0+cpu", url: "https://example.org/w/some_lib-1.0+cpu-py3-none-any.whl")
    other.yanked = ""
    other.metadata = .offered(nil)
    var third = wheel("1.0+cpu", "py2-none-any", url: "https://example.org/download/17")
    third.metadata = .absent
    let page = try page([full, other, third])
    #expect(page.name == name)
    #expect(page.releases.map(\.version.description) == ["1.0+cpu"])
    let wheels = page.wheels(of: try #require(page.releases.first))
    #expect(wheels.map(\.file) == [full, third, other])
    #expect(wheels.map(\.name.fileName) == wheels.map(\.file.fileName))
    #expect(page.wheelCount == 3)
  }

  @Test func `packs hashed folders and gives them back`() throws {
    let folder = "ab/0c/" + String(repeating: "0f", count: 30)
    let files = ["1.0", "1.1", "1.2"].map { version in
      wheel(version, url: "https://files.example.org/packages/\(folder)/some_lib-\(version)-py3-none-any.whl")
    }
    let upper = wheel(
      "2.0", url: "https://files.example.org/packages/\(folder.uppercased())/some_lib-2.0-py3-none-any.whl")
    let lone = wheel("3.0", url: "https://other.example.org/\(folder)/some_lib-3.0-py3-none-any.whl")
    let page = try page(files + [upper, lone])
    #expect(page.allWheels.map(\.file.url) == [lone.url, upper.url] + files.reversed().map(\.url))
    // One prefix for all, and 32 bytes instead of 67 for each folder.
    #expect(try self.page(files).compact.count < 3 * 80 + 100)
  }

  @Test func `resolves relative URLs and drops fragments`() throws {
    let page = try page([wheel("1.0", url: "../../packages/x.whl#sha256=abc"), wheel("2.0")])
    #expect(
      page.allWheels.map(\.file.url) == [
        "https://example.org/simple/some-lib/some_lib-2.0-py3-none-any.whl",
        "https://example.org/packages/x.whl",
      ])
  }

  @Test func `groups releases, newest first, and merges equal versions`() throws {
    let page = try page([
      wheel("1.0"), wheel("1.10"), wheel("1.0.0", "py2-none-any"), wheel("1.9"), wheel("2.0rc1"),
      wheel("1.0.post1"),
      IndexFile(fileName: "some-lib-1.9.0.tar.gz", url: ""), IndexFile(fileName: "Some.Lib-0.1.zip", url: ""),
      IndexFile(fileName: "some_lib-3.0.tar.gz", url: ""),
    ])
    #expect(
      page.releases.map { "\($0.version) \($0.wheelCount) \($0.hasSdist)" } == [
        "3.0 0 true", "2.0rc1 1 false", "1.10 1 false", "1.9 1 true", "1.0.post1 1 false", "1.0 2 false",
        "0.1 0 true",
      ])
    #expect(page.wheels(of: page.releases[5]).map(\.name.version.description) == ["1.0", "1.0.0"])
    #expect(page.wheels(of: page.releases[0]).isEmpty)
  }

  @Test func `counts what it cannot use`() throws {
    let files = [
      "other-1.0-py3-none-any.whl", "some_lib-1.0.win32.exe", "some_lib-x-py3-none-any.whl",
      "some_lib-1.0.whl",
      "some_lib-1.0-py2.7.egg", "other-1.0.tar.gz", "some_lib-nonsense.tar.gz", "",
      "some_lib-2.0-py3-none-any.whl",
    ]
    let page = try page(files.map { IndexFile(fileName: $0, url: $0) })
    #expect(page.skippedFiles == 8)
    #expect(page.releases.map(\.version.description) == ["2.0"])
  }

  @Test func `the order of the files does not matter`() throws {
    var random = SplitMix64(seed: 3)
    let files = (0..<60).map { index in
      wheel("\(index % 7).\(index % 3)", index % 2 == 0 ? "py3-none-any" : "cp3\(index)-abi3-linux_x86_64")
    }
    let page = try page(files)
    for _ in 0..<10 {
      let shuffled = try self.page(files.shuffled(using: &random))
      #expect(shuffled.releases.map(\.version) == page.releases.map(\.version))
      #expect(shuffled.allWheels == page.allWheels)
    }
  }

  @Test func `of files with one name the first counts`() throws {
    let page = try page([
      wheel("1.0", url: "https://a.example.org/1"), wheel("1.0", url: "https://b.example.org/1"),
    ])
    #expect(page.allWheels.map(\.file.url) == ["https://a.example.org/1"])
    #expect(page.wheelCount == 1)
  }

  @Test func `reads every wheel name as WheelName does`() throws {
    var random = SplitMix64(seed: 5)
    func any(_ choices: [String]) -> String { choices[Int.random(in: 0..<choices.count, using: &random)] }
    for _ in 0..<200 {
      let files = (0..<30).map { _ in
        let build = any(["", "", "", "-1", "-12abc"])
        let version = any([
          "1.0", "1.0.0", "1.0+cu118", "1!2.0rc1", "1.00", "1.0-x".replacing("-x", with: ""),
        ])
        let python = any(["py3", "py2.py3", "cp310", "CP311", "cp39.cp310"])
        let platform = any([
          "any", "linux_x86_64", "manylinux_2_17_x86_64.manylinux2014_x86_64", "Linux_aarch64", "x..any",
        ])
        let name = any(["some_lib", "Some.Lib", "SOME_lib"])
        let fileName =
          "\(name)-\(version)\(build)-\(python)-\(any(["none", "abi3", "cp310"]))-\(platform).whl"
        return IndexFile(fileName: fileName, url: "https://example.org/\(fileName)")
      }
      let wheels = try page(files).allWheels
      #expect(wheels.count == Set(files.map(\.fileName)).count)
      for wheel in wheels {
        #expect(try wheel.name == WheelName(wheel.file.fileName))
        #expect(wheel.name.version.description == (try WheelName(wheel.file.fileName)).version.description)
        #expect(wheel.file.url == "https://example.org/\(wheel.file.fileName)")
      }
    }
  }

  @Test func `an empty page is a page`() throws {
    let page = try page([])
    #expect(page.releases.isEmpty)
    #expect(page.allWheels.isEmpty)
  }

  @Test func `notices every flipped bit and every missing byte`() throws {
    let bytes = try page(ProjectPageTests.variedFiles(digest)).compact
    for index in bytes.indices {
      var damaged = bytes
      damaged[index] ^= UInt8(1) << (index % 8)
      #expect(throws: MalformedText.self) { try ProjectPage(compact: damaged) }
    }
    for length in 0..<bytes.count {
      #expect(throws: MalformedText.self) { try ProjectPage(compact: Array(bytes.prefix(length))) }
    }
  }

  @Test func `damage that the checksum does not show never traps`() throws {
    let bytes = try page(ProjectPageTests.variedFiles(digest)).compact
    var random = SplitMix64(seed: 4)
    var opened = 0
    for _ in 0..<20_000 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let index = Int.random(in: ProjectPageWriter.headerLength..<damaged.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: damaged[index] = UInt8.random(in: 0...255, using: &random)
        case 1: damaged[index] = 0xFF
        case 2: damaged.remove(at: index)
        default: damaged.insert(UInt8.random(in: 0...255, using: &random), at: index)
        }
      }
      ProjectPageWriter.seal(&damaged)
      guard let page = try? ProjectPage(compact: damaged) else { continue }
      opened += 1
      for release in page.releases { #expect(page.wheels(of: release).count <= release.wheelCount) }
    }
    #expect(opened > 1000)
  }

  @Test func `a release of another page reads nothing wrong`() throws {
    let large = try page(ProjectPageTests.variedFiles(digest))
    let small = try page([wheel("1.0")])
    for release in large.releases { _ = small.wheels(of: release) }
  }

  private static func variedFiles(_ digest: Digest) -> [IndexFile] {
    (0..<12).map { index in
      let fileName = "some_lib-1.\(index / 4)-cp3\(index)-cp3\(index)-manylinux_2_28_x86_64.whl"
      let folder = "ab/0c/" + String(repeating: "0f", count: 30)
      return IndexFile(
        fileName: fileName, url: "https://example.org/\(index % 2 == 0 ? folder : "x")/\(fileName)",
        sha256: index % 3 == 0 ? nil : digest, size: index * 1000,
        requiresPython: index % 4 == 0 ? nil : ">=3.\(index)", uploadTime: "2026-11-15T21:32:28Z",
        yanked: index % 5 == 0 ? "why" : nil, metadata: index % 2 == 0 ? .offered(digest) : .unknown)
    }
  }
}

@Suite struct UploadTimeTests {
  @Test(
    arguments: zip(
      [
        "2026-11-15T21:32:28.999999Z", "2026-11-15T23:32:28+02:00", "2024-02-29 23:59:60z",
        "1970-01-01T00:00:00Z",
        "2000-03-01T00:00:00", "2025-12-31T23:30:00-01:00",
      ],
      [
        "2026-11-15T21:32:28Z", "2026-11-15T21:32:28Z", "2024-02-29T23:59:59Z", "1970-01-01T00:00:00Z",
        "2000-03-01T00:00:00Z", "2026-01-01T00:30:00Z",
      ]))
  func `normalises to UTC seconds`(text: String, expected: String) {
    #expect(UploadTime.normalised(text) == expected)
  }

  @Test(arguments: [
    "", "2026-11-15", "2026-13-01T00:00:00Z", "2026-11-15T24:00:00Z", "2026-11-15T21:32:28.Z", "x",
    "1969-01-01T00:00:00Z", "2026-11-15T21:32:28Zz", "2026-11-15T21:32:28+2:00",
  ])
  func `rejects what is no time`(text: String) { #expect(UploadTime.normalised(text) == nil) }

  @Test func `every day of four centuries survives`() {
    var previous = ""
    for day in 0..<(366 * 400) {
      let text = UploadTime.text(of: day * 86400 + day % 86400)
      #expect(UploadTime.seconds(of: text) == day * 86400 + day % 86400)
      #expect(previous < text)
      previous = text
    }
  }
}

@Suite struct SdistNameTests {
  @Test(arguments: [
    ("numpy-2.5.5.tar.gz", "numpy", "2.5.5"), ("ruamel.yaml-0.18.zip", "ruamel-yaml", "0.18"),
    ("scikit-learn-1.0rc1.tar.bz2", "scikit-learn", "1.0rc1"),
    ("python-dateutil-2.9.0.post0.tar.gz", "python-dateutil", "2.9.0.post0"),
    ("a-1.0-1.tar.gz", "a", "1.0.post1"), ("numpy-2.5.5.whl", "numpy", nil), ("numpy.tar.gz", "numpy", nil),
    ("numpy-stubs-1.0.tar.gz", "numpy", nil), ("-1.0.tar.gz", "numpy", nil),
  ])
  func `finds the version`(fileName: String, project: String, version: String?) throws {
    #expect(SdistName.version(of: fileName, project: try ProjectName(project))?.description == version)
  }
}
