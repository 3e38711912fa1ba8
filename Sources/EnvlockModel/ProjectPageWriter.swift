import EnvlockVersions

extension ProjectPage {
  /// The compact bytes of what an index says of a project.
  ///
  /// Of two files of one name the first counts; otherwise their order does not matter. Wheels for systems that nothing
  /// is resolved for are left out, two thirds of a typical page, unless a release has no others: then they are what an
  /// explanation speaks of.
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
/// number of skipped files; beginnings of URLs that several files share; texts of Requires-Python; the number of
/// releases and the offset of the first block; the releases, newest first, each with version, number of wheels, whether it
/// has a source distribution, and length of its block; then the blocks: a record for each wheel, by file name. A record
/// has the flags that say what it holds; how many bytes of its name it shares with the record before it, and the rest; the
/// beginning of its URL, shared or its own; then in the order of the flags what they announce.
/// Numbers are written in groups of seven bits, texts with their length before them.
struct ProjectPageWriter {
  /// Names the format; its last byte is the version, to be raised with every change.
  static let magic = Array("envlkpg".utf8) + [3]
  /// Magic number and checksum.
  static let headerLength = 16

  /// A wheel, ready to be written but for its place.
  fileprivate struct Record {
    let fileName: String
    let isForKnownPlatform: Bool
    var flags: ProjectPageFlags
    /// The number of the beginning of its URL.
    let prefix: Int
    /// What follows in the record, in the writer's pool.
    let tail: Range<Int>
  }

  fileprivate struct Release {
    var hasSdist = false
    var records: [Record] = []
    /// How the release's source distributions spell the version: the first in the order of texts.
    var spelling: Version?
  }

  private let name: ProjectName
  private let baseURL: String
  private var releases: [Version: Release] = [:]
  private var skipped = 0
  private var pool: [UInt8] = []
  private var prefixes = StringTable()
  private var requirements = StringTable()

  init(name: ProjectName, baseURL: String) {
    self.name = name
    self.baseURL = baseURL
  }

  mutating func add(_ file: IndexFile) {
    if file.fileName.endsInBytes(".whl") {
      guard let wheel = try? WheelName(file.fileName), wheel.project == name else { return skipped += 1 }
      releases[wheel.version, default: Release()].records.append(record(file, wheel))
    } else if let version = SdistName.version(of: file.fileName, project: name) {
      releases[version, default: Release()].addSdist(version)
    } else {
      skipped += 1
    }
  }

