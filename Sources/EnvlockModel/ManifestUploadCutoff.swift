public import EnvlockVersions

extension Manifest {
  /// The instant from which on uploaded files do not exist, as "YYYY-MM-DDTHH:MM:SSZ", so that texts compare as times.
  ///
  /// `2026-11-01T12:00:00+02:00` is that instant (RFC 3339; a fraction of a second is cut off). `2026-11-01` includes
  /// that day, as uv's option of the same name does, but always the day of UTC: the answer must not depend on where it
  /// is asked for.
  ///
  /// - Parameter text: A date or an RFC 3339 timestamp, from 1970 on.
  /// - Returns: The instant in UTC.
  /// - Throws: `MalformedText` for anything else, and for days that the calendar does not have.
  public static func uploadCutoff(_ text: some StringProtocol) throws(MalformedText) -> String {
    func malformed(_ reason: String, at offset: Int? = nil) -> MalformedText {
      MalformedText(what: "date", text: String(text), reason: reason, offset: offset)
    }
    let dayLength = "2026-11-01".utf8.count
    let day = String(decoding: text.utf8.prefix(dayLength), as: UTF8.self)
    guard let midnight = UploadTime.seconds(of: day + "T00:00:00Z") else {
      throw malformed("it has to look like 2026-11-01 or 2026-11-01T12:00:00Z")
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
}
