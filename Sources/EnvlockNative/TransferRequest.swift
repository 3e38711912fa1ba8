/// What to fetch.
package struct TransferRequest: Sendable {
  /// Which bytes of a resource are wanted.
  package enum ByteRange: Hashable, Sendable {
    /// From the first offset up to and including the second.
    case bytes(from: Int, through: Int)
    /// So many bytes at the end.
    case last(Int)
    /// From this offset up to the end.
    case rest(from: Int)

    /// As the header Range wants it. Source: RFC 9110, section 14.1.2.
    var field: String {
      switch self {
      case .bytes(let from, let through): "bytes=\(from)-\(through)"
      case .last(let count): "bytes=-\(count)"
      case .rest(let from): "bytes=\(from)-"
      }
    }
  }

  /// What is to be done with the resource.
  package enum Method: String, Sendable {
    /// It is fetched.
    case get = "GET"
    /// Something is handed to it.
    case post = "POST"
    /// It is replaced.
    case put = "PUT"
    /// It is changed.
    case patch = "PATCH"
    /// It is removed.
    case delete = "DELETE"
  }

  /// An http or https URL; user information inside it is sent as HTTP Basic to its host only.
  package var url: String
  /// Further headers. Those that carry secrets are not sent on to another host by a redirect.
  package var headers: [(name: String, value: String)]
  /// What is shown to the host of `url`, and to no other that it redirects to; nil for what the engine's options say.
  package var authorization: TransferAuthorization?
  /// What is posted, as `application/x-www-form-urlencoded`; nil for a plain GET. No redirect of it is followed: it may
  /// hold a secret.
  package var form: String?
  /// What is done; everything but a GET is tried once, since only who asks knows whether it may be done twice, and of
  /// its redirects those are followed that keep the method (307, 308).
  package var method = Method.get
  /// What POST, PUT and PATCH send; nil for nothing. A redirect gets it again from its start.
  package var body: TransferBody?
  /// Gets how many bytes of `body` are sent, from the thread that transfers; less than before after a redirect.
  package var sent: (@Sendable (Int) -> Void)?
  /// Seconds without a byte in either direction after which it is given up; nil for what the engine's options say.
  package var stallTimeout: Int?
  /// Whether it is tried once in any case: whoever asks tries again in a way of their own.
  package var isTriedOnce = false
  /// Asks for the headers only.
  package var headersOnly = false
  /// Wanted bytes; nil for all.
  package var range: ByteRange?
  /// The longest body that is taken, in bytes, decoded.
  package var bodyLimit = 64 << 20
  /// How long the whole may be, in bytes, that is still taken when a server ignores `range`; longer ones are cut off
  /// after their headers.
  package var wholeLimit = 0
  /// Who takes the body of an answer with status 200 or 206 as it comes; nil collects it. Such a request is tried once:
  /// whoever has taken a part knows best where to go on. Its body comes as it is sent, in no encoding that was asked
  /// for, and `wholeLimit` does not matter to it.
  package var sink: (any TransferSink)?

  /// A plain GET of `url`.
  package init(_ url: String, headers: [(name: String, value: String)] = []) {
    self.url = url
    self.headers = headers
  }
}

/// Takes a body while it comes, instead of having it collected.
///
/// It is called by the thread that transfers, one call after the other, and should not keep it waiting: a disk is quick
/// enough, a network is not. No call comes after the request has ended.
package protocol TransferSink: AnyObject, Sendable {
  /// The headers of an answer with status 200 or 206 have come, and its body follows.
  ///
  /// - Returns: whether it is wanted; if not, the request ends with `TransferError.notTaken`.
  func begin(status: Int, headers: HeaderFields) -> Bool

  /// The next bytes of the body; they are valid during the call only.
  ///
  /// - Returns: whether more is wanted; if not, the request ends with `TransferError.notTaken`.
  func take(_ piece: UnsafeRawBufferPointer) -> Bool
}

/// Header fields, in the order in which they came.
package struct HeaderFields: Sendable {
  private var fields: [(name: String, value: String)] = []

  /// The value of the last field of this name, whatever its case; nil when there is none.
  package subscript(name: String) -> String? {
    let name = name.lowercased()
    return fields.last { $0.name == name }?.value
  }

  /// The values of all fields of this name, in the order in which they came.
  package func values(_ name: String) -> [String] {
    let name = name.lowercased()
    return fields.filter { $0.name == name }.map(\.value)
  }

  /// Takes one line "Name: value"; a line without a colon is no field and is passed over.
  mutating func add(line: some Sequence<UInt8>) {
    let text = String(decoding: Array(line), as: UTF8.self)
    guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return }
    let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
    let end = value.lastIndex { !$0.isWhitespace }.map { value.index(after: $0) } ?? value.startIndex
    fields.append((text[..<colon].lowercased(), String(value[..<end])))
  }

  /// Forgets all, when a new answer begins.
  mutating func removeAll() { fields.removeAll(keepingCapacity: true) }

  /// The length that the answer states, in bytes.
  package var contentLength: Int? { self["content-length"].flatMap { Int($0) } }
}

/// What came back; any status that is no followed redirect is an answer.
package struct TransferResponse: Sendable {
  /// The status code.
  package var status: Int
  /// The header fields.
  package var headers: HeaderFields
  /// The body, decoded; empty where a sink took it. Of an answer with an error status, 64 KiB at most.
  package var body: [UInt8]
  /// Whether the body was cut off on purpose: see `TransferRequest.wholeLimit`.
  package var isCut: Bool
  /// Where the answer came from after redirects, without user information.
  package var url: String
  /// Bytes of the bodies as they were sent, compressed, redirects included.
  package var bytesOnWire: Int
  /// Whether it came by HTTP/2 or later.
  package var isMultiplexed: Bool
}
