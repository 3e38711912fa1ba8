import Envlock
import Synchronization

/// Shows a build: a line for each layer that is finished, and on a terminal below them what is in work, drawn anew at
/// most ten times a second and taken away at the end.
final class BuildLines: BuildProgress {
  private struct State {
    var meter: BuildMeter
    /// How many lines are drawn below the finished ones.
    var drawn = 0
    var next: ContinuousClock.Instant
    var isOver = false
  }

  /// Builds shorter than this show no work: lines that flash up tell nobody anything.
  private static let patience = Duration.milliseconds(150)
  private static let interval = Duration.milliseconds(100)

  private let console: Console
  private let showsWork: Bool
  private let start = ContinuousClock.now
  private let state: Mutex<State>

  init(_ console: Console, _ meter: BuildMeter, showsWork: Bool) {
    self.console = console
    self.showsWork = showsWork
    state = Mutex(State(meter: meter, next: .now + Self.patience))
  }

  func report(_ event: BuildEvent) {
    let now = ContinuousClock.now
    let elapsed = start.duration(to: now) / .seconds(1)
    state.withLock { state in
      let finished = state.meter.note(event, at: elapsed)
      guard !state.isOver else { return }
      guard finished != nil || showsWork && now >= state.next else { return }
      var text = Self.erasure(state.drawn)
      state.drawn = 0
      if let finished { text += finished + "\n" }
      if showsWork, now >= start + Self.patience {
        // What is in work stays below what is finished.
        let lines = state.meter.lines(at: elapsed, columns: console.columns())
        text += lines.map { $0 + "\n" }.joined()
        state.drawn = lines.count
        state.next = now + Self.interval
      }
      console.writeMessages(text)
    }
  }

  /// Takes away what is in work; later events show nothing.
  func finish() {
    state.withLock { state in
      state.isOver = true
      guard state.drawn > 0 else { return }
      console.writeMessages(Self.erasure(state.drawn))
      state.drawn = 0
    }
  }

  /// Goes up so many lines and clears all below.
  private static func erasure(_ lines: Int) -> String { lines > 0 ? "\u{1B}[\(lines)A\r\u{1B}[J" : "" }
}
