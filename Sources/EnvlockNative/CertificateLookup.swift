import CCurl
import Glibc

/// Where the certificates to trust are looked up.
///
/// libcurl with OpenSSL reads the system's whole bundle for the first connection: 140 certificates, about 20 ms, most
/// of what a short run over a near network takes. The same certificates also lie in a folder, named by hashes, where
/// only those are read that are needed. So the folder is tried alone first; the bundle is read when that fails, since
/// some people append their own certificate to the bundle only.
struct CertificateLookup {
  /// The folder to try alone; nil when that would not be the same.
  private(set) var quickFolder: String?

  private static let systemFolder = "/etc/ssl/certs"
  private static let systemBundle = "/etc/ssl/certs/ca-certificates.crt"

  /// Looks what the system and the loaded libcurl offer.
  init(_ options: TransferOptions) {
    guard [nil, Self.systemBundle].contains(options.certificateFile),
      [nil, Self.systemFolder].contains(options.certificateFolder),
      let library = ccurl_tls_library(), String(cString: library).hasPrefix("OpenSSL"),
      access(Self.systemBundle, R_OK) == 0, Self.hasHashes(Self.systemFolder)
    else { return }
    quickFolder = Self.systemFolder
  }

  /// Reads the bundle from now on.
  mutating func giveUpFolder() { quickFolder = nil }

  /// Whether the folder has an entry such as "5ed36f99.0".
  private static func hasHashes(_ folder: String) -> Bool {
    guard let directory = opendir(folder) else { return false }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let isHash = withUnsafeBytes(of: &entry.pointee.d_name) { name in
        name.prefix(8).allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
          && name.dropFirst(8).starts(with: ".0\0".utf8)
      }
      if isHash { return true }
    }
    return false
  }
}
