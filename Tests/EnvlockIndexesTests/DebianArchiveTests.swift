import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import EnvlockVersions
import Foundation
import Testing

@testable import EnvlockIndexes

/// Signatures are checked by gpgv, which every machine with apt has or can have.
private let hasVerifier = DebianMirrors(environment: [:]).verifier != nil

@Suite(.enabled(if: hasVerifier, "gpgv is not installed")) struct DebianArchiveTests {
  private let fixture: DebianFixture

  init() throws { fixture = try DebianFixture() }

  @Test func `merges a suite with its updates, of which the newest version counts`() async throws {
    let archive = fixture.archive()
    let snapshot = try await archive.snapshot(suite: "bookworm", security: true, architecture: "amd64")
    #expect(snapshot.suite == "bookworm")
    #expect(snapshot.version == "12.9")
    #expect(snapshot.notes.isEmpty)
    #expect(snapshot.index.names == ["debconf", "libc6", "libgcc-s1", "tzdata"])
    let libc = try snapshot.index.packages(named: "libc6")
    #expect(libc.map(\.version.description) == ["2.36-9+deb12u1", "2.36-9"])
    #expect(libc.map { snapshot.archive(of: $0) } == [.security, .main])
    let zones = try #require(try snapshot.index.packages(named: "tzdata").first)
    #expect(zones.version.description == "2026a-0")
    #expect(zones.archive == .main)
  }

  @Test func `takes the newest of the main archive where security updates do not count`() async throws {
    let snapshot = try await fixture.archive().snapshot(
      suite: "bookworm", security: false, architecture: "amd64")
    #expect(try snapshot.index.packages(named: "libc6").map(\.version.description) == ["2.36-9"])
    #expect(fixture.count("bookworm-security", "InRelease") == 0)
  }

  @Test func `finds a suite by what it is at present, and says its own name`() async throws {
    for (suite, list) in [("bookworm", "Packages.xz"), ("bookworm-updates", "Packages.gz")] {
      let present = "oldstable" + suite.dropFirst(8)
      try fixture.serve(suite, "InRelease", of: present)
      try fixture.serve(suite, list, to: "main/binary-amd64/\(list)", of: present)
    }
    let snapshot = try await fixture.archive().snapshot(
      suite: "oldstable", security: false, architecture: "amd64")
    #expect(snapshot.suite == "bookworm")
  }

  @Test func `does without updates where there are none`() async throws {
    fixture.remove("bookworm-updates", "InRelease")
    let snapshot = try await fixture.archive().snapshot(
      suite: "bookworm", security: false, architecture: "amd64")
    #expect(try snapshot.index.packages(named: "tzdata").first?.version.description == "2025b-0")
  }

  @Test func `says where a package is fetched`() throws {
    let digest = try Digest(sha256Hex: String(repeating: "ab", count: 32))
    func url(_ archive: LockedDebianPackage.Archive) throws -> String {
      try fixture.archive().url(
        of: LockedDebianPackage(
          name: "g++", version: DebianVersion("1:2~a+b"), architecture: "amd64", archive: archive,
          path: "pool/main/g/g++_2~a+b_amd64.deb", sha256: digest, size: 1, dependencies: []))
    }
    #expect(try url(.main) == fixture.index.server.url("/debian/pool/main/g/g%2B%2B_2~a%2Bb_amd64.deb"))
    #expect(
      try url(.security) == fixture.index.server.url("/debian-security/pool/main/g/g%2B%2B_2~a%2Bb_amd64.deb")
    )
  }

  // MARK: the cache

  @Test func `asks for nothing again, and works offline`() async throws {
    _ = try await fixture.archive().snapshot(suite: "bookworm", security: true, architecture: "amd64")
    let before = fixture.index.server.requests.count
    let snapshot = try await fixture.archive().snapshot(
      suite: "bookworm", security: true, architecture: "amd64")
    #expect(fixture.index.server.requests.count == before)
    #expect(snapshot.index.count == 4)
    fixture.index.server.stop()
    let offline = try await fixture.archive(freshness: .offline)
      .snapshot(suite: "bookworm", security: true, architecture: "amd64")
    #expect(try offline.index.packages(named: "libc6").count == 2)
  }

  @Test func `fetches a list that has not changed only once, however often the release is asked for`()
    async throws
  {
    for _ in 0..<2 {
      let archive = fixture.archive(freshness: .refresh)
      _ = try await archive.snapshot(suite: "bookworm", security: true, architecture: "amd64")
    }
    #expect(fixture.count("bookworm", "InRelease") == 2)
    #expect(fixture.count("bookworm", "main/binary-amd64/Packages.xz") == 1)
  }

  @Test func `says offline what the cache does not have`() async throws {
    let error = await fixture.failure(fixture.archive(freshness: .offline))
    #expect(error as? DebianError == .offline(suite: "bookworm"))
    #expect(fixture.index.server.requests.isEmpty)
  }

  @Test func `does not take from the cache what was signed by keys of another keyring`() async throws {
    #expect(await fixture.failure() == nil)
    let stranger = fixture.archive(["ENVLOCK_DEBIAN_KEYRING": Self.path("stranger.gpg")])
    #expect(await fixture.failure(stranger)?.message.contains("it is not signed by a key in") == true)
  }

  // MARK: by digest

  @Test func `asks for lists by their digest, and by their name where that is not there`() async throws {
    #expect(await fixture.failure() == nil)
    let list = try DebianFixture.bytes("bookworm/Packages.xz")
    let digest = "main/binary-amd64/by-hash/SHA256/\(sha256(list).hex)"
    #expect(fixture.count("bookworm", digest) == 1)
    #expect(fixture.count("bookworm", "main/binary-amd64/Packages.xz") == 1)
    let byDigest = try DebianFixture()
    byDigest.serve("bookworm", digest, list)
    #expect(await byDigest.failure() == nil)
    #expect(byDigest.count("bookworm", "main/binary-amd64/Packages.xz") == 0)
    // The release of the updates does not say that files are found by digest.
    #expect(
      !byDigest.index.server.requests.contains { $0.path.contains("bookworm-updates/main/binary-amd64/by-") })
  }

  // MARK: signatures

  @Test func `takes a release with one good signature, where the keyring does not know the other`()
    async throws
  {
    try fixture.serve("bookworm", "InRelease.both")
    #expect(await fixture.failure() == nil)
  }

  @Test func `refuses a release that a stranger has signed`() async throws {
    try fixture.serve("bookworm", "InRelease.stranger")
    let error = try #require(await fixture.failure())
    #expect(error.message.contains("bookworm/InRelease: it is not signed by a key in `"))
    #expect(error.details.first?.hasSuffix("is not known") == true)
    #expect(error.kind == .couldNotFindOut)
    #expect(fixture.count("bookworm", "main/binary-amd64/Packages.xz") == 0)
  }

  @Test func `refuses a release that was changed after it was signed`() async throws {
    let text = try DebianFixture.release.replacing("Version: 12.9", with: "Version: 12.8")
    fixture.serve("bookworm", "InRelease", Array(text.utf8))
    let error = try #require(await fixture.failure())
    #expect(error.details.first?.hasSuffix("does not fit the text") == true)
  }

  @Test func `refuses text round a signed message, and several messages`() async throws {
    let text = try DebianFixture.release
    let header = "-----BEGIN PGP SIGNED MESSAGE-----"
    let fields = "Codename: bookworm\n"
    let hidden = text.replacing("12.9\n", with: "12.9\r\n-----BEGIN PGP SIGNATURE-----\r\n")
    for forged in [
      hidden,
      fields + text, text + fields, text + text, fields, "", header, text.replacing(header, with: ""),
    ] {
      let fixture = try DebianFixture()
      fixture.serve("bookworm", "InRelease", Array(forged.utf8))
      let error = await fixture.failure()
      #expect(error?.message.hasSuffix("it is not one clear-signed text") == true)
    }
    #expect(DebianSignature.isOneMessage(Array(text.utf8)))
    #expect(DebianSignature.isOneMessage(Array(text.replacing("\n", with: "\r\n").utf8)))
  }

  @Test func `says what to install where gpgv or the keys are missing`() async throws {
    let lost = fixture.archive(["ENVLOCK_DEBIAN_KEYRING": "/no/such.gpg"])
    #expect(await fixture.failure(lost) as? DebianError == .noKeyring(path: "/no/such.gpg"))
    let armored = try fixture.index.write("keys.asc", Array("-----BEGIN PGP PUBLIC KEY BLOCK-----\n".utf8))
    let text = fixture.archive(["ENVLOCK_DEBIAN_KEYRING": armored])
    #expect(await fixture.failure(text) as? DebianError == .armoredKeyring(path: armored))
    let signature = DebianSignature(verifier: nil, keyring: "/keys", temporaryFolder: "/tmp")
    #expect(throws: DebianError.noVerifier) { try signature.text(of: []) }
    let broken = DebianSignature(
      verifier: "/no/gpgv", keyring: Self.path("archive.gpg"), temporaryFolder: fixture.index.folder)
    #expect(throws: DebianError.verifierFailed("gpgv does not run")) {
      try broken.text(of: try DebianFixture.bytes("bookworm/InRelease"))
    }
  }

  // MARK: another state

  @Test func `refuses a state that is out of date, unless told otherwise`() async throws {
    let later = DebianFixture.now + 8 * DebianFixture.day
    let until = DebianFixture.now - DebianFixture.day + 7 * DebianFixture.day + 36_000
    let error = await fixture.failure(fixture.archive(now: later))
    #expect(error as? DebianError == .expired(suite: "bookworm-updates", until: until))
    // It may have been renewed since it was remembered.
    #expect(fixture.count("bookworm-updates", "InRelease") == 2)
    for archive in [
      fixture.archive(ignoresValidUntil: true, now: later), fixture.archive(freshness: .offline, now: later),
    ] {
      let snapshot = try await archive.snapshot(suite: "bookworm", security: true, architecture: "amd64")
      #expect(
        snapshot.notes.first
          == "the state of Debian bookworm-updates is of 2020-01-11 and was to be used until 2020-01-18 only")
    }
  }

  @Test func `refuses a state of the future`() async throws {
    let error = await fixture.failure(fixture.archive(now: DebianFixture.now - 3 * DebianFixture.day))
    guard case .fromTheFuture(suite: "bookworm", _)? = error as? DebianError else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `refuses the release of another suite`() async throws {
    try fixture.serve("bookworm", "InRelease", of: "trixie")
    await #expect(
      throws: DebianError.otherSuite(asked: "trixie", codename: "bookworm", suite: "oldstable")
    ) {
      try await fixture.archive().snapshot(suite: "trixie", security: false, architecture: "amd64")
    }
  }

  @Test func `refuses a list that is not the one that the release names`() async throws {
    let list = try DebianFixture.bytes("bookworm-security/Packages.xz")
    fixture.serve("bookworm", "main/binary-amd64/Packages.xz", list)
    let error = try #require(await fixture.failure())
    #expect(
      error.message.hasSuffix(
        "main/binary-amd64/Packages.xz is not the file that InRelease of bookworm names"))
    #expect(error.details.last == "SHA-256 found     \(sha256(list).hex)")
    // The release in the cache may have been the older one.
    #expect(fixture.count("bookworm", "InRelease") == 2)
  }

  @Test func `says that a list was cut off`() async throws {
    let list = try DebianFixture.bytes("bookworm/Packages.xz")
    fixture.index.serve("/debian/dists/bookworm/main/binary-amd64/Packages.xz") { _ in
      .init(body: list, fault: .closeAfter(100))
    }
    let error = try #require(await fixture.failure())
    #expect(error.message.contains("Packages.xz"))
    #expect(error.kind == .couldNotFindOut)
  }

  @Test func `names a list that is not there`() async throws {
    fixture.remove("bookworm", "main/binary-amd64/Packages.xz")
    let url = fixture.index.server.url("/debian/dists/bookworm/main/binary-amd64/Packages.xz")
    #expect(await fixture.failure() as? DebianError == .missingPackageList(url: url))
  }

  @Test func `names a suite that is not there`() async throws {
    fixture.remove("bookworm", "InRelease")
    guard
      case .noSuite("bookworm", _, "from --debian-mirror", isSecurity: false)? = await fixture.failure()
        as? DebianError
    else {
      Issue.record("another error")
      return
    }
    let other = try DebianFixture()
    other.remove("bookworm-security", "InRelease")
    let error = try #require(await other.failure())
    #expect(
      error.message.hasSuffix(
        "/debian-security (beside that from --debian-mirror) has no suite bookworm-security"))
    #expect(error.hints.last == "`security = false` under [base] does without security updates")
    #expect(await other.failure(security: false) == nil)
  }

  @Test func `asks for no security updates of what is never released`() async throws {
    await #expect(throws: DebianError.self) {
      try await fixture.archive().snapshot(suite: "sid", security: true, architecture: "amd64")
    }
    #expect(fixture.count("sid", "InRelease") == 1)
    #expect(fixture.count("sid-security", "InRelease") == 0)
  }

  @Test func `names an architecture that the suite does not have`() async throws {
    func failure(_ architecture: String) async -> DebianError? {
      do {
        _ = try await fixture.archive().snapshot(
          suite: "bookworm", security: true, architecture: architecture)
        return nil
      } catch {
        if !(error is DebianError) { Issue.record(error) }
        return error as? DebianError
      }
    }
    #expect(
      await failure("riscv64") == .noArchitecture("riscv64", suite: "bookworm", has: ["amd64", "arm64"]))
    #expect(await failure("arm64") == .noPackageList(suite: "bookworm", architecture: "arm64"))
  }

  @Test func `shows no password`() async throws {
    fixture.remove("bookworm", "InRelease")
    let archive = fixture.archive(mirror: fixture.index.server.url("/debian", user: "me:secret"))
    let error = try #require(await fixture.failure(archive))
    #expect(error.message.contains("127.0.0.1"))
    #expect(!"\(error.message)\(error.details)\(error.hints)".contains("secret"))
  }

  private static func path(_ name: String, file: String = #filePath) -> String {
    URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent("Fixtures/debian/\(name)")
      .path
  }
}
