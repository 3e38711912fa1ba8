import EnvlockNative
import Testing

@Suite struct RedactionTests {
  @Test(arguments: [
    ("https://example.org/simple/", "https://example.org/simple/"),
    ("https://user:secret@example.org/simple/", "https://example.org/simple/"),
    ("https://secret@example.org", "https://example.org"),
    ("https://user:sec@ret@example.org/x", "https://example.org/x"),
    ("https://user:sec/ret@example.org/x", "https://example.org/x"),
    ("https://user:sec?ret@example.org/x", "https://example.org/x"),
    ("git+https://user:secret@example.org/x", "git+https://example.org/x"),
    ("user:secret@example.org/x", "example.org/x"),
    ("https://example.org/@scope/x", "https://example.org/@scope/x"),
    ("https://example.org:8080/a@b", "https://example.org:8080/a@b"),
    (
      "https://e.org/x?a=1&X-Amz-Signature=secret&token=secret#sha256=ab",
      "https://e.org/x?a=1&X-Amz-Signature=…&token=…#sha256=ab"
    ),
    ("", ""), ("@", ""), ("://", "://"),
  ])
  func `shows no credentials`(url: String, shown: String) {
    #expect(redact(url) == shown)
    #expect(!redact(url).contains("secret"))
  }

  @Test func `credentials show nothing of themselves`() {
    let credentials = BasicCredentials(name: "someone", secret: "secret")
    let list = CredentialList(urls: ["https://someone:secret@example.org/simple/"])
    var options = TransferOptions()
    options.credentials = list
    var dumped = ""
    dump(options, to: &dumped)
    dump(list, to: &dumped)
    for text in ["\(credentials)", String(reflecting: credentials), "\(list)", "\(options)", dumped] {
      #expect(!text.contains("secret"))
      #expect(!text.contains("someone"))
    }
  }

  @Test func `an error about a bad URL shows no credentials`() {
    let error = #expect(throws: TransferError.self) { try WebAddress("ftp://user:secret@example.org/") }
    #expect(
      error?.message
        == "`ftp://example.org/` is not a URL that can be fetched: its scheme is neither http nor https")
  }
}
