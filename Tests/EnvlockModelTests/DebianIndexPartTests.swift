import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockModel

@Suite struct DebianIndexPartTests {
  private static let list = ["zlib1g", "libc6", "a", "libc6"].enumerated().map { number, name in
    """
    Package: \(name)
    Version: 1.\(number)
    Installed-Size: 12
    Maintainer: Nobody
     of note
    Architecture: amd64
    Description: Some text
     Package: not-this
    Provides: virtual-\(name) (= 2),
     other:any
    Filename: pool/\(name).deb
    Size: 5
    Tag: x
    SHA256: \(String(repeating: "ab", count: 32))

    """
  }
  .joined(separator: "\n")

  private func part(_ archive: LockedDebianPackage.Archive = .main) throws -> DebianIndexPart {
    try #require(DebianIndexPart(packages: Array(Self.list.utf8), archive: archive))
  }

  @Test func `finds the same after it was kept`() throws {
    let part = try part(.security)
    let again = try #require(DebianIndexPart(compact: part.bytes, archive: .security))
    for part in [part, again] {
      #expect(part.names == ["a", "libc6", "libc6", "zlib1g"])
      #expect(try part.packages(named: "libc6").map(\.version.description) == ["1.1", "1.3"])
      #expect(try part.packages(named: "libc6").first?.archive == .security)
      #expect(try part.packages(named: "libc").isEmpty)
      #expect(try part.packages(named: "zz").isEmpty)
      #expect(try part.packages(named: "not-this").isEmpty)
      #expect(try part.providers(of: "virtual-a").map(\.name) == ["a"])
      #expect(try part.providers(of: "other").map(\.name) == ["zlib1g", "libc6", "a", "libc6"])
      #expect(try part.providers(of: "a").isEmpty)
    }
  }

  @Test func `keeps no field that is not needed`() throws {
    let text = String(decoding: try part().bytes, as: UTF8.self)
    for word in ["Maintainer", "of note", "Description", "Installed-Size", "Tag"] {
      #expect(!text.contains(word))
    }
  }

  @Test func `merges parts, the newest first, of equal ones the first part's`() throws {
    let newer = Self.list.replacing("1.1", with: "2.0")
    let index = DebianPackageIndex([
      try part(), try #require(DebianIndexPart(packages: Array(newer.utf8), archive: .security)),
    ])
    #expect(index.names == ["a", "libc6", "zlib1g"])
    #expect(index.count == 3)
    let found = try index.packages(named: "libc6")
    #expect(found.map(\.version.description) == ["2.0", "1.3", "1.3", "1.1"])
    #expect(found.map(\.archive) == [.security, .main, .security, .main])
    #expect(
      try index.providers(of: "other").map(\.name) == ["a", "a"] + Array(repeating: "libc6", count: 4) + [
        "zlib1g", "zlib1g",
      ])
  }

  @Test func `is not trapped by a form that is damaged`() throws {
    let bytes = try part().bytes
    for end in bytes.indices {
      let cut = DebianIndexPart(compact: Array(bytes[..<end]), archive: .main)
      _ = try? cut?.packages(named: "libc6")
    }
    var random = SplitMix64(seed: 3)
    for _ in 0..<2000 {
      var damaged = bytes
      for _ in 0..<3 {
        damaged[Int.random(in: 8..<180, using: &random)] = UInt8.random(in: .min ... .max, using: &random)
      }
      let part = DebianIndexPart(compact: damaged, archive: .main)
      _ = part?.names
      _ = try? part?.packages(named: "libc6")
      _ = try? part?.providers(of: "other")
    }
    #expect(DebianIndexPart(compact: [], archive: .main) == nil)
  }
}
