import EnvlockTestSupport
import Testing

@testable import EnvlockIndexes

@Suite struct IndexDiscoveryTests {
  private let source = """
    class PackageIndex:
        def __init__(self, url: str, file_storage_domain: str) -> None:
            self.simple_url = self._url_for_path("simple")

    Main = PackageIndex("https://index.example.org/", file_storage_domain="files.example.org")
    Test = PackageIndex(
        "https://test.example.org/", file_storage_domain="test-files.example.org"
    )
    """

  /// Discovers on a machine with these files; a folder is what has files below it.
  private func discover(
    _ environment: [String: String] = [:], _ files: [String: String] = [:], flag: String? = nil,
    links: [String: String] = [:], members: [String: String] = [:], pip: String? = nil
  ) -> IndexDiscovery.Result {
    let paths = Array(files.keys) + Array(members.keys)
    let machine = MachineFiles(
      read: { files[$0] },
      list: { folder in
        Set(
          paths.filter { $0.hasPrefix(folder + "/") }
            .compactMap { $0.dropFirst(folder.count + 1).split(separator: "/").first.map(String.init) }
        ).sorted()
      },
      exists: { files[$0] != nil || links[$0] != nil },
      resolve: { links[$0] ?? (files[$0] == nil ? nil : $0) },
      readMember: { path, member in member == "pip/_internal/models/index.py" ? members[path] : nil })
    var complete = ["HOME": "/home/me", "PATH": "/usr/bin:relative"]
    complete.merge(environment) { $1 }
    return IndexDiscovery(environment: complete, flag: flag, files: machine, askPip: { pip }).discover()
  }

