public import EnvlockVersions

/// The GPU code that one fat binary holds: the architectures of its compiled kernels and of its PTX, ascending.
public struct FatbinCode: Hashable, Sendable {
  /// 90 of `sm_90`, for which compiled code is there.
  public let kernels: [Int]
  /// 90 of `compute_90`, for which PTX is there.
  public let ptx: [Int]

  /// Sorts both and drops repetition.
  public init(kernels: some Sequence<Int>, ptx: some Sequence<Int>) {
    self.kernels = Set(kernels).sorted()
    self.ptx = Set(ptx).sorted()
  }
}

/// What the fat binaries of a library hold together.
public struct FatbinSummary: Hashable, Sendable {
  /// How many fat binaries hold exactly this code; the most frequent first, then by what they hold.
  public let sets: [(code: FatbinCode, count: Int)]
  /// How many places begin like a fat binary and are none, or one cut short.
  public let brokenCount: Int

  /// How many fat binaries there are.
  public var count: Int { sets.reduce(0) { $0 + $1.count } }

  /// The architectures with compiled kernels in at least half of the fat binaries: what the library as a whole is
  /// built for. A few kernels are often built for more, or for a variant such as 9.0a.
  public var kernels: [Int] { common(\.kernels) }
  /// The architectures with PTX in at least half of the fat binaries.
  public var ptx: [Int] { common(\.ptx) }
  /// The architectures with compiled kernels in some fat binaries, but in fewer than half.
  public var rareKernels: [Int] { rest(\.kernels, without: kernels) }
  /// The architectures with PTX in some fat binaries, but in fewer than half.
  public var rarePTX: [Int] { rest(\.ptx, without: ptx) }

  init(counts: [FatbinCode: Int], brokenCount: Int) {
    sets = counts.map { (code: $0.key, count: $0.value) }.sorted { left, right in
      if left.count != right.count { return left.count > right.count }
      if left.code.kernels != right.code.kernels {
        return left.code.kernels.lexicographicallyPrecedes(right.code.kernels)
      }
      return left.code.ptx.lexicographicallyPrecedes(right.code.ptx)
    }
    self.brokenCount = brokenCount
  }

  /// Equal where sets, counts and broken ones are.
  public static func == (left: FatbinSummary, right: FatbinSummary) -> Bool {
    left.brokenCount == right.brokenCount && left.sets.elementsEqual(right.sets) { $0 == $1 }
  }

  /// Feeds what `==` looks at.
  public func hash(into hasher: inout Hasher) {
    for set in sets {
      hasher.combine(set.code)
      hasher.combine(set.count)
    }
    hasher.combine(brokenCount)
  }

  private func common(_ part: (FatbinCode) -> [Int]) -> [Int] {
    all(part).filter { architecture in
      2 * sets.reduce(0) { $0 + (part($1.code).contains(architecture) ? $1.count : 0) } >= count
    }
  }

  private func rest(_ part: (FatbinCode) -> [Int], without: [Int]) -> [Int] {
    all(part).filter { !without.contains($0) }
  }

  private func all(_ part: (FatbinCode) -> [Int]) -> [Int] { Set(sets.flatMap { part($0.code) }).sorted() }
}

/// Finds the fat binaries of CUDA in the bytes of a library while they come in, and reads for which architectures they
/// hold code. It keeps no more than one header, and the same is found however the bytes are cut.
///
/// A fat binary is a header of 16 bytes (magic 0xBA55ED50, version 1, length of the header, length of the rest) and
/// entries: a header (kind, version, length of the header, length of the content, …, architecture at byte 28, …) and
/// the content, compressed or not; that makes no difference to the header. Kind 1 is PTX, kind 2 compiled code.
///
/// Source: NVIDIA documents none of this; the layout is what `nvcc` writes, as the facts about torch 2.15.0, 2.13.0
/// and 2.9.1 and TensorFlow 2.22.0rc0 were read with it, and agrees with the text and Python files of these wheels.
public struct FatbinScanner: Sendable {
  private enum State {
    /// So many bytes of the magic have come.
    case search(matched: Int)
    /// The rest of the header is being collected.
    case header
    /// An entry's header is being collected.
    case entry
    /// So many bytes are passed over.
    case skip(UInt64)
  }

  /// 0xBA55ED50, little endian. Its first byte does not come again in it.
  private static let magic: [UInt8] = [0x50, 0xED, 0x55, 0xBA]
  private static let headerLength = 16
  /// Up to and with the architecture.
  private static let entryLength = 32
  /// The longest fat binary that is believed, in bytes.
  private static let longest: UInt64 = 2 << 30

  private var state = State.search(matched: 0)
  private var held: [UInt8] = []
  /// How many bytes of the fat binary are left.
  private var left: UInt64 = 0
  private var kernels: Set<Int> = []
  private var ptx: Set<Int> = []
  private var counts: [FatbinCode: Int] = [:]
  private var brokenCount = 0

