import EnvlockNative
import EnvlockTestSupport
import Foundation
import Testing

@testable import EnvlockRegistry

@Suite struct CredentialSearchTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func find(_ key: String, _ variables: [String: String] = [:]) -> CredentialSearch.Result {
    let own = ["HOME": scratch("home"), "PATH": "relative:" + scratch("bin")]
    return CredentialSearch(environment: own.merging(variables) { $1 }).find(key)
  }

  private func basic(_ name: String, _ secret: String) -> RegistryCredentials.Value {
    .basic(BasicCredentials(name: name, secret: secret))
  }

  private static func entry(_ text: String) -> String {
    "{\"auth\":\"\(Data(text.utf8).base64EncodedString())\"}"
  }

  private func put(auths: [String: String], rest: String = "", _ name: String = "home/.docker/config.json")
    throws
  {
    let entries = auths.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",")
    try scratch.put("{\(rest)\"auths\":{\(entries)}}".utf8, name)
  }

  /// A helper that knows what a shell script says.
  private func install(helper name: String, _ script: String) throws {
    try scratch.put(
      "#!/bin/sh\nread -r server\n\(script)\n".utf8, "bin/docker-credential-\(name)", mode: 0o700)
  }

  @Test func `a registry is known by several names`() throws {
    try put(auths: [
      "https://index.docker.io/v1/": Self.entry("hub:a"), "https://one.example/v2/": Self.entry("one:b"),
      "Two.example:5000": Self.entry("two:c:d"), "http://three.example/some/path": Self.entry("three:e"),
    ])
    #expect(find("docker.io/library/python").credentials?.value == basic("hub", "a"))
    #expect(find("one.example/x").credentials?.value == basic("one", "b"))
    #expect(find("two.example:5000/x/y").credentials?.value == basic("two", "c:d"))
    #expect(find("two.example/x").credentials == nil)
    #expect(find("three.example/x").credentials?.value == basic("three", "e"))
    #expect(find("example/x").credentials == nil)
  }

  @Test func `the entry for the longest part of a name counts`() throws {
    try put(
      auths: [
        "one.example": Self.entry("all:a"), "one.example/team": Self.entry("team:b"),
        "one.example/team/app": Self.entry("app:c"),
      ], "run/containers/auth.json")
    let variables = ["XDG_RUNTIME_DIR": scratch("run")]
    #expect(find("one.example/team/app", variables).credentials?.value == basic("app", "c"))
    #expect(find("one.example/team/other", variables).credentials?.value == basic("team", "b"))
    #expect(find("one.example/teams/app", variables).credentials?.value == basic("all", "a"))
  }

  @Test func `the first file that knows the registry counts`() throws {
    let places = [
      ("given.json", "REGISTRY_AUTH_FILE", "given.json"), ("docker/config.json", "DOCKER_CONFIG", "docker"),
      ("run/containers/auth.json", "XDG_RUNTIME_DIR", "run"),
      ("config/containers/auth.json", "XDG_CONFIG_HOME", "config"),
    ]
    var variables: [String: String] = [:]
    for (file, variable, value) in places.reversed() {
      try put(auths: ["one.example": Self.entry("\(variable):x")], file)
      variables[variable] = scratch(value)
      let found = find("one.example/a", variables).credentials
      #expect(found?.value == basic(variable, "x"))
      #expect(found?.source == "`\(scratch(file))`")
    }
    try put(auths: ["two.example": Self.entry("home:x")])
    #expect(find("two.example/a", variables).credentials == nil)
    variables["DOCKER_CONFIG"] = nil
    #expect(find("two.example/a", variables).credentials?.value == basic("home", "x"))
    try put(auths: ["three.example": Self.entry("home:x")], "home/.config/containers/auth.json")
    #expect(find("three.example/a").credentials?.value == basic("home", "x"))
  }

  @Test func `tokens come before what stands beside them`() throws {
    try put(auths: [
      "one.example": "{\"auth\":\"MDA6\",\"identitytoken\":\"i\"}",
      "two.example": "{\"registrytoken\":\"r\"}",
      "three.example": "{\"username\":\"u\",\"password\":\"p\"}", "four.example": "{}",
    ])
    #expect(find("one.example/a").credentials?.value == .identityToken("i"))
    #expect(find("two.example/a").credentials?.value == .registryToken("r"))
    #expect(find("three.example/a").credentials?.value == basic("u", "p"))
    #expect(find("four.example/a").credentials == nil)
  }

  @Test func `a helper is asked, and the file only where it has none`() throws {
    try install(
      helper: "test",
      """
      case "$1 $server" in
        "get one.example") echo '{"ServerURL":"x","Username":"h","Secret":"s"}' ;;
        "get https://index.docker.io/v1/") echo '{"Username":"<token>","Secret":"t"}' ;;
        *) echo 'credentials not found in native keychain'; exit 1 ;;
      esac
      """)
    try install(helper: "two", #"echo '{"Username":"two","Secret":"s"}'"#)
    try put(
      auths: ["one.example": "{}", "three.example": Self.entry("file:f")],
      rest: "\"credsStore\":\"test\",\"credHelpers\":{\"two.example\":\"two\"},")
    #expect(find("one.example/a").credentials?.value == basic("h", "s"))
    #expect(find("one.example/a").credentials?.source == "`docker-credential-test`")
    #expect(find("docker.io/library/a").credentials?.value == .identityToken("t"))
    #expect(find("two.example/a").credentials?.value == basic("two", "s"))
    #expect(find("three.example/a").credentials?.value == basic("file", "f"))
    #expect(find("four.example/a").credentials == nil)
    #expect(find("four.example/a").notes.isEmpty)
  }

  @Test func `a helper that fails is named, and nothing that it wrote`() throws {
    try install(helper: "sick", "echo s3cr3t; echo s3cr3t >&2; exit 3")
    try install(helper: "odd", "echo s3cr3t")
    for (name, reason) in [
      ("sick", "failed"), ("odd", "gave an answer that cannot be read"), ("missing", "is not installed"),
      ("../bin/odd", "has a name that no program has"),
    ] {
      try put(auths: ["one.example": Self.entry("file:f")], rest: "\"credsStore\":\"\(name)\",")
      let result = find("one.example/a")
      #expect(result.credentials?.value == basic("file", "f"))
      #expect(result.notes.count == 1)
      #expect(result.notes.first?.hasSuffix(reason) == true)
      #expect(!"\(result)".contains("s3cr3t"))
    }
  }

  @Test func `a damaged file is named, and nothing of it`() throws {
    for (text, reason) in [
      (
        "{\"auths\":{\"one.example\":{\"auth\":\"s3cr3t!\"}}}",
        "its entry for one.example holds no name and password"
      ),
      (
        "{\"auths\":{\"one.example\":{\"auth\":\"czNjcjN0\"}}}",
        "its entry for one.example holds no name and password"
      ),
      ("{s3cr3t", "it is no JSON (line 1, column 2)"), ("[]", "it is no JSON object"),
    ] {
      try scratch.put(text.utf8, "home/.docker/config.json")
      let result = find("one.example/a")
      #expect(result.credentials == nil)
      #expect(result.notes == ["`\(scratch("home/.docker/config.json"))` is passed over: \(reason)"])
    }
  }

  @Test func `credentials do not show`() throws {
    try put(auths: [
      "one.example": Self.entry("anna:s3cr3t"), "two.example": "{\"identitytoken\":\"s3cr3t\"}",
    ])
    for key in ["one.example/a", "two.example/a"] {
      let result = find(key)
      var dumped = ""
      dump(result, to: &dumped)
      #expect(result.credentials != nil)
      for text in ["\(result)", String(reflecting: result), dumped] {
        #expect(!text.contains("s3cr3t"))
        #expect(!text.contains("anna"))
      }
    }
  }

  @Test func `base64 is undone as it was made`() {
    for length in 0..<40 {
      let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 53 &+ 7) }
      let text = Data(bytes).base64EncodedString()
      #expect(base64Decoded(text) == bytes)
    }
    for text in ["A", "AAAAA", "a b=", "é"] { #expect(base64Decoded(text) == nil) }
  }
}
