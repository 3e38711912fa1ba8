/// What to fetch.
package struct TransferRequest: Sendable {
  /// Which bytes of a resource are wanted.
  package enum ByteRange: Hashable, Sendable {
    /// From the first offset up to and including the second.
    case bytes(from: Int, through: Int)
    /// So many bytes at the end.
    case last(Int)

    /// As the header Range wants it. Source: RFC 9110, section 14.1.2.
    var field: String {
      switch self {
      case .bytes(let from, let through): "bytes=\(from)-\(through)"
      case .last(let count): "bytes=-\(count)"
      }
    }
  }

  /// An http or https URL; user information inside it is sent as HTTP Basic to its host only.
  package var url: String
  /// Further headers. Those that carry secrets are not sent on to another host by a redirect.
  package var headers: [(name: String, value: String)]
  /// Asks for the headers only.
  package var headersOnly = false
  /// Wanted bytes; nil for all.
  package var range: ByteRange?
  /// The longest body that is taken, in bytes, decoded.
  package var bodyLimit = 64 << 20
  /// How long the whole may be, in bytes, that is still taken when a server ignores `range`; longer ones are cut off
  /// after their headers.
  package var wholeLimit = 0

  /// A plain GET of `url`.
  package init(_ url: String, headers: [(name: String, value: String)] = []) {
    self.url = url
    self.headers = headers
  }
}

/// Header fields, in the order in which they came.
package struct HeaderFields: Sendable {
  private var fields: [(name: String, value: String)] = []

  /// The value of the last field of this name, whatever its case; nil when there is none.
  package subscript(name: String) -> String? {
    let name = name.lowercased()
    return fields.last { $0.name == name }?.value
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
  /// The body, decoded. Of an answer with an error status, 64 KiB at most.
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
