import Envlock

/// What a progress line says, from events; pure, so that tests need neither a clock nor a terminal.
struct ProgressMeter: Hashable, Sendable {
  private var asked = 0
  private var answered = 0
  private var bytes = 0
  private var decisions = 0
  private var building: String?

  /// Takes note of an event.
  mutating func note(_ event: ProgressEvent) {
    switch event {
    case .asked: asked += 1
    case .answered: answered += 1
    case .received(let bytes): self.bytes = max(self.bytes, bytes)
    case .decided(let count): decisions = count
    case .building(let release): building = release
    }
  }

  /// "resolving: 34 packages, 61 of 80 files, 3.1 MB", cut to `columns`; empty before the first event.
  func line(columns: Int) -> String {
    var parts: [String] = []
    if decisions > 0 { parts.append(Quantity.count(decisions, "package")) }
    if asked > 0 { parts.append("\(answered) of \(Quantity.count(asked, "file"))") }
    if bytes > 0 { parts.append(Quantity.bytes(bytes)) }
    if let building { parts.append("building \(building)") }
    guard !parts.isEmpty else { return "" }
    return String(("resolving: " + parts.joined(separator: ", ")).prefix(max(0, columns - 1)))
  }
}
