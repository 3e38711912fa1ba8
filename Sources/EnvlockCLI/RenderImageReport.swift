import Envlock
import EnvlockModel

/// A picture of images: where their bytes are. One file, without scripts and without anything from elsewhere.
enum RenderImageReport {
  /// The picture as an SVG document, or as an HTML page with a table below each drawing.
  static func text(_ picture: ImagePicture, _ kind: ReportFile.Kind) -> String {
    switch kind {
    case .svg: svg(picture)
    case .html: html(picture)
    }
  }

  /// Inside of each drawing, so that it keeps its looks when it is taken out of its page. The colours are named at each
  /// place, not by variables, which viewers of SVG beside browsers do not know.
  private static let style = """
    text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: #1c2128; }
    .head { font-size: 17px; font-weight: 600; }
    .end { text-anchor: end; }
    .soft { fill: #59636e; }
    .rest { fill: #7d8793; }
    .rail { fill: #eef0f3; }
    text.on { fill: #fff; font-weight: 600; }
    text.on.size { font-weight: 400; }
    """
  private static let darkStyle = """
    text { fill: #e6e8eb; }
    .soft { fill: #9aa4af; }
    .rail { fill: #262c34; }
    """

  // MARK: SVG

  private static func svg(_ picture: ImagePicture) -> String {
    var body = ""
    var y = 28.0
    var drawings: [(offset: Double, drawing: ImageDrawing)] = []
    let margin = 28.0
    if let digest = picture.digest {
      body += "<text class=\"soft\" x=\"28\" y=\"\(SVG.number(y + 44))\">\(digest)</text>\n"
    }
    body += "<text class=\"head\" x=\"28\" y=\"\(SVG.number(y + 16))\">\(SVG.escaped(picture.title))</text>\n"
    y += picture.digest == nil ? 48 : 76
    for image in picture.images {
      let drawing = ImageDrawing(image)
      drawings.append((y, drawing))
      y += drawing.height + 36
    }
    for (offset, drawing) in drawings {
      body += "<g transform=\"translate(28 \(SVG.number(offset)))\">\n\(drawing.body)</g>\n"
    }
    if let marks = marks(picture) {
      body += "<text class=\"soft\" x=\"28\" y=\"\(SVG.number(y - 8))\">\(marks)</text>\n"
      y += 20
    }
    let (width, height) = (ImageDrawing.width + 2 * margin, y)
    return """
      <svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title description" \
      viewBox="0 0 \(SVG.number(width)) \(SVG.number(height))" width="\(SVG.number(width))" \
      height="\(SVG.number(height))">
      <title id="title">\(SVG.escaped(picture.title))</title>
      <desc id="description">\(SVG.escaped(description(picture)))</desc>
      <style>
      .ground { fill: #fff; }
      \(style)
      @media (prefers-color-scheme: dark) {
      .ground { fill: #15181d; }
      \(darkStyle)
      }
      </style>
      <rect class="ground" width="100%" height="100%"/>
      \(body)</svg>

      """
  }

  /// What the mark before a size means; nil where none has it.
  private static func marks(_ picture: ImagePicture) -> String? {
    picture.images.allSatisfy { $0.layers.allSatisfy(\.isSizeExact) }
      ? nil : "~ is the size of what a layer is made from; its own is known when it is made."
  }

  private static func description(_ picture: ImagePicture) -> String {
    picture.images.map(description).joined(separator: " ")
  }

  /// "linux/amd64: 22 layers, 3.1 GB. base 43 MB, wheels 3.0 GB. The largest: torch 2.9.1, 858 MB."
  private static func description(_ image: ImagePicture.Image) -> String {
    let strata = image.strata.map { "\($0.stratum.caption) \(LayerSum($0.layers).bytesText)" }
    let largest = image.bySize.prefix(3).map { "\($0.title) \($0.sizeText)" }
    return "\(image.platform): \(image.sum.countText), \(image.sum.bytesText). "
      + "\(strata.joined(separator: ", ")). The largest: \(largest.joined(separator: ", "))."
  }

  // MARK: HTML

