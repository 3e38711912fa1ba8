/// Times as documents write them.
public enum Timestamp {
  /// A time in RFC 3339: "1970-01-01T00:00:00Z".
  ///
  /// - Parameter seconds: since 1970, without leap seconds.
  /// - Returns: the time in UTC, to the second.
  public static func text(_ seconds: UInt32) -> String {
    let (days, rest) = (Int(seconds) / 86_400, Int(seconds) % 86_400)
    // Days since the first of March of the year 0, so that a leap day ends a year: four centuries have 146097 days.
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * month + 2) / 5 + 1
    let calendarMonth = month < 10 ? month + 3 : month - 9
    let year = yearOfEra + era * 400 + (calendarMonth <= 2 ? 1 : 0)
    let date = "\(padded(year, 4))-\(padded(calendarMonth, 2))-\(padded(day, 2))"
    return date + "T\(padded(rest / 3600, 2)):\(padded(rest / 60 % 60, 2)):\(padded(rest % 60, 2))Z"
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}
