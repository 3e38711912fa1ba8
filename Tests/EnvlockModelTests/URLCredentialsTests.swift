import EnvlockModel
import Testing

@Suite struct URLCredentialsTests {
  @Test(arguments: [
    ("https://example.com/a", "https://example.com/a"),
    ("https://me:secret@example.com/a", "https://****@example.com/a"),
    ("https://token@example.com", "https://****@example.com"),
    ("x @ https://a:b@c/d, ftp://e@f", "x @ https://****@c/d, ftp://****@f"),
    ("https://a:p@ss@c/d", "https://****@c/d"), ("https://c/d@e", "https://c/d@e"),
    ("mail me@example.com", "mail me@example.com"), ("https://", "https://"), ("://@", "://****@"),
    ("<https://é:ü@c>", "<https://****@c>"),
  ])
  func `leaves credentials out and all else alone`(text: String, shown: String) {
    #expect(URLCredentials.redacted(text) == shown)
  }

  @Test func `an offset goes with the byte that it points at`() {
    let text = "a https://me:secret@host/x; y"
    let shown = "a https://****@host/x; y"
    for (offset, byte) in text.utf8.enumerated() where !(10..<19).contains(offset) {
      let moved = URLCredentials.redacted(text, offset: offset)
      #expect(moved.text == shown)
      #expect(Array(shown.utf8)[moved.offset] == byte)
    }
    for offset in 10..<19 { #expect(URLCredentials.redacted(text, offset: offset).offset == 10) }
    #expect(URLCredentials.redacted(text, offset: text.utf8.count).offset == shown.utf8.count)
  }
}
