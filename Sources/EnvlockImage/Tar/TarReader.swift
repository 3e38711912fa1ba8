/// Reads a tar archive that comes in pieces, and hands its members and their content on without copying them.
///
/// Read are ustar and older headers, pax records, GNU's long names and large numbers. However the archive is cut, the same
/// members come out, and content in pieces of whatever size it came in; memory is bounded by the longest header. Nothing
/// that an archive holds makes it trap: what is wrong is a `TarFault` with its place.
public struct TarReader: Sendable {
  /// What comes out.
  public enum Piece {
    /// A member; its content follows.
    case member(TarMember)
    /// The next bytes of the last member's content; valid during the call only.
    case content(UnsafeRawBufferPointer)
    /// Bytes that are no content: headers, padding, the closing blocks. Together with the contents they are the archive.
    /// Those of a header stand before its member. Valid during the call only.
    case framing(UnsafeRawBufferPointer)
  }

  /// How many bytes a header before another header may hold: pax records, a long name.
  public static let recordLimit = 1 << 20
  /// The largest content that is believed, in bytes: 2 to the power of 50. Sums of such sizes cannot overflow.
  public static let sizeLimit = 1 << 50

  private enum State {
    /// A header or a closing block begins, of which so many bytes are in `block`.
    case header
    /// The content of a header that belongs to the next one.
    case records(kind: UInt8, rest: Int, padding: Int)
    /// The content of a member.
    case content(rest: Int, padding: Int)
    /// Zeros up to the next block.
    case padding(rest: Int)
    /// The first closing block has come.
    case closing
    /// Both have come.
    case closed
  }

  /// How many bytes were taken so far.
  public private(set) var offset = 0

  private var state = State.header
  /// The part of a block that an earlier piece ended in.
  private var block: [UInt8] = []
  private var records: [UInt8] = []
  private var own = TarOverrides()
  private var global = TarOverrides()
  /// Where the headers of the next member begin.
  private var start: Int?
  /// The member whose content comes, for errors.
  private var path: String?
  private var failure: TarFault?

  /// Begins with nothing.
  public init() {}

  /// Whether both closing blocks have come.
  public var hasEnded: Bool { if case .closed = state { true } else { false } }

