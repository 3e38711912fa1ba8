import Envlock
import EnvlockModel

/// What a picture of images shows: their layers with sizes, from the lowest up.
struct ImagePicture: Sendable {
  /// An image.
  struct Image: Sendable {
    let platform: Platform
    /// The layers, the lowest first.
    let layers: [PlannedLayer]

    /// Bytes of all layers, as far as they are known.
    var sum: LayerSum { LayerSum(layers) }

    /// The strata that there are, from the lowest up, with their layers.
    var strata: [(stratum: LayerStratum, layers: [PlannedLayer])] {
      LayerStratum.allCases.compactMap { stratum in
        let layers = layers.filter { $0.stratum == stratum }
        return layers.isEmpty ? nil : (stratum, layers)
      }
    }

    /// The layers by descending size; of equal ones the lower first.
    var bySize: [PlannedLayer] {
      layers.enumerated().sorted { a, b in
        let (x, y) = (a.element.shownSize ?? 0, b.element.shownSize ?? 0)
        return x != y ? x > y : a.offset < b.offset
      }.map(\.element)
    }

    /// "12 %", "0.4 %" of all bytes; empty where nothing is known.
    func share(_ bytes: Int) -> String {
      guard sum.bytes > 0 else { return "" }
      let percent = Double(bytes) / Double(sum.bytes) * 100
      if percent > 0, percent < 0.05 { return "< 0.1 %" }
      return percent < 9.95 ? "\(SVG.number(percent)) %" : "\(Int(percent.rounded())) %"
    }
  }

  /// What the image is called: its tag, or the path of its lock.
  let title: String
  /// The digest of the index over the platforms; nil for a plan.
  let digest: Digest?
  /// The images, sorted by platform.
  let images: [Image]
}

extension LayerStratum {
  /// What a reader calls it.
  var caption: String {
    switch self {
    case .base: "base"
    case .interpreter: "Python"
    case .environment: "environment"
    case .wheels: "wheels"
    case .bytecode: "bytecode"
    case .lock: "lock"
    case .files: "your files"
    }
  }

  /// A colour that white text can be read on, and that stands out from a white ground as from a dark one.
  var colour: String {
    switch self {
    case .base: "#64748b"
    case .interpreter: "#b45309"
    case .environment: "#8b5cf6"
    case .wheels: "#2563eb"
    case .bytecode: "#15803d"
    case .lock: "#db2777"
    case .files: "#0f766e"
    }
  }
}

/// Pieces of SVG and HTML as text.
enum SVG {
  /// Text that means itself in SVG and HTML, also inside of an attribute's quotes.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in Printable.text(text).unicodeScalars {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }

  /// A number with at most one decimal: "12", "0.4".
  static func number(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e9 else { return "0" }
    let tenths = Int((value * 10).rounded())
    let sign = tenths < 0 ? "-" : ""
    return tenths % 10 == 0
      ? "\(sign)\(abs(tenths) / 10)" : "\(sign)\(abs(tenths) / 10).\(abs(tenths) % 10)"
  }
}
