import Envlock

/// What is shown of a push, from its events; pure, so that tests need neither a clock nor a terminal.
struct PushMeter: LiveMeter {
  private struct Sending: Sendable {
    let name: String
    var count: Int
    let size: Int
  }

  private var build: BuildMeter
  private var sendings: [Sending] = []

  init(_ build: BuildMeter) { self.build = build }

  /// Takes note of what happens to layers before they are sent.
  mutating func note(_ event: BuildEvent, at time: Double) { _ = build.note(event, at: time) }

  /// Takes note of an event.
  ///
  /// - Returns: The line of a blob that has arrived; nil after other events.
  mutating func note(_ event: PushEvent) -> String? {
    switch event {
    case .sending(let name, let count, let size):
      if let place = sendings.firstIndex(where: { $0.name == name }) {
        sendings[place].count = count
      } else {
        sendings.append(Sending(name: name, count: count, size: size))
      }
      return nil
    case .arrived(let part, let seconds):
      sendings.removeAll { $0.name == part.name }
      return RenderPush.line(part, seconds: seconds)
    }
  }

  /// What is in work, each line shorter than the terminal is wide.
  func lines(at time: Double, columns: Int) -> [String] {
    let room = max(8, columns - 1 - 2 - 11 - 20)
    let lines = sendings.prefix(BuildMeter.limit).map { sending in
      "  " + "sending".padded(to: 11) + Printable.text(sending.name).cut(to: room).padded(to: room)
        + "\(Quantity.bytes(sending.count)) of \(Quantity.bytes(sending.size))".leftPadded(to: 20)
    }
    return lines.map { String($0.prefix(max(0, columns - 1))) } + build.lines(at: time, columns: columns)
  }
}

/// Shows a push: a line for each blob that has arrived, and on a terminal below them what is in work.
final class PushLines: PushProgress {
  private let lines: LiveLines<PushMeter>

  init(_ console: Console, _ meter: BuildMeter, showsWork: Bool) {
    lines = LiveLines(console, PushMeter(meter), showsWork: showsWork)
  }

  func report(_ event: BuildEvent) {
    lines.note { meter, time in
      meter.note(event, at: time)
      return nil
    }
  }

  func report(_ event: PushEvent) { lines.note { meter, _ in meter.note(event) } }

  /// Takes away what is in work; later events show nothing.
  func finish() { lines.finish() }
}
