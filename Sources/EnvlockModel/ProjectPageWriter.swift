import EnvlockVersions

extension ProjectPage {
  /// The compact bytes of what an index says of a project.
  ///
  /// The same files give the same bytes in whatever order they come; of two files of one name the first counts.
  ///
  /// - Parameters:
  ///   - name: the project; wheels of other projects are skipped and counted.
  ///   - baseURL: the page's own URL, without user and password, to resolve the files' URLs against; may be empty.
  ///   - files: the files as the index lists them.
  /// - Returns: what `init(compact:)` opens.
  public static func compact(name: ProjectName, baseURL: String, files: [IndexFile]) -> [UInt8] {
    var writer = ProjectPageWriter(name: name, baseURL: baseURL)
    for file in files { writer.add(file) }
    return writer.finish()
  }
}

/// Builds a compact page.
///
/// Magic number and version (8 bytes), checksum of the rest (8 bytes, little-endian); the project's name; the
/// number of skipped files; URL prefixes that several files share; texts of Requires-Python; the releases, newest
/// first, each with version, number of wheels, whether it has a source distribution, and length of its block; then the
/// blocks: a record for each wheel, by file name, which leaves out what it shares with the record before it.
/// Numbers are written in groups of seven bits, texts with their length before them.
struct ProjectPageWriter {
  /// Names the format; its last byte is the version, to be raised with every change.
  static let magic = Array("envlkpg".utf8) + [1]
  /// Magic number and checksum.
  static let headerLength = 16

  fileprivate struct Entry {
    var file: IndexFile
    /// The URL without what the file name and a hashed folder say.
    var prefix: String
    var hashedFolder: [UInt8] = []
    var flags: ProjectPageFlags = []
  }

  fileprivate struct Release {
    var hasSdist = false
    var wheels: [Entry] = []
    /// How the release's source distributions spell the version: the first in the order of texts.
    var spelling: Version?
  }

  private let name: ProjectName
  private let baseURL: String
  private var releases: [Version: Release] = [:]
  private var skipped = 0

  init(name: ProjectName, baseURL: String) {
    self.name = name
    self.baseURL = baseURL
  }

  mutating func add(_ file: IndexFile) {
    if file.fileName.endsInBytes(".whl") {
      guard let wheel = try? WheelName(file.fileName), wheel.project == name else { return skipped += 1 }
      var file = file
      let (url, fragment) = URLReference.splitFragment(file.url)
      if fragment != nil || !URLReference.isAbsolute(url) {
        file.url = URLReference.resolve(url, against: baseURL)
      }
      releases[wheel.version, default: Release()].wheels.append(ProjectPageWriter.entry(file))
    } else if let version = SdistName.version(of: file.fileName, project: name) {
      releases[version, default: Release()].addSdist(version)
    } else {
      skipped += 1
    }
  }

  consuming func finish() -> [UInt8] {
    var releases = releases.sorted { $0.key > $1.key }
    for index in releases.indices { releases[index].value.sortWheels() }
    let entries = releases.lazy.flatMap(\.value.wheels)
    let prefixes = shared(entries.lazy.map(\.prefix), atLeast: 2)
    let requirements = shared(entries.lazy.compactMap(\.file.requiresPython), atLeast: 1)
    var table: [UInt8] = []
    var blocks: [UInt8] = []
    for (version, release) in releases {
      let start = blocks.count
      var previous: [UInt8] = []
      for entry in release.wheels {
        let fileName = Array(entry.file.fileName.utf8)
        append(entry, fileName, previous, prefixes.index, requirements.index, to: &blocks)
        previous = fileName
      }
      // Equal versions may be spelled differently: the first wheel's spelling is kept.
      let first = release.wheels.first.flatMap { try? WheelName($0.file.fileName).version }
      append((first ?? release.spelling ?? version).description, to: &table)
      append(release.wheels.count << 1 | (release.hasSdist ? 1 : 0), to: &table)
      append(blocks.count - start, to: &table)
    }

    var page = ProjectPageWriter.magic + [UInt8](repeating: 0, count: 8)
    page.reserveCapacity(table.count + blocks.count + 1024)
    append(name.text, to: &page)
    append(skipped, to: &page)
    append(prefixes.table, to: &page)
    append(requirements.table, to: &page)
    append(releases.count, to: &page)
    appendOffset(behind: table.count, to: &page)
    page += table
    page += blocks
    ProjectPageWriter.seal(&page)
    return page
  }