  consuming func finish() -> [UInt8] {
    let versions = releases.keys.sorted(by: >)
    // Only what several files share is worth a place in the table.
    let shared = prefixes.entries.map { $0.uses > 1 && !$0.text.isEmpty }
    var places: [Int] = []
    var sharedCount = 0
    for isShared in shared {
      places.append(sharedCount)
      if isShared { sharedCount += 1 }
    }
    var table: [UInt8] = []
    var blocks: [UInt8] = []
    blocks.reserveCapacity(pool.count * 2)
    for version in versions {
      guard var release = releases[version] else { continue }
      release.dropUnknownPlatforms()
      release.sortRecords()
      let start = blocks.count
      var previous: [UInt8] = []
      for var record in release.records {
        let isShared = shared[record.prefix]
        record.flags.insert(isShared ? .hasSharedPrefix : .hasOwnPrefix)
        blocks.append(number: record.flags.rawValue)
        append(record.fileName, &previous, to: &blocks)
        if isShared {
          blocks.append(number: places[record.prefix])
        } else {
          blocks.append(text: prefixes.entries[record.prefix].text)
        }
        blocks += pool[record.tail]
      }
      // Equal versions may be spelled differently: the first wheel's spelling is kept.
      let first = release.records.first.flatMap { try? WheelName($0.fileName).version }
      table.append(text: (first ?? release.spelling ?? version).description)
      table.append(number: release.records.count << 1 | (release.hasSdist ? 1 : 0))
      table.append(number: blocks.count - start)
    }

    var page = ProjectPageWriter.magic + [UInt8](repeating: 0, count: 8)
    page.reserveCapacity(table.count + blocks.count + 4096)
    page.append(text: name.text)
    page.append(number: skipped)
    page.append(number: sharedCount)
    for (entry, isShared) in zip(prefixes.entries, shared) where isShared { page.append(text: entry.text) }
    page.append(number: requirements.entries.count)
    for entry in requirements.entries { page.append(text: entry.text) }
    page.append(number: versions.count)
    page.append(offsetBehind: table.count)
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

  private mutating func record(_ file: IndexFile, _ wheel: WheelName) -> Record {
    var (url, fragment) = URLReference.splitFragment(file.url)
    if fragment != nil || !URLReference.isAbsolute(url) { url = URLReference.resolve(url, against: baseURL) }
    let start = pool.count
    var flags: ProjectPageFlags = []
    let prefix = appendURL(url, file.fileName, &flags)
    if let digest = file.sha256 {
      flags.insert(.hasDigest)
      pool += digest.bytes
    }
    if let size = file.size, size >= 0 {
      flags.insert(.hasSize)
      pool.append(number: size)
    }
    if let requirement = file.requiresPython {
      flags.insert(.hasRequirement)
      pool.append(number: requirements.number(of: requirement))
    }
    if let time = file.uploadTime.flatMap(UploadTime.seconds) {
      flags.insert(.hasTime)
      pool.append(number: time)
    }
    if let reason = file.yanked {
      flags.insert(.isYanked)
      pool.append(text: reason)
    }
    switch file.metadata {
    case .unknown: break
    case .absent: flags.insert(.deniesMetadata)
    case .offered(nil): flags.insert(.offersMetadata)
    case .offered(let digest?):
      flags.formUnion([.offersMetadata, .hasMetadataDigest])
      pool += digest.bytes
    }
    return Record(
      fileName: file.fileName, isForKnownPlatform: wheel.isForKnownPlatform, flags: flags, prefix: prefix,
      tail: start..<pool.count)
  }

  /// Splits a URL into a beginning, a hashed folder and the file name; returns the number of the beginning.
  private mutating func appendURL(_ url: String, _ fileName: String, _ flags: inout ProjectPageFlags) -> Int {
    var (url, fileName) = (url, fileName)
    let plus = UInt8(ascii: "+")
    let prefix = url.withUTF8 { url in
      fileName.withUTF8 { name in
        guard let slash = url.lastIndex(of: UInt8(ascii: "/")) else { return url.count }
        let tail = UnsafeBufferPointer(rebasing: url[(slash + 1)...])
        if tail.elementsEqual(name) {
          flags.insert(.endsWithName)
        } else if name.contains(plus),
          tail.elementsEqual(name.flatMap { $0 == plus ? Array("%2B".utf8) : [$0] })
        {
          flags.formUnion([.endsWithName, .encodesPlus])
        } else {
          return url.count
        }
        guard packFolder(UnsafeBufferPointer(rebasing: url[...slash])) else { return slash + 1 }
        flags.insert(.hasHashedFolder)
        return slash + 1 - ProjectPageWriter.folderLength
      }
    }
    return prefixes.number(of: String(decoding: url.utf8.prefix(prefix), as: UTF8.self))
  }

  private static let folderLength = 67

  /// Appends the 32 bytes of a folder "ab/cd/<60 hexadecimal digits in lower case>/" at the end of `url`; false, and
  /// nothing appended, where there is none.
  private mutating func packFolder(_ url: UnsafeBufferPointer<UInt8>) -> Bool {
    let slash = UInt8(ascii: "/")
    let start = url.count - ProjectPageWriter.folderLength
    guard start >= 0, url[start + 2] == slash, url[start + 5] == slash, url[start + 66] == slash else {
      return false
    }
    let before = pool.count
    for index in 0..<32 {
      // The first two digits, the next two, and the rest stand in parts of their own.
      let place = start + 2 * index + min(index, 2)
      let (high, low) = (url[place], url[place + 1])
      guard let byte = hexByte(high, low), high &- UInt8(ascii: "A") > 25, low &- UInt8(ascii: "A") > 25
      else {
        pool.removeLast(pool.count - before)
        return false
      }
      pool.append(byte)
    }
    return true
  }

  /// Writes how much of a name is shared with the one before it, and the rest.
  private func append(_ fileName: String, _ previous: inout [UInt8], to block: inout [UInt8]) {
    var fileName = fileName
    fileName.withUTF8 { name in
      var common = 0
      while common < min(name.count, previous.count), name[common] == previous[common] { common += 1 }
      block.append(number: common)
      block.append(number: name.count - common)
      block.append(contentsOf: UnsafeBufferPointer(rebasing: name[common...]))
      previous.removeLast(previous.count - common)
      previous.append(contentsOf: UnsafeBufferPointer(rebasing: name[common...]))
    }
  }
}

extension ProjectPageWriter.Release {
  fileprivate mutating func addSdist(_ version: Version) {
    hasSdist = true
    guard let spelling, spelling.description <= version.description else { return spelling = version }
  }

  /// Keeps the wheels that some resolve could choose, where there are any.
  fileprivate mutating func dropUnknownPlatforms() {
    guard records.contains(where: \.isForKnownPlatform) else { return }
    records.removeAll { !$0.isForKnownPlatform }
  }

  /// By file name; of equal names the first stays.
  fileprivate mutating func sortRecords() {
    // The sort is stable, and the names are ASCII, so that their order is that of their bytes.
    records.sort { $0.fileName < $1.fileName }
    var kept = 0
    for record in records where kept == 0 || records[kept - 1].fileName != record.fileName {
      records[kept] = record
      kept += 1
    }
    records.removeLast(records.count - kept)
  }
}

/// Texts that come again and again, numbered in the order of their first use.
private struct StringTable {
  private(set) var entries: [(text: String, uses: Int)] = []
  private var numbers: [String: Int] = [:]
  private var last = 0

  mutating func number(of text: String) -> Int {
    // Mostly it is the one before.
    if last < entries.count, entries[last].text == text {
      entries[last].uses += 1
      return last
    }
    last = numbers[text, default: entries.count]
    if last < entries.count {
      entries[last].uses += 1
    } else {
      numbers[text] = last
      entries.append((text, 1))
    }
    return last
  }
}

extension [UInt8] {
  /// Appends a number in groups of seven bits, least first; a negative one counts as 0.
  fileprivate mutating func append(number: Int) {
    var rest = UInt64(Swift.max(0, number))
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }

  /// Appends a text with its length before it.
  fileprivate mutating func append(text: String) {
    append(number: text.utf8.count)
    append(contentsOf: text.utf8)
  }

  /// Appends the offset of what comes `length` bytes behind this number; its own length counts too.
  fileprivate mutating func append(offsetBehind length: Int) {
    for width in 1...9 {
      var number: [UInt8] = []
      number.append(number: count + width + length)
      if number.count == width { return self += number }
    }
  }
}