  /// Takes the next bytes of the archive.
  ///
  /// - Parameters:
  ///   - bytes: the bytes.
  ///   - body: gets what is in them.
  /// - Throws: `TarFault`, here and at every later call.
  public mutating func push(
    _ bytes: UnsafeRawBufferPointer, _ body: (Piece) -> Void
  ) throws(TarFault) {
    if let failure { throw failure }
    do throws(TarFault) {
      var rest = bytes
      while !rest.isEmpty {
        let count = try take(rest, body)
        offset += count
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
    } catch {
      failure = error
      throw error
    }
  }

  /// Passes over the rest of the last member's content and what it is padded with, for archives that can be read from any
  /// place on.
  ///
  /// - Returns: how many bytes the next push must not bring.
  public mutating func skipContent() -> Int {
    switch state {
    case .content(let rest, let padding):
      state = .header
      offset += rest + padding
      return rest + padding
    case .padding(let rest):
      state = .header
      offset += rest
      return rest
    case .header, .records, .closing, .closed: return 0
    }
  }

  /// Says that all bytes were pushed.
  ///
  /// - Throws: `TarFault` where the archive has not ended.
  public mutating func finish() throws(TarFault) {
    if let failure { throw failure }
    guard hasEnded else {
      let fault = TarFault(.cutShort, offset: offset, path: path)
      failure = fault
      throw fault
    }
  }

  // MARK: private

  /// Takes some bytes from the front, at least one.
  private mutating func take(
    _ bytes: UnsafeRawBufferPointer, _ body: (Piece) -> Void
  ) throws(TarFault) -> Int {
    switch state {
    case .header, .closing: return try takeBlock(bytes, body)
    case .content(let rest, let padding):
      let piece = UnsafeRawBufferPointer(rebasing: bytes.prefix(rest))
      body(.content(piece))
      proceed(rest - piece.count, padding) { .content(rest: $0, padding: $1) }
      return piece.count
    case .padding(let rest):
      let piece = UnsafeRawBufferPointer(rebasing: bytes.prefix(rest))
      body(.framing(piece))
      state = rest == piece.count ? .header : .padding(rest: rest - piece.count)
      return piece.count
    case .records(let kind, let rest, let padding):
      let piece = UnsafeRawBufferPointer(rebasing: bytes.prefix(rest))
      body(.framing(piece))
      records += piece
      proceed(rest - piece.count, padding) { .records(kind: kind, rest: $0, padding: $1) }
      if rest == piece.count { try takeRecords(kind) }
      return piece.count
    case .closed:
      guard let place = bytes.firstIndex(where: { $0 != 0 }) else {
        body(.framing(bytes))
        return bytes.count
      }
      throw TarFault(.trailing, offset: offset + place)
    }
  }

  private mutating func proceed(_ rest: Int, _ padding: Int, _ make: (Int, Int) -> State) {
    state = rest > 0 ? make(rest, padding) : padding > 0 ? .padding(rest: padding) : .header
  }

  private mutating func takeBlock(
    _ bytes: UnsafeRawBufferPointer, _ body: (Piece) -> Void
  ) throws(TarFault) -> Int {
    if block.isEmpty, bytes.count >= TarBlock.length {
      let whole = UnsafeRawBufferPointer(rebasing: bytes.prefix(TarBlock.length))
      body(.framing(whole))
      try read(TarBlock(whole), at: offset, body)
      return TarBlock.length
    }
    let piece = UnsafeRawBufferPointer(rebasing: bytes.prefix(TarBlock.length - block.count))
    let place = offset - block.count
    body(.framing(piece))
    block += piece
    guard block.count == TarBlock.length else { return piece.count }
    let whole = block
    block.removeAll(keepingCapacity: true)
    let outcome = whole.withUnsafeBytes { bytes -> TarFault? in
      do throws(TarFault) { try read(TarBlock(bytes), at: place, body) } catch { return error }
      return nil
    }
    if let outcome { throw outcome }
    return piece.count
  }

  private mutating func read(
    _ header: TarBlock, at place: Int, _ body: (Piece) -> Void
  ) throws(TarFault) {
    if header.isZero {
      if let start { throw TarFault(.alone, offset: start) }
      path = nil
      if case .closing = state { state = .closed } else { state = .closing }
      return
    }
    if case .closing = state { throw TarFault(.trailing, offset: place) }
    guard header.hasRightSum else { throw TarFault(.checksum, offset: place) }
    guard let size = header.size, size <= TarReader.sizeLimit else {
      throw TarFault(.number(field: "size"), offset: place)
    }
    switch header.kind {
    case UInt8(ascii: "x"), UInt8(ascii: "g"), UInt8(ascii: "L"), UInt8(ascii: "K"):
      guard size <= TarReader.recordLimit else {
        throw TarFault(.tooLong(limit: TarReader.recordLimit), offset: place)
      }
      if header.kind != UInt8(ascii: "g") {
        guard !own.seen.contains(header.kind) else { throw TarFault(.alone, offset: start ?? place) }
        own.seen.append(header.kind)
        start = start ?? place
      }
      records.removeAll(keepingCapacity: true)
      if size == 0 { return state = .header }
      state = .records(kind: header.kind, rest: size, padding: TarReader.padding(size))
    default:
      let member = try member(header, size, at: place)
      start = nil
      own = TarOverrides()
      path = member.path
      proceed(member.size, TarReader.padding(member.size)) { .content(rest: $0, padding: $1) }
      body(.member(member))
    }
  }

  private mutating func takeRecords(_ kind: UInt8) throws(TarFault) {
    let place = start ?? offset
    switch kind {
    case UInt8(ascii: "L"): own.path = Array(records.prefix { $0 != 0 })
    case UInt8(ascii: "K"): own.link = Array(records.prefix { $0 != 0 })
    case UInt8(ascii: "g"):
      if let reason = global.read(records) { throw TarFault(.record(reason), offset: place) }
      guard global.attributes.isEmpty else {
        throw TarFault(.record("has attributes of every member"), offset: place)
      }
    default:
      if let reason = own.read(records) { throw TarFault(.record(reason), offset: place) }
    }
  }

  private func member(_ header: TarBlock, _ stated: Int, at block: Int) throws(TarFault) -> TarMember {
    let place = start ?? block
    let name = own.path ?? global.path ?? header.name
    guard !name.isEmpty else { throw TarFault(.noName, offset: place) }
    guard let path = String(validating: name, as: UTF8.self) else {
      throw TarFault(.text(field: "name"), offset: place)
    }
    func required<Value>(_ value: Value?, _ field: String) throws(TarFault) -> Value {
      guard let value else { throw TarFault(.number(field: field), offset: place, path: path) }
      return value
    }
    let size = own.size ?? global.size ?? stated
    guard size <= TarReader.sizeLimit else {
      throw TarFault(.number(field: "size"), offset: place, path: path)
    }
    let kind = try kind(header, path, size, at: place)
    return TarMember(
      path: path, kind: kind, mode: try required(header.mode, "mode"),
      uid: try required(own.uid ?? global.uid ?? header.uid, "owner"),
      gid: try required(own.gid ?? global.gid ?? header.gid, "group"),
      mtime: try required(own.mtime ?? global.mtime ?? header.mtime, "time"),
      attributes: own.sortedAttributes, offset: place, contentOffset: block + TarBlock.length)
  }

  private func kind(
    _ header: TarBlock, _ path: String, _ size: Int, at place: Int
  ) throws(TarFault) -> TarMember.Kind {
    let kind: TarMember.Kind
    switch header.kind {
    case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
      // Before there were kinds, a slash at the end made a folder.
      guard header.kind == 0, path.hasSuffix("/") else { return .file(size: size) }
      kind = .directory
    case UInt8(ascii: "1"), UInt8(ascii: "2"):
      guard let text = String(validating: own.link ?? global.link ?? header.link, as: UTF8.self) else {
        throw TarFault(.text(field: "link"), offset: place, path: path)
      }
      guard !text.isEmpty else { throw TarFault(.noName, offset: place, path: path) }
      kind = header.kind == UInt8(ascii: "1") ? .hardLink(text) : .symbolicLink(text)
    case UInt8(ascii: "3"), UInt8(ascii: "4"):
      guard let device = header.device else {
        throw TarFault(.number(field: "device number"), offset: place, path: path)
      }
      kind = .special(
        header.kind == UInt8(ascii: "3")
          ? .characterDevice(major: device.major, minor: device.minor)
          : .blockDevice(major: device.major, minor: device.minor))
    case UInt8(ascii: "5"): kind = .directory
    case UInt8(ascii: "6"): kind = .special(.pipe)
    default: throw TarFault(.kind(header.kind), offset: place, path: path)
    }
    // Readers do not agree on whether the content of a link follows it.
    guard size == 0 else { throw TarFault(.content, offset: place, path: path) }
    return kind
  }

  private static func padding(_ size: Int) -> Int {
    let rest = size % TarBlock.length
    return rest == 0 ? 0 : TarBlock.length - rest
  }
}
