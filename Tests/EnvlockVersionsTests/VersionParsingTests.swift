import EnvlockVersions
import Testing

@Suite struct VersionParsingTests {
  @Test(arguments: [
    // Releases
    ("1", "1"), ("1.0", "1.0"), ("13.0.3.0", "13.0.3.0"), ("2024.08.03", "2024.8.3"), ("0", "0"),
    ("1.0.0.0.0.0.0", "1.0.0.0.0.0.0"), ("1.0.0.0.0.0.0.0.0", "1.0.0.0.0.0.0.0.0"),
    ("1.2.3.4.5", "1.2.3.4.5"),
    ("20240101.1", "20240101.1"), ("2.31.0.20240406", "2.31.0.20240406"), ("33554431.0", "33554431.0"),
    ("0.524287", "0.524287"), ("999999999999999999", "999999999999999999"),
    ("00000000000000000000000001.0", "1.0"),
    // Epochs, prefix and white space
    ("0!1.0", "1.0"), ("1!2.0", "1!2.0"), ("v1.0", "1.0"), ("V2", "2"), ("v1!2.0rc1", "1!2.0rc1"),
    (" \t1.0\r\n", "1.0"),
    // Pre-releases
    ("1.0a1", "1.0a1"), ("1.0.a1", "1.0a1"), ("1.0-a1", "1.0a1"), ("1.0_a1", "1.0a1"), ("1.0a.1", "1.0a1"),
    ("1.0-alpha-1", "1.0a1"), ("1.0ALPHA", "1.0a0"), ("1.0beta2", "1.0b2"), ("1.0.Beta_03", "1.0b3"),
    ("1.0c4", "1.0rc4"), ("1.0pre5", "1.0rc5"), ("1.0-preview6", "1.0rc6"), ("1.0RC", "1.0rc0"),
    ("1.0a.", "1.0a0"), ("1.0b-", "1.0b0"),
    // Post-releases
    ("1.0.post1", "1.0.post1"), ("1.0post1", "1.0.post1"), ("1.0-post1", "1.0.post1"), ("1.0-1", "1.0.post1"),
    ("1.0-01", "1.0.post1"), ("1.0.rev2", "1.0.post2"), ("1.0-r3", "1.0.post3"), ("1.0r", "1.0.post0"),
    ("1.0.POST.4", "1.0.post4"), ("1.0.post-", "1.0.post0"),
    // Development releases
    ("1.0.dev1", "1.0.dev1"), ("1.0dev", "1.0.dev0"), ("1.0-DEV-2", "1.0.dev2"), ("1.0_dev.3", "1.0.dev3"),
    ("2.5.0.dev20240801", "2.5.0.dev20240801"), ("1.dev268435455", "1.dev268435455"), ("1.dev.", "1.dev0"),
    // All of them
    ("1.0a1.post2.dev3", "1.0a1.post2.dev3"), ("1.0rc1-2", "1.0rc1.post2"), ("1.0a--1", "1.0a0.post1"),
    ("1.0a.post1", "1.0a0.post1"), ("1.0a-post-dev", "1.0a0.post0.dev0"), ("1a1dev2", "1a1.dev2"),
    ("1.0.post.dev1", "1.0.post0.dev1"), ("3!1.2.3.4.5a6.post7.dev8+z.9", "3!1.2.3.4.5a6.post7.dev8+z.9"),
    // Local parts
    ("2.1.0+cu118", "2.1.0+cu118"), ("1.0+Ubuntu-1_2", "1.0+ubuntu.1.2"), ("1.0+001.0a", "1.0+1.0a"),
    ("1.0+000", "1.0+0"), ("1.0+99999999999999999999", "1.0+99999999999999999999"),
    ("2.5.0.dev20240801+CU121", "2.5.0.dev20240801+cu121"), ("1.0.0.0.0.0.0.0+x", "1.0.0.0.0.0.0.0+x"),
  ])
  func `normalises every spelling`(text: String, normal: String) throws {
    let version = try Version(text)
    #expect(version.description == normal)
    #expect(try Version(normal).description == normal)
    #expect(try Version(normal) == version)
  }

  @Test(arguments: [
    ("", 0), ("  ", 2), ("v", 1), ("one", 0), ("-1", 0), (".1", 0), ("1.", 1), ("1..0", 1), ("1.0.", 3),
    ("1!", 2), ("!1", 0), ("1!2!3", 3), ("1.0-", 3), ("1.0_1", 3), ("1.0.-1", 3), ("1.0x", 3), ("1.0 .1", 3),
    ("1.0a1b2", 5), ("1.0dev1post2", 7), ("1.0+", 4), ("1.0+a+b", 5), ("1.0+a..b", 6), ("1.0+_a", 4),
    ("1.0+é", 4), ("1.0é", 3), ("１.0", 0), ("1.*", 1), ("vv1", 1), ("1.0.devel", 7), ("1.0al", 4),
    ("1.0p1", 3), ("1.0.poster", 8), ("1.0\u{0}", 3), ("1.0,2", 3), (">=1", 0),
  ])
  func `says where text is no version`(text: String, offset: Int) throws {
    let error = try #require(throws: MalformedText.self) { try Version(text) }
    #expect(error.what == "version")
    #expect(error.text == text)
    #expect(error.offset == offset)
    #expect(!error.reason.isEmpty)
  }

