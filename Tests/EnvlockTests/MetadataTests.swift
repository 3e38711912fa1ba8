import Envlock
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import EnvlockVersions
import Testing

/// How METADATA is got: beside the wheel, or from the wheel's end; never by fetching a wheel whole.
@Suite struct MetadataTests {
  private let index: TestIndex
  private let asker: Asker

  init() throws {
    index = try TestIndex()
    asker = try Asker(index)
  }

  /// An application with five libraries, all of them told of in the same way.
  private func fill(_ metadata: TestIndex.Metadata, isSized: Bool = true) {
    func set(_ file: inout TestIndex.File) {
      file.metadata = metadata
      file.isSized = isSized
      file.padding = 300_000
    }
    index.add("app", "1.0", needs: (1...5).map { "lib\($0)" }, set)
    for number in 1...5 { index.add("lib\(number)", "1.0", set) }
  }

  private static let all = "app 1.0, lib1 1.0, lib2 1.0, lib3 1.0, lib4 1.0, lib5 1.0"

  @Test func `an announced file is fetched, and the wheel is not touched`() async throws {
    fill(.announced)
    #expect(try await asker.chosen(manifest("app")) == Self.all)
    #expect(index.wheelRequests.isEmpty)
    #expect(index.paths.count { $0.hasSuffix(".metadata") } == 6)
  }

  @Test func `a file that nobody announced is found`() async throws {
    fill(.unannounced)
    #expect(try await asker.chosen(manifest("app")) == Self.all)
    #expect(index.wheelRequests.isEmpty)
  }

  @Test func `a page that says “not found” with status 200 is not taken for METADATA`() async throws {
    fill(.none)
    index.guardAll { request in
      request.path.hasSuffix(".metadata") ? .text("<html>Not found</html>", type: "text/html") : nil
    }
    #expect(try await asker.chosen(manifest("app")) == Self.all)
    #expect(index.wheelRequests.count == 6)
  }

  @Test func `where an announced file is missing, the wheel's end is read`() async throws {
    fill(.announcedOnly)
    #expect(try await asker.chosen(manifest("app")) == Self.all)
    #expect(index.wheelRequests.count == 6)
  }

  @Test(arguments: [true, false])
  func `a wheel is read from its end, by one range a request, and never whole`(isSized: Bool) async throws {
    fill(.none, isSized: isSized)
    #expect(try await asker.chosen(manifest("app")) == Self.all)
    let requests = index.wheelRequests
    #expect(requests.count == 6)
    for request in requests {
      let range = try #require(request["range"], "\(request.path) was asked for whole")
      #expect(!range.contains(","))
      if range.hasPrefix("bytes=-") {
        #expect(Int(range.dropFirst(7)) ?? .max <= 1 << 16)
      } else {
        let ends = range.dropFirst(6).split(separator: "-").compactMap { Int($0) }
        #expect(ends.count == 2 && ends[1] - ends[0] < 1 << 16)
      }
    }
    // The index is asked for files beside wheels a few times, not for each.
    #expect(index.paths.count { $0.hasSuffix(".metadata") } <= 6)
  }

  @Test func `a server that knows no ranges counted from the end is asked in another way`() async throws {
    fill(.none, isSized: false)
    index.guardAll { request in
      guard let range = request["range"], range.hasPrefix("bytes=-") else { return nil }
      return .init(status: 416)
    }
    #expect(try await asker.chosen(manifest("app")) == Self.all)
    #expect(index.wheelRequests.allSatisfy { $0.method == "HEAD" || $0["range"] != nil })
  }

