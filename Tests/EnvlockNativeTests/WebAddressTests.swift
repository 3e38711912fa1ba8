import EnvlockNative
import EnvlockTestSupport
import Testing

@Suite struct WebAddressTests {
  @Test(arguments: [
    ("https://Example.ORG", "https://example.org/"),
    ("HTTP://example.org:8080/simple/?a=b#part", "http://example.org:8080/simple/?a=b"),
    ("https://example.org:443/x", "https://example.org/x"),
    ("http://example.org:/x", "http://example.org/x"),
    ("http://[::1]:81/x", "http://[::1]:81/x"),
    ("https://user:secret@example.org/x", "https://example.org/x"),
    ("https://example.org?q", "https://example.org/?q"),
    ("https://example.org/a wheel/ü.whl", "https://example.org/a%20wheel/%C3%BC.whl"),
    ("https://example.org/a\r\nX: y", "https://example.org/a%0D%0AX:%20y"),
  ])
  func `keeps what is sent and drops what is not`(text: String, expected: String) throws {
    #expect(try WebAddress(text).text == expected)
  }

  @Test(arguments: [
    "", "example.org/simple", "ftp://example.org/", "https://", "https:///simple", "https://example.org:x/",
    "https://example.org:70000/", "https://exa mple.org/", "file:///srv", "https://user@/x", "https://a%2eb/",
  ])
  func `refuses what is no http URL`(text: String) {
    #expect(throws: TransferError.self) { try WebAddress(text) }
  }

  @Test func `decodes user information`() throws {
    #expect(
      try WebAddress("https://na%40me:se%3Acret:x@example.org/").credentials
        == BasicCredentials(name: "na@me", secret: "se:cret:x"))
    #expect(try WebAddress("https://token@h/").credentials == BasicCredentials(name: "token", secret: ""))
    #expect(
      try WebAddress("https://50%:%zz%@h/").credentials == BasicCredentials(name: "50%", secret: "%zz%"))
    #expect(try WebAddress("https://@h/").credentials == nil)
    #expect(try WebAddress("https://h/@x").credentials == nil)
  }

  @Test(arguments: [
    ("https://a/", "https://a/x", true), ("http://a/", "https://a/", true),
    ("https://a/", "http://a/", false),
    ("https://a/", "https://b/", false), ("https://a/", "https://a:8443/", false),
    ("http://a:80/", "http://a/", true),
    ("https://a/", "https://a.b/", false),
  ])
  func `shares secrets with its own host only`(from: String, to: String, shares: Bool) throws {
    #expect(try WebAddress(from).sharesSecrets(with: WebAddress(to)) == shares)
  }

  @Test func `random bytes never trap`() {
    var random = SplitMix64(seed: 1)
    let alphabet = Array("https://@:?#[]%./\\\u{0} aZ9ü".utf8)
    for _ in 0..<20_000 {
      let length = Int.random(in: 0..<24, using: &random)
      let bytes = (0..<length).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
      let text = String(decoding: bytes, as: UTF8.self)
      _ = try? WebAddress(text)
      _ = redact(text)
      _ = try? WebAddress("http://" + text).credentials
    }
  }
}
