import Envlock
import EnvlockImage
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import Foundation
import Testing

/// Builds whose artifacts do not come as they should: each time the artifact is named, no image is written, and what the
/// store keeps is sound, so that the next build goes on from it.
@Suite(.timeLimit(.minutes(10))) struct FaultyMirrorTests {
  typealias Response = LoopbackServer.Response

  private let place: BuildPlace
  private let wheel: LockedWheel
  /// The wheel's bytes.
  private let whole: [UInt8]
  private let request: BuildRequest

  init() throws {
    place = try BuildPlace()
    let content = SplitMix64.bytes(300_000, seed: 1)
    var builder = WheelBuilder(name: "alpha", version: "1.0")
    builder.members.insert(WheelBuilder.Member("alpha/data", content), at: 0)
    whole = builder.recorded.build()
    wheel = try place.mirror.wheel("alpha", "1.0", whole)
    request = BuildRequest(lock: try place.mirror.lock([wheel, place.mirror.wheel("beta")]))
  }

  private func failure(
    _ request: BuildRequest? = nil, change: (inout Configuration) -> Void = { _ in },
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> any UserFacingError {
    let error = await #expect(throws: (any Error).self, sourceLocation: sourceLocation) {
      try await place.build(request ?? self.request, change: change)
    }
    let shown = try #require(
      error as? any UserFacingError, "\(String(describing: error))", sourceLocation: sourceLocation)
    #expect(place.folder.files(in: "out") == [], sourceLocation: sourceLocation)
    return shown
  }

  /// Builds from what is in the store and on the mirror by now, and compares with a build that met no fault.
  private func recovers(sourceLocation: SourceLocation = #_sourceLocation) async throws {
    place.mirror.serve(BuildMirror.path(wheel), nil)
    let images = try await place.build(request)
    let clean = try await place.build(request, to: "clean", store: "clean")
    #expect(images.digest == clean.digest, sourceLocation: sourceLocation)
    #expect(try place.faults() == [], sourceLocation: sourceLocation)
  }

  private var size: Int { wheel.size ?? 0 }

  // MARK: Other bytes

  @Test func `another file of the same size is refused, and nothing of it stays`() async throws {
    let bytes = [UInt8](repeating: 0x20, count: size)
    place.mirror.serve(BuildMirror.path(wheel)) { .file(bytes, for: $0) }
    let error = try await failure()
    #expect(error.kind == .answerIsNo)
    #expect(error.message == "alpha-1.0-py3-none-any.whl is another file than expected: its SHA-256 differs")
    #expect(error.details.joined(separator: "\n").contains("\(sha256(bytes))"))
    #expect(error.hints.joined().contains("resolve again"))
    #expect(try place.faults() == [])
    try await recovers()
  }

  @Test(arguments: [1, -1, -200_000])
  func `a file of another size is refused`(more: Int) async throws {
    let bytes = [UInt8](repeating: 0x20, count: size + more)
    place.mirror.serve(BuildMirror.path(wheel)) { .file(bytes, for: $0) }
    let error = try await failure()
    #expect(error.kind == .answerIsNo)
    #expect(error.message.hasPrefix("alpha-1.0-py3-none-any.whl is another file than expected: it has"))
    #expect(try place.faults() == [])
    try await recovers()
  }

  @Test func `an index that has another file of this name says so before anything is fetched`() async throws {
    place.mirror.serve("/simple/alpha/") { _ in
      .text(
        "<a href=\"/files/alpha-1.0-py3-none-any.whl#sha256=\(String(repeating: "0", count: 64))\">"
          + "alpha-1.0-py3-none-any.whl</a>", type: "text/html")
    }
    let error = try await failure()
    #expect(error.kind == .answerIsNo)
    #expect(error.message.hasPrefix("the index “default” has another alpha-1.0-py3-none-any.whl"))
    #expect(error.hints == ["if that is right, resolve again with `-P alpha`"])
    #expect(place.mirror.server.count(BuildMirror.path(wheel)) == 0)
  }

  @Test func `a package that was replaced under its name is refused`() async throws {
    let other = try place.mirror.package("tool")
    place.mirror.serve(BuildMirror.path(other)) { _ in .text(String(repeating: "x", count: other.size)) }
    let error = try await failure(
      BuildRequest(lock: try place.mirror.lock([wheel], over: place.mirror.base([other]))))
    #expect(error.kind == .answerIsNo)
    #expect(error.message == "tool_1.0-1_all.deb is another file than expected: its SHA-256 differs")
    // What else was on its way when the build ended is gone on with next time.
    #expect(try place.faults().filter { !$0.contains("partial") } == [])
  }

  // MARK: Not all of it

  @Test func `a download that breaks off goes on where it was`() async throws {
    // Each answer but the last brings 100,000 bytes.
    let whole = whole
    place.mirror.serve(BuildMirror.path(wheel)) { request in
      var response = Response.file(whole, for: request)
      if response.body.count > 150_000 { response.fault = .closeAfter(100_000) }
      return response
    }
    let images = try await place.build(request)
    let asked = place.mirror.server.requests.filter { $0.path == BuildMirror.path(wheel) }
    #expect(asked.map { $0["range"] } == [nil, "bytes=100000-", "bytes=200000-"])
    #expect(try place.faults() == [])
    place.mirror.serve(BuildMirror.path(wheel), nil)
    #expect(try await place.build(request, to: "clean", store: "clean").digest == images.digest)
  }

  @Test func `a download that never comes to its end is named`() async throws {
    let whole = [UInt8](repeating: 0x20, count: size)
    place.mirror.serve(BuildMirror.path(wheel)) { request in
      var response = Response.file(whole, for: request)
      response.fault = .closeAfter(0)
      return response
    }
    let error = try await failure()
    #expect(error.kind == .couldNotFindOut)
    #expect(error.message.hasPrefix("alpha-1.0-py3-none-any.whl could not be fetched: "), "\(error.message)")
    try await recovers()
  }

  @Test func `what an earlier build has of another file does no harm`() async throws {
    let bytes = [UInt8](repeating: 0x20, count: 100_000)
    try place.folder.put(bytes, "store/artifacts/partial/\(wheel.sha256.hex)")
    try await recovers()
  }

  // MARK: Not there

  @Test func `a package that its mirror no longer has says what to do`() async throws {
    let main = try place.mirror.package("tool")
    place.mirror.serve(BuildMirror.path(main)) { _ in .notFound }
    let error = try await failure(
      BuildRequest(lock: try place.mirror.lock([wheel], over: place.mirror.base([main]))))
    #expect(error.kind == .couldNotFindOut)
    #expect(
      error.message
        == "tool_1.0-1_all.deb could not be fetched: there is no \(place.mirror.server.url(BuildMirror.path(main)))"
    )
    #expect(
      error.hints == [
        "mirrors drop a package when a newer one takes its place: `envlock resolve -U` locks what there is now",
        "for the image as it was locked, name a mirror that keeps old packages, such as a snapshot, with `--debian-mirror`",
      ])
    let security = try place.mirror.package("tool", archive: .security)
    place.mirror.serve(BuildMirror.path(security)) { _ in .notFound }
    let other = try await failure(
      BuildRequest(lock: try place.mirror.lock([wheel], over: place.mirror.base([security]))))
    #expect(other.hints.last?.contains("`--debian-security-mirror`") == true)
  }

  @Test func `a wheel that its index lists and does not have is named`() async throws {
    place.mirror.serve(BuildMirror.path(wheel)) { _ in .notFound }
    let error = try await failure()
    #expect(error.message.hasPrefix("alpha-1.0-py3-none-any.whl could not be fetched: there is no http"))
    #expect(error.hints == ["resolve again, or name an index that has it with `--index-url`"])
    try await recovers()
  }

  @Test func `a wheel that its index no longer lists is named`() async throws {
    place.mirror.serve("/simple/alpha/") { _ in .text("<html></html>", type: "text/html") }
    let error = try await failure()
    #expect(error.message == "the index “default” no longer has alpha-1.0-py3-none-any.whl")
  }

  @Test func `a project that no index has is named`() async throws {
    place.mirror.serve("/simple/alpha/") { _ in .notFound }
    let error = try await failure()
    #expect(error.message.hasPrefix("no index has alpha; alpha-1.0-py3-none-any.whl was locked from"))
  }

  @Test func `a mirror that is not there is named`() async throws {
    let error = try await failure { $0.debianMirror = "http://127.0.0.1:1/debian" }
    #expect(error.kind == .couldNotFindOut)
    #expect(error.message.contains("_all.deb could not be fetched: "))
    #expect(error.message.contains("127.0.0.1:1"))
  }

  // MARK: The store

  @Test func `a file of the store that the disk damaged is not built in`() async throws {
    let libc = try place.mirror.package("tool", data: [.file("./usr/bin/tool", "a tool")])
    let request = BuildRequest(lock: try place.mirror.lock([wheel], over: place.mirror.base([libc])))
    try await place.build(request)
    try FileManager.default.removeItem(atPath: place.folder("store/layers"))
    try FileManager.default.removeItem(atPath: place.out("image"))
    for (digest, name) in [(wheel.sha256, wheel.fileName), (libc.sha256, libc.fileName)] {
      let path = place.folder("store/artifacts/sha256/\(digest.hex)")
      let whole = try Data(contentsOf: URL(filePath: path))
      var damaged = whole
      damaged[damaged.count / 2] ^= 1
      try FileManager.default.removeItem(atPath: path)
      try damaged.write(to: URL(filePath: path))
      let error = try await failure(request)
      #expect(error.message.contains(name), "\(error.message)")
      #expect(error.hints.joined().contains("remove it from the store"), "\(error.hints)")
      // The hint helps.
      try FileManager.default.removeItem(atPath: path)
      try await place.build(request)
      try FileManager.default.removeItem(atPath: place.folder("store/layers"))
      try FileManager.default.removeItem(atPath: place.out("image"))
    }
  }

  @Test func `what killed builds left is removed or gone on with`() async throws {
    try place.folder.put([1, 2, 3], "store/packs/1-1/1")
    try place.folder.put([1, 2, 3], "store/layers/partial/1-1")
    try place.folder.put([1, 2, 3], "store/artifacts/partial/unknown.1-1")
    try await recovers()
  }

  @Test func `builds at the same time share a store and even an output`() async throws {
    let locks = try (0..<4).map { number in
      try place.mirror.lock([wheel, place.mirror.wheel("other", "1.\(number % 2)")])
    }
    let digests = try await withThrowingTaskGroup(of: (Int, Digest).self) { group in
      for (number, lock) in locks.enumerated() {
        group.addTask {
          let built = try await place.build(BuildRequest(lock: lock), to: "image-\(number % 2)")
          return (number, built.digest)
        }
      }
      return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    #expect(digests[0] == digests[2] && digests[1] == digests[3] && digests[0] != digests[1])
    #expect(try place.faults() == [])
    // Nothing was fetched twice.
    let files = place.mirror.paths.filter { $0.hasSuffix(".whl") || $0.hasSuffix(".deb") }
    #expect(files.count == Set(files).count, "\(files.sorted())")
    for number in 0..<2 {
      let expectations = try await place.builder().expectations(BuildRequest(lock: locks[number]))
      #expect(try await ImageVerifier(place.out("image-\(number)")).verify(expectations).lines == [])
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: place.folder("out")).sorted() == [
        "image-0", "image-1",
      ])
  }

  @Test func `a cancelled build ends soon, and the next goes on`() async throws {
    place.mirror.serve(BuildMirror.path(wheel)) { _ in Response(fault: .hang) }
    let task = Task { try await place.build(request) }
    while place.mirror.server.count(BuildMirror.path(wheel)) == 0 {
      try await Task.sleep(for: .milliseconds(5))
    }
    let start = ContinuousClock.now
    task.cancel()
    await #expect(throws: (any Error).self) { try await task.value }
    // A server that says nothing is waited for longer.
    #expect(start.duration(to: .now) < .seconds(25))
    #expect(place.folder.files(in: "out") == [])
    try await recovers()
  }
}
