/// Makes fat binaries as `nvcc` lays them out, with content that is no code.
public struct FatbinBuilder {
  /// One image in a fat binary.
  public struct Entry {
    /// 1: PTX, 2: compiled code.
    public var kind: Int
    /// 90 of `sm_90`.
    public var architecture: Int
    /// The content.
    public var content: [UInt8]
    /// How long its header is; the architecture stands at byte 28.
    public var headerLength = 64

    /// An image with so many bytes of content.
    public init(kind: Int, architecture: Int, contentLength: Int = 24) {
      self.kind = kind
      self.architecture = architecture
      // Bytes of the magic in the content must not be taken for one.
      content = (0..<contentLength).map { [0x50, 0xED, 0x55, 0xBA, 0x50, 1, 2, 3][$0 % 8] }
    }
  }

  /// The images in their order.
  public var entries: [Entry]
  /// What the header says of the length of what follows, instead of the truth.
  public var statedLength: Int?

  /// A fat binary of compiled code and PTX for these architectures.
  public init(kernels: [Int], ptx: [Int] = [], contentLength: Int = 24) {
    entries =
      kernels.map { Entry(kind: 2, architecture: $0, contentLength: contentLength) }
      + ptx.map { Entry(kind: 1, architecture: $0, contentLength: contentLength) }
  }

  /// The bytes.
  public func build() -> [UInt8] {
    var body: [UInt8] = []
    for entry in entries {
      var header = number(entry.kind, 2) + number(0x101, 2) + number(entry.headerLength, 4)
      header += number(entry.content.count, 8) + number(0, 8) + number(0, 2) + number(0, 2)
      header += number(entry.architecture, 4)
      header += [UInt8](repeating: 0, count: max(0, entry.headerLength - header.count))
      body += header + entry.content
    }
    let length = statedLength ?? body.count
    return number(0xBA55_ED50, 4) + number(1, 2) + number(16, 2) + number(length, 8) + body
  }

  private func number(_ value: Int, _ width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
