import Foundation
import Glibc
import Synchronization

/// A small HTTP/1.1 server on 127.0.0.1, with faults on demand, for tests that must not touch a network.
///
/// Each connection is kept alive and served by a thread of its own, so that a handler may block. The server ends with
/// `stop()`, with its last reference, or a minute after its start, whichever comes first.
///
/// ```swift
/// let server = try LoopbackServer { request in
///   request.path == "/simple/torch/" ? .init(headers: ["Content-Type": "text/html"], body: page) : .notFound
/// }
/// let url = server.url("/simple/torch/")
/// ```
public final class LoopbackServer: Sendable {
  /// What decides the answer to a request; called from several threads at once.
  public typealias Handler = @Sendable (Request) -> Response
  /// What decides, from the headers of a request, after how many bytes of its body the connection is cut; nil lets all of
  /// it come.
  public typealias Cut = @Sendable (Request) -> Int?

  /// A system call that failed while the server was set up.
  public struct SetupFailure: Error {
    /// Which call, and why.
    public let reason: String
  }

  /// The port that the kernel chose.
  public let port: Int
  private let reservation: Int32
  private let state: State

  /// Starts serving.
  /// - Parameters:
  ///   - lifetime: seconds after which the server ends by itself; long, because tests wait for each other on slow machines.
  ///   - cut: decides which requests are cut off; the handler gets what came of them, and its answer is not sent.
  ///   - handler: decides the answer to each request.
  /// - Throws: `SetupFailure` when no socket can be had.
  public init(lifetime: Double = 1800, cut: @escaping Cut = { _ in nil }, _ handler: @escaping Handler) throws
  {
    // Holds the port for as long as this object lives, so that who asks a stopped server meets nobody else's.
    reservation = try Self.bound(to: 0)
    let listener: Int32
    do {
      port = try Self.port(of: reservation)
      listener = try Self.bound(to: port)
    } catch {
      close(reservation)
      throw error
    }
    guard listen(listener, 512) == 0 else {
      let code = errno
      close(listener)
      close(reservation)
      throw SetupFailure(reason: "listen: errno \(code)")
    }
    let state = State(handler: handler, cut: cut, listener: listener, lifetime: lifetime)
    self.state = state
    Thread.detachNewThread { state.acceptConnections() }
  }

  deinit {
    state.stop()
    close(reservation)
  }

  /// Ends every connection, also those that hang, and accepts no more.
  public func stop() { state.stop() }

  /// The URL of `path` on this server.
  /// - Parameters:
  ///   - path: path and query, beginning with a slash.
  ///   - host: another name of this machine, such as "localhost", for tests that need two hosts.
  ///   - user: user information to put before the host, such as "name:secret".
  /// - Returns: an absolute URL with the scheme "http".
  public func url(_ path: String, host: String = "127.0.0.1", user: String? = nil) -> String {
    "http://" + (user.map { $0 + "@" } ?? "") + "\(host):\(port)\(path)"
  }

  /// Every request so far, in the order in which they arrived.
  public var requests: [Request] { state.shared.withLock { $0.requests } }

  /// How many requests there were so far for exactly this path and query.
  public func count(_ path: String) -> Int { requests.count { $0.path == path } }

  /// How many connections were accepted so far.
  public var connections: Int { state.shared.withLock { $0.accepted } }

  /// A socket that is bound to a port of 127.0.0.1; 0 stands for a free one. A port can have several such sockets as long
  /// as at most one of them listens.
  private static func bound(to port: Int) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw SetupFailure(reason: "socket: errno \(errno)") }
    var on: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.bind(descriptor, $0, length) == 0 }
    }
    guard isBound else {
      let code = errno
      close(descriptor)
      throw SetupFailure(reason: "bind: errno \(code)")
    }
    return descriptor
  }

  private static func port(of descriptor: Int32) throws -> Int {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isKnown = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) == 0 }
    }
    guard isKnown else { throw SetupFailure(reason: "getsockname: errno \(errno)") }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}

/// What the threads of a server share. It refers to no `LoopbackServer`, so that the last reference to one ends it.
private final class State: Sendable {
  struct Shared {
    var requests: [LoopbackServer.Request] = []
    var open: Set<Int32> = []
    var accepted = 0
    var stopped = false
  }

  let shared = Mutex(Shared())
  private let handler: LoopbackServer.Handler
  private let cut: LoopbackServer.Cut
  private let listener: Int32
  private let deadline: ContinuousClock.Instant

  init(
    handler: @escaping LoopbackServer.Handler, cut: @escaping LoopbackServer.Cut, listener: Int32,
    lifetime: Double
  ) {
    self.handler = handler
    self.cut = cut
    self.listener = listener
    deadline = .now + .seconds(lifetime)
  }

  var isStopped: Bool { shared.withLock { $0.stopped } || ContinuousClock.now > deadline }

  /// Sockets are only shut down here, under the lock; the thread that serves one closes it. So no number is closed
  /// twice.
  func stop() {
    shared.withLock {
      // From now on connections are refused; the thread that accepts closes it.
      if !$0.stopped { shutdown(listener, Int32(SHUT_RDWR)) }
      $0.stopped = true
      for socket in $0.open { shutdown(socket, Int32(SHUT_RDWR)) }
    }
  }

