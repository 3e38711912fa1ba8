import Envlock

/// What is shown of a pull, from its events and the time at which they come; pure, so that tests need neither a clock nor
/// a terminal.
struct PullMeter: LiveMeter {
  /// How many blobs in work are shown; the others are counted.
  static let limit = 8
  private static let widest = 56

  private var width = 36
  private var blobs = 0
  private var done = 0
  private var expectedBytes = 0
  /// Bytes of what is here by now.
  private var hereBytes = 0
  private var fetches: [(blob: PulledBlob, count: Int)] = []
  private var rate = TransferRate()

  mutating func note(_ event: PullEvent, at time: Double) -> String? {
    switch event {
    case .planned(let plan):
      blobs = plan.count
      expectedBytes = plan.reduce(0) { $0 + $1.size }
      let widths = plan.map { Printable.text($0.title).count + 1 }
      width = min(max(width, widths.max() ?? 0), Self.widest)
    case .fetching(let blob, let count):
      if let place = fetches.firstIndex(where: { $0.blob.digest == blob.digest }) {
        // Events may overtake each other.
        fetches[place].count = max(fetches[place].count, count)
      } else {
        fetches.append((blob, count))
      }
      rate.note(receivedBytes, at: time)
    case .here(let blob, let seconds, let wasThere):
      fetches.removeAll { $0.blob.digest == blob.digest }
      done += 1
      if wasThere { expectedBytes -= blob.size } else { hereBytes += blob.size }
      rate.note(receivedBytes, at: time)
      let name = Printable.text(blob.title).cut(to: width).padded(to: width)
      let state = wasThere ? "in store" : "fetched \(Quantity.duration(seconds))"
      return "  \(name)\(Quantity.bytes(blob.size).leftPadded(to: 9))   \(state)"
    }
    return nil
  }

  func lines(at time: Double, columns: Int) -> [String] {
    guard done < blobs else { return [] }
    let hidden = fetches.count - Self.limit
    var lines = fetches.prefix(Self.limit).map { fetch in
      let room = max(8, columns - 1 - 2 - 11 - 20)
      let state = "\(Quantity.bytes(fetch.count)) of \(Quantity.bytes(fetch.blob.size))"
      return "  " + "fetching".padded(to: 11)
        + Printable.text(fetch.blob.title).cut(to: room).padded(to: room) + state.leftPadded(to: 20)
    }
    if hidden > 0 { lines.append("  … and \(hidden) more") }
    lines.append("  " + "total".padded(to: 11) + total(at: time))
    return lines.map { String($0.prefix(max(0, columns - 1))) }
  }

  /// "14 of 22 layers, 1.2 GB of 3.1 GB fetched, 84 MB/s, 22 s left".
  private func total(at time: Double) -> String {
    let received = receivedBytes
    var parts = ["\(done) of \(Quantity.count(blobs, "layer"))"]
    if expectedBytes > 0 {
      parts.append("\(Quantity.bytes(received)) of \(Quantity.bytes(expectedBytes)) fetched")
    }
    if received < expectedBytes {
      parts += rate.text(of: received, missing: expectedBytes - received, at: time)
    }
    return parts.joined(separator: ", ")
  }

  private var receivedBytes: Int { hereBytes + fetches.reduce(0) { $0 + $1.count } }
}

/// Shows a pull: a line for each blob that is here, and on a terminal below them what is in work.
final class PullLines: PullProgress {
  private let lines: LiveLines<PullMeter>

  init(_ console: Console, showsWork: Bool) {
    lines = LiveLines(console, PullMeter(), showsWork: showsWork)
  }

  func report(_ event: PullEvent) { lines.note { $0.note(event, at: $1) } }

  /// Takes away what is in work; later events show nothing.
  func finish() { lines.finish() }
}
