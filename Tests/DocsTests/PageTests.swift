import ArgumentParser
import EnvlockManifest
import Foundation
import Testing

@testable import EnvlockCLI

/// What the pages say beside commands.
@Suite struct PageTests {
  private let pages: [MarkdownPage]

  init() throws { pages = try MarkdownPage.all() }

  /// A path without "." and "..".
  private func path(_ target: String, from page: MarkdownPage) -> String {
    let folder = page.path.split(separator: "/").dropLast()
    return (folder + target.split(separator: "/")).reduce(into: [Substring]()) { parts, part in
      if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
    }.joined(separator: "/")
  }

  @Test func `links lead somewhere`() {
    for page in pages {
      for link in page.links where !link.text.contains("://") {
        let parts = link.text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let target = parts[0].isEmpty ? page.path : path(String(parts[0]), from: page)
        #expect(
          FileManager.default.fileExists(atPath: "\(MarkdownPage.root)/\(target)"),
          "\(page.path):\(link.line): \(link.text)")
        guard parts.count == 2, let there = pages.first(where: { $0.path == target }) else { continue }
        #expect(there.anchors.contains(String(parts[1])), "\(page.path):\(link.line): \(link.text)")
      }
    }
  }

  @Test func `every page is found from the README`() {
    var found: Set<String> = []
    var waiting = ["README.md"]
    while let next = waiting.popLast() {
      guard found.insert(next).inserted, let page = pages.first(where: { $0.path == next }) else { continue }
      waiting += page.links.map { path(String($0.text.prefix { $0 != "#" }), from: page) }
    }
    #expect(pages.map(\.path).filter { !found.contains($0) } == [])
  }

  @Test func `the reference of the command line is what help says`() throws {
    let path = MarkdownPage.root + "/docs/cli.md"
    let text = CommandReference(try CommandDescription.program()).text
    if ProcessInfo.processInfo.environment["ENVLOCK_RECORD"] == "1" {
      try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
      Issue.record("recorded docs/cli.md")
    }
    #expect(try text == String(contentsOfFile: path, encoding: .utf8), "record it with ENVLOCK_RECORD=1")
  }

  @Test(arguments: ["manifest", "lock"])
  func `the tables of a reference are those of the schema`(name: String) throws {
    let tables = try SchemaTables(name)
    let text = try String(contentsOfFile: "\(MarkdownPage.root)/docs/\(name).md", encoding: .utf8)
    let written = Set(text.split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init))
    let rows = name == "manifest" ? tables.manifestRows() : tables.lockRows()
    #expect(rows.subtracting(written).sorted() == [])
    #expect(written.subtracting(rows).sorted() == [])
  }

  @Test func `examples of manifests are manifests`() throws {
    for page in pages {
      for block in page.blocks where block.kind == "toml" {
        let files = FileReader { _ throws(FileFault) in Array(block.text.utf8) }
        #expect(throws: Never.self, "\(page.path):\(block.line)") {
          _ = try ManifestReader(files: files).read("envlock.toml")
        }
      }
    }
  }

  @Test func `every command's help has an example`() throws {
    for command in try CommandDescription.program().all {
      #expect(!command.examples.isEmpty, "\(command.path)")
      for line in command.examples {
        // Longer lines would be wrapped.
        #expect(line.count <= 78, "\(line)")
        #expect(!ShellLine(line).envlock.isEmpty, "\(line)")
      }
    }
  }
}
