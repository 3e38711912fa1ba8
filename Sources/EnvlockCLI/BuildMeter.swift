import Envlock
import EnvlockModel

/// What is shown of a build, from its events and the time at which they come; pure, so that tests need neither a clock
/// nor a terminal.
struct BuildMeter: LiveMeter {
  /// How many artifacts and layers in work are shown; the others are counted.
  static let limit = 8

  private struct Fetch: Sendable {
    let name: String
    var count: Int
    var size: Int?
  }

  private struct Writing: Sendable {
    let platform: Platform
    let title: String
    var count: Int
  }

  private let compression: BuildRequest.Compression
  private var width = 36
  private var hasSeveralImages = false
  private var layers = 0
  private var layersDone = 0
  /// Bytes that have to be fetched, as far as the plan knows.
  private var plannedBytes = 0
  private var fetches: [Fetch] = []
  private var writings: [Writing] = []
  /// Bytes of what is here by now.
  private var fetchedBytes = 0
  private var rate = TransferRate()

  init(_ compression: BuildRequest.Compression) { self.compression = compression }

  /// Takes note of an event.
  ///
  /// - Parameters:
  ///   - event: What happened.
  ///   - time: When, in seconds since any moment.
  /// - Returns: The line of a layer that is finished; nil after other events.
  mutating func note(_ event: BuildEvent, at time: Double) -> String? {
    switch event {
    case .planned(let plan):
      width = RenderBuild.width(plan)
      hasSeveralImages = plan.images.count > 1
      layers = plan.images.reduce(0) { $0 + $1.layers.count }
      plannedBytes = plan.missing.reduce(0) { $0 + ($1.size ?? 0) }
    case .fetching(let name, let count, let size):
      if let place = fetches.firstIndex(where: { $0.name == name }) {
        // Events may overtake each other.
        fetches[place].count = max(fetches[place].count, count)
        fetches[place].size = size ?? fetches[place].size
      } else {
        fetches.append(Fetch(name: name, count: count, size: size))
      }
      rate.note(receivedBytes, at: time)
    case .fetched(let name, let size, _):
      let before = fetches.first { $0.name == name }?.count ?? 0
      fetches.removeAll { $0.name == name }
      fetchedBytes += max(size, before)
      rate.note(receivedBytes, at: time)
    case .writing(let platform, let title, let count):
      if let place = writings.firstIndex(where: { $0.platform == platform && $0.title == title }) {
        writings[place].count = max(writings[place].count, count)
      } else {
        writings.append(Writing(platform: platform, title: title, count: count))
      }
    case .made(let platform, let layer, let seconds, let wasThere):
      writings.removeAll { $0.platform == platform && $0.title == layer.title }
      layersDone += 1
      return RenderBuild.line(
        layer, width: width,
        state: RenderBuild.state(layer, compression, seconds: seconds, wasThere: wasThere),
        platform: hasSeveralImages ? platform : nil)
    }
    return nil
  }

  /// What is in work: a line for each artifact and layer, and one for all together; empty before there is a plan.
  ///
  /// - Parameters:
  ///   - time: Now, on the clock of the events.
  ///   - columns: How many characters a line of the terminal has.
  /// - Returns: The lines, each shorter than that.
  func lines(at time: Double, columns: Int) -> [String] {
    var rows = fetches.map { fetch in
      (
        "fetching", fetch.name,
        fetch.size.map { "\(Quantity.bytes(fetch.count)) of \(Quantity.bytes($0))" }
          ?? Quantity.bytes(fetch.count)
      )
    }
    rows += writings.map { writing in
      let platform = hasSeveralImages ? " (\(writing.platform.architecture))" : ""
      return ("making", writing.title + platform, Quantity.bytes(writing.count))
    }
    guard layers > 0 || !rows.isEmpty else { return [] }
    let hidden = rows.count - Self.limit
    var lines = rows.prefix(Self.limit).map { row in
      let room = max(8, columns - 1 - 2 - 11 - 20)
      return "  " + row.0.padded(to: 11) + Printable.text(row.1).cut(to: room).padded(to: room)
        + row.2.leftPadded(to: 20)
    }
    if hidden > 0 { lines.append("  … and \(hidden) more") }
    lines.append("  " + "total".padded(to: 11) + total(at: time))
    return lines.map { String($0.prefix(max(0, columns - 1))) }
  }

  // MARK: the total

  /// "14 of 22 layers, 1.2 GB of 3.1 GB fetched, 84 MB/s, 22 s left".
  private func total(at time: Double) -> String {
    var parts: [String] = []
    if layers > 0 { parts.append("\(layersDone) of \(Quantity.count(layers, "layer"))") }
    let received = receivedBytes
    let expected = max(plannedBytes, received + fetches.reduce(0) { $0 + max(0, ($1.size ?? 0) - $1.count) })
    if expected > 0 {
      parts.append(
        received < expected
          ? "\(Quantity.bytes(received)) of \(Quantity.bytes(expected)) fetched"
          : "\(Quantity.bytes(received)) fetched")
    }
    if received < expected { parts += rate.text(of: received, missing: expected - received, at: time) }
    return parts.joined(separator: ", ")
  }

  private var receivedBytes: Int { fetchedBytes + fetches.reduce(0) { $0 + $1.count } }
}
