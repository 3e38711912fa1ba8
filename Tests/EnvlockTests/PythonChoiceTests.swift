import Envlock
import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

/// The Python of a manifest that names none.
@Suite struct PythonChoiceTests {
  private let index: TestIndex
  private let asker: Asker

  init() throws {
    index = try TestIndex()
    asker = try Asker(index)
  }

  private func python(_ requirements: String, change: (inout Manifest) throws -> Void = { _ in }) async throws
    -> String
  {
    let manifest = try manifest(requirements) {
      $0.python = nil
      try change(&$0)
    }
    return try await asker.resolve(manifest).lock.platforms.first?.python.description ?? "none"
  }

  private func add(_ name: String, _ version: String, needs: [String] = [], pythons: String...) {
    for python in pythons {
      index.add(name, version, needs: needs, tag: "cp\(python)-cp\(python)-manylinux_2_28_x86_64")
    }
  }

  @Test func `it is the newest that what is required has wheels for`() async throws {
    add("native", "1.0", pythons: "310", "311", "312")
    #expect(try await python("native") == "3.12")
  }

  @Test func `it is the newest that has a solution, down to what is needed by what is required`() async throws
  {
    add("native", "1.0", needs: ["deep"], pythons: "310", "311", "312")
    add("deep", "1.0", pythons: "310", "311")
    #expect(try await python("native") == "3.11")
  }

  @Test func `an older release does not stand in for a newer Python`() async throws {
    // Another choice would be native 0.9 on Python 3.12: the newest Python counts, as documented.
    add("native", "1.0", pythons: "310")
    add("native", "0.9", pythons: "312")
    #expect(try await python("native") == "3.12")
  }

  @Test func `requires-python of the project bounds it`() async throws {
    add("native", "1.0", pythons: "310", "311", "312")
    #expect(
      try await python("native") { $0.requiresPython = try SpecifierSet("<3.12") } == "3.11")
  }

  @Test func `the Python of a lock is given up where requires-python forbids it`() async throws {
    add("native", "1.0", pythons: "310", "312")
    let open = try manifest("native") { $0.python = nil }
    let first = try await asker.resolve(open).lock
    let bounded = try manifest("native") {
      $0.python = nil
      $0.requiresPython = try SpecifierSet("<3.12")
    }
    let second = try await asker.resolve(bounded, previous: first).lock
    #expect(second.platforms.first?.python.description == "3.10")
    let none = try await asker.failure(
      manifest("native") {
        $0.python = nil
        $0.requiresPython = try SpecifierSet("<3")
      })
    #expect(none.message == "no Python that is known is <3")
  }

  @Test func `requirements for other systems and Pythons do not count`() async throws {
    add("native", "1.0", pythons: "311", "312")
    add("backport", "1.0", pythons: "38")
    index.serve("/simple/windows-only/") { _ in .text("oops", status: 500) }
    let asked = try manifest(
      "native", "windows-only; sys_platform == 'win32'", "backport; python_version < '3.9'"
    ) { $0.python = nil }
    let answer = try #require(try await asker.resolve(asked).lock.platforms.first)
    #expect(answer.python.description == "3.12")
    #expect(answer.summary == "native 1.0")
    #expect(index.server.count("/simple/windows-only/") == 0)
  }

  @Test func `free-threaded Pythons are taken only where they are named`() async throws {
    add("native", "1.0", pythons: "312")
    index.add("native", "1.0", tag: "cp313-cp313t-manylinux_2_28_x86_64")
    #expect(try await python("native") == "3.12")
    let named = try manifest("native") { $0.python = try PythonVersion("3.13t") }
    #expect(
      try await asker.resolve(named).lock.platforms.first?.wheels.first?.fileName
        == "native-1.0-cp313-cp313t-manylinux_2_28_x86_64.whl")
  }

  @Test func `where no Python will do, the error says what the newest one lacks`() async throws {
    add("native", "1.0", needs: ["missing"], pythons: "311", "312")
    let error = try await asker.failure(manifest("native") { $0.python = nil })
    #expect(error.kind == .answerIsNo)
    #expect(error.message.contains("Python 3.12"))
    #expect(error.details.joined(separator: " ").contains("no index has a project named missing"))
  }

  @Test func `a project that no index has, or that has no wheels, is said to be the reason`() async throws {
    let unknown = try await asker.failure(manifest("nosuch") { $0.python = nil })
    #expect(unknown.kind == .answerIsNo)
    #expect(unknown.details.joined(separator: " ").contains("no index has a project named nosuch"))
    index.add("source", "1.0", tag: nil)
    let source = try await asker.failure(manifest("source") { $0.python = nil })
    #expect(source.details.joined(separator: " ").contains("source 1.0 has no wheels"))
    #expect(source.hints.joined(separator: " ").contains("`--build-sdist source` builds a wheel"))
  }
}
