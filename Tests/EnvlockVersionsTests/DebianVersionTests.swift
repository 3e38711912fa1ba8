import EnvlockTestSupport
import EnvlockVersions
import Testing

@Suite struct DebianVersionTests {
  /// Each list ascends; the expectations are dpkg's (`dpkg --compare-versions`, 1.21.22).
  @Test(arguments: [
    ["1.0~~", "1.0~~a", "1.0~", "1.0", "1.0-1", "1.0a", "1.0+b", "1.0.1", "1.0-1:1"].filter {
      !$0.contains("-1:")
    },
    ["2.36-9+deb12u9", "2.36-9+deb12u10", "2.36-10", "2.37~rc1-1", "2.37-1", "1:0.1"],
    ["9", "10", "0100", "1000"],
    ["1.2.3~rc1", "1.2.3", "1.2.3-0ubuntu1", "1.2.3-1", "1.2.3-1+b1", "1.2.3-1.1"],
    ["3.11.2-1+b1", "3.11.2-6+deb12u5", "3.11.2-6+deb12u6", "3.13.5-1"],
    ["0~20240101", "0", "0.1"],
    ["1.0a1", "1.0b", "1.0+"],
  ])
  func `orders as dpkg does`(ascending: [String]) throws {
    let versions = try ascending.map { try DebianVersion($0) }
    for (place, one) in versions.enumerated() {
      for other in versions[(place + 1)...] {
        #expect(one < other)
        #expect(!(other < one))
      }
    }
  }

  @Test(arguments: [("1.0", "1.0-0"), ("0:1.0", "1.0"), ("1.02", "1.2"), ("1.a", "1.a0"), ("00", "0")])
  func `knows two spellings of one version`(one: String, other: String) throws {
    let (one, other) = (try DebianVersion(one), try DebianVersion(other))
    #expect(one == other)
    #expect(one.hashValue == other.hashValue)
  }

  @Test func `splits at the first colon and the last hyphen`() throws {
    let version = try DebianVersion("2:1.4-beta-3+b1")
    #expect(version.epoch == 2)
    #expect(version.upstream == "1.4-beta")
    #expect(version.revision == "3+b1")
    #expect(version.description == "2:1.4-beta-3+b1")
  }

  @Test(arguments: [
    "", ":1", "a:1", "1:", "-1", "1.0-", "v1", "1 0", "1_0", "99999999999:1", "1.0-1_1", "1:é",
  ])
  func `refuses what is no version`(text: String) {
    #expect(throws: MalformedText.self) { try DebianVersion(text) }
  }

  @Test func `compares numbers of any length`() throws {
    #expect(
      try DebianVersion("1." + String(repeating: "9", count: 40))
        < DebianVersion("1.1" + String(repeating: "0", count: 40)))
  }

  @Test func `is a total order that agrees with equality and hashes`() throws {
    var random = SplitMix64(seed: 7)
    let alphabet = Array("0019a~+.-")
    var versions: [DebianVersion] = []
    while versions.count < 60 {
      let text =
        "0"
        + String(
          (0..<Int.random(in: 0...6, using: &random)).map { _ in
            alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
          })
      if let version = try? DebianVersion(text) { versions.append(version) }
    }
    for one in versions {
      for other in versions {
        #expect([one < other, one == other, other < one].filter { $0 }.count == 1)
        if one == other { #expect(one.hashValue == other.hashValue, "\(one) \(other)") }
        for third in versions where one < other && other < third { #expect(one < third) }
      }
    }
  }
}
