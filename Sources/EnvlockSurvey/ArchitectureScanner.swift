/// Finds the list of architectures that a build of PyTorch carries as a text, while the bytes of a library come in:
/// "sm_75 sm_80 compute_90", between two zero bytes.
///
/// ATen compiles the list in, and `torch.cuda.get_arch_list()` returns it; `sm_` stands for compiled kernels and
/// `compute_` for PTX. It keeps no more than one text, and the same is found however the bytes are cut.
public struct ArchitectureScanner: Sendable {
  /// The longest list that is believed, in bytes.
  private static let longest = 1024
  private static let prefixes = [Array("sm_".utf8), Array("compute_".utf8)]

  /// What was found, each once, in the order of the bytes.
  public private(set) var lists: [ArchitectureList] = []
  /// The text that is being read, behind a zero byte; nil where there is none that could be a list.
  private var text: [UInt8]?

  /// Begins with nothing.
  public init() {}

  /// Takes the next bytes of the library.
  public mutating func scan(_ bytes: UnsafeRawBufferPointer) {
    var place = 0
    while place < bytes.count {
      guard text != nil else {
        // The one loop that sees nearly every byte.
        while place < bytes.count, bytes[place] != 0 { place += 1 }
        if place < bytes.count { text = [] }
        place += 1
        continue
      }
      let byte = bytes[place]
      place += 1
      if byte == 0 { finish() } else { take(byte) }
    }
  }

  private mutating func take(_ byte: UInt8) {
    guard var current = text else { return }
    text = nil
    current.append(byte)
    guard current.count <= ArchitectureScanner.longest,
      ArchitectureScanner.prefixes.contains(where: {
        current.starts(with: $0.prefix(current.count)) || $0.starts(with: current)
      })
    else { return }
    text = current
  }

  /// The text's end; the next may begin at once.
  private mutating func finish() {
    if let text, let list = ArchitectureList(String(decoding: text, as: UTF8.self)), !lists.contains(list) {
      lists.append(list)
    }
    text = []
  }
}

/// A list of architectures as build tools write it.
public struct ArchitectureList: Hashable, Sendable {
  /// 90 of `sm_90`, ascending; a variant such as `sm_90a` counts as 90.
  public let kernels: [Int]
  /// 90 of `compute_90`, ascending.
  public let ptx: [Int]

  /// Reads names separated by blanks.
  ///
  /// - Parameter text: such as "sm_75 sm_80 compute_90"; nil unless it has only such names, and at least one.
  public init?(_ text: String) {
    self.init(
      names: text.utf8.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) })
  }

  /// Reads names one by one; nil unless all are such names, and there is at least one.
  public init?(names: [String]) {
    var kernels: Set<Int> = []
    var ptx: Set<Int> = []
    for name in names {
      if let number = ArchitectureList.number(name, after: "sm_") {
        kernels.insert(number)
      } else if let number = ArchitectureList.number(name, after: "compute_") {
        ptx.insert(number)
      } else {
        return nil
      }
    }
    guard !names.isEmpty else { return nil }
    self.kernels = kernels.sorted()
    self.ptx = ptx.sorted()
  }

  /// The two or three digits behind a prefix; a letter for a variant may follow.
  private static func number(_ name: String, after prefix: String) -> Int? {
    guard name.hasPrefix(prefix) else { return nil }
    var digits = name.utf8.dropFirst(prefix.utf8.count)
    if let last = digits.last, last == UInt8(ascii: "a") || last == UInt8(ascii: "f") {
      digits = digits.dropLast()
    }
    guard (2...3).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }
}
