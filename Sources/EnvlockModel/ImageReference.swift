public import EnvlockVersions

/// Names an image in a registry: "docker.io/nvidia/cuda:12.4.1-runtime-ubuntu22.04".
///
/// What is left out is filled in as Docker does: the registry is docker.io, a name of one part there lies below
/// `library/`, and the tag is `latest` where neither a tag nor a digest is given.
///
/// Sources: OCI distribution-spec 1.1, "Pulling manifests", for repository and tag; Docker's "Image references" for
/// what may be left out.
public struct ImageReference: Hashable, Sendable, CustomStringConvertible {
  /// The registry's host, in lower case, with its port where one was given: "docker.io", "localhost:5000".
  public let registry: String
  /// The repository: "library/python".
  public let repository: String
  /// The tag; nil where only a digest is given.
  public let tag: String?
  /// The digest, which decides where it is given; a tag beside it is for people.
  public let digest: Digest?

  /// The registry of references that name none.
  public static let defaultRegistry = "docker.io"
  /// The tag of references that have neither tag nor digest.
  public static let defaultTag = "latest"

  /// Reads "[host[:port]/]name[:tag][@sha256:…]".
  ///
  /// - Parameter text: the reference, as a person writes it.
  /// - Throws: `MalformedText` that says which part is wrong.
  public init(_ text: some StringProtocol) throws(MalformedText) {
    let reader = ImageReferenceReader(text: String(text))
    var rest = Array(text.utf8)[...]
    if rest.isEmpty { throw reader.fault("it is empty", at: 0) }
    if rest.firstRange(of: "://".utf8) != nil {
      throw reader.fault("it has no scheme; leave out everything up to the two slashes", at: 0)
    }
    if let bad = rest.firstIndex(where: { $0 <= 0x20 || $0 >= 0x7F }) {
      throw reader.fault("no space and no character beyond ASCII may be in it", at: bad)
    }
    if let at = rest.firstIndex(of: UInt8(ascii: "@")) {
      digest = try reader.digest(rest[(at + 1)...])
      rest = rest[..<at]
    } else {
      digest = nil
    }
    let nameStart = rest.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? rest.startIndex
    if let colon = rest[nameStart...].firstIndex(of: UInt8(ascii: ":")) {
      tag = try reader.tag(rest[(colon + 1)...])
      rest = rest[..<colon]
    } else {
      tag = digest == nil ? ImageReference.defaultTag : nil
    }
    if let slash = rest.firstIndex(of: UInt8(ascii: "/")), reader.isHost(rest[..<slash]) {
      registry = try reader.host(rest[..<slash])
      rest = rest[(slash + 1)...]
    } else {
      registry = ImageReference.defaultRegistry
    }
    let repository = try reader.repository(rest)
    let isShort = registry == ImageReference.defaultRegistry && !repository.utf8.contains(UInt8(ascii: "/"))
    self.repository = isShort ? "library/" + repository : repository
    guard registry.utf8.count + 1 + self.repository.utf8.count <= 255 else {
      throw reader.fault("registry and name together are longer than 255 characters")
    }
  }

  /// The same image by digest alone.
  ///
  /// - Parameter digest: the digest of its manifest or index.
  /// - Returns: a reference without a tag.
  public func pinned(to digest: Digest) -> ImageReference {
    ImageReference(registry: registry, repository: repository, tag: nil, digest: digest)
  }

  private init(registry: String, repository: String, tag: String?, digest: Digest?) {
    self.registry = registry
    self.repository = repository
    self.tag = tag
    self.digest = digest
  }

  /// Registry and repository: "docker.io/library/python".
  public var name: String { "\(registry)/\(repository)" }

  /// In full: "docker.io/library/python:3.11", "quay.io/org/app@sha256:…".
  public var description: String {
    name + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
  }
}

/// Reads the parts of a reference; offsets are those in its whole text.
private struct ImageReferenceReader {
  let text: String

  func fault(_ reason: String, at offset: Int? = nil) -> MalformedText {
    MalformedText(what: "image reference", text: text, reason: reason, offset: offset)
  }

