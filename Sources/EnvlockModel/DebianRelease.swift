public import EnvlockVersions

/// What an archive says of a suite: its `Release` file, without the signature.
public struct DebianRelease: Hashable, Sendable {
  /// A file that the release names.
  public struct File: Hashable, Sendable {
    /// Relative to the suite's folder: "main/binary-amd64/Packages.xz".
    public let path: String
    /// The digest of its bytes.
    public let sha256: Digest
    /// Its size in bytes.
    public let size: Int
  }

  /// What the suite is at present: "stable", "oldstable-updates"; nil where it is not said.
  public let suite: String?
  /// Its own name: "bookworm", "bookworm-security".
  public let codename: String
  /// "12.11"; nil for suites that are not released.
  public let version: String?
  /// When it was made, in seconds since 1970.
  public let date: Int
  /// Until when it is to be used, in seconds since 1970; nil where it is not said.
  public let validUntil: Int?
  /// Whether files are also found under their digest.
  public let hasFilesByHash: Bool
  /// The architectures that there are packages for: "all", "amd64" …
  public let architectures: [String]

  private let sums: String

  /// Reads the file.
  ///
  /// - Parameter text: the file, as it was signed.
  /// - Throws: `MalformedText` where a field that is needed is missing or malformed.
  public init(_ text: [UInt8]) throws(MalformedText) {
    let fields = DebianParagraph(text, 0..<text.count)
    suite = fields["Suite"]
    codename = try fields.required("Codename")
    version = fields["Version"]
    date = try DebianTime.seconds(fields.required("Date"))
    if let text = fields["Valid-Until"] {
      validUntil = try DebianTime.seconds(text)
    } else {
      validUntil = nil
    }
    hasFilesByHash = fields["Acquire-By-Hash"]?.lowercased() == "yes"
    architectures = (fields["Architectures"] ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
    sums = try fields.required("SHA256")
  }

  /// What is said of a file; nil where the release does not name it.
  ///
  /// - Throws: `MalformedText` where its line is malformed.
  public func file(_ path: String) throws(MalformedText) -> File? {
    for line in sums.split(separator: "\n") where line.hasSuffix(path) {
      let words = line.split { $0 == " " || $0 == "\t" }
      guard words.count == 3, words[2] == path else { continue }
      guard let size = Int(words[1]), size >= 0 else {
        throw MalformedText(
          what: "release file", text: String(line), reason: "the size is no number of bytes")
      }
      return File(path: path, sha256: try Digest(sha256Hex: words[0]), size: size)
    }
    return nil
  }
}

/// Times as Debian writes them: "Sat, 11 Jul 2026 10:16:37 UTC".
package enum DebianTime {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Seconds since 1970.
  ///
  /// - Throws: `MalformedText` for anything else, such as another time zone than UTC.
  package static func seconds(_ text: String) throws(MalformedText) -> Int {
    let words = text.split(whereSeparator: \.isWhitespace)
    let clock = words.count == 6 ? words[4].split(separator: ":").map { Int($0) ?? -1 } : []
    guard words.count == 6, let day = Int(words[1]), (1...31).contains(day),
      let month = months.firstIndex(where: { $0 == words[2] }), let year = Int(words[3]),
      (1970...9999).contains(year), clock.count == 3, (0...23).contains(clock[0]),
      (0...59).contains(clock[1]), (0...60).contains(clock[2]), ["UTC", "GMT", "+0000"].contains(words[5])
    else {
      throw MalformedText(
        what: "time", text: text, reason: "it has to look like Sat, 11 Jul 2026 10:16:37 UTC")
    }
    // Counted from March, so that the day of a leap year comes last.
    let (shifted, months) = month < 2 ? (year - 1, month + 10) : (year, month - 2)
    let days =
      365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + (153 * months + 2) / 5 + day - 1 - 719_468
    return ((days * 24 + clock[0]) * 60 + clock[1]) * 60 + clock[2]
  }

  /// "2026-07-11", in UTC.
  package static func day(_ seconds: Int) -> String {
    // The inverse, with days counted from 0000-03-01.
    let days = max(0, seconds) / 86_400 + 719_468
    let era = days / 146_097
    let dayOfEra = days % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    let day = dayOfYear - (153 * shifted + 2) / 5 + 1
    func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(era * 400 + yearOfEra + (month <= 2 ? 1 : 0))-\(padded(month))-\(padded(day))"
  }
}
