import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockIndexes

@Suite struct IndexPageParserTests {
  private let json = "application/vnd.pypi.simple.v1+json"
  private let sha = String(repeating: "0123456789abcdef", count: 4)

  private func files(_ body: String, _ type: String?, url: String = "https://example.org/simple/some-lib/")
    throws
    -> [IndexFile]
  {
    let parser = IndexPageParser(
      url: url, contentType: type, body: Array(body.utf8), askedFor: "https://example.org/simple/some-lib/")
    let page = try ProjectPage(compact: parser.compactPage(of: ProjectName("some-lib")))
    return page.allWheels.map(\.file)
  }

  // MARK: JSON

  @Test func `reads all keys of a JSON page`() throws {
    let body = """
      {"meta": {"api-version": "1.7", "_last-serial": 5}, "name": "some-lib", "versions": ["1.0"], "alternate": {},
       "files": [
        {"filename": "some_lib-1.0-py3-none-any.whl", "url": "../../f/some_lib-1.0-py3-none-any.whl#frag",
         "hashes": {"md5": "x", "sha256": "\(sha)"}, "size": 1234, "requires-python": ">=3.9,<4",
         "upload-time": "2026-11-15T21:32:28.123456Z", "yanked": "bro\\u006ben", "core-metadata": {"sha256": "\(sha)"},
         "dist-info-metadata": false, "provenance": null, "gpg-sig": false},
        {"filename": "some_lib-1.0.tar.gz", "url": "/f/some_lib-1.0.tar.gz", "hashes": {}}
       ]}
      """
    let digest = try Digest(sha256Hex: sha)
    #expect(
      try files(body, json) == [
        IndexFile(
          fileName: "some_lib-1.0-py3-none-any.whl",
          url: "https://example.org/f/some_lib-1.0-py3-none-any.whl",
          sha256: digest, size: 1234, requiresPython: ">=3.9,<4", uploadTime: "2026-11-15T21:32:28Z",
          yanked: "broken", metadata: .offered(digest))
      ])
  }

  @Test(arguments: [
    (#""yanked": false"#, IndexFile(fileName: "", url: "")),
    (#""yanked": true"#, IndexFile(fileName: "", url: "", yanked: "")),
    (#""yanked": """#, IndexFile(fileName: "", url: "")),
    (#""yanked": null"#, IndexFile(fileName: "", url: "")),
    (#""core-metadata": true"#, IndexFile(fileName: "", url: "", metadata: .offered(nil))),
    (#""core-metadata": false"#, IndexFile(fileName: "", url: "", metadata: .absent)),
    (#""core-metadata": {}"#, IndexFile(fileName: "", url: "", metadata: .offered(nil))),
    (#""dist-info-metadata": true"#, IndexFile(fileName: "", url: "", metadata: .offered(nil))),
    (
      #""dist-info-metadata": true, "core-metadata": false"#,
      IndexFile(fileName: "", url: "", metadata: .absent)
    ),
    (
      #""size": null, "requires-python": null, "upload-time": null, "hashes": null"#,
      IndexFile(fileName: "", url: "")
    ),
    (
      #""size": 1.5, "requires-python": "", "upload-time": "soon", "hashes": {"sha256": "abc"}"#,
      IndexFile(fileName: "", url: "")
    ),
    (#""hashes": {"sha256": 5}"#, IndexFile(fileName: "", url: "")),
  ])
  func `reads the kinds of values that indexes write`(keys: String, expected: IndexFile) throws {
    let body = #"{"files": [{"filename": "some_lib-1.0-py3-none-any.whl", "url": "x.whl", \#(keys)}]}"#
    var wanted = expected
    wanted.fileName = "some_lib-1.0-py3-none-any.whl"
    wanted.url = "https://example.org/simple/some-lib/x.whl"
    #expect(try files(body, json) == [wanted])
  }

  // MARK: HTML

  @Test func `reads all attributes of an HTML page`() throws {
    let body = """
      <!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.0"><title><a href="no.whl"></title>
      <base href="https://files.example.org/deep/folder/">
      <base href="https://second.example.org/">
      <script>var a = '<a href="some_lib-9.0-py3-none-any.whl">';</script></head><body>
      <!-- <a href="some_lib-8.0-py3-none-any.whl">x</a> -->
      <A  data-requires-python="&gt;=3.9, &#60;4&amp;x" HREF = "../some_lib-1.0%2Bcpu-py3-none-any.whl#sha256=\(sha)"
         data-yanked="bro&quot;ken" data-dist-info-metadata="sha256=\(sha)">some_lib</a><br/>
      <a href='/some_lib-1.1-py3-none-any.whl#md5=00' data-yanked>x</a>
      <a href=some_lib-1.2-py3-none-any.whl data-core-metadata=true data-dist-info-metadata=false>x</a>
      <a href="some_lib-1.3-py3-none-any.whl?token=a&amp;b=c" data-core-metadata="false">x</a>
      <a href="some_lib-1.4.tar.gz">x</a> <a name="top">x</a> <a href="..">up</a>
      </body></html>
      """
    let digest = try Digest(sha256Hex: sha)
    #expect(
      try files(body, "text/html; charset=utf-8") == [
        IndexFile(
          fileName: "some_lib-1.3-py3-none-any.whl",
          url: "https://files.example.org/deep/folder/some_lib-1.3-py3-none-any.whl?token=a&b=c",
          metadata: .absent),
        IndexFile(
          fileName: "some_lib-1.2-py3-none-any.whl",
          url: "https://files.example.org/deep/folder/some_lib-1.2-py3-none-any.whl", metadata: .offered(nil)),
        IndexFile(
          fileName: "some_lib-1.1-py3-none-any.whl",
          url: "https://files.example.org/some_lib-1.1-py3-none-any.whl",
          yanked: ""),
        IndexFile(
          fileName: "some_lib-1.0+cpu-py3-none-any.whl",
          url: "https://files.example.org/deep/some_lib-1.0%2Bcpu-py3-none-any.whl", sha256: digest,
          requiresPython: ">=3.9, <4&x", yanked: "bro\"ken", metadata: .offered(digest)),
      ])
  }

  @Test func `reads a flat page of several projects`() throws {
    let body =
      #"<a href="a-1.0-py3-none-any.whl">a</a><a href="sub/B-2.0-py3-none-any.whl">b</a><a href="?C=N">sort</a>"#
    let parser = IndexPageParser(
      url: "https://example.org/wheels/", contentType: "text/html", body: Array(body.utf8))
    #expect(
      try parser.flatFiles().map(\.url) == [
        "https://example.org/wheels/a-1.0-py3-none-any.whl",
        "https://example.org/wheels/sub/B-2.0-py3-none-any.whl",
      ])
  }

  @Test func `bytes cut off anywhere never trap`() throws {
    let html = Array(
      #"<!-- x --><a href="a-1-py3-none-any.whl" data-yanked='&#x41;&#99999999;&amp'>x</a><script>x</script>"#
        .utf8)
    for length in 0...html.count {
      _ = SimpleHTMLPage(parsing: Array(html.prefix(length)), url: "https://example.org/")
    }
    var random = SplitMix64(seed: 6)
    for _ in 0..<2000 {
      var bytes = html
      for _ in 0..<3 {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      _ = SimpleHTMLPage(parsing: bytes, url: "https://example.org/")
    }
  }

  // MARK: what is no page

  @Test(
    arguments: [
      ("application/vnd.pypi.simple.v1+json", #"{"files": []}"#), ("application/json", #" {"files": []}"#),
      (nil, #"{"files": []}"#),
      ("text/plain", "\n<html><body></body></html>"), ("TEXT/HTML;charset=x", "<h1>Links for some-lib</h1>"),
      ("application/octet-stream", #"{"files": []}"#),
      ("application/vnd.pypi.simple.v1+html", "<!DOCTYPE html>"),
      ("application/json", #"{"meta": {"api-version": "1.99"}, "files": []}"#),
      ("application/json", #"{"meta": null, "files": []}"#),
    ] as [(String?, String)])
  func `an empty page is fine`(type: String?, body: String) throws {
    #expect(try files(body, type).isEmpty)
  }

  @Test func `what came instead of a page is told with its type, place and beginning`() throws {
    let cases: [(type: String?, body: String)] = [
      (json, ""), ("text/html", " \n"), (json, "<!DOCTYPE html>\n<title>Sign in</title>\u{1B}[31m"),
      ("text/html", "<html><form action=/login><input type=password></form>"),
      ("text/html", #"<a href="/login">Log in</a> <a href="/help">Help</a>"#),
      ("text/html", "<div id=app></div><script src=app.js></script>"),
      (json, #"{"files": [{"filename": "a", "url": "b"}, {"filen"#), (json, #"{"message": "rate limit"}"#),
      (json, #"{"files": [{"filename": "a"}]}"#), (json, #"{"meta": {"api-version": "2.0"}, "files": []}"#),
      ("text/html", #"<meta name="pypi:repository-version" content="2.0"><a href="x.whl">x</a>"#),
      ("application/vnd.pypi.simple.v2+json", "{}"), ("text/plain", "upstream error"),
      (nil, String(repeating: "x", count: 300)),
      (json, "\u{0}\u{1}"), (json, #"{"files": {}}"#), (json, "[]"),
    ]
    var text = ""
    for (type, body) in cases {
      do {
        _ = try files(body, type, url: "https://name:secret@example.org/simple/some-lib/?token=hidden")
        text += "no error for \(body)\n"
      } catch let error as IndexPageError {
        text += "error: \(error.message)\n"
        for line in error.details { text += "  \(line)\n" }
      }
    }
    #expect(!text.contains("secret"))
    #expect(!text.contains("hidden"))
    try expectGolden(text, "index-page-errors.txt")
  }
}
