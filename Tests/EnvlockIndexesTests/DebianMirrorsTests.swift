import Testing

@testable import EnvlockIndexes

@Suite struct DebianMirrorsTests {
  private static let sources = "/etc/apt/sources.list.d/debian.sources"
  private static let user = "/home/me/.config/envlock/config.toml"

  /// What is found on a machine with these files.
  private func mirrors(
    _ files: [String: String] = [:], _ environment: [String: String] = [:], mirror: String? = nil,
    security: String? = nil
  ) -> DebianMirrors {
    let machine = MachineFiles(
      read: { files[$0] },
      list: { folder in
        files.keys.filter { $0.hasPrefix(folder + "/") }.map { String($0.dropFirst(folder.count + 1)) }
      }, exists: { files[$0] != nil }, resolve: { $0 }, readMember: { _, _ in nil })
    return DebianMirrors(
      environment: ["HOME": "/home/me"].merging(environment) { $1 }, mirror: mirror, securityMirror: security,
      files: machine)
  }

  @Test func `places are asked in the documented order`() {
    var files = [
      Self.user:
        "debian-mirror = 'https://c/debian' # mine\ndebian-security-mirror = \"https://c/sec/\"\n[x]\n",
      Self.sources: "Types: deb\nURIs: https://d/debian/\nSuites: bookworm\nComponents: main\n",
    ]
    let environment = ["ENVLOCK_DEBIAN_MIRROR": "https://b/debian"]
    #expect(mirrors(files, environment, mirror: "https://a/debian//").main?.url == "https://a/debian")
    #expect(
      mirrors(files, environment).main == .init(url: "https://b/debian", source: "ENVLOCK_DEBIAN_MIRROR"))
    #expect(mirrors(files).main == .init(url: "https://c/debian", source: Self.user))
    #expect(mirrors(files).security?.url == "https://c/sec")
    files[Self.user] = nil
    #expect(mirrors(files).main == .init(url: "https://d/debian", source: Self.sources))
    #expect(mirrors().main == nil)
    #expect(mirrors().security == nil)
  }

  @Test func `security updates are expected beside a mirror that is named`() {
    let found = mirrors(mirror: "http://127.0.0.1:80/some/debian/")
    #expect(
      found.security == .init(url: "http://127.0.0.1:80/some/debian-security", source: "--debian-mirror"))
    #expect(found.isSecurityGuessed)
    #expect(mirrors(mirror: "http://127.0.0.1").security?.url == "http://127.0.0.1/debian-security")
    let named = mirrors([:], ["ENVLOCK_DEBIAN_SECURITY_MIRROR": "https://s/"], mirror: "https://m/debian")
    #expect(named.security == .init(url: "https://s", source: "ENVLOCK_DEBIAN_SECURITY_MIRROR"))
    #expect(!named.isSecurityGuessed)
    #expect(
      mirrors(mirror: "https://m/debian", security: "https://t").security?.source
        == "--debian-security-mirror")
  }

  @Test func `apt's own security archive does not go with a mirror of another name`() {
    let apt = [
      Self.sources:
        "Types: deb\nURIs: https://d/debian-security\nSuites: bookworm-security\nComponents: main\n"
    ]
    #expect(mirrors(apt, [:], mirror: "https://m/debian").security?.url == "https://m/debian-security")
  }

  @Test func `reads sources in paragraphs`() {
    let found = mirrors([
      Self.sources: """
      # Of the installation.
      Types: deb
      URIs: cdrom:[Debian]/
      Suites: bookworm
      Components: main

      Enabled: no
      Types: deb
      URIs: https://off/debian
      Suites: bookworm
      Components: main

      Types: deb-src
      URIs: https://source/debian
      Suites: bookworm
      Components: main

      Types: deb deb-src
      # A comment within does not end it.
      URIs: mirror+file:/etc/apt/mirrors.list
        https://right/debian
      Suites: bookworm bookworm-updates
      Components: main non-free-firmware
      Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

      types: deb
      uris: https://right/debian-security
      suites: bookworm-security
      components: main
      """
    ])
    #expect(found.main?.url == "https://right/debian")
    #expect(found.security?.url == "https://right/debian-security")
    #expect(!found.isSecurityGuessed)
  }

  @Test func `reads sources in lines`() {
    let found = mirrors([
      "/etc/apt/sources.list": """
      deb cdrom:[Debian]/ bookworm main
      #deb https://off/debian bookworm main
      deb-src https://source/debian bookworm main
      deb [ arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg ] https://right/debian bookworm main # x
      deb
      deb [broken
      deb https://security/ bookworm-security main
      """
    ])
    #expect(found.main == .init(url: "https://right/debian", source: "/etc/apt/sources.list"))
    #expect(found.security?.url == "https://security")
  }

  @Test func `passes over archives of somebody else`() {
    let files = [
      "/etc/apt/sources.list.d/a.list": """
      deb https://cloud/apt cloud-sdk-bookworm main
      deb https://engine/linux/debian bookworm stable
      deb https://ubuntu/ubuntu noble main
      deb [signed-by=/usr/share/keyrings/runner.gpg] https://runner/debian bookworm main
      """,
      "/etc/apt/sources.list.d/b.list": "deb https://right/debian bookworm main",
      "/etc/apt/sources.list.d/c.sources.save":
        "Types: deb\nURIs: https://old/debian\nSuites: sid\nComponents: main",
    ]
    #expect(mirrors(files).main?.url == "https://right/debian")
  }

  @Test func `finds gpgv and the keys`() {
    let keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    let files = [keyring: "", "/usr/bin/gpgv": "", "/opt/bin/gpgv": "", "/opt/relative/gpgv": ""]
    #expect(mirrors(files).keyring?.url == keyring)
    #expect(mirrors(files).verifier == "/usr/bin/gpgv")
    #expect(mirrors(files, ["PATH": "relative:/opt/bin"]).verifier == "/opt/bin/gpgv")
    #expect(
      mirrors(files, ["ENVLOCK_DEBIAN_KEYRING": "/k.gpg"]).keyring
        == .init(url: "/k.gpg", source: "ENVLOCK_DEBIAN_KEYRING"))
    #expect(mirrors().keyring == nil)
    #expect(mirrors().verifier == nil)
  }
}