  /// Whether what stands before the first slash is a host and not the beginning of a name.
  func isHost(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }
      || bytes.elementsEqual("localhost".utf8)
  }

  func host(_ bytes: ArraySlice<UInt8>) throws(MalformedText) -> String {
    var name = bytes
    var port = ""
    let afterBracket = bytes.lastIndex(of: UInt8(ascii: "]")) ?? bytes.startIndex
    if let colon = bytes[afterBracket...].firstIndex(of: UInt8(ascii: ":")) {
      let digits = bytes[(colon + 1)...]
      guard digits.allSatisfy(isDigit), let number = UInt16(string(digits)), number > 0 else {
        throw fault("the port of its registry is not a number from 1 to 65535", at: colon + 1)
      }
      port = ":\(number)"
      name = bytes[..<colon]
    }
    if name.first == UInt8(ascii: "["), name.last == UInt8(ascii: "]"), name.count > 3 {
      let inside = name.dropFirst().dropLast()
      guard inside.allSatisfy({ isHexDigit($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }) else {
        throw fault("what stands in brackets is no IPv6 address", at: name.startIndex)
      }
    } else {
      for label in name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
        let isPlain = label.allSatisfy { isDigit($0) || isLetter($0) || $0 == UInt8(ascii: "-") }
        guard isPlain, let first = label.first, let last = label.last, first != UInt8(ascii: "-"),
          last != UInt8(ascii: "-")
        else { throw fault("“\(string(name))” is not the name of a host", at: label.startIndex) }
      }
    }
    let host = string(name).lowercased() + port
    // Docker's own other name for the same registry.
    return host == "index.docker.io" ? ImageReference.defaultRegistry : host
  }

  /// Parts joined by "/"; each is made of lower-case letters and digits, with ".", "_", "__" or "-"s inside.
  func repository(_ bytes: ArraySlice<UInt8>) throws(MalformedText) -> String {
    if bytes.isEmpty { throw fault("it names no image", at: bytes.startIndex) }
    for part in bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      if part.isEmpty { throw fault("a part of its name is empty", at: part.startIndex) }
      if let upper = part.firstIndex(where: { (0x41...0x5A).contains($0) }) {
        throw fault("names of images are in lower case", at: upper)
      }
      if let bad = part.firstIndex(where: { !isInName($0) && !isSeparator($0) }) {
        throw fault("“\(string(bytes[bad...bad]))” may not be in the name of an image", at: bad)
      }
      if let first = part.first, isSeparator(first) {
        throw fault("a part of its name begins with “\(string([first]))”", at: part.startIndex)
      }
      if let last = part.last, isSeparator(last) {
        throw fault("a part of its name ends with “\(string([last]))”", at: part.endIndex - 1)
      }
      for run in part.split(whereSeparator: isInName) {
        let isAllowed =
          run.count == 1 || run.elementsEqual("__".utf8) || run.allSatisfy { $0 == UInt8(ascii: "-") }
        guard isAllowed else {
          throw fault("“\(string(run))” may not be in the name of an image", at: run.startIndex)
        }
      }
    }
    if bytes.count == 64, bytes.allSatisfy(isHexDigit) {
      throw fault("it looks like a digest; write the image's name, and “@sha256:” before the digest")
    }
    return string(bytes)
  }

  /// Letters, digits, "_", "." and "-", 128 at most; the first is neither "." nor "-".
  func tag(_ bytes: ArraySlice<UInt8>) throws(MalformedText) -> String {
    guard let first = bytes.first else { throw fault("its tag is empty", at: bytes.startIndex) }
    func isWord(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) || byte == UInt8(ascii: "_") }
    guard isWord(first) else {
      throw fault("a tag begins with a letter, a digit or “_”", at: bytes.startIndex)
    }
    if let bad = bytes.firstIndex(where: {
      !isWord($0) && $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "-")
    }) {
      throw fault("“\(string(bytes[bad...bad]))” may not be in a tag", at: bad)
    }
    guard bytes.count <= 128 else {
      throw fault("its tag is longer than 128 characters", at: bytes.startIndex)
    }
    return string(bytes)
  }

  func digest(_ bytes: ArraySlice<UInt8>) throws(MalformedText) -> Digest {
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else {
      throw fault(
        "behind “@” a digest is expected, such as “sha256:” and 64 hexadecimal digits", at: bytes.startIndex)
    }
    guard bytes[..<colon].elementsEqual("sha256".utf8) else {
      throw fault(
        "its digest is a “\(string(bytes[..<colon]))”; only sha256 is known", at: bytes.startIndex)
    }
    do { return try Digest(string(bytes)) } catch {
      throw fault("its digest is not “sha256:” and 64 hexadecimal digits", at: bytes.startIndex)
    }
  }

  private func string(_ bytes: some Sequence<UInt8>) -> String {
    String(decoding: Array(bytes), as: UTF8.self)
  }
  private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
  private func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
  private func isInName(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x7A).contains(byte) }
  private func isHexDigit(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x66).contains(byte | 0x20) }
  private func isSeparator(_ byte: UInt8) -> Bool { ".-_".utf8.contains(byte) }
}
