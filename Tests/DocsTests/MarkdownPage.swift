import Foundation
import Testing

/// A page of the documentation, as far as its tests read Markdown.
struct MarkdownPage: Sendable {
  /// A fenced block.
  struct Block: Sendable {
    /// The line of its first fence.
    let line: Int
    /// What stands behind the fence: "console", "toml".
    let kind: String
    /// What is between the fences, without the fence's own indentation.
    let lines: [String]

    var text: String { lines.joined(separator: "\n") + "\n" }
  }

  /// A piece of text with the line on which it begins.
  struct Piece: Sendable {
    let line: Int
    let text: String
  }

  /// The path from the top of the repository: "docs/build.md".
  let path: String
  private(set) var blocks: [Block] = []
  /// What stands between backquotes, a line break counted as a space.
  private(set) var spans: [Piece] = []
  /// The targets of links.
  private(set) var links: [Piece] = []
  /// The texts of headings.
  private(set) var headings: [String] = []

  /// Reads a page.
  init(_ path: String, text: String) {
    self.path = path
    var open: (line: Int, kind: String, indent: Int, lines: [String])?
    var prose: [(line: Int, text: String)] = []
    for (place, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let bare = line.drop { $0 == " " }
      if bare.hasPrefix("```") {
        if let block = open {
          blocks.append(Block(line: block.line, kind: block.kind, lines: block.lines))
          open = nil
        } else {
          flush(&prose)
          open = (place + 1, String(bare.dropFirst(3)), line.count - bare.count, [])
        }
      } else if let indent = open?.indent {
        open?.lines.append(
          String(line.prefix(indent).allSatisfy { $0 == " " } ? line.dropFirst(indent) : line))
      } else if bare.isEmpty {
        flush(&prose)
      } else {
        if line.hasPrefix("#") { headings.append(String(line.drop { $0 == "#" }.drop { $0 == " " })) }
        prose.append((place + 1, String(bare)))
      }
    }
    flush(&prose)
  }

  /// Takes spans and links out of a paragraph, and empties it.
  private mutating func flush(_ prose: inout [(line: Int, text: String)]) {
    let text = prose.map(\.text).joined(separator: "\n")
    let first = prose.first?.line ?? 1
    prose = []
    func line(_ index: String.Index) -> Int { first + text[..<index].count { $0 == "\n" } }
    var isCode = false
    var start = text.startIndex
    for index in text.indices where text[index] == "`" {
      if isCode {
        spans.append(Piece(line: line(start), text: String(text[start..<index]).replacing("\n", with: " ")))
      }
      isCode.toggle()
      start = text.index(after: index)
    }
    var rest = text[...]
    while let opening = rest.firstRange(of: "](") {
      rest = rest[opening.upperBound...]
      guard let end = rest.firstIndex(of: ")") else { break }
      links.append(Piece(line: line(rest.startIndex), text: String(rest[..<end])))
    }
  }

  /// What GitHub calls the places of headings: "Exit codes" is "exit-codes".
  var anchors: Set<String> {
    Set(
      headings.map { heading in
        String(heading.lowercased().filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" })
          .replacing(" ", with: "-")
      })
  }
}

extension MarkdownPage {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  /// The README and every page in `docs`.
  static func all() throws -> [MarkdownPage] {
    let folder = root + "/docs"
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".md") }
    return try (["README.md"] + names.sorted().map { "docs/" + $0 }).map { path in
      MarkdownPage(path, text: try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8))
    }
  }
}

extension MarkdownPage: CustomTestStringConvertible {
  var testDescription: String { path }
}
