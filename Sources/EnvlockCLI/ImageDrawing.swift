import Envlock
import EnvlockModel

/// The drawing of one image: a bar of all layers from the lowest to the highest, what its colours mean, and the largest
/// layers by size below each other.
struct ImageDrawing {
  /// How wide a drawing is, in units of SVG.
  static let width = 904.0
  /// How many layers are named one by one.
  static let largest = 12

  private static let barHeight = 56.0
  private static let rowHeight = 26.0
  private static let labelWidth = 300.0
  private static let valueWidth = 150.0
  /// What a character takes, at most, of text of 13 pixels.
  private static let characterWidth = 7.4

  /// How high it is.
  let height: Double
  /// Its elements, a line each.
  let body: String

  init(_ image: ImagePicture.Image) {
    var body =
      "<text class=\"head\" x=\"0\" y=\"16\">\(image.platform)</text>\n"
      + "<text class=\"end\" x=\"\(SVG.number(Self.width))\" y=\"16\">"
      + "\(image.sum.bytesText) in \(image.sum.countText)</text>\n"
    body += Self.bar(image, y: 32)
    var y = 32 + Self.barHeight + 26
    body += Self.legend(image, y: &y)
    body += Self.ranking(image, y: &y)
    self.body = body
    height = y
  }

  // MARK: the bar

  private static func bar(_ image: ImagePicture.Image, y: Double) -> String {
    let total = Double(image.sum.bytes)
    let count = Double(image.layers.count)
    // A layer that is next to nothing is still seen.
    let least = count > 0 ? min(2.5, width * 0.2 / count) : 0
    var x = 0.0
    var body = ""
    for layer in image.layers {
      let share = total > 0 ? Double(layer.shownSize ?? 0) / total : 1 / count
      let wide = least + share * (width - least * count)
      let shown = max(wide - 1, wide / 2)
      body += "<g><title>\(SVG.escaped("\(layer.title), \(layer.sizeText)"))</title>"
      body +=
        "<rect x=\"\(SVG.number(x))\" y=\"\(SVG.number(y))\" width=\"\(SVG.number(shown))\" "
        + "height=\"\(SVG.number(barHeight))\" rx=\"\(shown > 8 ? "3" : "0")\" fill=\"\(layer.stratum.colour)\"/>"
      body += label(layer, x: x, y: y, width: shown) + "</g>\n"
      x += wide
    }
    return body
  }

  /// The name and the size on a piece of the bar that is wide enough.
  private static func label(_ layer: PlannedLayer, x: Double, y: Double, width: Double) -> String {
    let room = Int((width - 16) / characterWidth)
    // A name without its version says more than half of a name.
    let names = [layer.title, layer.title.split(separator: " ").first.map(String.init) ?? ""]
    guard let name = names.first(where: { !$0.isEmpty && $0.count <= room }) else { return "" }
    let size = layer.sizeText.count <= room ? layer.sizeText : ""
    return
      "<text class=\"on\" x=\"\(SVG.number(x + 8))\" y=\"\(SVG.number(y + 24))\">\(SVG.escaped(name))</text>"
      + "<text class=\"on size\" x=\"\(SVG.number(x + 8))\" y=\"\(SVG.number(y + 42))\">\(size)</text>"
  }

  // MARK: the legend

  private static func legend(_ image: ImagePicture.Image, y: inout Double) -> String {
    var body = ""
    var x = 0.0
    for (stratum, layers) in image.strata {
      let sum = LayerSum(layers)
      let text = "\(stratum.caption)  \(sum.bytesText)"
      let wide = 18 + Double(text.count) * characterWidth + 18
      if x > 0, x + wide > width {
        x = 0
        y += rowHeight
      }
      body +=
        "<rect x=\"\(SVG.number(x))\" y=\"\(SVG.number(y - 11))\" width=\"12\" height=\"12\" rx=\"2\" "
        + "fill=\"\(stratum.colour)\"/><text x=\"\(SVG.number(x + 18))\" y=\"\(SVG.number(y))\">"
        + "\(stratum.caption) <tspan class=\"soft\">\(sum.bytesText)</tspan></text>\n"
      x += wide
    }
    y += rowHeight + 8
    return body
  }

  // MARK: the largest

  private static func ranking(_ image: ImagePicture.Image, y: inout Double) -> String {
    let layers = image.bySize
    // One that is left over is named as well.
    let shown = layers.count <= largest + 1 ? layers[...] : layers.prefix(largest)
    let rest = layers.dropFirst(shown.count)
    let greatest = Double(max(1, layers.first?.shownSize ?? 1, LayerSum(rest).bytes))
    var body = ""
    func row(_ name: String, _ bytes: Int?, _ text: String, _ fill: String) {
      let room = width - labelWidth - valueWidth
      let wide = max(bytes == nil ? 0 : 1.5, Double(bytes ?? 0) / greatest * room)
      let share = bytes.map { image.share($0) } ?? ""
      body +=
        "<text x=\"0\" y=\"\(SVG.number(y))\">\(SVG.escaped(name.cut(to: Int(labelWidth / characterWidth) - 1)))</text>"
        + "<rect class=\"rail\" x=\"\(SVG.number(labelWidth))\" y=\"\(SVG.number(y - 11))\" "
        + "width=\"\(SVG.number(room))\" height=\"14\" rx=\"2\"/>"
        + "<rect x=\"\(SVG.number(labelWidth))\" y=\"\(SVG.number(y - 11))\" width=\"\(SVG.number(wide))\" "
        + "height=\"14\" rx=\"2\" \(fill)/>"
        + "<text class=\"end\" x=\"\(SVG.number(width - 68))\" y=\"\(SVG.number(y))\">\(text)</text>"
        + "<text class=\"end soft\" x=\"\(SVG.number(width))\" y=\"\(SVG.number(y))\">\(SVG.escaped(share))</text>\n"
      y += rowHeight
    }
    for layer in shown {
      row(layer.title, layer.shownSize, layer.sizeText, "fill=\"\(layer.stratum.colour)\"")
    }
    if !rest.isEmpty {
      let sum = LayerSum(rest)
      row("\(sum.count) more layers", sum.bytes, sum.bytesText, "class=\"rest\"")
    }
    y -= rowHeight - 8
    return body
  }
}
