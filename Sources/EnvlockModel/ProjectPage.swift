public import EnvlockVersions

/// What one index says of one project.
///
/// A compact byte form that is kept in the cache and read lazily: opening it checks a checksum and reads a line for
/// each release; the wheels of a release are decoded when they are asked for. So a project with thousands of files
/// costs next to nothing when it was fetched in an earlier run. ``ProjectPageWriter`` describes the bytes.
public struct ProjectPage: Sendable {
  /// One version of the project: what is known of it without looking at its files.
  public struct Release: Hashable, Sendable {
    /// The version, with as many segments as its wheels write.
    public let version: Version
    /// How many wheels it has.
    public let wheelCount: Int
    /// Whether it has a source distribution.
    public let hasSdist: Bool
    /// Where its wheels stand in the page.
    let block: Range<Int>
  }

  /// The project.
  public let name: ProjectName
  /// Its releases, newest first; those with nothing but source distributions too.
  public let releases: [Release]
  /// How many files the index offers that are neither wheels nor source distributions, or whose name cannot be
  /// read or is another project's.
  public let skippedFiles: Int

  /// The source distributions that may be built where no wheel fits; empty unless somebody asked for them.
  private var sources: [Version: IndexFile] = [:]

  private let bytes: [UInt8]
  private let prefixes: [String]
  private let requirements: [String]

  /// Opens a page that ``compact(name:baseURL:files:)`` made.
  ///
  /// - Parameter compact: the bytes, as they came from the cache.
  /// - Throws: `MalformedText` when the bytes are damaged, or of another version of the format; the page has to
  ///   be fetched again.
  public init(compact: [UInt8]) throws(MalformedText) {
    self = try compact.withUnsafeBufferPointer { (buffer) throws(MalformedText) in
      try ProjectPage(compact, ProjectPageReader(buffer, 0..<buffer.count))
    }
  }

  private init(_ compact: [UInt8], _ start: ProjectPageReader) throws(MalformedText) {
    var reader = start
    guard reader.readHeader() else {
      throw ProjectPage.damaged("it is damaged, or of another version of envlock")
    }
    let nameText = reader.string()
    skippedFiles = reader.number()
    guard let name = try? ProjectName(nameText), name.text == nameText else {
      throw ProjectPage.damaged("it names no project")
    }
    self.name = name
    prefixes = reader.strings()
    requirements = reader.strings()
    let count = reader.number()
    var releases: [Release] = []
    // Each release takes at least three bytes, so a damaged count cannot make this large.
    guard !reader.hasFailed, count <= compact.count / 3 else { throw ProjectPage.damaged("it is cut off") }
    releases.reserveCapacity(count)
    let blocksStart = reader.number()
    var block = blocksStart
    for _ in 0..<count {
      let text = reader.string()
      let counts = reader.number()
      let length = reader.number()
      let (end, overflow) = block.addingReportingOverflow(length)
      guard !reader.hasFailed, !overflow, end <= compact.count, let version = try? Version(text),
        releases.last.map({ $0.version > version }) ?? true
      else { throw ProjectPage.damaged("its releases are damaged") }
      releases.append(
        Release(version: version, wheelCount: counts >> 1, hasSdist: counts & 1 == 1, block: block..<end))
      block = end
    }
    guard !reader.hasFailed, block == compact.count, blocksStart == reader.position else {
      throw ProjectPage.damaged("its length is wrong")
    }
    self.releases = releases
    bytes = compact
  }

  /// The version of the compact form. Caches keep it beside their entries, so that those of another version are simply
  /// not found.
  package static var formatVersion: Int { Int(ProjectPageWriter.magic.last ?? 0) }

  /// The bytes that ``init(compact:)`` opens.
  public var compact: [UInt8] { bytes }

  /// How many wheels it offers.
  public var wheelCount: Int { releases.reduce(0) { $0 + $1.wheelCount } }

  /// The wheels of one of this page's releases, ordered by file name.
  public func wheels(of release: Release) -> [Wheel] {
    bytes.withUnsafeBufferPointer { buffer in
      var reader = ProjectPageReader(buffer, release.block)
      var decoder = WheelNameDecoder(project: name, version: release.version)
      var wheels: [Wheel] = []
      // Each wheel takes at least three bytes.
      wheels.reserveCapacity(min(release.wheelCount, release.block.count / 3))
      while wheels.count < release.wheelCount, let wheel = readWheel(&reader, &decoder) {
        wheels.append(wheel)
      }
      return wheels
    }
  }

  /// The page with source distributions that may be built; of several of a release, the first tar archive counts.
  ///
  /// - Parameter files: Files of the same project, of releases that are on the page; others are passed over.
  /// - Returns: The page; what it says of wheels is the same.
  package func offering(sources files: [IndexFile]) -> ProjectPage {
    var page = self
    for file in files {
      guard let version = SdistName.version(of: file.fileName, project: name) else { continue }
      if let known = page.sources[version], !known.fileName.endsInBytes(".zip") { continue }
      page.sources[version] = file
    }
    return page
  }

