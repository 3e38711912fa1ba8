/// Numbers joined by dots, as NVIDIA writes its versions.
struct DottedNumbers {
  let numbers: [Int]

  /// Reads `text`.
  ///
  /// - Throws: `MalformedText` about a `what`, unless `text` is at least one number, joined by dots.
  init(_ text: some StringProtocol, what: String) throws(MalformedText) {
    var numbers: [Int] = []
    var current: Int?
    var offset = 0
    func fault(_ reason: String) -> MalformedText {
      MalformedText(what: what, text: String(text), reason: reason, offset: offset)
    }
    for byte in text.utf8 {
      if byte == UInt8(ascii: ".") {
        guard let number = current else { throw fault("a digit is expected") }
        numbers.append(number)
        current = nil
      } else {
        guard isDigit(byte) else { throw fault("only digits and dots are expected") }
        let digit = Int(byte &- UInt8(ascii: "0"))
        guard let number = current, number > 0 else {
          current = digit
          offset += 1
          continue
        }
        guard number < 1_000_000_000 else { throw fault("the number is too large") }
        current = number * 10 + digit
      }
      offset += 1
    }
    guard let number = current else { throw fault("a digit is expected") }
    numbers.append(number)
    self.numbers = numbers
  }
}
