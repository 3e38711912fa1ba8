import EnvlockModel
import EnvlockVersions
import Testing

@Suite struct ImageReferenceTests {
  private static let hex = String(repeating: "0123456789abcdef", count: 4)

  @Test(arguments: [
    ("python", "docker.io/library/python:latest"),
    ("python:3.11", "docker.io/library/python:3.11"),
    ("nvidia/cuda:12.4.1-runtime-ubuntu22.04", "docker.io/nvidia/cuda:12.4.1-runtime-ubuntu22.04"),
    ("docker.io/python", "docker.io/library/python:latest"),
    ("index.docker.io/library/python:3", "docker.io/library/python:3"),
    ("localhost/a", "localhost/a:latest"),
    ("localhost:5000/a/b__c.d-e---f:v1_2", "localhost:5000/a/b__c.d-e---f:v1_2"),
    ("Registry.Example.com/team/app", "registry.example.com/team/app:latest"),
    ("[::1]:5000/app:1", "[::1]:5000/app:1"),
    ("10.0.0.1:80/app", "10.0.0.1:80/app:latest"),
    ("a@sha256:\(hex)", "docker.io/library/a@sha256:\(hex)"),
    ("host:1/a/b:t@sha256:\(hex)", "host:1/a/b:t@sha256:\(hex)"),
  ])
  func `what is left out is filled in`(text: String, full: String) throws {
    let reference = try ImageReference(text)
    #expect(reference.description == full)
    #expect(try ImageReference(reference.description) == reference)
  }

  @Test func `the parts can be told apart`() throws {
    let reference = try ImageReference("host:5000/team/app:1.0@sha256:\(Self.hex)")
    #expect(reference.registry == "host:5000")
    #expect(reference.repository == "team/app")
    #expect(reference.tag == "1.0")
    #expect(reference.digest?.hex == Self.hex)
    #expect(reference.name == "host:5000/team/app")
    let digest = try #require(reference.digest)
    #expect(reference.pinned(to: digest).description == "host:5000/team/app@sha256:\(Self.hex)")
  }

  @Test(arguments: [
    ("", "it is empty"),
    ("docker://python", "it has no scheme; leave out everything up to the two slashes"),
    ("my image", "no space and no character beyond ASCII may be in it"),
    ("bücher/app", "no space and no character beyond ASCII may be in it"),
    ("Python", "names of images are in lower case"),
    ("Team/app", "names of images are in lower case"),
    ("a//b", "a part of its name is empty"),
    ("/a", "a part of its name is empty"),
    ("a/", "a part of its name is empty"),
    ("localhost:5000/", "it names no image"),
    (":3", "it names no image"),
    ("@sha256:\(hex)", "it names no image"),
    ("a:", "its tag is empty"),
    ("a:-x", "a tag begins with a letter, a digit or “_”"),
    ("a:b:c", "“:” may not be in a tag"),
    ("a:b+c", "“+” may not be in a tag"),
    ("a:" + String(repeating: "t", count: 129), "its tag is longer than 128 characters"),
    ("-a", "a part of its name begins with “-”"),
    ("a_", "a part of its name ends with “_”"),
    ("a..b", "“..” may not be in the name of an image"),
    ("a___b", "“___” may not be in the name of an image"),
    ("a+b", "“+” may not be in the name of an image"),
    ("host:0/a", "the port of its registry is not a number from 1 to 65535"),
    ("host:70000/a", "the port of its registry is not a number from 1 to 65535"),
    ("host:x/a", "the port of its registry is not a number from 1 to 65535"),
    ("-host.example/a", "“-host.example” is not the name of a host"),
    ("user@host/a", "behind “@” a digest is expected, such as “sha256:” and 64 hexadecimal digits"),
    ("a@sha512:00", "its digest is a “sha512”; only sha256 is known"),
    ("a@sha256:00", "its digest is not “sha256:” and 64 hexadecimal digits"),
    (hex, "it looks like a digest; write the image's name, and “@sha256:” before the digest"),
    (String(repeating: "a", count: 240), "registry and name together are longer than 255 characters"),
  ])
  func `what is wrong is said`(text: String, reason: String) {
    let error = #expect(throws: MalformedText.self) { try ImageReference(text) }
    #expect(error?.reason == reason)
    #expect(error?.what == "image reference")
  }
}