  @Test func `places are asked in the documented order`() {
    let user = "/home/me/.config/envlock/config.toml"
    let pip = "/usr/lib/python3/dist-packages/pip/_internal/models/index.py"
    var environment = [
      "ENVLOCK_INDEX_URL": "https://a/", "UV_DEFAULT_INDEX": "named=https://b/?x=1",
      "UV_INDEX_URL": "https://c/",
      "PIP_INDEX_URL": "https://d/",
    ]
    var files = [
      user: "# index-url = 'https://no/'\nindex-url = \"https://e/\" # mine\n[x]\nindex-url = 'https://no/'",
      "/etc/pip.conf": "[global]\nindex-url = https://f/\n", "/usr/bin/python3": "", pip: source,
    ]
    var found: [IndexDiscovery.Place?] = [discover(environment, files, flag: "https://flag/").index]
    for name in ["ENVLOCK_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"] {
      found.append(discover(environment, files).index)
      environment[name] = ""
    }
    for path in [user, "/etc/pip.conf", pip] {
      found.append(discover(environment, files, pip: "https://asked/simple/").index)
      files[path] = nil
    }
    found.append(discover(environment, files, pip: "https://asked/simple/").index)
    found.append(discover(environment, files).index)
    #expect(
      found == [
        .init(url: "https://flag/", source: "--index-url"),
        .init(url: "https://a/", source: "ENVLOCK_INDEX_URL"),
        .init(url: "https://b/?x=1", source: "UV_DEFAULT_INDEX"),
        .init(url: "https://c/", source: "UV_INDEX_URL"),
        .init(url: "https://d/", source: "PIP_INDEX_URL"), .init(url: "https://e/", source: user),
        .init(url: "https://f/", source: "/etc/pip.conf"),
        .init(url: "https://index.example.org/simple/", source: pip),
        .init(url: "https://asked/simple/", source: "pip"), nil,
      ])
  }

  @Test func `pip's files override each other as pip has it`() {
    var files = [
      "/etc/xdg/pip/pip.conf": "[global]\nindex-url=https://1/",
      "/etc/pip.conf": "[global]\nindex-url=https://2/",
      "/home/me/.pip/pip.conf": "[global]\nindex-url=https://3/",
      "/home/me/.config/pip/pip.conf": "[global]\nindex-url=https://4/",
      "/venv/pip.conf": "[global]\nindex-url=https://5/",
      "/own/pip.conf": "[global]\nindex_url: https://6/",
    ]
    let environment = ["VIRTUAL_ENV": "/venv", "PIP_CONFIG_FILE": "/own/pip.conf"]
    var urls: [String?] = []
    for path in [
      "/own/pip.conf", "/venv/pip.conf", "/home/me/.config/pip/pip.conf", "/home/me/.pip/pip.conf",
      "/etc/pip.conf",
    ] {
      urls.append(discover(environment, files).index?.url)
      files[path] = nil
    }
    urls.append(discover(environment, files).index?.url)
    #expect(urls == ["https://6/", "https://5/", "https://4/", "https://3/", "https://2/", "https://1/"])
    #expect(discover(["PIP_CONFIG_FILE": "/dev/null"], files).index == nil)
    files["/etc/pip.conf"] = "[install]\nindex-url = https://install/\n[global]\nindex-url = https://global/"
    files["/own/pip.conf"] = "[global]\nindex-url = https://late/"
    #expect(discover(environment, files).index?.url == "https://install/")
    #expect(
      discover(
        environment.merging(["XDG_CONFIG_HOME": "/x"]) { $1 },
        ["/x/pip/pip.conf": "[global]\nindex-url=https://x/"]
      ).index?.url == "https://x/")
  }

  @Test func `reads lists over several lines, comments and strange spacing`() {
    let text = """
      ; a comment
      # another
      [global]
      timeout = 60
      Extra_Index_URL =
          https://one/simple
          # not this
          https://two/simple

      find-links: /wheels  https://links/page.html
      no-index = false
      index-url=https://user:pass@index/simple?a=b:c
      [other]
      index-url = https://no/
      """
    let result = discover([:], ["/etc/pip.conf": text])
    #expect(result.index?.url == "https://user:pass@index/simple?a=b:c")
    #expect(result.extra.map(\.url) == ["https://one/simple", "https://two/simple"])
    #expect(result.findLinks.map(\.url) == ["/wheels", "https://links/page.html"])
    #expect(!result.noIndex)
    let none = discover(
      ["PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/a /b"], ["/etc/pip.conf": text], pip: "https://x/")
    #expect(none.noIndex)
    #expect(none.index == nil)
    #expect(none.findLinks.map(\.url) == ["/a", "/b"])
    let uv = discover(
      ["UV_INDEX_URL": "https://c/", "UV_INDEX": "n=https://d/ https://e/", "UV_FIND_LINKS": "/a,/b"],
      ["/etc/pip.conf": text])
    #expect(uv.extra.map(\.url) == ["https://d/", "https://e/"])
    #expect(uv.findLinks.map(\.url) == ["/a", "/b"])
  }

  @Test(arguments: [
    (["PATH": "/opt/py/bin"], "/opt/py/bin/python3", "/opt/py/lib/python3.13/site-packages"),
    (["VIRTUAL_ENV": "/venv"], "/venv/bin/python", "/venv/lib/python3.12/site-packages"),
    (["PATH": "/usr/local/bin:/usr/bin"], "/usr/bin/pip3", "/usr/local/lib/python3.11/dist-packages"),
    (["PATH": "/nowhere"], "/usr/bin/python3", "/usr/lib/python3/dist-packages"),
    (["PATH": "/pyenv/shims"], "/pyenv/shims/python3", "/pyenv/versions/3.11.7/lib/python3.11/site-packages"),
    (["PATH": "/opt/py/bin"], "/opt/py/bin/python3", "/home/me/.local/lib/python3.9/site-packages"),
    (["PATH": "/opt/py/bin"], "/opt/py/bin/python3", "/opt/py/lib64/python3.9/site-packages"),
  ])
  func `finds pip without starting it`(environment: [String: String], program: String, folder: String) {
    let path = folder + "/pip/_internal/models/index.py"
    #expect(
      discover(environment, [program: "", path: source]).index
        == .init(url: "https://index.example.org/simple/", source: path))
  }

  @Test func `follows a virtual environment's link, and pyenv's choice`() {
    let base = "/base/lib/python3.11/site-packages/pip/_internal/models/index.py"
    let result = discover(
      ["PATH": "/venv/bin"], [base: source], links: ["/venv/bin/python3": "/base/bin/python3.11"])
    #expect(result.index?.source == base)
    func pip(_ version: String) -> String {
      "/pyenv/versions/\(version)/lib/python3.11/site-packages/pip/_internal/models/index.py"
    }
    let files = [
      "/pyenv/shims/python3": "", "/pyenv/version": "3.10.1\n", pip("3.10.1"): source, pip("3.12.0"): source,
      pip("3.9.9"): source,
    ]
    #expect(discover(["PATH": "/pyenv/shims"], files).index?.source == pip("3.10.1"))
    #expect(
      discover(["PATH": "/pyenv/shims", "PYENV_VERSION": "3.9.9"], files).index?.source == pip("3.9.9"))
    #expect(
      discover(["PATH": "/pyenv/shims", "PYENV_VERSION": "gone"], files).index?.source == pip("3.12.0"))
  }

  @Test func `looks into the pip that Python brings with it`() {
    let bundled = "/usr/lib/python3.13/ensurepip/_bundled/pip-25.0-py3-none-any.whl"
    #expect(discover([:], ["/usr/bin/python3": ""], members: [bundled: source]).index?.source == bundled)
    let debian = "/usr/share/python-wheels/pip-25.0-py3-none-any.whl"
    #expect(
      discover([:], [:], members: [debian: source, "/usr/share/python-wheels/x.whl": source]).index?.source
        == debian)
  }

  @Test(arguments: [
    ("A = PackageIndex('https://a.example.org', 'x')", "https://a.example.org/simple/"),
    (
      "A = PackageIndex(url)\nB = PackageIndex(\n    \"https://b.example.org/x/\",",
      "https://b.example.org/x/simple/"
    ),
    ("class PackageIndex(object):\n  pass", nil), ("PackageIndex(\"ftp\")", nil),
    ("PackageIndex(\"https://a b\")", nil),
    ("PackageIndex(", nil), ("", nil),
  ])
  func `takes the index out of pip's source`(text: String, url: String?) {
    #expect(IndexDiscovery.defaultIndex(inSource: text) == url)
  }

  @Test func `reads members of a zip file in memory`() {
    var builder = WheelBuilder(members: [
      .init("a/b.py", "text"),
      .init("c", Array(repeating: 0x61, count: 10), deflated: [0x4B, 0x4C, 0x84, 0x01, 0x00]),
    ])
    builder.prefix = [1, 2, 3]
    let file = builder.build()
    #expect(zipMember("a/b.py", of: file) == Array("text".utf8))
    #expect(zipMember("c", of: file) == Array(repeating: 0x61, count: 10))
    #expect(zipMember("d", of: file) == nil)
    for length in 0..<file.count { #expect(zipMember("a/b.py", of: Array(file.prefix(length))) == nil) }
  }

  @Test func `reads what a command prints`() {
    #expect(outputLine(of: "echo ' https://x/ '; echo more") == "https://x/")
    #expect(outputLine(of: "echo https://x/; exit 1") == nil)
    #expect(outputLine(of: "true") == nil)
  }
}
