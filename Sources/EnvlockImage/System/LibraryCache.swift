public import EnvlockModel

/// The file `/etc/ld.so.cache`: where the libraries of a system lie, by name.
///
/// The loader would find them in `/lib/<triplet>` and `/usr/lib/<triplet>` without it; but `ldconfig -p`, by which
/// `ctypes.util.find_library` and Triton look for libraries, has no other source.
///
/// Source: glibc, `sysdeps/generic/dl-cache.h` (`struct cache_file_new`, version 1.1, the only format since glibc 2.32) and
/// `elf/dl-cache.c` (the order of entries).
public struct LibraryCache: Hashable, Sendable {
  /// The bytes of the file.
  public let bytes: [UInt8]

  /// Where the cache lies, below the root.
  public static let path = "etc/ld.so.cache"

  /// Lists the libraries in the folders that the loader looks into.
  ///
  /// A library is listed by the names by which programs ask for it: links, and files that no link of the same folder
  /// points to. As packages bring the link that is named as the library calls itself, no library has to be read.
  ///
  /// - Parameters:
  ///   - files: the files and links of all packages, by their paths in the packages, links with their texts.
  ///   - platform: the system's architecture.
  public init(_ files: [(path: String, link: String?)], platform: Platform) {
    let folder = "lib/\(platform.machine)-linux-gnu/"
    var links: [String: String] = [:]
    var names: Set<String> = []
    for (path, link) in files {
      guard let name = Self.name(path, in: folder), Self.isLibrary(name) else { continue }
      names.insert(name)
      if let link { links[name] = link }
    }
    let targets = Set(links.values)
    let listed = names.filter { links[$0] != nil || !targets.contains($0) }
      .sorted { Self.compare($0, $1) > 0 }
    bytes = Self.file(listed, folder: "/" + folder, platform)
  }

  /// The name of what lies in the folder, whether the package's /usr is merged or not.
  private static func name(_ path: String, in folder: String) -> String? {
    var rest = path[...]
    for start in ["./", "/", "usr/"] where rest.hasPrefix(start) { rest = rest.dropFirst(start.utf8.count) }
    return rest.hasPrefix(folder) ? String(rest.dropFirst(folder.utf8.count)) : nil
  }

  /// "libc.so.6", "libstdc++.so.6.0.30", "ld-linux-x86-64.so.2"; nothing in folders further down.
  private static func isLibrary(_ name: String) -> Bool {
    guard !name.utf8.contains(UInt8(ascii: "/")), name.hasPrefix("lib") || name.hasPrefix("ld-") else {
      return false
    }
    return name.hasSuffix(".so") || name.contains(".so.")
  }

  private static func file(_ names: [String], folder: String, _ platform: Platform) -> [UInt8] {
    let headSize = 48
    let entrySize = 24
    var head: [UInt8] = []
    var texts: [UInt8] = []
    func append(_ number: Int, _ count: Int, to bytes: inout [UInt8]) {
      for place in 0..<count { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * place))) }
    }
    let start = headSize + names.count * entrySize
    var entries: [UInt8] = []
    for name in names {
      append(platform == .linuxAMD64 ? 0x0303 : 0x0A03, 4, to: &entries)
      let path = folder + name
      // The name is the end of the path.
      append(start + texts.count + folder.utf8.count, 4, to: &entries)
      append(start + texts.count, 4, to: &entries)
      append(0, 4, to: &entries)
      append(0, 8, to: &entries)
      texts += path.utf8
      texts.append(0)
    }
    head += "glibc-ld.so.cache1.1".utf8
    append(names.count, 4, to: &head)
    append(texts.count, 4, to: &head)
    // Little-endian; padding, no extensions, three words that are not used.
    head += [2] + [UInt8](repeating: 0, count: 19)
    return head + entries + texts
  }

  /// The loader's order: digits by their number, and behind everything else.
  static func compare(_ one: String, _ other: String) -> Int {
    var a = Array(one.utf8)[...]
    var b = Array(other.utf8)[...]
    func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
    func number(_ bytes: inout ArraySlice<UInt8>) -> Int32 {
      var value: Int32 = 0
      while let byte = bytes.first, isDigit(byte) {
        value = value &* 10 &+ Int32(byte - UInt8(ascii: "0"))
        bytes.removeFirst()
      }
      return value
    }
    while let x = a.first {
      guard let y = b.first else { return Int(x) }
      switch (isDigit(x), isDigit(y)) {
      case (true, true):
        let (left, right) = (number(&a), number(&b))
        if left != right { return Int(left) - Int(right) }
      case (true, false): return 1
      case (false, true): return -1
      case (false, false):
        if x != y { return Int(x) - Int(y) }
        a.removeFirst()
        b.removeFirst()
      }
    }
    return b.isEmpty ? 0 : -1
  }
}
