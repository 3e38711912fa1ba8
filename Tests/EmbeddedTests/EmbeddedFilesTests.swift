import EnvlockData
import EnvlockModel
import Testing

@Suite struct EmbeddedFilesTests {
  @Test func `compiles in every file of matrices and templates, byte for byte`() throws {
    let paths = Repository.files(in: "matrices") + Repository.files(in: "templates")
    #expect(embeddedPaths == paths)
    for path in paths {
      // Not #expect on the bytes: it would print them.
      let isEqual = try embeddedFile(path) == Repository.bytes(path)
      #expect(isEqual, "\(path) differs from the copy that is compiled in")
    }
    #expect(embeddedFile("matrices/none.json") == nil)
  }

  @Test func `is a matrix in which every row is whole`() throws {
    var files: [String: [UInt8]] = [:]
    for name in Matrix.embedded.fileNames { files[name] = Matrix.embedded.bytes(of: name) }
    #expect(files.count == 14)
    _ = try Matrix(files: files)
  }

  @Test func `keeps hosts in indexes alone`() throws {
    for path in embeddedPaths where path.hasPrefix("matrices/") && path != "matrices/indexes.json" {
      let text = String(decoding: embeddedFile(path) ?? [], as: UTF8.self)
      #expect(!text.contains("://"), "\(path) names a host")
    }
  }

  @Test func `keeps one row on a line`() throws {
    for name in Matrix.embedded.fileNames {
      let text = String(decoding: Matrix.embedded.bytes(of: name) ?? [], as: UTF8.self)
      for line in text.split(separator: "\n") where line.hasPrefix("    {") {
        #expect(line.hasSuffix("}") || line.hasSuffix("},"), "\(name): \(line.prefix(60))")
      }
      #expect(text.hasSuffix("}\n"))
      #expect(!text.contains("\t") && !text.contains("\r"))
    }
  }
}