  func acceptConnections() {
    defer {
      stop()
      close(listener)
    }
    while !isStopped {
      var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, 50) > 0 else { continue }
      let connection = accept(listener, nil, nil)
      guard connection >= 0 else { continue }
      var on: Int32 = 1
      setsockopt(
        connection, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
      shared.withLock {
        $0.accepted += 1
        $0.open.insert(connection)
      }
      Thread.detachNewThread { self.serve(connection) }
    }
  }

  private func serve(_ socket: Int32) {
    var stream = Connection(socket: socket)
    while !isStopped, var request = stream.readRequest(cut) {
      request.number = shared.withLock { shared in
        request.number = shared.requests.count + 1
        shared.requests.append(request)
        return request.number
      }
      let response = handler(request)
      if request.isCut {
        stream.reset()
        break
      }
      guard pause(response.delay), send(response, to: request, over: stream) else { break }
    }
    _ = shared.withLock { $0.open.remove(socket) }
    close(socket)
  }

  /// Writes the answer. Returns whether the connection may be used again.
  private func send(
    _ response: LoopbackServer.Response, to request: LoopbackServer.Request, over stream: Connection
  ) -> Bool {
    switch response.fault {
    case .hang:
      hang(stream)
      return false
    case .reset:
      stream.reset()
      return false
    case .none, .closeAfter, .hangAfter: break
    }
    let total = response.body.count + response.filler
    var limit = request.method == "HEAD" ? 0 : total
    if case .closeAfter(let bytes) = response.fault { limit = min(limit, bytes) }
    if case .hangAfter(let bytes) = response.fault { limit = min(limit, bytes) }
    guard stream.write(Array(response.head(length: total).utf8)),
      stream.write(Array(response.body.prefix(limit)))
    else { return false }
    var rest = limit - min(limit, response.body.count)
    let filler = [UInt8](repeating: UInt8(ascii: " "), count: min(rest, 1 << 16))
    while rest > 0 {
      guard !isStopped, stream.write(Array(filler.prefix(rest))) else { return false }
      rest -= min(rest, filler.count)
    }
    switch response.fault {
    case .none: return response.length == .true
    case .hangAfter:
      hang(stream)
      return false
    default: return false
    }
  }

  /// Waits until the other side gives up or the server ends.
  private func hang(_ stream: Connection) {
    while !isStopped, !stream.isClosedByPeer(within: 50) {}
  }

  /// Waits. Returns false when the server ended meanwhile.
  private func pause(_ time: Duration) -> Bool {
    let end = ContinuousClock.now + time
    while ContinuousClock.now < end {
      if isStopped { return false }
      usleep(2_000)
    }
    return true
  }
}

/// One accepted socket, with what was read of it beyond the last request.
private struct Connection {
  let socket: Int32
  private var buffer: [UInt8] = []

  init(socket: Int32) { self.socket = socket }

  /// The next request, or nil when the other side closed the connection or sent no HTTP.
  mutating func readRequest(_ cut: LoopbackServer.Cut) -> LoopbackServer.Request? {
    let end = Array("\r\n\r\n".utf8)
    var head: Int?
    while true {
      head = buffer.firstRange(of: end)?.lowerBound
      if head != nil { break }
      guard buffer.count < 1 << 16, readMore() else { return nil }
      if let first = buffer.first, !(0x41...0x5A).contains(first) {
        // A TLS handshake, say: answered as other servers without TLS answer it.
        _ = write(Array("HTTP/1.1 400 No HTTP\r\nConnection: close\r\n\r\n".utf8))
        return nil
      }
    }
    guard let head, var request = LoopbackServer.Request(head: buffer[..<head]) else { return nil }
    buffer.removeFirst(head + end.count)
    var length = request["content-length"].flatMap(Int.init) ?? 0
    if let limit = cut(request), limit < length {
      length = limit
      request.isCut = true
    }
    while buffer.count < length { guard readMore() else { return nil } }
    request.body = Array(buffer.prefix(length))
    buffer.removeFirst(length)
    return request
  }

  private mutating func readMore() -> Bool {
    var chunk = [UInt8](repeating: 0, count: 1 << 14)
    let count = recv(socket, &chunk, chunk.count, 0)
    guard count > 0 else { return false }
    buffer += chunk[..<count]
    return true
  }

  /// Writes all of it, or returns false when the other side is gone.
  func write(_ bytes: [UInt8]) -> Bool {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(socket, $0.baseAddress.map { $0 + done }, bytes.count - done, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      done += count
    }
    return true
  }

  /// Makes the close that follows send a reset instead of an orderly end.
  func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }

  /// Whether the other side closed the connection, asked for at most so many milliseconds.
  func isClosedByPeer(within milliseconds: Int32) -> Bool {
    var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    guard poll(&waiting, 1, milliseconds) > 0 else { return false }
    var byte: UInt8 = 0
    return recv(socket, &byte, 1, Int32(MSG_PEEK)) <= 0
  }
}