  @Test func `a large wheel on a server without ranges is not fetched, and the error says so`() async throws {
    index.add("app", "1.0") { $0.metadata = .none }
    index.serve("/files/simple/app-1.0-py3-none-any.whl") { _ in
      .init(filler: 4096, length: .stated(200 << 20), fault: .hangAfter(4096))
    }
    let error = try await asker.failure(manifest("app"))
    #expect(error.kind == .couldNotFindOut)
    #expect(
      asker.mask(error.message)
        == "cannot read the metadata of app-1.0-py3-none-any.whl: HOST:PORT neither offers it as a file nor "
        + "serves parts of files, and the wheel is too large to be fetched for it")
  }

  @Test(arguments: [
    (("other", "1.0"), "says in its METADATA that it is other 1.0"),
    (("lib", "3.0"), "says in its METADATA that it is version 3.0"),
  ])
  func `a wheel whose METADATA is another's is passed over, and named where nothing else is left`(
    inner: (String, String), why: String
  ) async throws {
    for metadata in [TestIndex.Metadata.announced, .none] {
      let index = try TestIndex()
      let asker = try Asker(index)
      index.add("lib", "1.0").add("lib", "2.0") {
        $0.inner = inner
        $0.metadata = metadata
      }
      #expect(try await asker.chosen(manifest("lib")) == "lib 1.0")
      let error = try await asker.failure(manifest("lib>=2"))
      #expect(error.kind == .answerIsNo)
      #expect(error.details.joined(separator: " ").contains("lib 2.0 \(why)"))
    }
  }

  @Test func `spelling of name and version does not matter`() async throws {
    index.add("some-lib", "1.0") { $0.inner = ("Some.LIB", "1.0.0") }
    #expect(try await asker.chosen(manifest("some_lib==1")) == "some-lib 1.0")
  }

  @Test func `a wheel that is no zip file is passed over, and named where nothing else is left`() async throws
  {
    index.add("lib", "1.0").add("lib", "2.0") { $0.metadata = .none }
    index.serve("/files/simple/lib-2.0-py3-none-any.whl") { .file(Array("no zip file".utf8), for: $0) }
    #expect(try await asker.chosen(manifest("lib")) == "lib 1.0")
    let error = try await asker.failure(manifest("lib>=2"))
    #expect(error.details.joined(separator: " ").contains("lib 2.0 cannot be read: it is no zip file"))
  }

  @Test func `METADATA that says nothing readable of a dependency rules the release out`() async throws {
    index.add("lib", "1.0").add("lib", "2.0", needs: ["other >>> 3"])
    #expect(try await asker.chosen(manifest("lib")) == "lib 1.0")
    let error = try await asker.failure(manifest("lib>=2"))
    #expect(error.details.joined(separator: " ").contains("has a requirement that can't be read"))
  }

  @Test func `Requires-Python in METADATA counts where the page does not give it`() async throws {
    index.add("lib", "1.0")
    index.add("lib", "2.0") { $0.headers = ["Requires-Python: >=3.12"] }
    #expect(try await asker.chosen(manifest("lib")) == "lib 1.0")
    let error = try await asker.failure(manifest("lib>=2"))
    #expect(error.details.joined(separator: " ").contains("lib 2.0 needs Python >=3.12"))
  }

  @Test func `a wheel that its server guards is no honest no`() async throws {
    index.add("lib", "1.0") { $0.metadata = .none }
    index.guardAll { $0.path.hasPrefix("/files/") ? .text("no", status: 403) : nil }
    let error = try await asker.failure(manifest("lib"))
    #expect(error.kind == .couldNotFindOut)
    #expect(
      asker.mask(error.message) == "cannot read the metadata of lib 1.0: HOST:PORT wants credentials")
  }

  @Test func `an announced file with another digest than announced is not believed`() async throws {
    index.add("lib", "1.0")
    let wheel = WheelBuilder(name: "lib", version: "1.0").build()
    index.serve("/simple/lib/") { _ in
      .text(
        #"{"meta": {"api-version": "1.1"}, "files": [{"filename": "lib-1.0-py3-none-any.whl", "url": "#
          + #""/files/simple/lib-1.0-py3-none-any.whl", "hashes": {"sha256": "\#(sha256(wheel).hex)"}, "#
          + #""core-metadata": {"sha256": "\#(String(repeating: "5a", count: 32))"}}]}"#,
        type: "application/vnd.pypi.simple.v1+json")
    }
    let error = try await asker.failure(manifest("lib"))
    #expect(error.kind == .couldNotFindOut)
    #expect(error.message.contains("lib-1.0-py3-none-any.whl.metadata"))
    #expect(error.message.contains("SHA-256"))
  }

  @Test func `a wheel without a stated digest gets it computed, once`() async throws {
    index.add("lib", "1.0") {
      $0.isHashed = false
      $0.isSized = false
      $0.padding = 300_000
    }
    let first = try await asker.resolve(manifest("lib")).lock
    let lib = try #require(try first.platforms.first?.wheel("lib"))
    let bytes = WheelBuilder(name: "lib", version: "1.0", padding: 300_000).build()
    #expect(lib.sha256 == sha256(bytes))
    #expect(lib.size == bytes.count)
    let requests = index.wheelRequests.count
    #expect(try await asker.resolve(manifest("lib")).lock.canonicalText() == first.canonicalText())
    #expect(index.wheelRequests.count == requests)
  }

  @Test func `a wheel without a stated digest that cannot be fetched is named`() async throws {
    index.add("lib", "1.0") { $0.isHashed = false }
    index.serve("/files/simple/lib-1.0-py3-none-any.whl") { _ in .notFound }
    let error = try await asker.failure(manifest("lib"))
    #expect(error.kind == .couldNotFindOut)
    #expect(error.message.hasPrefix("cannot compute the SHA-256 of lib-1.0-py3-none-any.whl"))
  }
}
