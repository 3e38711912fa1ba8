/// Times of day in UTC, to the second, as indexes write them (RFC 3339, PEP 700).
package enum UploadTime {
  /// The same time as "YYYY-MM-DDTHH:MM:SSZ", so that texts compare as times do; fractions of a second are cut off.
  ///
  /// - Parameter text: an RFC 3339 time; without an offset it is UTC.
  /// - Returns: nil when the text is no such time, or before 1970.
  package static func normalised(_ text: some StringProtocol) -> String? {
    seconds(of: String(text)).map { self.text(of: $0) }
  }

  /// Seconds since 1970-01-01T00:00:00Z; nil when the text is no time, or before 1970.
  static func seconds(of text: String) -> Int? {
    var bytes = text.utf8.makeIterator()
    func digit(_ byte: UInt8?) -> Int? {
      guard let byte, byte &- UInt8(ascii: "0") <= 9 else { return nil }
      return Int(byte &- UInt8(ascii: "0"))
    }
    func number(_ count: Int) -> Int? {
      var number = 0
      for _ in 0..<count {
        guard let digit = digit(bytes.next()) else { return nil }
        number = number * 10 + digit
      }
      return number
    }
    func skip(_ allowed: UInt8...) -> Bool { bytes.next().map(allowed.contains) ?? false }

    guard let year = number(4), skip(UInt8(ascii: "-")), let month = number(2), skip(UInt8(ascii: "-")),
      let day = number(2), skip(UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")),
      let hour = number(2), skip(UInt8(ascii: ":")), let minute = number(2), skip(UInt8(ascii: ":")),
      let second = number(2), year >= 1970, (1...12).contains(month), (1...31).contains(day), hour < 24,
      minute < 60, second <= 60
    else { return nil }
    var next = bytes.next()
    if next == UInt8(ascii: ".") {
      guard digit(bytes.next()) != nil else { return nil }
      repeat { next = bytes.next() } while digit(next) != nil
    }
    var offset = 0
    switch next {
    case nil: break
    case UInt8(ascii: "Z"), UInt8(ascii: "z"):
      guard bytes.next() == nil else { return nil }
    case UInt8(ascii: "+"), UInt8(ascii: "-"):
      guard let hours = number(2), skip(UInt8(ascii: ":")), let minutes = number(2), hours < 24, minutes < 60,
        bytes.next() == nil
      else { return nil }
      offset = (hours * 60 + minutes) * (next == UInt8(ascii: "+") ? 60 : -60)
    default: return nil
    }
    let seconds = days(year, month, day) * 86400 + hour * 3600 + minute * 60 + min(second, 59) - offset
    return seconds < 0 ? nil : seconds
  }

  /// The time as "YYYY-MM-DDTHH:MM:SSZ", from seconds since 1970; beyond the year 9999 its last second.
  package static func text(of seconds: Int) -> String {
    let seconds = max(0, min(seconds, 253_402_300_799))
    let (year, month, day) = date(seconds / 86400)
    let second = seconds % 86400
    return String(unsafeUninitializedCapacity: 20) { buffer in
      var index = 0
      func put(_ number: Int, _ width: Int, _ separator: Unicode.Scalar) {
        var divisor = width == 4 ? 1000 : 10
        while divisor > 0 {
          buffer[index] = UInt8(ascii: "0") + UInt8(number / divisor % 10)
          divisor /= 10
          index += 1
        }
        buffer[index] = UInt8(ascii: separator)
        index += 1
      }
      put(year, 4, "-")
      put(month, 2, "-")
      put(day, 2, "T")
      put(second / 3600, 2, ":")
      put(second / 60 % 60, 2, ":")
      put(second % 60, 2, "Z")
      return index
    }
  }

  // The Gregorian calendar repeats every 146,097 days. Years are counted from March, so that the leap day comes last.

  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let marchYear = month > 2 ? year : year - 1
    let marchMonth = (month + 9) % 12
    let dayOfYear = (153 * marchMonth + 2) / 5 + day - 1
    return marchYear * 365 + marchYear / 4 - marchYear / 100 + marchYear / 400 + dayOfYear - 719_468
  }

  private static func date(_ days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
  }
}
