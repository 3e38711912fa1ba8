import EnvlockModel
import EnvlockTestSupport
import Testing

@testable import EnvlockIndexes

@Suite struct DebianErrorTests {
  @Test func `errors read like this`() throws {
    let one = try Digest(sha256Hex: String(repeating: "1a", count: 32))
    let two = try Digest(sha256Hex: String(repeating: "2b", count: 32))
    let mirror = "https://me:secret@mirror.example.org/debian"
    let errors: [DebianError] = [
      .noMirror,
      .noSuite("bokworm", archive: mirror, source: "from ENVLOCK_DEBIAN_MIRROR", isSecurity: false),
      .noSuite(
        "bookworm-security", archive: mirror, source: "beside that from --debian-mirror", isSecurity: true),
      .noArchitecture("riscv64", suite: "bookworm", has: ["amd64", "arm64"]),
      .noPackageList(suite: "bookworm", architecture: "amd64"),
      .missingPackageList(url: mirror + "/dists/bookworm/main/binary-amd64/Packages.xz"),
      .noKeyring(path: nil),
      .noKeyring(path: "/etc/keys.gpg"), .armoredKeyring(path: "/etc/keys.asc"), .noVerifier,
      .verifierFailed("gpgv takes too long"), .notSigned,
      .badSignature(["the key 96388ED8 is not known"], keyring: "/etc/keys.gpg"),
      .malformed("Codename is missing"),
      .otherSuite(asked: "trixie", codename: "bookworm", suite: "oldstable"),
      .expired(suite: "bookworm-updates", until: 1_579_341_600),
      .fromTheFuture(suite: "bookworm", date: 1_579_341_600),
      .mismatch(file: "main/binary-amd64/Packages.xz", suite: "bookworm", expected: one, found: two),
      .undecodable(file: "main/binary-amd64/Packages.xz", reason: "it has 3 bytes instead of 4"),
      .offline(suite: "bookworm"),
    ]
    let texts = errors.map { error in
      (["error: \(error.message)"] + error.details.map { "  \($0)" } + error.hints.map { "hint: \($0)" })
        .joined(separator: "\n") + "\nexit \(error.kind.rawValue)"
    }
    try expectGolden(texts.joined(separator: "\n\n") + "\n", "debian-errors.txt")
  }

  @Test func `tells good signatures from all others`() {
    func status(_ lines: String...) -> DebianSignature.SignatureStatus {
      .init(Array(lines.map { "[GNUPG:] \($0)\n" }.joined().utf8))
    }
    let good = "GOODSIG 96388ED8 envlock test"
    func valid(_ digest: Int) -> String {
      "VALIDSIG 6F2D 2020-01-01 1577836800 0 4 0 22 \(digest) 01 6F2D"
    }
    #expect(status("NEWSIG", good, valid(8)).isGood)
    #expect(status("NEWSIG", "ERRSIG 1 2 3", "NO_PUBKEY 77", "NEWSIG", good, valid(10)).isGood)
    #expect(!status("NEWSIG", good).isGood)
    #expect(!status("NEWSIG", valid(8)).isGood)
    #expect(!status(good, "NEWSIG", valid(8)).isGood)
    #expect(!status("NEWSIG", "EXPKEYSIG 77 x", valid(8)).isGood)
    #expect(!status("NEWSIG", "REVKEYSIG 77 x", valid(8)).isGood)
    #expect(!status("NEWSIG", "EXPSIG 77 x", valid(8)).isGood)
    // MD5 and SHA-1.
    #expect(!status("NEWSIG", good, valid(1)).isGood)
    #expect(
      status("NEWSIG", good, valid(2)).faults == ["the signature of 6F2D is made with a weak digest"])
    // One bad signature spoils it, wherever it stands.
    #expect(!status("NEWSIG", good, valid(8), "NEWSIG", "BADSIG 77 x").isGood)
    #expect(!status("NEWSIG", "BADSIG 77 x", "NEWSIG", good, valid(8)).isGood)
    // What a name in a key says is no status line of its own.
    #expect(!DebianSignature.SignatureStatus(Array("gpgv: \(good)\ngpgv: \(valid(8))\n".utf8)).isGood)
  }
}
