import EnvlockModel
import EnvlockVersions

/// A wheel's members with their checked paths, and what is asked of them while an installation is planned.
struct WheelSource {
  let wheel: WheelName
  let members: [ZipMember]
  let paths: [ImagePath]

  /// The `.dist-info` folder.
  struct Info {
    /// "some_lib-1.0.dist-info".
    let folder: String
    /// "some_lib-1.0.data".
    let dataFolder: String
    /// The members right in it, by their names.
    let files: [String: Int]
    let wheel: String

    /// - Throws: `WheelFault` where there is no such file.
    func required(_ name: String) throws(WheelFault) -> Int {
      guard let index = files[name] else { throw WheelFault(wheel: wheel, .missing("\(folder)/\(name)")) }
      return index
    }
  }

  private func fault(_ problem: WheelFault.Problem) -> WheelFault {
    WheelFault(wheel: wheel.fileName, problem)
  }

  /// - Throws: `WheelFault` unless there is one such folder at the root, of the wheel's own name and version.
  func findInfo() throws(WheelFault) -> Info {
    var folders: [String] = []
    var files: [String: Int] = [:]
    let suffix = ".dist-info"
    for (index, path) in paths.enumerated() {
      let text = path.text
      // Most members are not in one, and one byte tells.
      guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")),
        text.utf8[..<slash].last == UInt8(ascii: "o"), text[..<slash].hasSuffix(suffix)
      else { continue }
      let folder = String(text[..<slash])
      if !folders.contains(folder) { folders.append(folder) }
      let name = text[text.index(after: slash)...]
      if !members[index].isFolder, !name.utf8.contains(UInt8(ascii: "/")) { files[String(name)] = index }
    }
    folders.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    guard folders.count == 1, let folder = folders.first, isOwn(folder.dropLast(suffix.utf8.count)) else {
      throw fault(.distInfo(found: folders))
    }
    return Info(
      folder: folder, dataFolder: folder.dropLast(suffix.utf8.count) + ".data", files: files,
      wheel: wheel.fileName)
  }

  /// Whether "some_lib-1.0" is the wheel's name and version in any spelling.
  private func isOwn(_ stem: Substring) -> Bool {
    guard let dash = stem.utf8.lastIndex(of: UInt8(ascii: "-")),
      let project = try? ProjectName(stem[..<dash]), project == wheel.project
    else { return false }
    guard let version = try? Version(stem[stem.index(after: dash)...]) else { return false }
    return version == wheel.version
  }

  /// The content of a member, whole.
  ///
  /// - Throws: `WheelFault` where it is too large to be a text, or not what the zip file says; what `read` throws.
  func text(_ index: Int, _ read: (Int, Int) throws -> [UInt8]) throws -> [UInt8] {
    let member = members[index]
    guard member.size <= WheelInstall.textLimit else {
      throw fault(.content(member: member.path, "has \(member.size) bytes, far more than it should"))
    }
    let content = try read(index, member.size)
    guard content.count == member.size, CRC32.of(content) == member.crc else {
      throw fault(.content(member: member.path, "is not what its CRC and size in the zip file say"))
    }
    return content
  }

  /// - Throws: `WheelFault` where the content is not what RECORD says.
  func verify(_ content: [UInt8], _ index: Int, _ expected: ContentHash?) throws(WheelFault) {
    guard case .sha256(let digest) = expected, digest != SmallSHA256.of(content) else { return }
    throw fault(.content(member: members[index].path, "is not what its SHA-256 in RECORD says"))
  }

  /// A member in the `.data` folder: in which part of it, and where in that part.
  struct Part {
    enum Key: String {
      case purelib, platlib, headers, scripts, data
    }
    let key: Key
    let rest: String

    func folder(of scheme: InstallScheme, for project: ProjectName) -> ImagePath? {
      switch key {
      case .purelib: return scheme.purelib
      case .platlib: return scheme.platlib
      case .scripts: return scheme.scripts
      case .data: return scheme.data
      case .headers:
        let folder = (scheme.headers.map { $0.text + "/" } ?? "") + project.text
        return ImagePath(unchecked: folder, isASCII: scheme.headers?.isASCII ?? true)
      }
    }
  }

