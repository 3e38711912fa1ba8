/// Numbers with their units, as people read them.
enum Quantity {
  /// "1 wheel", "27 wheels".
  static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

  /// Powers of a thousand with one decimal below ten: "812 bytes", "3.1 GB", "31 MB".
  static func bytes(_ number: Int) -> String {
    guard number >= 1000 else { return count(number, "byte") }
    var value = Double(number)
    var unit = 0
    let units = ["bytes", "kB", "MB", "GB", "TB", "PB", "EB"]
    while value >= 999.5, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return (value < 9.95 ? decimal(value) : String(Int(value.rounded()))) + " " + units[unit]
  }

  /// "40 ms", "0.3 s", "12 s", "2 min 5 s".
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds > 0 else { return "0 ms" }
    if seconds < 0.095 { return "\(Int((seconds * 1000).rounded())) ms" }
    if seconds < 9.95 { return decimal(seconds) + " s" }
    let whole = Int(min(seconds, 1e9).rounded())
    return whole < 60 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s"
  }

  private static func decimal(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}
