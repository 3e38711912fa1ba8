import Envlock
import EnvlockModel

/// Layers as lines of text, while they are made and when they are.
enum RenderBuild {
  /// How much a layer's name may take of a line.
  static let widest = 56
  private static let label = 11

  /// What a layer is called: "base       bookworm, 41 packages", "torch 2.9.1".
  static func name(_ layer: PlannedLayer) -> String {
    let title = Printable.text(layer.title)
    switch layer.stratum {
    case .base: return "base".padded(to: label) + title
    case .interpreter:
      let word = "python "
      return "python".padded(to: label)
        + (title.hasPrefix(word) ? String(title.dropFirst(word.count)) : title)
    case .environment, .wheels, .bytecode, .lock, .files: return title
    }
  }

  /// A line for a layer that is made.
  ///
  /// - Parameters:
  ///   - layer: The layer.
  ///   - width: How wide the column of names is.
  ///   - state: What became of it: "in store", "spliced 1.9 s".
  ///   - platform: The platform, where there are several.
  /// - Returns: The line, without anything to obey for a terminal.
  static func line(_ layer: PlannedLayer, width: Int, state: String, platform: Platform?) -> String {
    let name = name(layer).cut(to: width).padded(to: width)
    let line = "  \(name)\(layer.sizeText.leftPadded(to: 9))   "
    return line + (platform.map { state.padded(to: 18) + $0.architecture } ?? state)
  }

  /// How wide the column of names has to be for these layers.
  static func width(_ plan: BuildPlan) -> Int {
    let widths = plan.images.flatMap(\.layers).map { name($0).count }
    return min(max(36, (widths.max() ?? 0) + 1), widest)
  }

  /// "in store", "spliced 1.9 s", "packed 0.4 s".
  static func state(
    _ layer: PlannedLayer, _ compression: BuildRequest.Compression, seconds: Double, wasThere: Bool
  ) -> String {
    wasThere ? "in store" : "\(verb(layer, compression)) \(Quantity.duration(seconds))"
  }

  private static func verb(_ layer: PlannedLayer, _ compression: BuildRequest.Compression) -> String {
    if layer.isCarried { return "fetched" }
    switch (layer.stratum, compression) {
    case (.bytecode, _): return "compiled"
    case (.wheels, .splice): return "spliced"
    case (_, .zstd): return "compressed"
    case (.base, .splice), (.interpreter, .splice): return "packed"
    default: return "written"
    }
  }

  /// "22 layers, 3.1 GB"; of several images "2 images, 44 layers, 6.2 GB".
  static func summary(_ images: [BuiltImages.Image]) -> String {
    let sum = LayerSum(images.flatMap(\.layers))
    let images = images.count > 1 ? Quantity.count(images.count, "image") + ", " : ""
    return "\(images)\(sum.countText), \(sum.bytesText)"
  }

  /// A line for each image: the digest of its manifest and its platform.
  static func references(_ images: [BuiltImages.Image]) -> String {
    images.map { "\($0.manifest) \($0.platform)\n" }.joined()
  }
}

extension String {
  /// The text with "…" for what exceeds the width.
  func cut(to width: Int) -> String {
    count <= width ? self : String(prefix(max(0, width - 1))) + (width > 0 ? "…" : "")
  }

  /// The text moved to the right end of a column.
  func leftPadded(to width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
