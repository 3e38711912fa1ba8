public import EnvlockModel
import EnvlockVersions

/// Names a package of any kind: `pkg:pypi/torch@2.9.1`.
///
/// Source: Package-URL (ECMA-427), with the definitions of the types pypi, deb, oci and generic.
public struct PackageURL: Hashable, Sendable, CustomStringConvertible {
  /// The kind of package: "pypi".
  public let type: String
  /// What the name is below: "debian"; nil where the kind knows nothing like it.
  public let namespace: String?
  /// The package.
  public let name: String
  /// Its version.
  public let version: String?
  /// What else tells it from others, by key.
  public let qualifiers: [String: String]

  init(
    type: String, namespace: String? = nil, name: String, version: String?, qualifiers: [String: String] = [:]
  ) {
    self.type = type
    self.namespace = namespace
    self.name = name
    self.version = version
    self.qualifiers = qualifiers
  }

  /// The URL in its one form: qualifiers sorted, every byte but letters, digits and `.-_~:` percent-encoded, and `/` in
  /// the values of qualifiers.
  public var description: String {
    var text = "pkg:\(type)/"
    if let namespace { text += Self.encoded(namespace) + "/" }
    text += Self.encoded(name)
    if let version { text += "@" + Self.encoded(version) }
    let pairs = qualifiers.sorted { $0.key < $1.key }.map {
      "\($0.key)=\(Self.encoded($0.value, keepingSlashes: true))"
    }
    return pairs.isEmpty ? text : text + "?" + pairs.joined(separator: "&")
  }

  private static func encoded(_ text: String, keepingSlashes: Bool = false) -> String {
    // A path's form keeps slashes and encodes colons, which a purl never does.
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { part in
      part.split(separator: ":", omittingEmptySubsequences: false).map { URLReference.encodePath(String($0)) }
        .joined(separator: ":")
    }
    return parts.joined(separator: keepingSlashes ? "/" : "%2F")
  }
}

extension PackageURL {
  /// A wheel. The file's name is part of it: a version has a file for each platform.
  public init(_ wheel: LockedWheel) { self.init(wheel, file: wheel.fileName) }

  /// A file of a wheel's project and version.
  init(_ wheel: LockedWheel, file: String) {
    var qualifiers = ["file_name": file]
    if let url = wheel.url, url.contains("://") { qualifiers["download_url"] = url }
    self.init(
      type: "pypi", name: wheel.name.text, version: wheel.version.description, qualifiers: qualifiers)
  }

  /// A package of Debian.
  ///
  /// - Parameters:
  ///   - package: The package.
  ///   - distribution: What it is part of, as scanners name it: "debian-12".
  public init(_ package: LockedDebianPackage, distribution: String) {
    var qualifiers = ["arch": package.architecture, "distro": distribution]
    // Advisories are about source packages.
    if let source = package.sourceName, source != package.name { qualifiers["upstream"] = source }
    self.init(
      type: "deb", namespace: "debian", name: package.name.lowercased(),
      version: package.version.description, qualifiers: qualifiers)
  }

  /// An image by the digest of its manifest.
  ///
  /// - Parameters:
  ///   - image: The image.
  ///   - platform: What it is for.
  public init(_ image: LockedImage, platform: Platform) {
    var qualifiers = ["arch": platform.architecture]
    var name = image.reference
    if let reference = try? ImageReference(image.reference) {
      name = reference.repository
      qualifiers["repository_url"] = reference.name
      qualifiers["tag"] = reference.tag
    }
    let last = name.split(separator: "/").last.map(String.init) ?? name
    self.init(
      type: "oci", name: last.lowercased(), version: image.manifest.digest.description,
      qualifiers: qualifiers)
  }

  /// An archive with a build of CPython.
  public init(_ build: LockedInterpreter.Build, version: String) {
    self.init(
      type: "generic", name: "cpython", version: version,
      qualifiers: ["checksum": build.sha256.description, "file_name": build.file])
  }
}

extension LockedDebianPackage {
  /// The source package, which the archive's folders are named after: "glibc" of "pool/main/g/glibc/libc6_….deb"; nil
  /// where the path has another shape.
  ///
  /// Source: the layout of Debian's archive ("Debian Archive", wiki): pool/COMPONENT/PREFIX/SOURCE/FILE.
  var sourceName: String? {
    let parts = path.split(separator: "/").map(String.init)
    guard parts.count >= 5, parts[0] == "pool" else { return nil }
    let source = parts[parts.count - 2]
    let prefix = parts[parts.count - 3]
    return source.hasPrefix(prefix) ? source : nil
  }
}

extension LockedDebian {
  /// The release, "12": the packages that every image of it has are numbered after it; nil where none is.
  ///
  /// Source: base-files carries the release in its version ("12.4+deb12u15").
  var release: String? {
    package("base-files").flatMap { $0.version.upstream.split(separator: ".").first }.flatMap { number in
      number.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? String(number) : nil
    }
  }
}
