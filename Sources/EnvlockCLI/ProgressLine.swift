import Envlock
import Synchronization

/// What a resolve is at, on one line of a terminal.
final class ProgressLine: ProgressSink {
  private let meter = Mutex(ProgressMeter())
  private let line: StatusLine

  init(_ console: Console) { line = StatusLine(console) }

  func report(_ event: ProgressEvent) {
    let meter = meter.withLock { meter in
      meter.note(event)
      return meter
    }
    line.show { meter.line(columns: $0) }
  }

  /// Takes the line away; later events show nothing.
  func finish() { line.finish() }
}

/// One line of a terminal that is written over at most ten times a second, and taken away at the end.
final class StatusLine: Sendable {
  private struct State {
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

  /// Shows a text, unless it is too early for another one.
  ///
  /// - Parameter text: Makes the text, for a terminal of so many columns.
  func show(_ text: (_ columns: Int) -> String) {
    state.withLock { state in
      let now = ContinuousClock.now
      guard now >= state.next, !state.isOver else { return }
      state.next = now + Self.interval
      let line = text(console.columns())
      guard line != state.shown else { return }
      console.writeMessages("\r" + line + Self.eraseToEnd)
      state.shown = line
    }
  }

  /// Takes the line away; nothing is shown later.
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