  @Test(arguments: [
    ("1.1000000000000000000", 2), ("1.0.dev123456789012345678901234567890", 7),
    ("99999999999999999999!1", 0), ("18446744073709551616", 0), ("9223372036854775808.1a1", 0),
  ])
  func `refuses numbers that cannot be counted on`(text: String, offset: Int) throws {
    let error = try #require(throws: MalformedText.self) { try Version(text) }
    #expect(error.offset == offset)
    #expect(error.reason.contains("18 digits"))
  }

  @Test func `reads slices and bytes like strings`() throws {
    let line = "torch==2.9.1+cu128; python"
    let slice = line.dropFirst(7).prefix { $0 != ";" }
    #expect(try Version(slice) == Version("2.9.1+cu128"))
    #expect(try Version(String(slice.reversed().reversed())) == Version("2.9.1+cu128"))
    #expect(try Version(utf8: Array("2.9.1+cu128".utf8).span) == Version("2.9.1+cu128"))
    let error = try #require(throws: MalformedText.self) { try Version(utf8: Array("2.9.x".utf8).span) }
    #expect(error.text == "2.9.x")
    #expect(error.offset == 3)
  }

  @Test(arguments: [
    ("1.0", false, false), ("1.0.dev1", true, false), ("1.0a1", true, false), ("1.0b1.post2", true, true),
    ("1.0rc1", true, false), ("1.0.post1", false, true), ("1.0.post1.dev2", true, true),
    ("1.0+dev", false, false),
    ("1.0.post1+a", false, true), ("1.0rc1+a", true, false), ("1!1.0", false, false),
    ("1!1.0.dev1", true, false),
    ("1.2.3.4.5rc1", true, false), ("1.2.3.4.5.post1", false, true), ("99999999.0a1", true, false),
    ("1.0.0.0.0.0.0.0.dev1", true, false), ("1.0.dev999999999999", true, false),
  ])
  func `knows pre- and post-releases`(text: String, isPrerelease: Bool, isPostrelease: Bool) throws {
    let version = try Version(text)
    #expect(version.isPrerelease == isPrerelease)
    #expect(version.isPostrelease == isPostrelease)
  }

  @Test func `takes a version apart`() throws {
    let version = try Version("2!13.0.3.0rc1.post2.dev4+CU-118")
    #expect(version.epoch == 2)
    #expect(version.release == [13, 0, 3, 0])
    #expect(version.local == "cu.118")
    #expect(version.publicVersion.description == "2!13.0.3.0rc1.post2.dev4")
    #expect(try Version("2.1.0+cu118").publicVersion == Version("2.1.0"))
    #expect(try Version("2.1.0").publicVersion.local == nil)
  }

  @Test func `compares prefixes of releases with padding`() throws {
    let version = try Version("12.8.0rc1")
    #expect(version.hasPrefix(release: []))
    #expect(version.hasPrefix(release: [12, 8]))
    #expect(version.hasPrefix(release: [12, 8, 0, 0]))
    #expect(!version.hasPrefix(release: [12, 80]))
    #expect(!version.hasPrefix(release: [12, 8, 0, 1]))
  }

  @Test func `makes a version of numbers`() throws {
    #expect(Version(release: [12, 8]).description == "12.8")
    #expect(Version(release: []).description == "0")
    #expect(Version(release: [-1, 2]).description == "0.2")
    #expect(Version(release: [.max, .max]).description == "\(Int.max).\(Int.max)")
    #expect(try Version(release: [1, 2, 3, 4, 5, 6]) == Version("1.2.3.4.5.6"))
  }

  @Test func `a description reads as the same version`() throws {
    var random = RandomVersions(seed: 11)
    for _ in 0..<5_000 {
      let text = random.text()
      let version = try Version(text)
      let again = try Version(version.description)
      #expect(again == version, "\(text)")
      #expect(again.hashValue == version.hashValue, "\(text)")
      #expect(again.description == version.description, "\(text)")
      #expect(again.release == version.release, "\(text)")
    }
  }

  @Test func `never traps, whatever the text`() throws {
    var random = RandomVersions(seed: 12)
    let alphabet = Array("0019.!-_+*vrcapostdebé \u{0}")
    for _ in 0..<20_000 {
      var text = Array(random.text())
      for _ in 0..<Int.random(in: 1...3, using: &random.random) {
        let place = Int.random(in: 0...text.count, using: &random.random)
        text.insert(alphabet.randomElement(using: &random.random) ?? "0", at: place)
      }
      guard let version = try? Version(String(text)) else { continue }
      #expect(try Version(version.description) == version)
    }
  }
}
