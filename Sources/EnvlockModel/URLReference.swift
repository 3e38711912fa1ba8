/// Links as they stand on index pages, resolved (RFC 3986, section 5). Percent-encoding stays as it is.
package enum URLReference {
  /// The absolute form of `reference` as it stands on the page `base`. It comes back unchanged where it is
  /// absolute already, and where `base` is empty or relative.
  package static func resolve(_ reference: String, against base: String) -> String {
    if hasScheme(reference.utf8) || reference.isEmpty && base.isEmpty { return reference }
    guard hasScheme(base.utf8) else { return reference }
    return resolveRelative(Parts(reference), against: Parts(base))
  }

  /// Whether the URL begins with a scheme.
  package static func isAbsolute(_ url: String) -> Bool { hasScheme(url.utf8) }

  /// Splits the fragment off: "a#b" is ("a", "b").
  package static func splitFragment(_ url: String) -> (url: String, fragment: Substring?) {
    // Nearly no URL of a JSON page has one, and those pages have thousands of URLs.
    if url.utf8.withContiguousStorageIfAvailable({ !$0.contains(UInt8(ascii: "#")) }) ?? false {
      return (url, nil)
    }
    guard let hash = url.utf8.firstIndex(of: UInt8(ascii: "#")) else { return (url, nil) }
    return (String(url[..<hash]), url[hash...].dropFirst())
  }

  /// The last part of the path, decoded: the name of the file that the URL leads to.
  package static func fileName(of url: String) -> String {
    let path = Parts(url).path
    let last = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[$0...].dropFirst() } ?? path
    return decode(last)
  }

  /// The bytes that percent-encoded text stands for; a stray "%" stands for itself.
  package static func decode(_ text: some StringProtocol) -> String {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
    let source = Array(text.utf8)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(source.count)
    var index = 0
    while index < source.count {
      if source[index] == UInt8(ascii: "%"), index + 2 < source.count, let high = hex(source[index + 1]),
        let low = hex(source[index + 2])
      {
        bytes.append(high << 4 | low)
        index += 3
      } else {
        bytes.append(source[index])
        index += 1
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Percent-encodes text for use inside a path: everything but letters, digits and "-._~", and "/".
  package static func encodePath(_ path: String) -> String {
    var bytes: [UInt8] = []
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"), UInt8(ascii: "/"):
        bytes.append(byte)
      default: appendEncoded(byte, to: &bytes)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  // MARK: private

  private static func appendEncoded(_ byte: UInt8, to bytes: inout [UInt8]) {
    let digits: StaticString = "0123456789ABCDEF"
    bytes.append(UInt8(ascii: "%"))
    bytes.append(digits.utf8Start[Int(byte >> 4)])
    bytes.append(digits.utf8Start[Int(byte & 15)])
  }

  private static func hex(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  private static func hasScheme(_ bytes: some Collection<UInt8>) -> Bool {
    var isFirst = true
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): break
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
        if isFirst { return false }
      case UInt8(ascii: ":"): return !isFirst
      default: return false
      }
      isFirst = false
    }
    return false
  }

  private static func resolveRelative(_ reference: Parts, against base: Parts) -> String {
    var target = Parts("")
    target.scheme = base.scheme
    target.fragment = reference.fragment
    target.query = reference.query
    if reference.authority != nil {
      target.authority = reference.authority
      target.path = withoutDots(reference.path)
      return target.text
    }
    target.authority = base.authority
    if reference.path.isEmpty {
      target.path = base.path
      if reference.query == nil { target.query = base.query }
    } else if reference.path.utf8.first == UInt8(ascii: "/") {
      target.path = withoutDots(reference.path)
    } else if base.authority != nil, base.path.isEmpty {
      target.path = withoutDots("/" + reference.path)
    } else {
      let folder = base.path.utf8.lastIndex(of: UInt8(ascii: "/")).map { base.path[...$0] } ?? ""
      target.path = withoutDots(folder + reference.path)
    }
    return target.text
  }

  /// Section 5.2.4: takes "." and ".." out of a path.
  private static func withoutDots(_ path: Substring) -> Substring {
    if !path.utf8.contains(UInt8(ascii: ".")) { return path }
    let isRooted = path.utf8.first == UInt8(ascii: "/")
    var kept: [Substring] = []
    let segments = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .map(Substring.init)
    for (index, segment) in segments.enumerated() {
      let isLast = index == segments.count - 1
      switch segment {
      case ".":
        if isLast { kept.append("") }
      case "..":
        if kept.count > (isRooted ? 1 : 0) { kept.removeLast() }
        if isLast { kept.append("") }
      default: kept.append(segment)
      }
    }
    return Substring(kept.joined(separator: "/"))
  }

  /// The five parts of a reference (RFC 3986, appendix B).
  private struct Parts {
    var scheme: Substring?
    var authority: Substring?
    var path: Substring
    var query: Substring?
    var fragment: Substring?

    init(_ text: String) {
      var rest = Substring(text)
      func cut(at mark: UInt8) -> Substring? {
        guard let place = rest.utf8.firstIndex(of: mark) else { return nil }
        let tail = rest[place...].dropFirst()
        rest = rest[..<place]
        return tail
      }
      fragment = cut(at: UInt8(ascii: "#"))
      query = cut(at: UInt8(ascii: "?"))
      if URLReference.hasScheme(rest.utf8), let colon = rest.utf8.firstIndex(of: UInt8(ascii: ":")) {
        scheme = rest[..<colon]
        rest = rest[colon...].dropFirst()
      }
      if rest.hasPrefix("//") {
        rest = rest.dropFirst(2)
        let end = rest.utf8.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        authority = rest[..<end]
        rest = rest[end...]
      }
      path = rest
    }

    var text: String {
      var text = ""
      if let scheme { text += "\(scheme):" }
      if let authority { text += "//\(authority)" }
      text += path
      if let query { text += "?\(query)" }
      if let fragment { text += "#\(fragment)" }
      return text
    }
  }
}
