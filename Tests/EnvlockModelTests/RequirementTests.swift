import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockModel

@Suite struct RequirementTests {
  @Test(arguments: [
    ("torch", "torch"), ("  Torch_Vision  ", "torch-vision"), ("torch>=2.1,<3", "torch>=2.1,<3"),
    ("torch (==2.1.0)", "torch==2.1.0"), ("torch ( >= 2.1 , < 3 )", "torch>=2.1,<3"), ("torch()", "torch"),
    ("tensorflow[And_CUDA] == 2.21.0", "tensorflow[and-cuda]==2.21.0"),
    ("a[z, b,Z ,a]", "a[a,b,z]"), ("a[]>=1", "a>=1"), ("a [x]>=1", "a[x]>=1"), ("a>=1,", "a>=1"),
    ("a===weird-thing", "a===weird-thing"), ("a==1.*", "a==1.*"), ("a~=1.2", "a~=1.2"),
    ("a;os_name=='posix'", #"a; os_name == "posix""#),
    ("a>=1 ; python_version<'3'", #"a>=1; python_version < "3""#),
    ("a @ https://e.example/a-1-py3-none-any.whl", "a @ https://e.example/a-1-py3-none-any.whl"),
    ("a[x]@file:///a-1.whl ; os_name == 'nt'", #"a[x] @ file:///a-1.whl ; os_name == "nt""#),
    ("a @ ./x;y.whl", "a @ ./x;y.whl"),
  ])
  func `is printed in one way`(text: String, printed: String) throws {
    let requirement = try Requirement(text)
    #expect(requirement.description == printed)
    #expect(try Requirement(printed) == requirement)
  }

  @Test(arguments: [
    ("", 0, "a project name is expected here, beginning with a letter or digit"),
    ("-x", 0, "a project name is expected here, beginning with a letter or digit"),
    ("a-", 1, "a name has to end with a letter or digit"),
    ("torch 2.1", 6, "a version needs an operator before it, such as == or >="),
    ("torch=2.1", 5, "an operator such as >= is expected"),
    ("torch>=2.1 <3", 10, nil),
    ("torch>=2.1,,<3", 11, "a comparison such as >=1.0 is expected between the commas"),
    ("torch,>=1", 5, "a comparison such as >=1.0 is expected before the comma"),
    ("torch>=", 7, nil), ("torch>=2.*", nil, nil), ("torch>=x", 7, nil),
    ("torch (>=2.1", 6, "this parenthesis is not closed"),
    ("torch (>=2.1) <3", 14, "a semicolon and a marker, or the end, is expected here"),
    ("torch[a", 5, "this bracket is not closed"),
    ("torch[a b]", 8, "a comma or a closing bracket is expected between extras"),
    ("torch[a,]", 8, "the name of an extra is expected here, beginning with a letter or digit"),
    ("torch @", 7, "a URL is expected after the @"),
    ("torch @ https://x/y.whl; os_name == 'a'", 23, "the URL takes this semicolon in; put a blank before it"),
    (
      "torch @ https://x/y.whl os_name", 24, "a semicolon and a marker, or the end, is expected after the URL"
    ),
    ("torch;", 6, "a variable such as python_version or a quoted text is expected here"),
    ("torch; os_name == 'a' x", 22, "\"and\", \"or\" or the end of the marker is expected here"),
    ("torch # why", 6, "a comparison such as >=1.0, a semicolon and a marker, or the end is expected here"),
    ("torch\n", 5, "a comparison such as >=1.0, a semicolon and a marker, or the end is expected here"),
    (
      "a @ https://x/y.whl#sha256=12", 4, "the sha256 of the URL is broken: it has 2 of 64 hexadecimal digits"
    ),
  ])
  func `says what is wrong, and where`(text: String, offset: Int?, reason: String?) {
    let error = #expect(throws: MalformedText.self) { try Requirement(text) }
    #expect(error?.text == text)
    if let offset { #expect(error?.offset == offset) }
    if let reason { #expect(error?.reason == reason) }
  }

  @Test func `demands the hash in the fragment of a direct reference`() throws {
    let hex = String(repeating: "ab", count: 32)
    #expect(try Requirement("a @ https://x/a-1-py3-none-any.whl#sha256=\(hex)").urlDigest?.hex == hex)
    #expect(try Requirement("a @ https://x/a-1-py3-none-any.whl#egg=a&sha256=\(hex)").urlDigest?.hex == hex)
    #expect(try Requirement("a @ https://x/a-1-py3-none-any.whl#md5=00").urlDigest == nil)
    #expect(try Requirement("a").urlDigest == nil)
  }

  @Test func `credentials do not get into errors, and the caret moves with the text`() throws {
    let error = #expect(throws: MalformedText.self) {
      try Requirement("a @ https://me:secret@x.example/a.whl ; os_nam == 'a'")
    }
    let shown = try #require(error)
    #expect(shown.text == "a @ https://****@x.example/a.whl ; os_nam == 'a'")
    let fault = shown.text.utf8.dropFirst(try #require(shown.offset))
    #expect(String(fault.prefix(6)) == "os_nam")
  }

  @Test func `no mutation traps, and what can be read can be printed and read again`() throws {
    var random = SplitMix64(seed: 7)
    let texts = [
      "torch[opt-einsum, x]>=2.1,!=2.2.*,<3; python_version >= \"3.9\" and extra == 'y'",
      "torch (>=2.1.0rc1,<3) ; (os_name == 'posix' or sys_platform in \"linux darwin\")",
      "torch[a] @ https://u:p@example.com/torch-2.9.1-cp311-cp311-linux_x86_64.whl#sha256="
        + String(repeating: "0f", count: 32) + " ; extra != 'y'",
    ]
    for index in 0..<6000 {
      let text = Mutation.text(of: texts[index % texts.count], &random)
      do {
        let requirement = try Requirement(text)
        #expect(try Requirement(requirement.description) == requirement, "\(text)")
      } catch {
        #expect((0...error.text.utf8.count).contains(error.offset ?? -1), "\(text)")
        #expect(!error.text.contains("://u:p@"))
      }
      let noise = String(decoding: Mutation.noise(&random), as: UTF8.self)
      if let requirement = try? Requirement(noise) {
        #expect(try Requirement(requirement.description) == requirement)
      }
    }
  }
}