  /// Writes the checksum.
  static func seal(_ page: inout [UInt8]) {
    guard page.count >= headerLength else { return }
    var checksum = page.withUnsafeBufferPointer { pageChecksum($0, from: headerLength) }
    for index in magic.count..<headerLength {
      page[index] = UInt8(truncatingIfNeeded: checksum)
      checksum >>= 8
    }
  }

  // MARK: private

  /// The texts that come often enough for a table, in the order of their first use, and where they stand in it.
  private func shared(_ texts: some Sequence<String>, atLeast: Int) -> (table: [String], index: [String: Int])
  {
    var counts: [String: Int] = [:]
    for text in texts { counts[text, default: 0] += 1 }
    var table: [String] = []
    var index: [String: Int] = [:]
    for text in texts where index[text] == nil && counts[text, default: 0] >= atLeast && !text.isEmpty {
      index[text] = table.count
      table.append(text)
    }
    return (table, index)
  }

  /// Splits a file's URL into prefix, hashed folder and file name.
  private static func entry(_ file: IndexFile) -> Entry {
    var entry = Entry(file: file, prefix: file.url)
    var name = file.fileName
    name.withUTF8 { name in
      entry.prefix.withUTF8 { url in
        guard let slash = url.lastIndex(of: UInt8(ascii: "/")) else { return }
        let tail = UnsafeBufferPointer(rebasing: url[(slash + 1)...])
        if tail.elementsEqual(name) {
          entry.flags = .endsWithName
        } else if tail.elementsEqual(encodingPlus(name)) {
          entry.flags = [.endsWithName, .encodesPlus]
        } else {
          return
        }
        if let packed = packedFolder(UnsafeBufferPointer(rebasing: url[...slash])) {
          entry.hashedFolder = packed
          entry.flags.insert(.hasHashedFolder)
        }
      }
    }
    if entry.flags.contains(.endsWithName) {
      let tail =
        name.utf8.count + (entry.flags.contains(.encodesPlus) ? 2 * name.utf8.count { $0 == plus } : 0)
      entry.prefix = String(
        decoding: entry.prefix.utf8.dropLast(tail + (entry.hashedFolder.isEmpty ? 0 : 67)), as: UTF8.self)
    }
    return entry
  }

  private static let plus = UInt8(ascii: "+")

  private static func encodingPlus(_ name: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    guard name.contains(plus) else { return [] }
    return name.flatMap { $0 == plus ? Array("%2B".utf8) : [$0] }
  }

