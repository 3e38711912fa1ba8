import EnvlockNative
import EnvlockTestSupport
import Foundation
import Synchronization
import Testing

/// Requests that send something.
@Suite(.timeLimit(.minutes(10))) struct TransferBodyTests {
  private let engine = TransferEngine()
  private let bytes = SplitMix64.bytes(3_000_000, seed: 1)

  /// A request that sends all of `bytes` out of the middle of a file.
  private func request(
    _ url: String, _ method: TransferRequest.Method, _ folder: Folder
  ) throws -> TransferRequest {
    let path = folder.path + "/file"
    try Data([9, 9] + bytes + [9]).write(to: URL(fileURLWithPath: path))
    var request = TransferRequest(url)
    request.method = method
    request.body = .file(path: path, offset: 2, count: bytes.count)
    return request
  }

  /// A folder that goes with its last reference.
  private final class Folder: Sendable {
    let path = NSTemporaryDirectory() + "envlock-body-\(UInt64.random(in: 0 ... .max))"
    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  @Test(arguments: [TransferRequest.Method.post, .put, .patch])
  func `a part of a file is sent`(method: TransferRequest.Method) async throws {
    let server = try LoopbackServer { _ in .init(status: 201, headers: ["Location": "/there"]) }
    let folder = try Folder()
    let counts = Mutex<[Int]>([])
    var request = try request(server.url("/a"), method, folder)
    request.headers = [("Content-Type", "application/octet-stream")]
    request.sent = { count in counts.withLock { $0.append(count) } }
    let response = try await engine.perform(request)
    #expect(response.status == 201 && response.headers["location"] == "/there")
    let received = try #require(server.requests.first)
    #expect(received.method == method.rawValue)
    #expect(received.body == bytes)
    #expect(received["content-type"] == "application/octet-stream")
    #expect(received["expect"] == nil && received["transfer-encoding"] == nil)
    let seen = counts.withLock { $0 }
    #expect(seen == seen.sorted() && seen.last == bytes.count && seen.count > 3)
  }

  @Test func `bytes are sent, and nothing is`() async throws {
    let server = try LoopbackServer { _ in .init(status: 204) }
    var request = TransferRequest(server.url("/a"))
    request.method = .put
    request.body = .bytes([1, 2, 3])
    _ = try await engine.perform(request)
    request.method = .post
    request.body = nil
    _ = try await engine.perform(request)
    request.method = .delete
    _ = try await engine.perform(request)
    #expect(server.requests.map(\.method) == ["PUT", "POST", "DELETE"])
    #expect(server.requests.map(\.body) == [[1, 2, 3], [], []])
    #expect(server.requests.map { $0["content-length"] } == ["3", "0", nil])
  }

  @Test(arguments: [307, 308])
  func `a redirect that keeps the method gets the body from its start`(status: Int) async throws {
    let server = try LoopbackServer { request in
      request.path == "/a" ? .redirect(to: "/b", status: status) : .init(status: 201)
    }
    let folder = try Folder()
    let response = try await engine.perform(request(server.url("/a"), .put, folder))
    #expect(response.status == 201)
    #expect(server.requests.last?.body == bytes)
  }

  @Test(arguments: [301, 302, 303])
  func `a redirect that would make a GET of it is the answer`(status: Int) async throws {
    let server = try LoopbackServer { _ in .redirect(to: "/b", status: status) }
    let folder = try Folder()
    let response = try await engine.perform(request(server.url("/a"), .post, folder))
    #expect(response.status == status)
    #expect(server.requests.count == 1)
  }

  @Test func `what is sent is sent once, whatever comes of it`() async throws {
    let server = try LoopbackServer { request in
      request.path == "/a" ? .init(status: 503) : .init(fault: .reset)
    }
    let folder = try Folder()
    #expect(try await engine.perform(request(server.url("/a"), .patch, folder)).status == 503)
    let error = await #expect(throws: TransferError.self) {
      try await engine.perform(request(server.url("/b"), .patch, folder))
    }
    #expect(error?.isTransient == true)
    #expect(server.requests.count == 2)
  }

  @Test func `a connection that is cut in the middle is an interruption`() async throws {
    let server = try LoopbackServer(cut: { _ in 1_000_000 }, { _ in .init() })
    let folder = try Folder()
    let error = await #expect(throws: TransferError.self) {
      try await engine.perform(request(server.url("/a"), .put, folder))
    }
    #expect(error?.isTransient == true)
  }

  @Test func `a file that is missing or too short is named`() async throws {
    let server = try LoopbackServer { _ in .init() }
    var request = TransferRequest(server.url("/a"))
    request.method = .put
    request.body = .file(path: "/nowhere/at/all", offset: 0, count: 1)
    await #expect(
      throws: TransferError.notReadable(path: "/nowhere/at/all", reason: "No such file or directory")
    ) { try await engine.perform(request) }
    let folder = try Folder()
    var short = try self.request(server.url("/a"), .put, folder)
    let path = folder.path + "/file"
    short.body = .file(path: path, offset: 2, count: bytes.count + 2)
    await #expect(throws: TransferError.notReadable(path: path, reason: "it became shorter meanwhile")) {
      try await engine.perform(short)
    }
  }
}