  /// Begins with nothing.
  public init() { held.reserveCapacity(FatbinScanner.entryLength) }

  /// Takes the next bytes of the library.
  public mutating func scan(_ bytes: UnsafeRawBufferPointer) {
    var place = 0
    while place < bytes.count {
      switch state {
      case .search(let matched): place = search(bytes, from: place, matched)
      case .header:
        if collect(bytes, &place, FatbinScanner.headerLength) { readHeader() }
      case .entry:
        if collect(bytes, &place, FatbinScanner.entryLength) { readEntry() }
      case .skip(let count):
        let step = min(count, UInt64(bytes.count - place))
        place += Int(step)
        if count == step { nextEntry() } else { state = .skip(count - step) }
      }
    }
  }

  /// What was found, when all bytes have come; a fat binary that is not complete counts as broken.
  public func summary() -> FatbinSummary {
    var isOpen = true
    if case .search = state { isOpen = false }
    return FatbinSummary(counts: counts, brokenCount: brokenCount + (isOpen ? 1 : 0))
  }

  // MARK: private

  /// Looks for the magic; returns where to go on.
  private mutating func search(_ bytes: UnsafeRawBufferPointer, from start: Int, _ matched: Int) -> Int {
    var place = start
    var matched = matched
    let first = FatbinScanner.magic[0]
    while place < bytes.count {
      if matched == 0 {
        // The one loop that sees every byte of a library of a gigabyte.
        while place < bytes.count, bytes[place] != first { place += 1 }
        guard place < bytes.count else { break }
      }
      let byte = bytes[place]
      place += 1
      if byte == FatbinScanner.magic[matched] {
        matched += 1
        if matched == FatbinScanner.magic.count {
          held = FatbinScanner.magic
          state = .header
          return place
        }
      } else {
        matched = byte == first ? 1 : 0
      }
    }
    state = .search(matched: matched)
    return place
  }

  /// Takes bytes until so many are held; whether they are.
  private mutating func collect(_ bytes: UnsafeRawBufferPointer, _ place: inout Int, _ count: Int) -> Bool {
    let step = min(count - held.count, bytes.count - place)
    held.append(contentsOf: bytes[place..<place + step])
    place += step
    return held.count == count
  }

  private func number(_ offset: Int, _ width: Int) -> UInt64 {
    held[offset..<offset + width].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private mutating func readHeader() {
    let length = number(6, 2)
    let rest = number(8, 8)
    guard number(4, 2) == 1, length >= FatbinScanner.headerLength, length <= 64,
      rest >= FatbinScanner.entryLength, rest <= FatbinScanner.longest
    else { return giveUp(knowing: FatbinScanner.magic.count) }
    kernels = []
    ptx = []
    left = rest
    let more = length - UInt64(FatbinScanner.headerLength)
    if more == 0 { nextEntry() } else { state = .skip(more) }
  }

  private mutating func readEntry() {
    let kind = number(0, 2)
    let length = number(4, 4)
    let content = number(8, 8)
    let architecture = Int(number(28, 4))
    guard kind >= 1, kind <= 64, length >= FatbinScanner.entryLength, length <= 4096, length <= left,
      content <= left - length, kind > 2 || (10..<1000).contains(architecture)
    else { return giveUp(knowing: 0) }
    if kind == 1 { ptx.insert(architecture) }
    if kind == 2 { kernels.insert(architecture) }
    left -= length + content
    let rest = length - UInt64(FatbinScanner.entryLength) + content
    if rest == 0 { nextEntry() } else { state = .skip(rest) }
  }

  /// Goes to the next entry, or leaves the fat binary.
  private mutating func nextEntry() {
    held.removeAll(keepingCapacity: true)
    if left >= FatbinScanner.entryLength {
      state = .entry
      return
    }
    // What is left is too short for an entry: padding.
    if !kernels.isEmpty || !ptx.isEmpty {
      counts[FatbinCode(kernels: kernels, ptx: ptx), default: 0] += 1
    }
    state = .search(matched: 0)
  }

  /// The bytes were no fat binary after all, such as the magic as a number in code.
  ///
  /// The magic may begin inside of what is held, behind the `known` first bytes. Every time this happens it begins further
  /// on, so that it comes to an end.
  private mutating func giveUp(knowing known: Int) {
    brokenCount += 1
    let again = held.dropFirst(known)
    held.removeAll(keepingCapacity: true)
    state = .search(matched: 0)
    Array(again).withUnsafeBytes { scan($0) }
  }
}

extension ComputeCapability {
  /// The capability of an architecture's number: 9.0 of 90, 10.0 of 100.
  ///
  /// - Throws: `MalformedText` for a number below 10.
  public init(architecture: Int) throws(MalformedText) { try self.init("sm_\(architecture)") }
}
