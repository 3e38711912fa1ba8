import EnvlockNative
import Testing

@Suite struct TransferOptionsTests {
  @Test func `an empty environment sets nothing`() throws {
    let options = try TransferOptions(environment: ["HTTPS_PROXY": "", "ENVLOCK_HTTP_TIMEOUT": ""])
    #expect(options.httpsProxy == nil)
    #expect(options.netrcFile == nil)
    #expect(options.stallTimeout == 30)
  }

  @Test func `the usual variables are understood`() throws {
    let options = try TransferOptions(environment: [
      "SSL_CERT_FILE": "/a.pem", "CURL_CA_BUNDLE": "/b.pem", "SSL_CERT_DIR": "/certs",
      "HTTPS_PROXY": "http://p:1",
      "ALL_PROXY": "http://q:1", "no_proxy": "example.org", "HOME": "/home/x", "ENVLOCK_HTTP_TIMEOUT": "5",
    ])
    #expect(options.certificateFile == "/a.pem")
    #expect(options.certificateFolder == "/certs")
    #expect(options.httpsProxy == "http://p:1")
    #expect(options.httpProxy == "http://q:1")
    #expect(options.proxyExceptions == "example.org")
    #expect(options.netrcFile == "/home/x/.netrc")
    #expect(options.stallTimeout == 5)
    #expect(try TransferOptions(environment: ["NETRC": "/n", "HOME": "/home/x"]).netrcFile == "/n")
  }

  @Test(arguments: ["0", "-1", "1.5", "soon", "99999999999999999999"])
  func `a time-out that is no number of seconds is an error`(text: String) {
    let error = #expect(throws: TransferError.self) {
      try TransferOptions(environment: ["ENVLOCK_HTTP_TIMEOUT": text])
    }
    #expect(error?.message == "ENVLOCK_HTTP_TIMEOUT=\(text): expected a whole number of seconds, 1 to 86400")
  }
}
