import Envlock
import EnvlockModel
import EnvlockTestSupport
import Foundation
import Testing

@testable import EnvlockCLI

@Suite struct ImageReportTests {
  private func picture(isMade: Bool = true) throws -> ImagePicture {
    ImagePicture(
      title: "lab/resnet:1", digest: isMade ? try digest(0xC0) : nil,
      images: [ImagePicture.Image(platform: .linuxAMD64, layers: try torchLayers(isMade: isMade))])
  }

  @Test func `a drawing of an image`() throws {
    try expectGolden(RenderImageReport.text(try picture(), .svg), "image-report.svg")
  }

  @Test func `a page with a table below`() throws {
    try expectGolden(RenderImageReport.text(try picture(), .html), "image-report.html")
  }

  @Test func `several images of a plan are below each other`() throws {
    var picture = try picture(isMade: false)
    picture = ImagePicture(
      title: picture.title, digest: nil,
      images: picture.images + [ImagePicture.Image(platform: .linuxARM64, layers: try carriedLayers())])
    try expectGolden(RenderImageReport.text(picture, .svg), "image-report-plan.svg")
    try expectGolden(RenderImageReport.text(picture, .html), "image-report-plan.html")
  }

  @Test func `text of others is text`() throws {
    let odd = "<script>\"&'\u{1B}]0;"
    let layers = [try layer(.wheels, odd, 1, size: 10_000_000, [part(odd, odd, 5), part("b", "", nil)])]
    let picture = ImagePicture(
      title: odd, digest: nil, images: [ImagePicture.Image(platform: .linuxAMD64, layers: layers)])
    for kind in [ReportFile.Kind.svg, .html] {
      let text = RenderImageReport.text(picture, kind)
      #expect(
        !text.contains("<script") && !text.contains("\u{1B}")
          && text.contains("&lt;script&gt;&quot;&amp;&#39;"))
    }
    #expect(try isWellFormed(RenderImageReport.text(picture, .svg)))
  }

  @Test func `drawings of any layers are well formed, and nothing stands out of them`() throws {
    var random = SplitMix64(seed: 7)
    for count in [0, 1, 2, 13, 14, 127] {
      let layers = try (0..<count).map { place in
        try layer(
          LayerStratum.allCases.randomElement(using: &random) ?? .wheels, "layer \(place)",
          Bool.random(using: &random) ? UInt8(place) : nil,
          size: Int.random(in: 0...3_000_000_000, using: &random))
      }
      let image = ImagePicture.Image(platform: .linuxAMD64, layers: layers)
      #expect(
        try isWellFormed(
          RenderImageReport.text(ImagePicture(title: "x", digest: nil, images: [image]), .svg)))
      let drawing = ImageDrawing(image)
      for line in drawing.body.split(separator: "<rect ").dropFirst() {
        let x = number("x", line)
        #expect(x >= 0 && x + number("width", line) <= ImageDrawing.width + 0.2)
        #expect(number("y", line) + number("height", line) <= drawing.height)
      }
    }
  }

  private func number(_ name: String, _ text: Substring) -> Double {
    guard let start = text.firstRange(of: "\(name)=\"") else { return -1 }
    return Double(text[start.upperBound...].prefix { $0 != "\"" }) ?? -1
  }

  /// Whether every element is closed by its own end.
  private func isWellFormed(_ text: String) throws -> Bool {
    var open: [Substring] = []
    for tag in text.split(separator: "<").dropFirst(text.hasPrefix("<") ? 0 : 1) {
      let name = tag.prefix { $0 != ">" && $0 != " " && $0 != "/" }
      if tag.hasPrefix("/") {
        guard open.popLast() == tag.dropFirst().prefix(while: { $0 != ">" }) else { return false }
      } else if !tag.prefix(while: { $0 != ">" }).hasSuffix("/") {
        open.append(name)
      }
    }
    return open.isEmpty
  }
}
