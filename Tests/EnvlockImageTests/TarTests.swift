import EnvlockImage
import EnvlockTestSupport
import Foundation
import Testing

@Suite struct TarTests {
  private func archive(_ entries: [(TarEntry, [UInt8])]) -> [UInt8] {
    var bytes: [UInt8] = []
    for (entry, content) in entries {
      entry.appendHeader(to: &bytes)
      bytes += content + Array(repeating: 0, count: TarEntry.padding(after: content.count))
    }
    return bytes + Array(repeating: 0, count: TarEntry.endLength)
  }

  @Test func `a header has its fields where POSIX puts them`() throws {
    let entry = TarEntry(try ImagePath("bin/tool"), .file(size: 5), mode: 0o4755, uid: 7, gid: 8, mtime: 9)
    let header = entry.header
    #expect(header.count == 512)
    #expect(header.prefix(9) == Array("bin/tool\0".utf8)[...])
    #expect(
      String(decoding: header[100..<148], as: UTF8.self)
        == "0004755\u{0}0000007\u{0}0000010\u{0}00000000005\u{0}00000000011\u{0}")
    #expect(header[156] == UInt8(ascii: "0"))
    #expect(Array(header[257..<265]) == Array("ustar\u{0}00".utf8))
  }

  @Test(arguments: [99, 100, 101, 155, 156, 200, 255, 256, 257, 300])
  func `a path of any length is read back`(length: Int) throws {
    // With a slash every 50 bytes, and without any.
    let parts = Array(repeating: String(repeating: "d", count: 49), count: length / 50 + 1)
    let split = String(parts.joined(separator: "/").prefix(length))
    for text in [
      split.hasSuffix("/") ? String(split.dropLast()) + "x" : split,
      String(repeating: "f", count: min(length, 255)),
    ] {
      let path = try ImagePath(text)
      for kind in [TarEntry.Kind.file(size: 0), .directory] {
        let read = try TarReader.entries(archive([(TarEntry(path, kind, mode: 0o755), [])]))
        #expect(read.map(\.path) == [kind == .directory ? text + "/" : text])
      }
    }
  }

  @Test func `a path in two fields needs no pax record`() throws {
    let text = String(repeating: "p", count: 150) + "/" + String(repeating: "n", count: 100)
    #expect(TarEntry(try ImagePath(text), .file(size: 0), mode: 0o644).header.count == 512)
    #expect(TarEntry(try ImagePath(text), .directory, mode: 0o755).header.count == 3 * 512)
  }

  @Test func `what does not fit stands in sorted records of a fixed name`() throws {
    let path = try ImagePath("naïve/" + String(repeating: "x", count: 120))
    let target = String(repeating: "t", count: 101)
    var entry = TarEntry(
      path, .symbolicLink(try LinkTarget(target)), mode: 0o777, uid: 3_000_000, gid: 4_000_000_000,
      attributes: [TarAttribute(name: "user.note", value: [0, 10, 61, 255])])
    let archive = archive([(entry, [])])
    #expect(String(decoding: archive.prefix(17), as: UTF8.self) == "PaxHeaders/entry\u{0}")
    let read = try #require(try TarReader.entries(archive).first)
    #expect(read.path == path.text)
    #expect(read.link == target)
    #expect(read.uid == 3_000_000)
    #expect(read.gid == 4_000_000_000)
    #expect(
      read.records.keys.sorted() == ["SCHILY.xattr.user.note", "gid", "linkpath", "path", "uid"])
    #expect(read.records["SCHILY.xattr.user.note"] == [0, 10, 61, 255])
    // A size that the field cannot tell: 8 GiB.
    entry.kind = .file(size: 1 << 33)
    #expect(String(decoding: entry.header[512..<1024], as: UTF8.self).contains(" size=8589934592\n"))
    entry.kind = .file(size: 1 << 33 - 1)
    #expect(!String(decoding: entry.header[512..<1024], as: UTF8.self).contains("size="))
  }

  @Test func `the length of a record counts its own digits`() throws {
    // Around 10 and 100 and 1000, where one digit more makes the record longer.
    for length in Array(1...12) + Array(80...110) + Array(980...1000) {
      let attribute = TarAttribute(name: "a", value: Array(repeating: 65, count: length))
      let entry = TarEntry(try ImagePath("f"), .file(size: 0), mode: 0o644, attributes: [attribute])
      let read = try TarReader.entries(archive([(entry, [])]))
      #expect(read.first?.records["SCHILY.xattr.a"]?.count == length)
    }
  }

  @Test func `the system's tar reads what was written`() throws {
    var random = SplitMix64(seed: 11)
    let letters = Array("abcdefghij_-. äß漢🙂")
    for _ in 0..<6 {
      var entries: [(TarEntry, [UInt8])] = []
      for number in 0..<12 {
        let parts = (0..<Int.random(in: 1...4, using: &random)).map { _ in
          String(
            (0..<Int.random(in: 1...60, using: &random)).map { _ in
              letters.randomElement(using: &random) ?? "a"
            })
        }
        let path = try ImagePath("\(number)" + parts.joined(separator: "/x"))
        let content = (0..<Int.random(in: 0...1500, using: &random)).map { _ in
          UInt8.random(in: 0...255, using: &random)
        }
        entries.append((TarEntry(path, .file(size: content.count), mode: 0o640), content))
        let link = try ImagePath("link\(number)")
        entries.append((TarEntry(link, .symbolicLink(try LinkTarget("/" + path.text)), mode: 0o777), []))
        entries.append((TarEntry(try ImagePath("hard\(number)"), .hardLink(path), mode: 0o640), []))
      }
      let bytes = archive(entries)
      let read = try TarReader.entries(bytes)
      #expect(read.map(\.path) == entries.map(\.0.path.text))
      #expect(read.map(\.content) == entries.map(\.1))
      try Programs.withFolder { folder in
        try Data(bytes).write(to: folder.appendingPathComponent("a.tar"))
        let out = folder.appendingPathComponent("out")
        try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
        #expect(try Programs.run("tar", ["-xf", "../a.tar"], in: out) != nil)
        for (entry, content) in entries {
          let file = out.appendingPathComponent(entry.path.text).path
          switch entry.kind {
          case .symbolicLink(let target):
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: file) == target.text)
          case .hardLink, .directory: break
          case .file: #expect(FileManager.default.contents(atPath: file).map { Array($0) } == content)
          }
        }
      }
    }
  }
}

@Suite struct ImagePathTests {
  @Test(arguments: [
    ("", PathProblem.empty), ("/a", .absolute), ("a//b", .notPlain), ("a/", .notPlain), ("./a", .notPlain),
    ("a/./b", .notPlain), ("..", .parent), ("a/../b", .parent), ("a\nb", .control),
    ("a\u{0}", .control), (".wh.a", .whiteout), ("a/.wh..wh..opq", .whiteout),
    (String(repeating: "a", count: 256), .tooLong),
  ])
  func `what is no path is refused`(text: String, problem: PathProblem) {
    #expect(throws: problem) { try ImagePath(text) }
  }

  @Test(arguments: ["a", "a b/c", "...", "..a/b..", ".what", "ä/漢", "a\\x2db", ".w/.wh"])
  func `what is a path is taken as it is`(text: String) throws {
    #expect(try ImagePath(text).text == text)
  }

  @Test func `two Unicode forms are two paths, in the order of their bytes`() throws {
    let composed = try ImagePath("caf\u{E9}")
    let decomposed = try ImagePath("cafe\u{301}")
    #expect(composed != decomposed)
    #expect(decomposed < composed)
    #expect(try composed < composed.appending("x"))
  }
}
