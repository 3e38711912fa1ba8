import Envlock
import Synchronization

/// One line of a terminal that is written over at most ten times a second, and taken away at the end.
final class ProgressLine: ProgressSink {
  private struct State {
    var meter = ProgressMeter()
    var shown = ""
    var next: ContinuousClock.Instant
    var isOver = false
  }

  /// Runs shorter than this show nothing: a line that flashes up tells nobody anything.
  private static let patience = Duration.milliseconds(150)
  private static let interval = Duration.milliseconds(100)

  private let console: Console
  private let state: Mutex<State>

  init(_ console: Console) {
    self.console = console
    state = Mutex(State(next: .now + Self.patience))
  }

  func report(_ event: ProgressEvent) {
    state.withLock { state in
      state.meter.note(event)
      let now = ContinuousClock.now
      guard now >= state.next, !state.isOver else { return }
      state.next = now + Self.interval
      let line = state.meter.line(columns: console.columns())
      guard line != state.shown else { return }
      console.writeMessages("\r" + line + Self.eraseToEnd)
      state.shown = line
    }
  }

  /// Takes the line away; later events show nothing.
  func finish() {
    state.withLock { state in
      state.isOver = true
      guard !state.shown.isEmpty else { return }
      state.shown = ""
      console.writeMessages("\r" + Self.eraseToEnd)
    }
  }

  private static let eraseToEnd = "\u{1B}[K"
}
