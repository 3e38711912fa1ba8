import EnvlockModel
import EnvlockNative

/// One scalar, by the core schema (YAML 1.2.2, section 10.3.2).
struct YAMLScalar {
  private let text: String
  private let isPlain: Bool
  private let event: YAMLEvent

  /// - Parameters:
  ///   - text: what it says.
  ///   - isPlain: whether it stands there without quotes.
  ///   - event: where it stands, with its tag.
  init(_ text: String, isPlain: Bool, _ event: YAMLEvent) {
    self.text = text
    self.isPlain = isPlain
    self.event = event
  }

  static let nulls: Set<String> = ["~", "null", "Null", "NULL"]
  private static let truths: Set<String> = ["true", "True", "TRUE"]
  private static let falsehoods: Set<String> = ["false", "False", "FALSE"]
  /// Truth values of YAML 1.1 that are texts in 1.2.
  private static let oldTruths: Set<String> = ["y", "yes", "on", "n", "no", "off"]

  var value: JSONValue {
    get throws(YAMLFault) {
      switch event.tag {
      case nil: return isPlain ? try plain(text) : .string(text)
      case YAMLTag.nonSpecific, YAMLTag.text: return .string(text)
      case YAMLTag.null where text.isEmpty || Self.nulls.contains(text): return .null
      case YAMLTag.truth where Self.truths.contains(text): return true
      case YAMLTag.truth where Self.falsehoods.contains(text): return false
      case YAMLTag.integer:
        if let number = try integer(text) { return .integer(number) }
        throw fault("“\(text)” is no whole number")
      case YAMLTag.number:
        if let number = try number(text) { return .number(number) }
        throw fault("“\(text)” is no number")
      case .some(let tag): throw fault("the tag \(tag) is not read with “\(text)”")
      }
    }
  }

  private func plain(_ text: String) throws(YAMLFault) -> JSONValue {
    if text.isEmpty || Self.nulls.contains(text) { return .null }
    if Self.truths.contains(text) { return true }
    if Self.falsehoods.contains(text) { return false }
    if Self.oldTruths.contains(text.lowercased()) {
      throw fault(
        "“\(text)” is a truth value to some readers and a text to others: write true or false, or quote it")
    }
    if let number = try integer(text) { return .integer(number) }
    if let number = try number(text) { return .number(number) }
    return .string(text)
  }

  private func integer(_ text: String) throws(YAMLFault) -> Int? {
    let isSigned = text.hasPrefix("-") || text.hasPrefix("+")
    let digits = text.dropFirst(isSigned ? 1 : 0)
    for (prefix, radix) in [("0x", 16), ("0o", 8)] where !isSigned && digits.hasPrefix(prefix) {
      let rest = digits.dropFirst(2)
      guard !rest.isEmpty, rest.utf8.allSatisfy({ Int(String(UnicodeScalar($0)), radix: radix) != nil })
      else {
        return nil
      }
      guard let number = Int(rest, radix: radix) else { throw fault("\(text) is too large") }
      return number
    }
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) || $0 == UInt8(ascii: "_") }),
      digits.utf8.contains(where: { (48...57).contains($0) })
    else { return nil }
    let isOctal = digits.utf8.count > 1 && digits.hasPrefix("0")
    guard !isOctal, !digits.contains("_") else {
      throw fault(
        "“\(text)” is one number to some readers and another to others: write it without a zero or an underscore, or quote it"
      )
    }
    guard let number = Int(text) else { throw fault("\(text) is too large") }
    return number
  }

  private func number(_ text: String) throws(YAMLFault) -> Double? {
    let bare = text.drop { $0 == "-" || $0 == "+" }.lowercased()
    if [".inf", ".nan"].contains(bare) { throw fault("\(text) cannot be written in JSON") }
    let isNumber =
      text.utf8.allSatisfy { (48...57).contains($0) || "+-.eE".utf8.contains($0) }
      && text.utf8.contains { (48...57).contains($0) }
      && (text.contains(".") || text.lowercased().contains("e"))
      // "e5" and "1.2.3" are texts; so is what `Double` does not take below.
      && !bare.hasPrefix("e")
    guard isNumber, let number = Double(bare.hasSuffix(".") ? text + "0" : text) else { return nil }
    guard number.isFinite else { throw fault("\(text) is too large") }
    return number
  }

  private func fault(_ reason: String) -> YAMLFault {
    YAMLFault(reason, event)
  }
}
