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

  private struct Entry {
    let name: WheelName
    let file: IndexFile
    /// The URL without what the file name and a hashed folder say.
    var link: Link
  }

  /// A URL taken apart into what is shared and what is not.
  private struct Link {
    var prefix: String
    var hashedFolder: [UInt8]?
    var flags: ProjectPageFlags = []
  }

  private let name: ProjectName
  private let baseURL: String
  private var entries: [Entry] = []
  private var sdists: [Version] = []
  private var skipped = 0

  init(name: ProjectName, baseURL: String) {
    self.name = name
    self.baseURL = baseURL
  }

  mutating func add(_ file: IndexFile) {
    if file.fileName.hasSuffix(".whl") {
      guard let wheel = try? WheelName(file.fileName), wheel.project == name else { return skipped += 1 }
      var file = file
      file.url = URLReference.resolve(URLReference.splitFragment(file.url).url, against: baseURL)
      entries.append(Entry(name: wheel, file: file, link: ProjectPageWriter.link(of: file)))
    } else if let version = SdistName.version(of: file.fileName, project: name) {
      sdists.append(version)
    } else {
      skipped += 1
    }
  }

  consuming func finish() -> [UInt8] {
    // Stable by position, so that the first of equal names stays first.
    let order = entries.indices.sorted {
      let (one, other) = (entries[$0], entries[$1])
      if one.name.version != other.name.version { return one.name.version > other.name.version }
      if one.file.fileName != other.file.fileName {
        return JSONObject.precedes(one.file.fileName, other.file.fileName)
      }
      return $0 < $1
    }
    sdists.sort { $0 != $1 ? $0 > $1 : $0.description < $1.description }

    let prefixes = shared(order.map { entries[$0].link.prefix }, atLeast: 2)
    let requirements = shared(order.compactMap { entries[$0].file.requiresPython }, atLeast: 1)
    var table: [UInt8] = []
    var blocks: [UInt8] = []
    var releaseCount = 0
    var wheels = order[...]
    var sources = sdists[...]
    while let version = newest(wheels.first.map { entries[$0].name.version }, sources.first) {
      var hasSdist = false
      while let source = sources.first, source == version {
        hasSdist = true
        sources.removeFirst()
      }
      let start = blocks.count
      var count = 0
      var previous: [UInt8] = []
      while let index = wheels.first, entries[index].name.version == version {
        wheels.removeFirst()
        let fileName = Array(entries[index].file.fileName.utf8)
        if fileName == previous { continue }
        append(entries[index], fileName, previous, prefixes.index, requirements.index, to: &blocks)
        previous = fileName
        count += 1
      }
      append(version.description, to: &table)
      append(count << 1 | (hasSdist ? 1 : 0), to: &table)
      append(blocks.count - start, to: &table)
      releaseCount += 1
    }

    var page = ProjectPageWriter.magic + [UInt8](repeating: 0, count: 8)
    page.reserveCapacity(table.count + blocks.count + 1024)
    append(name.text, to: &page)
    append(skipped, to: &page)
    append(prefixes.table, to: &page)
    append(requirements.table, to: &page)
    append(releaseCount, to: &page)
    appendOffset(behind: table.count, to: &page)
    page += table
    page += blocks
    ProjectPageWriter.seal(&page)
    return page
  }

  /// Writes the checksum.
  static func seal(_ page: inout [UInt8]) {
    guard page.count >= headerLength else { return }
    var checksum = pageChecksum(page, from: headerLength)
    for index in magic.count..<headerLength {
      page[index] = UInt8(truncatingIfNeeded: checksum)
      checksum >>= 8
    }
  }

  // MARK: private

  private func newest(_ one: Version?, _ other: Version?) -> Version? {
    guard let one, let other else { return one ?? other }
    // Of equal versions that are written differently the wheels' spelling is kept.
    return other > one ? other : one
  }

  /// The texts that come often enough for a table, in the order of their first use, and where they stand in it.
  private func shared(_ texts: [String], atLeast: Int) -> (table: [String], index: [String: Int]) {
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

  /// Splits a URL into prefix, hashed folder and file name.
  private static func link(of file: IndexFile) -> Link {
    var link = Link(prefix: file.url)
    let url = Array(file.url.utf8)
    guard let slash = url.lastIndex(of: UInt8(ascii: "/")) else { return link }
    var end = slash + 1
    let name = Array(file.fileName.utf8)
    if url[end...].elementsEqual(name) {
      link.flags = .endsWithName
    } else if url[end...].elementsEqual(encodingPlus(name)) {
      link.flags = [.endsWithName, .encodesPlus]
    } else {
      return link
    }
    if let packed = packedFolder(url[..<end]) {
      link.hashedFolder = packed
      link.flags.insert(.hasHashedFolder)
      end -= 67
    }
    link.prefix = String(decoding: url[..<end], as: UTF8.self)
    return link
  }

  private static func encodingPlus(_ name: [UInt8]) -> [UInt8] {
    name.flatMap { $0 == UInt8(ascii: "+") ? Array("%2B".utf8) : [$0] }
  }

  /// The 32 bytes of a folder "ab/cd/<60 hexadecimal digits in lower case>/" at the end of `url`.
  private static func packedFolder(_ url: ArraySlice<UInt8>) -> [UInt8]? {
    guard url.count >= 67 else { return nil }
    var digits: [UInt8] = []
    digits.reserveCapacity(64)
    for (index, byte) in url.suffix(67).enumerated() {
      switch (index, byte) {
      case (2, UInt8(ascii: "/")), (5, UInt8(ascii: "/")), (66, UInt8(ascii: "/")): break
      case (2, _), (5, _), (66, _): return nil
      case (_, UInt8(ascii: "0")...UInt8(ascii: "9")): digits.append(byte - UInt8(ascii: "0"))
      case (_, UInt8(ascii: "a")...UInt8(ascii: "f")): digits.append(byte - UInt8(ascii: "a") + 10)
      default: return nil
      }
    }
    return stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  private func append(
    _ entry: Entry, _ fileName: [UInt8], _ previous: [UInt8], _ prefixes: [String: Int],
    _ requirements: [String: Int], to block: inout [UInt8]
  ) {
    let file = entry.file
    var flags = entry.link.flags
    let prefix = prefixes[entry.link.prefix]
    if prefix != nil { flags.insert(.hasSharedPrefix) }
    if prefix == nil, !entry.link.prefix.isEmpty {
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
    if flags.contains(.hasHashedFolder), let folder = entry.link.hashedFolder { block += folder }
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
