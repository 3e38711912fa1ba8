import Synchronization

/// Knows what is in work; pure, so that tests need neither a clock nor a terminal.
protocol LiveMeter: Sendable {
  /// What is in work.
  ///
  /// - Parameters:
  ///   - time: Now, in seconds since the start.
  ///   - columns: How many characters a line of the terminal has.
  /// - Returns: The lines, each shorter than that.
  func lines(at time: Double, columns: Int) -> [String]
}

/// Shows work: a line for each thing that is finished, and on a terminal below them what is in work, drawn anew at most
/// ten times a second and taken away at the end.
final class LiveLines<Meter: LiveMeter>: Sendable {
  private struct State {
    var meter: Meter
    /// How many lines are drawn below the finished ones.
    var drawn = 0
    var next: ContinuousClock.Instant
    var isOver = false
  }

  private let console: Console
  private let showsWork: Bool
  private let start = ContinuousClock.now
  private let state: Mutex<State>

  /// Work shorter than this is not shown: lines that flash up tell nobody anything.
  private let patience = Duration.milliseconds(150)
  private let interval = Duration.milliseconds(100)

  init(_ console: Console, _ meter: Meter, showsWork: Bool) {
    self.console = console
    self.showsWork = showsWork
    state = Mutex(State(meter: meter, next: .now + patience))
  }

  /// Takes note of an event.
  ///
  /// - Parameter change: Tells the meter, with the seconds since the start; gives the line of what is finished by it.
  func note(_ change: (inout Meter, Double) -> String?) {
    let now = ContinuousClock.now
    let elapsed = start.duration(to: now) / .seconds(1)
    state.withLock { state in
      let finished = change(&state.meter, elapsed)
      guard !state.isOver else { return }
      guard finished != nil || showsWork && now >= state.next else { return }
      var text = erasure(state.drawn)
      state.drawn = 0
      if let finished { text += finished + "\n" }
      if showsWork, now >= start + patience {
        // What is in work stays below what is finished.
        let lines = state.meter.lines(at: elapsed, columns: console.columns())
        text += lines.map { $0 + "\n" }.joined()
        state.drawn = lines.count
        state.next = now + interval
      }
      console.writeMessages(text)
    }
  }

  /// Takes away what is in work; later events show nothing.
  func finish() {
    state.withLock { state in
      state.isOver = true
      guard state.drawn > 0 else { return }
      console.writeMessages(erasure(state.drawn))
      state.drawn = 0
    }
  }

  /// Goes up so many lines and clears all below.
  private func erasure(_ lines: Int) -> String { lines > 0 ? "\u{1B}[\(lines)A\r\u{1B}[J" : "" }
}
