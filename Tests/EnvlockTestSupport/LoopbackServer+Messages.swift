extension LoopbackServer {
  /// A request as it arrived.
  public struct Request: Sendable {
    /// "GET", "HEAD", …
    public let method: String
    /// Path and query, not decoded.
    public let path: String
    /// Header values by lower-cased name; repeated headers are joined by ", ".
    public let headers: [String: String]
    /// The bytes after the headers, as many as Content-Length says.
    public internal(set) var body: [UInt8] = []
    /// Whether the connection was cut before the end of its body.
    public internal(set) var isCut = false
    /// Its place among all requests to this server: 1, 2, 3, …
    public internal(set) var number = 0

    /// The value of a header, whatever the case of its name.
    public subscript(header: String) -> String? { headers[header.lowercased()] }

    /// Reads the request line and the header lines, without the empty line that ends them.
    init?(head: some Sequence<UInt8>) {
      let lines = String(decoding: Array(head), as: UTF8.self).split(separator: "\r\n")
      guard let first = lines.first?.split(separator: " "), first.count == 3 else { return nil }
      method = String(first[0])
      path = String(first[1])
      var headers: [String: String] = [:]
      for line in lines.dropFirst() {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let value = line[line.index(after: colon)...].drop { $0 == " " }
        let name = line[..<colon].lowercased()
        headers[name] = headers[name].map { "\($0), \(value)" } ?? String(value)
      }
      self.headers = headers
    }
  }

  /// What goes wrong while an answer is sent.
  public enum Fault: Sendable, Hashable {
    /// Nothing.
    case none
    /// The connection is closed after so many bytes of the body.
    case closeAfter(Int)
    /// So many bytes of the body are sent, then nothing more until the other side closes.
    case hangAfter(Int)
    /// No answer at all until the other side closes.
    case hang
    /// The connection is reset without an answer.
    case reset
  }

  /// Which Content-Length an answer states.
  public enum Length: Sendable, Hashable {
    /// The right one.
    case `true`
    /// This one; the connection is closed after the body.
    case stated(Int)
    /// None; the end of the connection ends the body.
    case absent
  }

  /// What to answer.
  public struct Response: Sendable {
    /// The status code.
    public var status: Int
    /// Header values by name. Content-Length is added, see `length`.
    public var headers: [String: String]
    /// The body.
    public var body: [UInt8]
    /// So many spaces follow the body; they are made while they are sent, so that huge bodies cost no memory.
    public var filler: Int
    /// How long to wait before anything is sent.
    public var delay: Duration
    /// The Content-Length to state.
    public var length: Length
    /// What goes wrong.
    public var fault: Fault

    /// An answer; left out: 200, no headers, an empty body, at once, no fault.
    public init(
      status: Int = 200, headers: [String: String] = [:], body: [UInt8] = [], filler: Int = 0,
      delay: Duration = .zero, length: Length = .true, fault: Fault = .none
    ) {
      self.status = status
      self.headers = headers
      self.body = body
      self.filler = filler
      self.delay = delay
      self.length = length
      self.fault = fault
    }

    /// 404 with a short text.
    public static var notFound: Response { .text("no such page\n", status: 404) }

    /// A text of the type "text/plain", or of another.
    public static func text(_ text: String, type: String = "text/plain", status: Int = 200) -> Response {
      Response(status: status, headers: ["Content-Type": type], body: Array(text.utf8))
    }

    /// A redirect to an absolute or relative URL.
    public static func redirect(to location: String, status: Int = 302) -> Response {
      Response(status: status, headers: ["Location": location])
    }

    /// `bytes`, or the one range of them that the request asks for ("bytes=0-9", "bytes=10-", "bytes=-10"): 206 with
    /// Content-Range, or 416 for a range outside. Several ranges get the whole, as some servers do.
    public static func file(_ bytes: [UInt8], for request: Request, type: String = "application/octet-stream")
      -> Response
    {
      let headers = ["Content-Type": type, "Accept-Ranges": "bytes"]
      guard let wanted = request["range"], wanted.hasPrefix("bytes="), !wanted.contains(",") else {
        return Response(headers: headers, body: bytes)
      }
      let ends = wanted.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
      var range: Range<Int>?
      if ends.count == 2 {
        switch (Int(ends[0]), Int(ends[1])) {
        case (let from?, let to?) where from <= to && from < bytes.count:
          range = from..<min(to + 1, bytes.count)
        case (let from?, nil) where ends[1].isEmpty && from < bytes.count: range = from..<bytes.count
        case (nil, let last?) where ends[0].isEmpty && last > 0:
          range = max(0, bytes.count - last)..<bytes.count
        default: break
        }
      }
      guard let range else {
        return Response(status: 416, headers: ["Content-Range": "bytes */\(bytes.count)"])
      }
      let place = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(bytes.count)"
      return Response(
        status: 206, headers: headers.merging(["Content-Range": place]) { $1 }, body: Array(bytes[range]))
    }

    /// The status line and headers, with the empty line that ends them.
    func head(length total: Int) -> String {
      var lines = ["HTTP/1.1 \(status) \(status < 400 ? "Fine" : "Not fine")"]
      for (name, value) in headers.sorted(by: { $0.key < $1.key }) { lines.append("\(name): \(value)") }
      switch length {
      case .true: if status != 304 && status != 204 { lines.append("Content-Length: \(total)") }
      case .stated(let other): lines.append("Content-Length: \(other)")
      case .absent: lines.append("Connection: close")
      }
      return lines.joined(separator: "\r\n") + "\r\n\r\n"
    }
  }
}
