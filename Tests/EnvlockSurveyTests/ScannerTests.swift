import EnvlockSurvey
import EnvlockTestSupport
import Testing

private func noise(_ count: Int, _ random: inout SplitMix64) -> [UInt8] {
  (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
}

@Suite struct FatbinScannerTests {
  private func summary(_ pieces: [[UInt8]]) -> FatbinSummary {
    var scanner = FatbinScanner()
    for piece in pieces { piece.withUnsafeBytes { scanner.scan($0) } }
    return scanner.summary()
  }

  @Test func `finds compiled code and PTX among other bytes`() {
    let found = summary([
      Array("ELF and code".utf8) + FatbinBuilder(kernels: [90, 80], ptx: [90]).build() + [0, 0]
        + FatbinBuilder(kernels: [80, 90], ptx: [90]).build() + Array("the end".utf8)
    ])
    #expect(found.count == 2)
    #expect(found.brokenCount == 0)
    #expect(found.sets.map(\.code) == [FatbinCode(kernels: [80, 90], ptx: [90])])
    #expect(found.kernels == [80, 90])
    #expect(found.ptx == [90])
  }

  @Test func `what only a few hold is told apart`() {
    let common = FatbinBuilder(kernels: [75, 80]).build()
    let found = summary([common, common, FatbinBuilder(kernels: [75, 80, 103], ptx: [120]).build()])
    #expect(found.kernels == [75, 80])
    #expect(found.ptx == [])
    #expect(found.rareKernels == [103])
    #expect(found.rarePTX == [120])
    #expect(found.sets.map(\.count) == [2, 1])
  }

  @Test func `a kind that is neither is passed over, and a long header too`() {
    var builder = FatbinBuilder(kernels: [80])
    builder.entries[0].headerLength = 112
    var other = FatbinBuilder.Entry(kind: 8, architecture: 0)
    other.headerLength = 40
    builder.entries.insert(other, at: 0)
    let found = summary([builder.build()])
    #expect(found.kernels == [80])
    #expect(found.brokenCount == 0)
  }

  @Test(arguments: [15, 32, 40, 87, 5000, 1 << 40, Int.max, -1])
  func `a stated length that is not true is no fat binary`(length: Int) {
    var builder = FatbinBuilder(kernels: [80])
    builder.statedLength = length
    let found = summary([builder.build()])
    #expect(found.count == 0)
    #expect(found.brokenCount >= 1)
  }

  @Test func `one that is cut short does not count, the ones before do`() {
    let whole = FatbinBuilder(kernels: [80], ptx: [80]).build()
    for count in 4..<whole.count {
      let found = summary([whole, Array(whole.prefix(count))])
      #expect(found.count == 1)
      #expect(found.brokenCount == 1)
    }
  }

  @Test func `the magic alone, or right before a fat binary, harms nothing`() {
    let magic: [UInt8] = [0x50, 0xED, 0x55, 0xBA]
    let whole = FatbinBuilder(kernels: [80]).build()
    for count in 0...4 {
      for filler in [0, 1, 5, 12, 13, 27, 28] {
        let before = Array(magic.prefix(count)) + [UInt8](repeating: 0xFF, count: filler)
        let found = summary([before + whole])
        #expect(found.kernels == [80], "\(count) bytes of the magic, \(filler) others")
      }
    }
  }

  @Test func `the same is found however the bytes are cut`() {
    var random = SplitMix64(seed: 1)
    for round in 0..<200 {
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let architectures = [50, 60, 75, 80, 90, 100, 120].shuffled(using: &random)
        bytes += noise(Int.random(in: 0...60, using: &random), &random)
        bytes += FatbinBuilder(
          kernels: Array(architectures.prefix(Int.random(in: 1...4, using: &random))),
          ptx: Array(architectures.suffix(Int.random(in: 0...1, using: &random))),
          contentLength: Int.random(in: 0...100, using: &random)
        ).build()
      }
      if round % 2 == 1 {
        for _ in 0..<3 { bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 0x11 }
      }
      let whole = summary([bytes])
      if round % 2 == 0 { #expect(whole.count >= 1) }
      for longest in [1, 3, 17, 90] { #expect(summary(cut(bytes, longest: longest, &random)) == whole) }
    }
  }

  @Test func `no bytes trap it`() {
    var random = SplitMix64(seed: 2)
    let magic: [UInt8] = [0x50, 0xED, 0x55, 0xBA]
    for _ in 0..<2000 {
      var bytes = noise(Int.random(in: 0...400, using: &random), &random)
      for _ in 0..<Int.random(in: 0...4, using: &random) where bytes.count > 16 {
        let place = Int.random(in: 0..<bytes.count - 16, using: &random)
        // A header that is believed, before noise.
        bytes.replaceSubrange(place..<place + 16, with: magic + [1, 0, 16, 0, 200, 0, 0, 0, 0, 0, 0, 0])
      }
      let found = summary(cut(bytes, longest: 50, &random))
      #expect(found == summary([bytes]))
    }
  }
}

@Suite struct ArchitectureScannerTests {
  private func lists(_ pieces: [[UInt8]]) -> [ArchitectureList] {
    var scanner = ArchitectureScanner()
    for piece in pieces { piece.withUnsafeBytes { scanner.scan($0) } }
    return scanner.lists
  }

  private func library(_ texts: String...) -> [UInt8] {
    [1, 2] + texts.flatMap { [0] + Array($0.utf8) } + [0, 7]
  }

  @Test func `finds the list between two zero bytes`() throws {
    let found = lists([library("compute_mesh", "sm_75 sm_80 sm_90a compute_90", "sm_", "an sm_80")])
    #expect(found == [try #require(ArchitectureList("sm_75 sm_80 sm_90 compute_90"))])
    #expect(found.first?.kernels == [75, 80, 90])
    #expect(found.first?.ptx == [90])
  }

  @Test func `the same list twice is one, and others are all told`() {
    #expect(lists([library("sm_80", "sm_80 ", "sm_90")]).map(\.kernels) == [[80], [90]])
  }

  @Test(arguments: [
    "", "sm_", "sm_8", "sm_8000", "sm_80x", "sm_80,sm_90", "sm-80", "80", "sm_80 foo", "sm_aa",
  ])
  func `other texts are no lists`(text: String) {
    #expect(ArchitectureList(text) == nil)
    #expect(lists([library(text)]) == [])
  }

  @Test func `a list without its end, or of a whole library's length, is none`() {
    #expect(lists([[0] + Array("sm_80 sm_90".utf8)]) == [])
    #expect(lists([[0] + Array("sm_80".utf8) + [UInt8](repeating: 0x20, count: 5000) + [0]]) == [])
  }

  @Test func `the same is found however the bytes are cut`() {
    var random = SplitMix64(seed: 5)
    for _ in 0..<200 {
      let bytes =
        noise(Int.random(in: 0...50, using: &random), &random) + library("sm_", "sm_50 sm_60", "compute_x")
        + noise(Int.random(in: 0...50, using: &random), &random) + library("sm_120 compute_120")
      let whole = lists([bytes])
      #expect(whole.count == 2)
      for longest in [1, 2, 9] { #expect(lists(cut(bytes, longest: longest, &random)) == whole) }
    }
  }
}
