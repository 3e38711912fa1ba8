/// What pax records, and GNU's long names, say of the member that follows.
///
/// Sources: POSIX.1-2017, pax, "pax Extended Header"; for `SCHILY.xattr`, the manual of star.
struct TarOverrides {
  var path: [UInt8]?
  var link: [UInt8]?
  var size: Int?
  var uid: Int?
  var gid: Int?
  var mtime: Int?
  /// Extended attributes; of a name that comes twice the last value counts.
  var attributes: [TarAttribute] = []

  /// How many attributes of a member are read; Linux holds fewer.
  private static let attributeLimit = 1000

  /// The kinds of headers that say so; a member has one of each at most.
  var seen: [UInt8] = []

  private struct Problem: Error { var reason: String }

  /// The attributes by ascending name.
  var sortedAttributes: [TarAttribute] {
    attributes.count < 2
      ? attributes : attributes.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// Reads records: `<length> <key>=<value>\n`, where the length counts itself too.
  ///
  /// - Parameter records: the content of a pax header.
  /// - Returns: what is wrong, as the end of a sentence; nil where nothing is.
  mutating func read(_ records: [UInt8]) -> String? {
    var rest = records[...]
    while !rest.isEmpty {
      do throws(Problem) {
        let (key, value, length) = try TarOverrides.record(rest)
        try take(key, Array(value))
        rest = rest.dropFirst(length)
      } catch {
        return error.reason
      }
    }
    return nil
  }

  private static func record(
    _ bytes: ArraySlice<UInt8>
  ) throws(Problem) -> (key: String, value: ArraySlice<UInt8>, length: Int) {
    let digits = bytes.prefix(8).prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    let behind = bytes.dropFirst(digits.count)
    guard !digits.isEmpty, behind.first == 0x20, let length = Int(String(decoding: digits, as: UTF8.self)),
      length <= bytes.count, length > digits.count + 2
    else { throw Problem(reason: "has a record without a length") }
    let record = bytes.prefix(length).dropFirst(digits.count + 1)
    guard record.last == 0x0A, let sign = record.firstIndex(of: UInt8(ascii: "=")), sign > record.startIndex
    else { throw Problem(reason: "has a record without a key or an end") }
    guard let key = String(validating: record[..<sign], as: UTF8.self) else {
      throw Problem(reason: "has a key that is no UTF-8")
    }
    return (key, record[(sign + 1)...].dropLast(), length)
  }

  private mutating func take(_ key: String, _ value: [UInt8]) throws(Problem) {
    let attribute = "SCHILY.xattr."
    switch key {
    // An empty value takes back what a global header says.
    case "path": path = value.isEmpty ? nil : value
    case "linkpath": link = value.isEmpty ? nil : value
    case "size": size = try number(key, value)
    case "uid": uid = try number(key, value)
    case "gid": gid = try number(key, value)
    case "mtime": mtime = try seconds(key, value)
    case let key where key.hasPrefix("GNU.sparse."):
      throw Problem(reason: "tells of a file with holes, which is not read")
    case let key where key.hasPrefix(attribute):
      let name = String(key.dropFirst(attribute.count))
      guard !name.isEmpty else { throw Problem(reason: "has an attribute without a name") }
      guard attributes.count < TarOverrides.attributeLimit else {
        throw Problem(reason: "has more than \(TarOverrides.attributeLimit) attributes")
      }
      attributes.removeAll { $0.name == name }
      attributes.append(TarAttribute(name: name, value: value))
    default: break
    }
  }

  private func number(_ key: String, _ value: [UInt8]) throws(Problem) -> Int? {
    if value.isEmpty { return nil }
    guard value.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }),
      let number = Int(String(decoding: value, as: UTF8.self))
    else { throw Problem(reason: "has a `\(key)` that is no number") }
    return number
  }

  private func seconds(_ key: String, _ value: [UInt8]) throws(Problem) -> Int? {
    if value.isEmpty { return nil }
    guard let number = Double(String(decoding: value, as: UTF8.self)), abs(number) < 1e15 else {
      throw Problem(reason: "has a `\(key)` that is no time")
    }
    return Int(number.rounded(.down))
  }
}
