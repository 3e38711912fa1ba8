/// The bundle of certificates that Debian's ca-certificates makes when it is installed.
///
/// Source: update-ca-certificates(8). Of the certificates that it links by hash beside the bundle there is nothing here:
/// OpenSSL reads the bundle first, under the names that it looks for, which are links.
enum Certificates {
  private static let folder = "usr/share/ca-certificates/"
  private static let bundle = "etc/ssl/certs/ca-certificates.crt"

  /// Whether a file is a certificate that goes into the bundle.
  static func isCertificate(_ path: ImagePath) -> Bool {
    path.text.hasPrefix(folder) && path.text.hasSuffix(".crt")
  }

  /// Adds the bundle of the certificates in a layer, if there are any, in the order of their paths, and the list of them.
  static func make(in layer: inout SystemLayer) throws {
    let certificates = layer.texts(where: isCertificate)
    guard !certificates.isEmpty else { return }
    var bytes: [UInt8] = []
    var list: [String] = []
    let lineFeed = UInt8(ascii: "\n")
    for (path, certificate) in certificates {
      list.append(path.text.dropFirst(folder.utf8.count) + "\n")
      bytes += certificate
      if let last = certificate.last, last != lineFeed { bytes.append(lineFeed) }
    }
    try layer.makeFile(bundle, bytes)
    try layer.makeFile("etc/ca-certificates.conf", Array(list.joined().utf8))
    try layer.makeFolder("usr/local/share/ca-certificates")
    // Where Debian's OpenSSL looks, and where one that was built elsewhere with the usual folders does.
    try layer.makeLink("usr/lib/ssl/cert.pem", to: "/" + bundle)
    try layer.makeLink("usr/lib/ssl/certs", to: "/etc/ssl/certs")
    try layer.makeLink("etc/ssl/cert.pem", to: "certs/ca-certificates.crt")
  }
}