  /// The 32 bytes of a folder "ab/cd/<60 hexadecimal digits in lower case>/" at the end of `url`.
  private static func packedFolder(_ url: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    guard url.count >= 67 else { return nil }
    var packed: [UInt8] = []
    packed.reserveCapacity(32)
    var digits = 0
    for (index, byte) in url.suffix(67).enumerated() {
      let isSlash = index == 2 || index == 5 || index == 66
      switch byte {
      case UInt8(ascii: "/") where isSlash: continue
      case UInt8(ascii: "0")...UInt8(ascii: "9") where !isSlash:
        digits = digits << 4 | Int(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f") where !isSlash:
        digits = digits << 4 | Int(byte - UInt8(ascii: "a") + 10)
      default: return nil
      }
      // Both digits of a byte stand in one part of the folder.
      if index == 1 || index == 4 || index > 5 && index % 2 == 1 {
        packed.append(UInt8(truncatingIfNeeded: digits))
      }
    }
    return packed
  }

  private func append(
    _ entry: Entry, _ fileName: [UInt8], _ previous: [UInt8], _ prefixes: [String: Int],
    _ requirements: [String: Int], to block: inout [UInt8]
  ) {
    let file = entry.file
    var flags = entry.flags
    let prefix = prefixes[entry.prefix]
    if prefix != nil { flags.insert(.hasSharedPrefix) }
    if prefix == nil, !entry.prefix.isEmpty {
      // A prefix of its own goes before a hashed folder only in a table, so unpack the folder.
      flags.insert(.hasOwnURL)
      flags.remove(.hasHashedFolder)
    }
    if file.sha256 != nil { flags.insert(.hasDigest) }
    let size = file.size.flatMap { $0 >= 0 ? $0 : nil }
    if size != nil { flags.insert(.hasSize) }
    let requirement = file.requiresPython.flatMap { requirements[$0] }
    if requirement != nil { flags.insert(.hasRequirement) }
    let time = file.uploadTime.flatMap { UploadTime.seconds(of: $0) }
    if time != nil { flags.insert(.hasTime) }
    if file.yanked != nil { flags.insert(.isYanked) }
    var metadataDigest: Digest?
    switch file.metadata {
    case .unknown: break
    case .absent: flags.insert(.deniesMetadata)
    case .offered(let digest):
      flags.insert(.offersMetadata)
      if digest != nil { flags.insert(.hasMetadataDigest) }
      metadataDigest = digest
    }

    append(flags.rawValue, to: &block)
    let common = zip(fileName, previous).prefix { $0 == $1 }.count
    append(common, to: &block)
    append(fileName[common...], to: &block)
    if let prefix { append(prefix, to: &block) }
    if flags.contains(.hasHashedFolder) { block += entry.hashedFolder }
    if flags.contains(.hasOwnURL) {
      var own = file.url.utf8[...]
      if flags.contains(.endsWithName), let slash = own.lastIndex(of: UInt8(ascii: "/")) {
        own = own[...slash]
      }
      append(Array(own)[...], to: &block)
    }
    if let digest = file.sha256 { block += digest.bytes }
    if let size { append(size, to: &block) }
    if let requirement { append(requirement, to: &block) }
    if let time { append(time, to: &block) }
    if let reason = file.yanked { append(reason, to: &block) }
    if let digest = metadataDigest { block += digest.bytes }
  }

  private func append(_ number: Int, to bytes: inout [UInt8]) {
    var rest = UInt64(max(0, number))
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// Writes the offset of what comes `length` bytes behind this number; its own length counts too.
  private func appendOffset(behind length: Int, to bytes: inout [UInt8]) {
    for width in 1...9 {
      var number: [UInt8] = []
      append(bytes.count + width + length, to: &number)
      if number.count == width {
        bytes += number
        return
      }
    }
  }

  private func append(_ text: String, to bytes: inout [UInt8]) {
    append(text.utf8.count, to: &bytes)
    bytes.append(contentsOf: text.utf8)
  }

  private func append(_ content: ArraySlice<UInt8>, to bytes: inout [UInt8]) {
    append(content.count, to: &bytes)
    bytes.append(contentsOf: content)
  }

  private func append(_ texts: [String], to bytes: inout [UInt8]) {
    append(texts.count, to: &bytes)
    for text in texts { append(text, to: &bytes) }
  }
}

extension ProjectPageWriter.Release {
  fileprivate mutating func addSdist(_ version: Version) {
    hasSdist = true
    guard let spelling, spelling.description <= version.description else { return spelling = version }
  }

  /// By file name; of equal names the first stays.
  fileprivate mutating func sortWheels() {
    // The sort is stable, and the names are ASCII, so that their order is that of their bytes.
    wheels.sort { $0.file.fileName < $1.file.fileName }
    var index = 1
    while index < wheels.count {
      if wheels[index].file.fileName == wheels[index - 1].file.fileName {
        wheels.remove(at: index)
      } else {
        index += 1
      }
    }
  }
}
