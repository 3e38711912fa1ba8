import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockModel

@Suite struct DebianReleaseTests {
  private static let sum = String(repeating: "ab", count: 32)
  private static let text = """
    Origin: Debian
    Suite: oldstable
    Version: 12.11
    Codename: bookworm
    Date: Sat, 11 Jul 2026 10:16:37 UTC
    Valid-Until: Sat, 18 Jul 2026 10:16:37 UTC
    Acquire-By-Hash: yes
    Architectures: all amd64 arm64
    MD5Sum:
     d41d8cd98f00b204e9800998ecf8427e 7 main/binary-amd64/Packages.xz
    SHA256:
     \(sum)  12 contrib/main/binary-amd64/Packages.xz
     \(sum)    7 main/binary-amd64/Packages.xz
     \(sum) many main/binary-amd64/Packages
     short 7 main/binary-amd64/Release

    """

  @Test func `reads what matters`() throws {
    let release = try DebianRelease(Array(Self.text.utf8))
    #expect(release.suite == "oldstable")
    #expect(release.codename == "bookworm")
    #expect(release.version == "12.11")
    #expect(release.date == 1_783_764_997)
    #expect(release.validUntil == 1_783_764_997 + 7 * 86_400)
    #expect(release.hasFilesByHash)
    #expect(release.architectures == ["all", "amd64", "arm64"])
    let file = try #require(try release.file("main/binary-amd64/Packages.xz"))
    #expect(file.size == 7)
    #expect(file.sha256.hex == Self.sum)
    #expect(try release.file("binary-amd64/Packages.xz") == nil)
    #expect(throws: MalformedText.self) { try release.file("main/binary-amd64/Packages") }
    #expect(throws: MalformedText.self) { try release.file("main/binary-amd64/Release") }
  }

  @Test(arguments: ["Codename", "Date", "SHA256"])
  func `names a field that is missing`(field: String) {
    let text = Self.text.replacing("\n\(field):", with: "\nX-\(field):")
    #expect(throws: MalformedText.self) { try DebianRelease(Array(text.utf8)) }
  }

  @Test(arguments: [
    ("Thu, 01 Jan 1970 00:00:00 UTC", 0), ("Tue, 29 Feb 2000 23:59:59 UTC", 951_868_799),
    ("Wed,  1 Mar 2000  0:00:00 +0000", 951_868_800), ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
  ])
  func `reads times`(text: String, seconds: Int) throws {
    #expect(try DebianTime.seconds(text) == seconds)
  }

  @Test(arguments: [
    "", "2026-07-11", "Sat, 11 Jul 2026 10:16:37 CEST", "Sat, 32 Jul 2026 10:16:37 UTC",
    "Sat, 11 Jux 2026 10:16:37 UTC", "Sat, 11 Jul 99999999999999999999 10:16:37 UTC",
    "Sat, 11 Jul 2026 10:16 UTC",
    "Sat, 11 Jul 2026 24:00:00 UTC",
  ])
  func `refuses what is no time`(text: String) {
    #expect(throws: MalformedText.self) { try DebianTime.seconds(text) }
  }

  @Test func `writes the day that it reads`() throws {
    var random = SplitMix64(seed: 7)
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    for _ in 0..<2000 {
      let (year, month, day) = (
        Int.random(in: 1970...9999, using: &random), Int.random(in: 1...12, using: &random),
        Int.random(in: 1...28, using: &random)
      )
      let seconds = try DebianTime.seconds("Sat, \(day) \(months[month - 1]) \(year) 23:59:59 UTC")
      let expected = "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
      #expect(DebianTime.day(seconds) == expected)
    }
  }

  @Test func `reads whatever is cut off anywhere without a trap`() {
    let bytes = Array(Self.text.utf8)
    for end in bytes.indices {
      _ = try? DebianRelease(Array(bytes[..<end])).file("main/binary-amd64/Packages")
    }
  }
}
