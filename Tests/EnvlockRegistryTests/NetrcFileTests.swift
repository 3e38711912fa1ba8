import EnvlockNative
import EnvlockTestSupport
import Foundation
import Testing

@testable import EnvlockRegistry

@Suite struct NetrcFileTests {
  private func find(_ text: String, _ host: String = "registry.example.com") -> BasicCredentials? {
    NetrcFile(bytes: Array(text.utf8)).credentials(for: host)
  }

  private let me = BasicCredentials(name: "me", secret: "word")

  @Test(arguments: [
    "machine registry.example.com login me password word",
    "machine other login x password y\nmachine Registry.Example.com\n  login me\n  password word\n",
    "# a note\nmachine registry.example.com login me account z password word # machine a\ndefault login x password y",
    "machine registry.example.com login me password \"word\"", "default login me password word",
    "macdef init\nmachine registry.example.com login no password no\n\nmachine registry.example.com login me password word",
    "machine registry.example.com password \"wo\\rd\" login \"me\"",
  ])
  func `finds the entry of a host`(text: String) { #expect(find(text) == me) }

  @Test(arguments: [
    "", "machine", "machine registry.example.com", "machine registry.example.com login me",
    "machine registry.example.com password word", "machine registry.example.community login me password word",
    "machine registry.example.com login me\nmachine other password word", "login me password word", "\"",
    "macdef x",
  ])
  func `takes nothing that is not whole`(text: String) { #expect(find(text) == nil) }

  @Test func `a secret with spaces and quotation marks is what stands between them`() {
    #expect(
      find(#"machine registry.example.com login me password "a b\"c\\d""#)
        == BasicCredentials(name: "me", secret: #"a b"c\d"#))
  }

  @Test func `the search ends at the netrc file`() throws {
    let folder = try Scratch()
    try folder.put("machine registry.example.com login me password word".utf8, "home/.netrc")
    let search = CredentialSearch(environment: ["HOME": folder("home")])
    #expect(search.find("registry.example.com:5000/team/app").credentials?.value == .basic(me))
    #expect(search.find("other.example.com/team/app").credentials == nil)
    try folder.put(
      "{\"auths\":{\"registry.example.com:5000\":{\"auth\":\"\(Data("a:b".utf8).base64EncodedString())\"}}}"
        .utf8,
      "home/.docker/config.json")
    #expect(
      search.find("registry.example.com:5000/team/app").credentials?.value
        == .basic(BasicCredentials(name: "a", secret: "b")))
  }
}
