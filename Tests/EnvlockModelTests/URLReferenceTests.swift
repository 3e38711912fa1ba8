import EnvlockModel
import Testing

@Suite struct URLReferenceTests {
  // RFC 3986, section 5.4, with its base URL.
  @Test(arguments: [
    ("g:h", "g:h"), ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"),
    ("/g", "http://a/g"), ("//g", "http://g"), ("?y", "http://a/b/c/d;p?y"), ("g?y", "http://a/b/c/g?y"),
    ("#s", "http://a/b/c/d;p?q#s"), ("g#s", "http://a/b/c/g#s"), ("g?y#s", "http://a/b/c/g?y#s"),
    (";x", "http://a/b/c/;x"), ("g;x", "http://a/b/c/g;x"), ("", "http://a/b/c/d;p?q"),
    (".", "http://a/b/c/"),
    ("./", "http://a/b/c/"), ("..", "http://a/b/"), ("../", "http://a/b/"), ("../g", "http://a/b/g"),
    ("../..", "http://a/"), ("../../", "http://a/"), ("../../g", "http://a/g"), ("../../../g", "http://a/g"),
    ("../../../../g", "http://a/g"), ("/./g", "http://a/g"), ("/../g", "http://a/g"),
    ("g.", "http://a/b/c/g."),
    (".g", "http://a/b/c/.g"), ("g..", "http://a/b/c/g.."), ("..g", "http://a/b/c/..g"),
    ("./../g", "http://a/b/g"), ("./g/.", "http://a/b/c/g/"), ("g/./h", "http://a/b/c/g/h"),
    ("g/../h", "http://a/b/c/h"), ("g;x=1/./y", "http://a/b/c/g;x=1/y"), ("g;x=1/../y", "http://a/b/c/y"),
    ("g?y/./x", "http://a/b/c/g?y/./x"), ("g?y/../x", "http://a/b/c/g?y/../x"),
  ])
  func `resolves as the standard's examples do`(reference: String, expected: String) {
    #expect(URLReference.resolve(reference, against: "http://a/b/c/d;p?q") == expected)
  }

  @Test(arguments: [
    ("x.whl", "https://example.org", "https://example.org/x.whl"),
    (
      "../../packages/a%2Bb.whl", "https://example.org/simple/torch/",
      "https://example.org/packages/a%2Bb.whl"
    ),
    ("a:b.whl", "https://example.org/", "a:b.whl"), ("x.whl", "", "x.whl"), ("/x.whl", "folder/", "/x.whl"),
    ("x.whl", "file:///srv/wheels/index.html", "file:///srv/wheels/x.whl"),
  ])
  func `resolves links of index pages`(reference: String, base: String, expected: String) {
    #expect(URLReference.resolve(reference, against: base) == expected)
  }

  @Test func `takes file names out of URLs`() {
    #expect(URLReference.fileName(of: "https://example.org/a/x%2By.whl?q=/z#sha256=0") == "x+y.whl")
    #expect(URLReference.fileName(of: "x.whl") == "x.whl")
    #expect(URLReference.fileName(of: "https://example.org/") == "")
    #expect(URLReference.splitFragment("a#b#c").fragment == "b#c")
  }

  @Test func `percent-encodes and decodes`() {
    #expect(URLReference.decode("a%2Bb%zz%4") == "a+b%zz%4")
    #expect(URLReference.decode("%e2%82%AC") == "€")
    #expect(URLReference.encodePath("/a b/+é~") == "/a%20b/%2B%C3%A9~")
  }
}
