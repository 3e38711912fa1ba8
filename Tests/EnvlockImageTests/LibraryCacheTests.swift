import EnvlockImage
import EnvlockModel
import Testing

@Suite struct LibraryCacheTests {
  private static let files: [(path: String, link: String?)] = [
    ("./lib/x86_64-linux-gnu/libc.so.6", nil),
    ("./usr/lib/x86_64-linux-gnu/libstdc++.so.6", "libstdc++.so.6.0.30"),
    ("./usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30", nil),
    ("./usr/lib/x86_64-linux-gnu/libz.so.1.2.13", nil),
    ("usr/lib/x86_64-linux-gnu/libz.so.1", "libz.so.1.2.13"),
    ("./usr/lib/x86_64-linux-gnu/perl-base/libother.so.1", nil),
    ("./usr/lib/x86_64-linux-gnu/gconv/UTF-7.so", nil),
    ("./usr/lib/python3/libelsewhere.so.1", nil),
  ]

  /// The names of a cache in its order, read by the rules of glibc's `struct cache_file_new`.
  private static func names(_ bytes: [UInt8]) -> [String] {
    func number(_ place: Int) -> Int {
      (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
    }
    func text(_ place: Int) -> String {
      String(decoding: bytes[place...].prefix { $0 != 0 }, as: UTF8.self)
    }
    return (0..<number(20)).map { index in
      let entry = 48 + 24 * index
      return "\(String(number(entry), radix: 16)) \(text(number(entry + 4))) \(text(number(entry + 8)))"
    }
  }

  @Test func `lists libraries by the names by which programs ask for them`() {
    let cache = LibraryCache(Self.files, platform: .linuxAMD64)
    #expect(cache.bytes.starts(with: "glibc-ld.so.cache1.1".utf8))
    #expect(
      Self.names(cache.bytes) == [
        "303 libz.so.1 /lib/x86_64-linux-gnu/libz.so.1",
        "303 libstdc++.so.6 /lib/x86_64-linux-gnu/libstdc++.so.6",
        "303 libc.so.6 /lib/x86_64-linux-gnu/libc.so.6",
      ])
  }

  @Test func `knows each architecture's folder and flags`() {
    let files = [(path: "./lib/aarch64-linux-gnu/libm.so.6", link: String?.none)]
    #expect(
      Self.names(LibraryCache(files, platform: .linuxARM64).bytes) == [
        "a03 libm.so.6 /lib/aarch64-linux-gnu/libm.so.6"
      ])
    #expect(Self.names(LibraryCache(files, platform: .linuxAMD64).bytes).isEmpty)
  }

  @Test func `orders names as the loader searches them`() {
    let files = ["liba.so.10", "liba.so.9", "liba.so", "lib1.so", "libz.so.1", "liba2.so", "lib-x.so"].map {
      (path: "lib/x86_64-linux-gnu/\($0)", link: String?.none)
    }
    let order = Self.names(LibraryCache(files, platform: .linuxAMD64).bytes).map {
      String($0.split(separator: " ")[1])
    }
    // Descending; digits by their number and behind all else; what is longer behind what it begins with.
    #expect(
      order == ["lib1.so", "libz.so.1", "liba2.so", "liba.so.10", "liba.so.9", "liba.so", "lib-x.so"])
  }
}
