import Envlock
import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

/// The same question has the same answer, byte for byte.
@Suite struct SameAnswerTests {
  private let index: TestIndex

  init() throws {
    index = try TestIndex()
    // A graph in which much has to be decided, and some of it twice.
    for number in 0..<12 {
      for version in 1...4 {
        let needs = [number + 1, number + 2, number + 5].filter { $0 < 12 }.map {
          "part-\($0)>=\(version - ($0 % 2)),<\(version + 2)"
        }
        index.add("part-\(number)", "\(version).0", needs: needs)
      }
    }
    index.add("app", "1.0", needs: ["part-0", "part-3[more]>1", "part-7<4"])
    index.add("tool", "2.0", needs: ["part-5>=2", "part-11"])
    index.add("odd", "1.0a1").add("odd", "0.9")
  }

  private func asked(_ requirements: [String], constraints: [String] = []) throws -> Manifest {
    var manifest = try manifest { $0.platforms = [.linuxAMD64, .linuxARM64] }
    manifest.requirements = try requirements.map {
      SourcedRequirement(try Requirement($0), origin: "command line")
    }
    manifest.constraints = try constraints.map {
      SourcedRequirement(try Requirement($0), origin: "constraints.txt:1")
    }
    return manifest
  }

  private func text(_ manifest: Manifest) async throws -> String {
    // A new asker has a new, empty cache.
    try await Asker(index).resolve(manifest).lock.canonicalText()
  }

  @Test func `it does not depend on the cache, on the folder or on which request comes back first`()
    async throws
  {
    let manifest = try asked(["app", "tool", "odd"])
    let first = try await text(manifest)
    for round in 1...3 {
      index.guardAll { request in
        // Another order of answers each time.
        let delay = (request.path.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF } &* round) % 17
        return request.path.hasPrefix("/simple/") ? self.slow(request, delay) : nil
      }
      #expect(try await text(manifest) == first)
    }
  }

  private func slow(_ request: TestIndex.Request, _ milliseconds: Int) -> TestIndex.Response {
    var response = index.answerUngated(request)
    response.delay = .milliseconds(milliseconds)
    return response
  }

  @Test func `it does not depend on the order of requirements and constraints`() async throws {
    let requirements = ["app", "tool", "odd", "part-2>=2", "part-2<4"]
    let constraints = ["part-4<4", "part-9<=3", "part-4>0"]
    let first = try await text(asked(requirements, constraints: constraints))
    for turn in 1..<requirements.count {
      let turned = Array(requirements[turn...] + requirements[..<turn])
      #expect(try await text(asked(turned, constraints: constraints.reversed())) == first)
      #expect(try await text(asked(turned.reversed(), constraints: constraints)) == first)
    }
  }

  @Test func `it does not depend on the order of files on a page`() async throws {
    let other = try TestIndex()
    for number in (0..<12).reversed() {
      for version in [3, 1, 4, 2] {
        let needs = [number + 1, number + 2, number + 5].filter { $0 < 12 }.map {
          "part-\($0)>=\(version - ($0 % 2)),<\(version + 2)"
        }
        other.add("part-\(number)", "\(version).0", needs: needs)
      }
    }
    other.add("app", "1.0", needs: ["part-0", "part-3[more]>1", "part-7<4"])
    let first = try await text(asked(["app"]))
    #expect(try await Asker(other).resolve(asked(["app"])).lock.canonicalText() == first)
  }

  @Test func `the lock names no host, no port, no path and no time`() async throws {
    let asker = try Asker(index)
    let text = try await asker.resolve(asked(["app"])).lock.canonicalText()
    for word in ["127.0.0.1", "\(index.server.port)", "http", "/simple", asker.folder.path, "2026-"] {
      #expect(!text.contains(word), "\(word)")
    }
    #expect(text.hasSuffix("}\n"))
  }

  @Test func `where a requirement was written does not matter`() async throws {
    let manifest = try asked(["app"])
    var elsewhere = manifest
    elsewhere.name = "another name"
    elsewhere.requirements = manifest.requirements.map {
      SourcedRequirement($0.requirement, origin: "requirements.txt:7")
    }
    #expect(try await text(elsewhere) == text(manifest))
  }
}
