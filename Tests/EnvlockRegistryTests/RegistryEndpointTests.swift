import EnvlockModel
import EnvlockTestSupport
import Testing

@testable import EnvlockRegistry

@Suite struct RegistryEndpointTests {
  private func endpoint(_ text: String, _ environment: [String: String] = [:]) throws -> RegistryEndpoint {
    try RegistryEndpoint(ImageReference(text), environment: environment)
  }

  @Test(arguments: [
    ("localhost:5000/a", "http://localhost:5000"), ("127.0.0.1/a", "http://127.0.0.1"),
    ("127.8.0.1:80/a", "http://127.8.0.1:80"), ("[::1]:5000/a", "http://[::1]:5000"),
    ("registry.example.com/a", "https://registry.example.com"),
    ("127.0.0.1.example.com/a", "https://127.0.0.1.example.com"),
    ("10.0.0.1:5000/a", "https://10.0.0.1:5000"),
    ("python", "https://registry-1.docker.io"),
  ])
  func `only this machine is spoken to without TLS`(text: String, origin: String) throws {
    #expect(try endpoint(text).origin == origin)
  }

  @Test func `further hosts without TLS are named`() throws {
    let list = ["ENVLOCK_INSECURE_REGISTRIES": "one.example, Two.example:5000"]
    #expect(try endpoint("one.example/a", list).isInsecure)
    #expect(try endpoint("one.example:80/a", list).isInsecure)
    #expect(try endpoint("two.example:5000/a", list).isInsecure)
    #expect(try !endpoint("two.example/a", list).isInsecure)
    #expect(try !endpoint("three.example/a", list).isInsecure)
  }

  @Test(arguments: [
    ("mirror.example", "https://mirror.example/v2/library/python/x"),
    ("mirror.example:5000/hub/", "https://mirror.example:5000/v2/hub/library/python/x"),
    ("http://mirror.example/hub", "http://mirror.example/v2/hub/library/python/x"),
    ("localhost:5000", "http://localhost:5000/v2/library/python/x"),
  ])
  func `a mirror may keep its copies below a path`(mirror: String, url: String) throws {
    let endpoint = try endpoint("python:3", ["ENVLOCK_REGISTRY_MIRROR_DOCKER_IO": mirror])
    #expect(endpoint.url("x") == url)
    #expect(!endpoint.credentialKey.contains("docker.io"))
  }
}

@Suite struct AuthenticationChallengeTests {
  private func read(_ values: String...) -> [String] {
    AuthenticationChallenge.read(values).map { challenge in
      let parameters = challenge.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      return ([challenge.scheme] + parameters).joined(separator: " ")
    }
  }

  @Test func `challenges are told apart`() {
    #expect(
      read(#"Bearer realm="https://auth.example/token",service="reg",scope="repository:a/b:pull,push""#)
        == ["bearer realm=https://auth.example/token scope=repository:a/b:pull,push service=reg"])
    #expect(read(#"Basic realm="a \"b\", c""#) == [#"basic realm=a "b", c"#])
    #expect(
      read("BASIC realm=x, bearer Realm=y , service = z") == ["basic realm=x", "bearer realm=y service=z"])
    #expect(read("Basic realm=x", "Bearer realm=y") == ["basic realm=x", "bearer realm=y"])
    #expect(read("Negotiate, Basic realm=x") == ["negotiate", "basic realm=x"])
    #expect(read("Negotiate abc/d==, Basic realm=x") == ["negotiate", "basic realm=x"])
  }

  @Test func `nonsense does no harm`() {
    var generator = SplitMix64(seed: 4)
    for text in ["", ",,", "=", "\"", "Basic realm=\"", "Basic realm=\"a\\", "a=b", "é", "Basic realm=,x"] {
      _ = read(text)
    }
    for _ in 0..<2000 {
      let letters = Array("ab=\", \\/é")
      _ = read(String((0..<12).map { _ in letters[Int.random(in: 0..<letters.count, using: &generator)] }))
    }
  }

  @Test func `a token allows what is needed`() {
    #expect(TokenScope.pull("team/app").text == "repository:team/app:pull")
    #expect(TokenScope.push("team/app").text == "repository:team/app:pull,push")
    #expect(FormFields.encoded([("a", "b c&d=é+")]) == "a=b%20c%26d%3D%C3%A9%2B")
  }
}
