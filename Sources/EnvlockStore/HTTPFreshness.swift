import EnvlockNative

/// How old an answer may be to be used without asking its server.
package enum Freshness: Hashable, Sendable {
  /// As old as the server said, or ten minutes; then it is asked whether it has changed.
  case normal
  /// The server is always asked.
  case refresh
  /// Any age; the server is never asked.
  case offline
  /// Any age, because it never changes; what was not there is asked for again as in `normal`.
  case immutable

  /// Whether an entry may be used as it is.
  func accepts(_ entry: CacheEntry, now: Int) -> Bool {
    switch self {
    case .offline: true
    case .refresh: false
    case .immutable where entry.status == 200: true
    // A time in the future was written under a clock that was wrong.
    case .normal, .immutable: now < entry.times.freshUntil && entry.times.fetchedAt <= now + 60
    }
  }
}

/// What the headers of an answer say about keeping it.
///
/// Source: RFC 9111, sections 4.2 and 5.2.2, as far as it concerns the cache of one person.
struct Keeping: Hashable {
  /// Whether it may be written down at all.
  var isAllowed = true
  /// For how many seconds it may be used without asking.
  var lifetime = 600

  init(_ headers: HeaderFields) {
    guard let control = headers["cache-control"] else { return }
    var age: Int?
    var mustAsk = false
    for directive in control.lowercased().split(separator: ",") {
      let parts = directive.split(separator: "=", maxSplits: 1)
      let name = parts.first?.filter { !$0.isWhitespace }
      switch name {
      case "no-store": isAllowed = false
      case "no-cache": mustAsk = true
      case "max-age":
        let digits = (parts.count > 1 ? parts[1] : "").filter { !$0.isWhitespace && $0 != "\"" }
        // Too large a number means "for long"; anything else that is no number means nothing.
        let isNumber = !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
        if isNumber { age = min(Int(digits) ?? .max, 1 << 31) }
      default: break
      }
    }
    // Caches on the way may have used up some of its time.
    if let age { lifetime = max(0, age - max(0, headers["age"].flatMap { Int($0) } ?? 0)) }
    if mustAsk { lifetime = 0 }
  }
}