  /// The source distribution of one of this page's releases that may be built: under the name of a wheel for every
  /// platform, since nobody knows before what comes of it. Nil where there is none.
  package func source(of release: Release) -> Wheel? {
    guard let file = sources[release.version],
      let name = try? WheelName(
        "\(name.text.replacing("-", with: "_"))-\(release.version)-py3-none-any.whl")
    else { return nil }
    return Wheel(name: name, file: file)
  }

  /// The wheels of all releases, newest release first.
  public var allWheels: [Wheel] { releases.flatMap(wheels) }

  private func readWheel(_ reader: inout ProjectPageReader, _ decoder: inout WheelNameDecoder) -> Wheel? {
    let flags = ProjectPageFlags(rawValue: reader.number())
    guard reader.readFileName(into: &decoder), let name = decoder.name() else { return nil }
    var file = IndexFile(fileName: name.fileName, url: readURL(flags, name.fileName, &reader))
    if flags.contains(.hasDigest) { file.sha256 = reader.digest() }
    if flags.contains(.hasSize) { file.size = reader.number() }
    if flags.contains(.hasRequirement) { file.requiresPython = reader.entry(of: requirements) }
    if flags.contains(.hasTime) { file.uploadTime = UploadTime.text(of: reader.number()) }
    if flags.contains(.isYanked) { file.yanked = reader.string() }
    if flags.contains(.offersMetadata) {
      file.metadata = .offered(flags.contains(.hasMetadataDigest) ? reader.digest() : nil)
    } else if flags.contains(.deniesMetadata) {
      file.metadata = .absent
    }
    return reader.hasFailed ? nil : Wheel(name: name, file: file)
  }

  private func readURL(_ flags: ProjectPageFlags, _ fileName: String, _ reader: inout ProjectPageReader)
    -> String
  {
    var prefix = flags.contains(.hasSharedPrefix) ? reader.entry(of: prefixes) : ""
    if flags.contains(.hasOwnPrefix) { prefix = reader.string() }
    let folder = flags.contains(.hasHashedFolder) ? reader.slice(32) : nil
    var name = flags.contains(.endsWithName) ? fileName : ""
    let encodesPlus = flags.contains(.encodesPlus)
    let longest = prefix.utf8.count + 2 * (folder?.count ?? 0) + 3 + name.utf8.count * (encodesPlus ? 3 : 1)
    return String(unsafeUninitializedCapacity: longest) { url in
      var end = prefix.withUTF8 { url.update(fromContentsOf: $0) }
      func append(_ byte: UInt8) {
        url[end] = byte
        end += 1
      }
      if let folder {
        let digits: StaticString = "0123456789abcdef"
        for (index, byte) in folder.enumerated() {
          if index == 1 || index == 2 { append(UInt8(ascii: "/")) }
          append(digits.utf8Start[Int(byte >> 4)])
          append(digits.utf8Start[Int(byte & 15)])
        }
        if folder.count > 0 { append(UInt8(ascii: "/")) }
      }
      name.withUTF8 { name in
        guard encodesPlus else {
          end = url[end...].update(fromContentsOf: name)
          return
        }
        for byte in name {
          if byte == UInt8(ascii: "+") {
            for escaped in "%2B".utf8 { append(escaped) }
          } else {
            append(byte)
          }
        }
      }
      return end
    }
  }

  private static func damaged(_ reason: String) -> MalformedText {
    MalformedText(what: "cached index page", text: "", reason: reason)
  }
}

/// What the record of a wheel holds.
struct ProjectPageFlags: OptionSet {
  let rawValue: Int

  /// The URL begins with one of the page's beginnings.
  static let hasSharedPrefix = ProjectPageFlags(rawValue: 1 << 0)
  /// The URL begins with bytes of its own.
  static let hasOwnPrefix = ProjectPageFlags(rawValue: 1 << 1)
  /// Then comes a folder such as "ab/cd/<60 hexadecimal digits>/", packed into 32 bytes.
  static let hasHashedFolder = ProjectPageFlags(rawValue: 1 << 2)
  /// Then comes the file name, of which nothing is written.
  static let endsWithName = ProjectPageFlags(rawValue: 1 << 3)
  /// In it, "+" is written as "%2B".
  static let encodesPlus = ProjectPageFlags(rawValue: 1 << 4)
  static let hasDigest = ProjectPageFlags(rawValue: 1 << 5)
  static let hasSize = ProjectPageFlags(rawValue: 1 << 6)
  static let hasRequirement = ProjectPageFlags(rawValue: 1 << 7)
  static let hasTime = ProjectPageFlags(rawValue: 1 << 8)
  static let isYanked = ProjectPageFlags(rawValue: 1 << 9)
  static let offersMetadata = ProjectPageFlags(rawValue: 1 << 10)
  static let deniesMetadata = ProjectPageFlags(rawValue: 1 << 11)
  static let hasMetadataDigest = ProjectPageFlags(rawValue: 1 << 12)
}
