import EnvlockIndexes
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import Testing

@Suite struct WheelMembersTests {
  private let fixture: IndexFixture
  private let name = "big-1.0-py3-none-any.whl"

  init() throws { fixture = try IndexFixture() }

  private static let text = Array("cuda = '12.8'\n".utf8)
  private static let library = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 16) }

  private func builder() -> WheelBuilder {
    var builder = WheelBuilder(members: [
      .init("big/", []), .init("big/version.py", WheelMembersTests.text),
      .init(
        "big/lib.so", WheelMembersTests.library, deflated: storedBlocks(WheelMembersTests.library)
      ),
      .init("big/empty", [], deflated: [3, 0]),
    ])
    builder.members[2].localExtra = [UInt8](repeating: 0, count: 900)
    return builder
  }

  /// A wheel at an URL of the fixture.
  private func wheel(_ bytes: [UInt8], size: Int? = nil) throws -> Wheel {
    fixture.serve("/files/\(name)") { .file(bytes, for: $0) }
    return try listed(size: size)
  }

  private func listed(size: Int? = nil) throws -> Wheel {
    Wheel(
      name: try WheelName(name),
      file: IndexFile(fileName: name, url: fixture.server.url("/files/\(name)"), size: size))
  }

  private func content(
    of path: String, in bytes: [UInt8], pieceSize: Int = 8 << 20
  ) async throws -> [UInt8] {
    let members = try await WheelMembers(try wheel(bytes), http: fixture.http, pieceSize: pieceSize)
    return try await members.content(of: try #require(members.member(path)), limit: 1 << 20)
  }

  /// What a failure says.
  private func message(_ work: () async throws -> Void) async -> String {
    do {
      try await work()
      return "no failure"
    } catch {
      return (error as? WheelMemberError)?.message ?? "\(error)"
    }
  }

  @Test func `lists files and not folders`() async throws {
    let bytes = builder().build()
    let members = try await WheelMembers(try wheel(bytes, size: bytes.count), http: fixture.http)
    #expect(members.members.map(\.path) == ["big/version.py", "big/lib.so", "big/empty"])
    #expect(members.member("big/lib.so")?.size == WheelMembersTests.library.count)
    #expect(members.member("big/lib") == nil)
  }

  @Test(arguments: [1 << 20, 40_000, 1500, 950])
  func `reads members whole, whatever the pieces`(pieceSize: Int) async throws {
    let bytes = builder().build()
    #expect(
      try await content(of: "big/version.py", in: bytes, pieceSize: pieceSize) == WheelMembersTests.text)
    #expect(try await content(of: "big/lib.so", in: bytes, pieceSize: pieceSize) == WheelMembersTests.library)
    #expect(try await content(of: "big/empty", in: bytes, pieceSize: pieceSize) == [])
  }

  @Test func `reads zip64, and a zip file with bytes in front`() async throws {
    var builder = builder()
    builder.isZip64 = true
    builder.prefix = [UInt8](repeating: 9, count: 33)
    #expect(try await content(of: "big/lib.so", in: builder.build()) == WheelMembersTests.library)
  }

  @Test func `reads little of a large wheel`() async throws {
    var builder = builder()
    builder.members.insert(.init("big/data.bin", [UInt8](repeating: 1, count: 300_000)), at: 1)
    let bytes = builder.build()
    #expect(try await content(of: "big/version.py", in: bytes) == WheelMembersTests.text)
    #expect(fixture.http.statistics.bytes < 70_000)
    #expect(fixture.server.requests.allSatisfy { $0["range"] != nil })
  }

  @Test func `a damaged member is told, wherever the damage is`() async throws {
    let bytes = builder().build()
    let directory = try #require(bytes.indices.first { bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
    let start = try #require(bytes.indices.first { bytes[$0...].starts(with: "big/lib.so".utf8) })
    for place in [start + 10 + 900 + 100, start + 50_000, directory - 80] {
      var damaged = bytes
      damaged[place] ^= 0x10
      let said = await message { _ = try await content(of: "big/lib.so", in: damaged, pieceSize: 20_000) }
      #expect(said.hasPrefix("\(name) cannot be read: `big/lib.so` is damaged: "))
    }
  }

  @Test func `a member that is larger than is believed is not fetched`() async throws {
    let members = try await WheelMembers(try wheel(builder().build()), http: fixture.http)
    let member = try #require(members.member("big/lib.so"))
    let said = await message { _ = try await members.content(of: member, limit: 99_999) }
    #expect(said == "\(name) cannot be read: `big/lib.so` has 100000 bytes, which is too large")
  }

  @Test func `a server that does not serve parts is not asked for the whole`() async throws {
    let bytes = builder().build()
    fixture.serve("/files/\(name)") { _ in .init(body: bytes) }
    let said = await message { _ = try await WheelMembers(try listed(), http: fixture.http) }
    #expect(said.hasPrefix("cannot look into \(name): 127.0.0.1:"))
    #expect(
      said.hasSuffix("does not serve parts of files, and a wheel is not downloaded for this"))
    #expect(fixture.http.statistics.bytes < bytes.count)
  }

  @Test func `a wheel of another size, a missing one and no zip file are told apart`() async throws {
    let bytes = builder().build()
    let other = await message {
      _ = try await WheelMembers(try wheel(bytes + [0], size: bytes.count), http: fixture.http)
    }
    #expect(other.contains("its index says \(bytes.count)") || other.contains("without its end"))
    let text = await message {
      _ = try await WheelMembers(try wheel(Array("no zip file at all".utf8)), http: fixture.http)
    }
    #expect(text == "\(name) cannot be read: it is no zip file, or one that is cut off")
    fixture.serve("/files/\(name)") { _ in .notFound }
    let missing = await message { _ = try await WheelMembers(try listed(), http: fixture.http) }
    #expect(missing.contains("its index lists it, but"))
  }

  @Test func `random damage never traps`() async throws {
    var random = SplitMix64(seed: 4)
    let bytes = WheelBuilder(members: [
      .init("a", WheelMembersTests.text, deflated: storedBlocks(WheelMembersTests.text)),
      .init("b", WheelMembersTests.text),
    ]).build()
    for _ in 0..<150 {
      var damaged = bytes
      for _ in 0...2 {
        damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      _ = await message {
        let members = try await WheelMembers(try wheel(damaged), http: fixture.http, pieceSize: 40)
        for member in members.members { _ = try await members.content(of: member, limit: 1 << 20) }
      }
    }
  }
}
