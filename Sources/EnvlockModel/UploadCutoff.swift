public import EnvlockVersions

/// Which files of an index are too new to exist: the manifest's `exclude-newer`.
public enum UploadCutoff: Hashable, Sendable {
  /// Those uploaded at or after this instant: "YYYY-MM-DDTHH:MM:SSZ", so that texts compare as times.
  case instant(String)
  /// Those that are younger than this when the manifest is resolved, in seconds.
  case age(seconds: Int)

  /// The longest age, a hundred years of 365 days, in seconds.
  private static let longestAge = 36_500 * 86_400

  /// Reads a day, an instant or an age.
  ///
  /// `2026-11-01T12:00:00+02:00` is that instant (RFC 3339; a fraction of a second is cut off). `2026-11-01` includes
  /// that day, as uv's option of the same name does, but always the day of UTC: the answer must not depend on where it
  /// is asked for. `7 days`, `2 weeks`, `36 hours` and `30 minutes` are ages, and so are ISO 8601's durations without
  /// years and months, whose length the calendar decides: `P7D`, `P2W`, `P1DT12H`.
  ///
  /// - Parameter text: A date or an RFC 3339 timestamp from 1970 on, or an age of a hundred years at most.
  /// - Throws: `MalformedText` for anything else, and for days that the calendar does not have.
  public init(_ text: some StringProtocol) throws(MalformedText) {
    if let age = try Self.age(text) {
      self = .age(seconds: age)
    } else {
      self = .instant(try Self.instant(text))
    }
  }

  /// The instant from which on uploaded files do not exist: "YYYY-MM-DDTHH:MM:SSZ".
  ///
  /// - Parameter now: When the manifest is resolved, in seconds since 1970.
  /// - Returns: The instant itself, or the age before `now`.
  public func instant(now: Int) -> String {
    switch self {
    case .instant(let instant): instant
    case .age(let seconds): UploadTime.text(of: now - seconds)
    }
  }
}

extension UploadCutoff: CustomStringConvertible {
  /// The instant, or the age as ISO 8601 writes it: "P7D", "PT36H" as "P1DT12H". ``init(_:)`` reads it.
  public var description: String {
    switch self {
    case .instant(let instant): return instant
    case .age(let seconds):
      let time = [(seconds / 3600 % 24, "H"), (seconds / 60 % 60, "M"), (seconds % 60, "S")]
      let days = seconds / 86_400
      let clock = time.filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined()
      let isWholeDays = clock.isEmpty
      return "P" + (days > 0 || isWholeDays ? "\(days)D" : "") + (isWholeDays ? "" : "T" + clock)
    }
  }
}

// MARK: Reading

extension UploadCutoff {
  /// The instant of a day or a timestamp.
  ///
  /// - Throws: `MalformedText` for anything else.
  static func instant(_ text: some StringProtocol) throws(MalformedText) -> String {
    func malformed(_ reason: String, at offset: Int? = nil) -> MalformedText {
      MalformedText(what: "date", text: String(text), reason: reason, offset: offset)
    }
    let dayLength = "2026-11-01".utf8.count
    let day = String(decoding: text.utf8.prefix(dayLength), as: UTF8.self)
    guard let midnight = UploadTime.seconds(of: day + "T00:00:00Z") else {
      throw malformed("it has to look like 2026-11-01, 2026-11-01T12:00:00Z, “7 days” or P7D")
    }
    guard UploadTime.text(of: midnight).hasPrefix(day) else {
      throw malformed("the calendar has no such day", at: dayLength - 2)
    }
    guard text.utf8.count > dayLength else { return UploadTime.text(of: midnight + 86_400) }
    guard let seconds = UploadTime.seconds(of: String(text)) else {
      throw malformed("the time has to look like T12:00:00Z or T12:00:00+02:00", at: dayLength)
    }
    let time = text.utf8.dropFirst(dayLength)
    guard time.contains(where: { "Zz+-".utf8.contains($0) }) else {
      throw malformed(
        "the time zone is missing: end with Z for UTC, or with an offset such as +02:00", at: text.utf8.count)
    }
    return UploadTime.text(of: seconds)
  }

  private static let units = [
    "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800,
  ]

  /// An age in seconds; nil for a text that is none.
  ///
  /// - Throws: `MalformedText` for an age of a unit whose length is not fixed, or one that is too long.
  private static func age(_ text: some StringProtocol) throws(MalformedText) -> Int? {
    let seconds: Int?
    if let first = text.utf8.first, first == UInt8(ascii: "P") || first == UInt8(ascii: "p") {
      seconds = try duration(text)
    } else {
      let words = text.split(separator: " ")
      guard words.count == 2, let number = number(words[0]) else { return nil }
      let unit = words[1].lowercased()
      let singular = unit.hasSuffix("s") ? String(unit.dropLast()) : unit
      guard let length = units[singular] else {
        throw malformedAge(text, "the unit has to be minutes, hours, days or weeks")
      }
      seconds = product(number, length)
    }
    guard let seconds, seconds <= longestAge else {
      throw malformedAge(text, "it has to be a hundred years at most")
    }
    return seconds
  }

  /// The seconds of an ISO 8601 duration; nil for one that is too long to count.
  private static func duration(_ text: some StringProtocol) throws(MalformedText) -> Int? {
    var seconds: Int? = 0
    var digits = ""
    var isTime = false
    var units: Substring = "WD"
    var isEmpty = true
    for character in text.uppercased().dropFirst() {
      if character.isASCII, character.isNumber {
        digits.append(character)
      } else if character == "T", digits.isEmpty, !isTime {
        (isTime, units, isEmpty) = (true, "HMS", true)
      } else {
        guard let place = units.firstIndex(of: character), let number = number(digits) else {
          let isCalendar = !isTime && (character == "Y" || character == "M")
          throw malformedAge(
            text,
            isCalendar
              ? "how long a year or a month is depends on the calendar: write it in days or weeks"
              : "it has to look like P7D, P2W or P1DT12H")
        }
        let lengths: [Character: Int] = ["W": 604_800, "D": 86_400, "H": 3600, "M": 60, "S": 1]
        let part = product(number, lengths[character] ?? 0)
        seconds = seconds.flatMap { sum in part.flatMap { product(sum + $0, 1) } }
        (units, digits, isEmpty) = (units[units.index(after: place)...], "", false)
      }
    }
    guard !isEmpty, digits.isEmpty else {
      throw malformedAge(text, "it has to look like P7D, P2W or P1DT12H")
    }
    return seconds
  }

  /// A number of ASCII digits; nil for anything else. What is longer than any age is one that is too long.
  private static func number(_ text: some StringProtocol) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") <= 9 }) else { return nil }
    return Int(text) ?? Int.max
  }

  /// A number of units; nil where it is more than the longest age.
  private static func product(_ number: Int, _ length: Int) -> Int? {
    number <= longestAge / max(length, 1) ? number * length : nil
  }

  private static func malformedAge(_ text: some StringProtocol, _ reason: String) -> MalformedText {
    MalformedText(what: "age", text: String(text), reason: reason, offset: nil)
  }
}
