import Envlock

/// Shows a build: a line for each layer that is finished, and on a terminal below them what is in work.
final class BuildLines: BuildProgress {
  private let lines: LiveLines<BuildMeter>

  init(_ console: Console, _ meter: BuildMeter, showsWork: Bool) {
    lines = LiveLines(console, meter, showsWork: showsWork)
  }

  func report(_ event: BuildEvent) { lines.note { $0.note(event, at: $1) } }

  /// Takes away what is in work; later events show nothing.
  func finish() { lines.finish() }
}
