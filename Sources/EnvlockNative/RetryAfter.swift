import Glibc

extension HeaderFields {
  /// How many seconds the server wants to be left alone: what Retry-After says, as a number or as a date. It is 0 for a
  /// date that is past; nil where it says nothing that can be read.
  ///
  /// A date is counted from what the server itself takes for the present (Date), else from this machine's clock.
  ///
  /// Source: RFC 9110, sections 10.2.3 and 6.6.1.
  package var retryAfter: Int? { retryAfter(now: time(nil)) }

  /// The same at some time, in seconds since 1970.
  func retryAfter(now: Int) -> Int? {
    guard let text = self["retry-after"] else { return nil }
    if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
      // A number that is too large means "for very long".
      return min(Int(text) ?? .max, 1 << 31)
    }
    let present = self["date"].flatMap { HTTPDate.seconds($0, now: now) } ?? now
    return HTTPDate.seconds(text, now: present).map { max(0, $0 - present) }
  }
}

/// Dates as HTTP writes them, in the form of today and the two older ones that have to be understood.
///
/// Source: RFC 9110, section 5.6.7.
enum HTTPDate {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
  private static let secondsOfDay = 86_400
  private static let yearLimit = 50

  /// Reads a date.
  ///
  /// - Parameters:
  ///   - text: the date.
  ///   - now: the present, which a year of two digits is near.
  /// - Returns: seconds since 1970; nil for what is no date.
  static func seconds(_ text: String, now: Int) -> Int? {
    // The day of the week follows from the rest.
    let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
    if words.count == 6, words[5] == "GMT" {
      return seconds(day: words[1], month: words[2], year: words[3], time: words[4], now: now)
    }
    if words.count == 4, words[3] == "GMT" {
      let date = words[1].split(separator: "-").map(String.init)
      guard date.count == 3, date[2].utf8.count == 2 else { return nil }
      return seconds(day: date[0], month: date[1], year: date[2], time: words[2], now: now)
    }
    guard words.count == 5 else { return nil }
    return seconds(day: words[2], month: words[1], year: words[4], time: words[3], now: now)
  }

  private static func seconds(day: String, month: String, year: String, time: String, now: Int) -> Int? {
    let clock = time.split(separator: ":", omittingEmptySubsequences: false).map { number($0) }
    guard let day = number(day), let month = months.firstIndex(of: month), var full = number(year),
      clock.count == 3, let hour = clock[0], let minute = clock[1], let second = clock[2], hour < 24,
      minute < 60, second <= 60
    else { return nil }
    if year.utf8.count == 2 {
      // The year with these digits that is at most fifty years ahead.
      let present = 1970 + now / (secondsOfDay * 365)
      full += present / 100 * 100
      if full > present + yearLimit { full -= 100 } else if full + 100 <= present + yearLimit { full += 100 }
    }
    var parts = tm()
    parts.tm_year = Int32(full - 1900)
    parts.tm_mon = Int32(month)
    parts.tm_mday = Int32(day)
    parts.tm_hour = Int32(hour)
    parts.tm_min = Int32(minute)
    parts.tm_sec = Int32(second)
    let seconds = timegm(&parts)
    // What is no day of the calendar comes out as another one.
    guard Int(parts.tm_mon) == month || second == 60, Int(parts.tm_mday) == day || second == 60 else {
      return nil
    }
    return seconds
  }

  /// A number of one to four digits.
  private static func number(_ text: some StringProtocol) -> Int? {
    (1...4).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
      ? Int(text) : nil
  }
}
