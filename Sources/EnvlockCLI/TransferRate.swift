/// How fast bytes come, as people want to know it.
struct TransferRate: Sendable {
  /// The rate is that of the last so many seconds.
  private static let span = 5.0

  /// How many bytes were here when; by ascending time.
  private var samples: [(time: Double, bytes: Int)] = []

  /// Takes note of how many bytes are here.
  mutating func note(_ bytes: Int, at time: Double) {
    if let last = samples.last, time - last.time < 0.2 { return }
    samples.append((time, bytes))
    // One that is older than the span stays, as its start.
    while samples.count > 2, samples[1].time <= time - Self.span { samples.removeFirst() }
  }

  /// "84 MB/s" and "22 s left"; nothing before there is enough to go by.
  ///
  /// - Parameters:
  ///   - bytes: How many are here.
  ///   - missing: How many are still to come.
  ///   - time: Now.
  /// - Returns: The parts of a sentence.
  func text(of bytes: Int, missing: Int, at time: Double) -> [String] {
    guard let first = samples.first, time - first.time >= 1 else { return [] }
    let rate = Double(bytes - first.bytes) / (time - first.time)
    guard rate >= 1 else { return [] }
    return ["\(Quantity.bytes(Int(rate)))/s", Self.left(Double(missing) / rate)]
  }

  /// "6 s left", "2 min 14 s left"; nobody knows it to a tenth.
  private static func left(_ seconds: Double) -> String {
    let whole = max(1, Int(min(seconds, 1e6).rounded(.up)))
    return (whole < 60 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s") + " left"
  }
}