  /// Which part of the `.data` folder a member lies in; nil for a member outside.
  ///
  /// - Throws: `WheelFault` for a part that is not known.
  func part(_ index: Int, _ info: Info) throws(WheelFault) -> Part? {
    let path = paths[index].text
    guard path.hasPrefix(info.dataFolder), path.utf8.count > info.dataFolder.utf8.count,
      path.utf8[path.utf8.index(path.utf8.startIndex, offsetBy: info.dataFolder.utf8.count)]
        == UInt8(ascii: "/")
    else { return nil }
    let inside = path.utf8.dropFirst(info.dataFolder.utf8.count + 1)
    guard let slash = inside.firstIndex(of: UInt8(ascii: "/")),
      let key = Part.Key(rawValue: String(path[inside.startIndex..<slash]))
    else { throw fault(.scheme(member: members[index].path)) }
    return Part(key: key, rest: String(path[path.utf8.index(after: slash)...]))
  }
}

/// The lines of RECORD, each with the member that it is about.
struct RecordListing {
  /// The line of each member; nil where there is none.
  private(set) var rows: [WheelRecord.Row?]
  private(set) var disagreements: [RecordDisagreement] = []

  /// - Throws: `WheelFault` for the first disagreement, where the rule is strict; for lines that contradict each other
  ///   always.
  init(
    _ record: WheelRecord, of source: WheelSource, info: WheelSource.Info, rule: RecordRule
  ) throws(WheelFault) {
    let members = source.members
    rows = Array(repeating: nil, count: members.count)
    // Most RECORDs list the members in the order of the zip file: look where the next should be first.
    var places: [String: Int]?
    var used = Array(repeating: false, count: record.rows.count)
    var next = 0
    for (index, member) in members.enumerated() where !member.isFolder {
      if next < record.rows.count, record.rows[next].path == member.path {
        rows[index] = record.rows[next]
        used[next] = true
        next += 1
        continue
      }
      if places == nil { places = try RecordListing.places(record, source) }
      guard let place = places?[member.path] else { continue }
      rows[index] = record.rows[place]
      used[place] = true
      next = place + 1
    }
    let signatures = ["RECORD", "RECORD.jws", "RECORD.p7s"].compactMap { info.files[$0] }
    for (index, member) in members.enumerated() where !member.isFolder && !signatures.contains(index) {
      guard let row = rows[index] else {
        disagreements.append(.unlisted(member.path))
        continue
      }
      if row.hash == nil { disagreements.append(.withoutHash(member.path)) }
      if let size = row.size, size != member.size {
        disagreements.append(.size(member.path, listed: size, found: member.size))
      }
    }
    for (place, row) in record.rows.enumerated() where !used[place] {
      // A line that stands twice, or one about a folder, says nothing new.
      if places == nil { places = try RecordListing.places(record, source) }
      if let first = places?[row.path], first != place { continue }
      if row.path.utf8.last == UInt8(ascii: "/") { continue }
      disagreements.append(.absent(row.path))
    }
    if rule == .strict, let first = disagreements.first {
      throw WheelFault(wheel: source.wheel.fileName, .record(first))
    }
  }

  /// Where each path stands.
  private static func places(
    _ record: WheelRecord, _ source: WheelSource
  ) throws(WheelFault) -> [String: Int] {
    var places: [String: Int] = [:]
    places.reserveCapacity(record.rows.count)
    for (place, row) in record.rows.enumerated() {
      guard let first = places[row.path] else {
        places[row.path] = place
        continue
      }
      guard record.rows[first] == row else {
        throw WheelFault(
          wheel: source.wheel.fileName, .file("RECORD", line: place + 1, "contradicts line \(first + 1)"))
      }
    }
    return places
  }
}
