/// `url` as it may be shown, logged or kept: without user information, and without query values that look secret.
///
/// It also takes what is hardly a URL, and rather removes too much than too little.
package func redact(_ url: String) -> String {
  let bytes = Array(url.utf8)
  let scheme = Array("://".utf8)
  let start = bytes.firstRange(of: scheme)?.upperBound ?? 0
  var end = bytes[start...].firstIndex { "/?#".utf8.contains($0) } ?? bytes.endIndex
  if WebAddress.splitPort(afterUserInfo(bytes[start..<end])) == nil {
    // "https://name:sec/ret@host/": the secret holds a slash that should have been encoded.
    end = bytes.endIndex
  }
  let kept = afterUserInfo(bytes[start..<end])
  let address = String(decoding: bytes[..<start] + kept + bytes[end...], as: UTF8.self)
  return redactQuery(address)
}

/// What follows the last "@", or all where there is none.
private func afterUserInfo(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
  bytes.lastIndex(of: UInt8(ascii: "@")).map { bytes[($0 + 1)...] } ?? bytes
}

/// Replaces the values of parameters such as "token" and "X-Amz-Signature" by an ellipsis.
private func redactQuery(_ url: String) -> String {
  guard let mark = url.firstIndex(of: "?") else { return url }
  let secrets = ["token", "key", "sig", "secret", "password", "passwd", "auth", "credential"]
  let end = url[mark...].firstIndex(of: "#") ?? url.endIndex
  let query = url[url.index(after: mark)..<end].split(separator: "&", omittingEmptySubsequences: false)
  let shown = query.map { parameter -> String in
    guard let equals = parameter.firstIndex(of: "=") else { return String(parameter) }
    let name = parameter[..<equals].lowercased()
    return secrets.contains { name.contains($0) } ? "\(parameter[...equals])…" : String(parameter)
  }
  return url[...mark] + shown.joined(separator: "&") + url[end...]
}
