import Envlock
import EnvlockModel

/// The layers of images before they are made, for people.
enum RenderBuildPlan {
  /// What a plan is compared with.
  struct Other: Hashable, Sendable {
    /// The layout or archive.
    let path: String
    /// What it holds.
    let blobs: Set<Digest>

    /// Whether it has a layer; nil where the layer's digest is not known yet.
    func has(_ layer: PlannedLayer) -> Bool? { layer.made.map { blobs.contains($0.digest) } }
  }

  /// A table for each image, what it comes to, and what a push would add to another layout or archive.
  static func text(_ plan: BuildPlan, against other: Other?, _ style: Style) -> String {
    var lines: [String] = []
    for image in plan.images {
      let sum = LayerSum(image.layers)
      lines.append(style.strong("\(image.platform): \(sum.countText), \(sum.bytesText)"))
      lines += table(image.layers, other)
      lines.append("")
    }
    let layers = plan.distinctLayers
    lines += totals(layers, missing: plan.missing)
    if let other { lines += [""] + comparison(layers, other) }
    if !layers.allSatisfy(\.isSizeExact) {
      lines += ["", "~ is the size of what a layer is made from; its own is known when it is made"]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func table(_ layers: [PlannedLayer], _ other: Other?) -> [String] {
    let width = layers.map(\.sizeText.count).max() ?? 0
    let rows = layers.map { layer in
      let cells = [
        layer.stratum.rawValue, Printable.text(layer.title).cut(to: RenderBuild.widest),
        layer.sizeText.leftPadded(to: width), state(layer),
      ]
      return cells + (other.map { [against(layer, $0)] } ?? [])
    }
    let header =
      ["stratum", "layer", "size".leftPadded(to: width), "state"] + (other == nil ? [] : ["there"])
    return TextTable.lines(header, rows, indentation: 2)
  }

  /// "in store", "to make", "to fetch", "to fetch: 300 MB".
  private static func state(_ layer: PlannedLayer) -> String {
    switch layer.state {
    case .inStore: "in store"
    case .toMake: "to make"
    case .toFetch(let bytes):
      // All of it needs no second number.
      bytes == nil || bytes == layer.shownSize
        ? "to fetch" : "to fetch: \(Quantity.bytes(bytes ?? 0))"
    }
  }

  private static func against(_ layer: PlannedLayer, _ other: Other) -> String {
    other.has(layer).map { $0 ? "yes" : "no" } ?? "not known"
  }

  // MARK: sums

  private static func totals(_ layers: [PlannedLayer], missing: [PlannedLayer.Part]) -> [String] {
    let groups: [(String, [PlannedLayer])] = [
      ("in store", layers.filter { $0.state == .inStore }),
      ("to make", layers.filter { $0.state == .toMake }),
      ("to fetch", layers.filter { if case .toFetch = $0.state { true } else { false } }),
    ]
    return table(
      groups.filter { !$0.1.isEmpty }.map { name, layers in
        (name, LayerSum(layers), name == "to fetch" ? download(missing) : "")
      })
  }

  /// "3 files, 858 MB over the network".
  private static func download(_ missing: [PlannedLayer.Part]) -> String {
    let sizes = missing.compactMap(\.size)
    let unknown = missing.count - sizes.count
    let bytes = sizes.isEmpty ? "of unknown size" : Quantity.bytes(sizes.reduce(0, +))
    let more = unknown > 0 && !sizes.isEmpty ? " and \(unknown) of unknown size" : ""
    return "\(Quantity.count(missing.count, "file")), \(bytes)\(more)"
  }

  /// What a push would bring to a place that has the other's blobs.
  private static func comparison(_ layers: [PlannedLayer], _ other: Other) -> [String] {
    let groups: [(String, Bool?, String)] = [
      ("there", true, ""), ("new", false, "a push adds them"),
      ("not known", nil, "not made yet; a push adds those that turn out new"),
    ]
    return ["against \(Printable.text(other.path))"]
      + table(
        groups.compactMap { name, answer, remark in
          let layers = layers.filter { other.has($0) == answer }
          return layers.isEmpty ? nil : (name, LayerSum(layers), remark)
        })
  }

  private static func table(_ rows: [(name: String, sum: LayerSum, remark: String)]) -> [String] {
    let counts = rows.map { String($0.sum.count).count }.max() ?? 0
    let sizes = rows.map(\.sum.bytesText.count).max() ?? 0
    return rows.map { row in
      let line =
        "  " + row.name.padded(to: 11) + String(row.sum.count).leftPadded(to: counts)
        + (row.sum.count == 1 ? " layer " : " layers") + "  "
        + row.sum.bytesText.leftPadded(to: sizes)
      return row.remark.isEmpty ? line : line + "   " + row.remark
    }
  }
}

extension BuildPlan {
  /// The layers of all images, those that are known to be the same once.
  var distinctLayers: [PlannedLayer] {
    var seen: Set<Digest> = []
    return images.flatMap(\.layers).filter { layer in
      layer.made.map { seen.insert($0.digest).inserted } ?? true
    }
  }
}