  private static func html(_ picture: ImagePicture) -> String {
    let title = SVG.escaped(picture.title)
    let digest = picture.digest.map { "<p class=\"digest\"><code>\($0)</code></p>\n" } ?? ""
    let marks = marks(picture).map { "<p class=\"note\">\($0)</p>\n" } ?? ""
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(title)</title>
      <style>
      :root { --ground: #fff; --ink: #1c2128; --soft: #59636e; --rail: #e3e6ea; }
      @media (prefers-color-scheme: dark) { \
      :root { --ground: #15181d; --ink: #e6e8eb; --soft: #9aa4af; --rail: #262c34; } }
      body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.5rem 4rem; background: var(--ground); \
      color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
      h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; }
      section { margin-top: 2.5rem; }
      .digest, .note { margin: .25rem 0 0; color: var(--soft); overflow-wrap: anywhere; }
      svg { display: block; width: 100%; height: auto; }
      .scroll { overflow-x: auto; margin-top: 1.5rem; }
      table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
      caption { text-align: left; color: var(--soft); padding-bottom: .4rem; }
      th, td { padding: .35rem 1rem .35rem 0; text-align: left; vertical-align: top; }
      thead th { color: var(--soft); font-weight: 500; border-bottom: 1px solid var(--soft); }
      tbody tr + tr > * { border-top: 1px solid var(--rail); }
      tbody th { font-weight: 500; }
      .number { text-align: right; white-space: nowrap; }
      .dot { display: inline-block; width: .7em; height: .7em; border-radius: 2px; margin-right: .5em; }
      .stratum { white-space: nowrap; }
      details { color: var(--soft); }
      summary { cursor: pointer; }
      </style>
      </head>
      <body>
      <h1>\(title)</h1>
      \(digest)\(picture.images.enumerated().map { section($1, number: $0 + 1) }.joined())\(marks)</body>
      </html>

      """
  }

  private static func section(_ image: ImagePicture.Image, number: Int) -> String {
    let drawing = ImageDrawing(image)
    let rows = image.layers.map { row($0, of: image) }.joined()
    let size = "\(SVG.number(ImageDrawing.width)) \(SVG.number(drawing.height))"
    return """
      <section>
      <svg role="img" aria-labelledby="title-\(number) description-\(number)" viewBox="0 0 \(size)">
      <title id="title-\(number)">\(image.platform)</title>
      <desc id="description-\(number)">\(SVG.escaped(description(image)))</desc>
      <style>
      \(style)
      @media (prefers-color-scheme: dark) {
      \(darkStyle)
      }
      </style>
      \(drawing.body)</svg>
      <div class="scroll">
      <table>
      <caption>Layers of \(image.platform), the lowest first</caption>
      <thead><tr><th scope="col">stratum</th><th scope="col">layer</th><th scope="col" class="number">size</th>\
      <th scope="col" class="number">share</th><th scope="col">digest</th></tr></thead>
      <tbody>
      \(rows)</tbody>
      </table>
      </div>
      </section>

      """
  }

  private static func row(_ layer: PlannedLayer, of image: ImagePicture.Image) -> String {
    let digest = layer.made.map { "<code title=\"\($0.digest)\">\($0.digest.hex.prefix(12))</code>" } ?? ""
    let dot = "<span class=\"dot\" style=\"background: \(layer.stratum.colour)\"></span>"
    return "<tr><td class=\"stratum\">\(dot)\(layer.stratum.caption)</td>"
      + "<th scope=\"row\">\(SVG.escaped(layer.title))\(contents(layer))</th>"
      + "<td class=\"number\">\(layer.sizeText)</td>"
      + "<td class=\"number\">\(layer.shownSize.map(image.share) ?? "")</td><td>\(digest)</td></tr>\n"
  }

  /// What is in a layer of several things, folded away.
  private static func contents(_ layer: PlannedLayer) -> String {
    guard layer.parts.count > 1 else { return "" }
    let parts = layer.parts.map { part in
      SVG.escaped(part.version.isEmpty ? part.name : "\(part.name) \(part.version)")
    }
    return "<details><summary>\(layer.parts.count) in it</summary>\(parts.joined(separator: ", "))</details>"
  }
}
