import EnvlockNative

/// One remembered answer, as it lies in a file of the cache.
///
/// All numbers are little-endian:
///
///     0   magic "envlkHC1"; its last byte is the version of this format
///     8   CRC-32 of everything from 32 on
///     12  fetched at, 8 bytes      seconds since 1970
///     20  fresh until, 8 bytes     seconds since 1970
///     28  CRC-32 of 12 ..< 28
///     32  status, 4 bytes          200 or 404
///     36  lengths of the URL, the entity tag, the last-modified text and the payload, 4 bytes each
///     52  length and CRC-32 of the body that the payload was made of, 4 bytes each
///     60  the four of 36, one after the other
///
/// The times have a sum of their own, so that a revalidation only overwrites 20 bytes. Reading never traps, whatever
/// the file holds: what is not exactly an entry is none.
struct CacheEntry: Hashable, Sendable {
  /// The times of an answer.
  struct Times: Hashable, Sendable {
    /// Seconds since 1970.
    var fetchedAt: Int
    /// Seconds since 1970.
    var freshUntil: Int

    static let place = 12
    static let size = 20

    var bytes: [UInt8] {
      let bytes = CacheEntry.encode(fetchedAt, 8) + CacheEntry.encode(freshUntil, 8)
      return bytes + CacheEntry.encode(Int(crc32(bytes.span)), 4)
    }
  }

  /// Tells whether a body is the one that a payload was made of.
  ///
  /// Many indexes give their pages no entity tag. A page that is fetched again and has not changed need not be read
  /// again. A sum is enough: whoever could forge a page with the sum of another could as well send the other.
  struct BodyMark: Hashable, Sendable {
    var length: UInt32 = 0
    var sum: UInt32 = 0

    /// Nothing that a body is compared with.
    static let none = BodyMark()

    private init() {}

    /// Takes all that a payload is made of.
    init(_ body: [UInt8], contentType: String?, url: String) {
      length = UInt32(truncatingIfNeeded: body.count)
      sum = crc32(Array("\(contentType ?? "") \(url)".utf8).span, continuing: crc32(body.span))
    }

    fileprivate init(length: UInt32, sum: UInt32) {
      self.length = length
      self.sum = sum
    }
  }

  /// The parts of the head, with where the texts and the payload lie.
  struct Head {
    var sum: UInt32
    var times: Times
    var status: Int
    /// Of the URL, the entity tag, the last-modified text and the payload.
    var lengths: [Int]
    var body: BodyMark

    static let size = 60

    var textLength: Int { lengths[0] + lengths[1] + lengths[2] }
    var fileSize: Int { Self.size + textLength + lengths[3] }

    /// Nil unless `bytes` begin with the head of an entry of this version.
    init?(_ bytes: some RandomAccessCollection<UInt8>) {
      guard bytes.count >= Self.size, bytes.starts(with: CacheEntry.magic) else { return nil }
      func number(_ place: Int, _ size: Int) -> UInt64 {
        bytes.dropFirst(place).prefix(size).reversed().reduce(0) { $0 << 8 | UInt64($1) }
      }
      sum = UInt32(truncatingIfNeeded: number(8, 4))
      let times = Array(bytes.dropFirst(Times.place).prefix(16))
      if crc32(times.span) == number(28, 4) {
        self.times = Times(
          fetchedAt: Int(truncatingIfNeeded: number(12, 8)),
          freshUntil: Int(truncatingIfNeeded: number(20, 8)))
      } else {
        // Torn while it was overwritten: the answer is good, its age unknown.
        self.times = Times(fetchedAt: 0, freshUntil: 0)
      }
      status = Int(number(32, 4))
      lengths = (0..<4).map { Int(number(36 + 4 * $0, 4)) }
      body = BodyMark(
        length: UInt32(truncatingIfNeeded: number(52, 4)), sum: UInt32(truncatingIfNeeded: number(56, 4)))
    }
  }

  static let magic = Array("envlkHC1".utf8)

  /// The URL that was asked for, without credentials.
  var url: String
  /// 200, or 404 for what is known not to be.
  var status: Int
  var times: Times
  /// The validators of the answer, where it had any.
  var entityTag: String?
  var lastModified: String?
  /// The body that `payload` was made of.
  var body = BodyMark.none
  /// What was made of the body.
  var payload: [UInt8]

  /// The whole file. Nil for what no cache should hold: texts or payloads of more than 4 GB.
  var bytes: [UInt8]? {
    let texts = [url, entityTag ?? "", lastModified ?? ""].map { Array($0.utf8) }
    let lengths = texts.map(\.count) + [payload.count]
    guard lengths.allSatisfy({ $0 <= UInt32.max }) else { return nil }
    var tail = Self.encode(status, 4)
    tail.reserveCapacity(28 + lengths.reduce(0, +))
    for length in lengths { tail += Self.encode(length, 4) }
    tail += Self.encode(Int(body.length), 4) + Self.encode(Int(body.sum), 4)
    for text in texts { tail += text }
    tail += payload
    return Self.magic + Self.encode(Int(crc32(tail.span)), 4) + times.bytes + tail
  }

  /// Nil unless `texts` and `payload` are what `head` says.
  init?(_ head: Head, rest: ArraySlice<UInt8>, texts: ArraySlice<UInt8>, payload: [UInt8]) {
    guard texts.count == head.textLength, payload.count == head.lengths[3] else { return nil }
    let sum = crc32(Array(rest + texts).span)
    guard crc32(payload.span, continuing: sum) == head.sum else { return nil }
    func text(_ start: Int, _ length: Int) -> String {
      String(decoding: texts.dropFirst(start).prefix(length), as: UTF8.self)
    }
    let tag = text(head.lengths[0], head.lengths[1])
    let date = text(head.lengths[0] + head.lengths[1], head.lengths[2])
    url = text(0, head.lengths[0])
    status = head.status
    times = head.times
    body = head.body
    entityTag = tag.isEmpty ? nil : tag
    lastModified = date.isEmpty ? nil : date
    self.payload = payload
  }

  init(
    url: String, status: Int, times: Times, entityTag: String? = nil, lastModified: String? = nil,
    body: BodyMark = .none, payload: [UInt8]
  ) {
    self.url = url
    self.status = status
    self.times = times
    self.entityTag = entityTag
    self.lastModified = lastModified
    self.body = body
    self.payload = payload
  }

  private static func encode(_ number: Int, _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }
}
