/// What a zip file must not hold if it is to be unpacked below a folder, and nowhere else.
public enum ZipChecks {
  /// Checks members against each other and each by itself.
  ///
  /// Two folders whose names differ only by case are let pass: nothing is lost where a disk makes them one.
  ///
  /// - Parameters:
  ///   - members: all members of one zip file.
  ///   - file: what the file is called in errors.
  /// - Returns: the path of each member, folders without their slash.
  /// - Throws: `ZipFault` for the first member that is encrypted, compressed by an unknown method, neither file nor
  ///   folder, badly named, there twice, the same as another but for case or Unicode form, or overlapping another.
  public static func paths(of members: [ZipMember], file: String) throws(ZipFault) -> [ImagePath] {
    var paths: [ImagePath] = []
    paths.reserveCapacity(members.count)
    for member in members { paths.append(try path(of: member, file: file)) }
    try checkNames(members, paths, file)
    try checkOverlaps(members, file)
    return paths
  }

  private static func path(of member: ZipMember, file: String) throws(ZipFault) -> ImagePath {
    func fault(_ problem: ZipFault.Problem) -> ZipFault { ZipFault(file: file, member: member.path, problem) }
    guard member.flags & 0x2041 == 0 else { throw fault(.encrypted) }
    guard member.method == ZipMember.storedMethod || member.method == ZipMember.deflatedMethod else {
      throw fault(.method(member.method))
    }
    switch member.fileType {
    case 0: break
    case ZipMember.regularFile where !member.isFolder: break
    case ZipMember.folder where member.isFolder: break
    case ZipMember.symbolicLink: throw fault(.symbolicLink)
    default: throw fault(.notAFile(mode: UInt16(member.attributes >> 16)))
    }
    guard member.size >= 0, member.compressedSize >= 0, member.dataOffset >= 0, member.headerOffset >= 0
    else {
      throw fault(.malformed("has a negative size"))
    }
    if member.method == ZipMember.storedMethod, member.size != member.compressedSize {
      throw fault(.malformed("is stored, and has two sizes"))
    }
    if member.size == 0, member.crc != 0 { throw fault(.malformed("is empty, and has a CRC")) }
    if member.isFolder, member.size != 0 { throw fault(.malformed("is a folder, and has content")) }
    // Deflate makes a byte of at most 1032 (RFC 1951): two bits for 258 bytes.
    if member.size / 1032 > member.compressedSize {
      throw fault(.malformed("is said to hold more than its bytes can"))
    }
    if member.path.utf8.contains(UInt8(ascii: "\\")) { throw fault(.path(.backslash)) }
    do {
      guard member.isFolder else { return try ImagePath(member.path) }
      return try ImagePath(String(member.path.dropLast()))
    } catch {
      throw fault(.path(error))
    }
  }

  // MARK: names

  private static func checkNames(
    _ members: [ZipMember], _ paths: [ImagePath], _ file: String
  ) throws(ZipFault) {
    // Hashes of folded paths find almost always at once that all is well; if not, the slow way finds out.
    if !paths.allSatisfy(\.isASCII) || !areDistinct(members, paths) {
      try checkNamesSlowly(members, paths, file)
    }
  }

  /// Whether no two files, and no file and folder, have the same path apart from case; false also by accident.
  private static func areDistinct(_ members: [ZipMember], _ paths: [ImagePath]) -> Bool {
    var files: Set<UInt64> = []
    var folders: Set<UInt64> = []
    files.reserveCapacity(members.count)
    var lastParent: UInt64 = 0
    for (member, path) in zip(members, paths) {
      // FNV-1a. The hash at a slash is the hash of the folder before it.
      var hash: UInt64 = 0xCBF2_9CE4_8422_2325
      var parent: UInt64 = 0
      for byte in path.text.utf8 {
        if byte == UInt8(ascii: "/") { parent = hash }
        let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
        hash = (hash ^ UInt64(isUpper ? byte | 0x20 : byte)) &* 0x100_0000_01B3
      }
      if member.isFolder {
        // Folders are rare: whether one is listed twice is left to the slow way.
        return false
      }
      guard files.insert(hash).inserted else { return false }
      if parent != lastParent, !folders.contains(parent) {
        insertFolders(of: path, into: &folders)
        lastParent = parent
      }
    }
    return files.isDisjoint(with: folders)
  }

  private static func insertFolders(of path: ImagePath, into folders: inout Set<UInt64>) {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in path.text.utf8 {
      if byte == UInt8(ascii: "/") { folders.insert(hash) }
      let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
      hash = (hash ^ UInt64(isUpper ? byte | 0x20 : byte)) &* 0x100_0000_01B3
    }
  }

  private static func checkNamesSlowly(
    _ members: [ZipMember], _ paths: [ImagePath], _ file: String
  ) throws(ZipFault) {
    // Strings are equal when they are canonically equivalent, so a dictionary of lower case strings knows both case and
    // Unicode form.
    var seen: [String: Int] = [:]
    for (index, path) in paths.enumerated() {
      guard let other = seen.updateValue(index, forKey: path.text.lowercased()) else { continue }
      let areFolders = members[index].isFolder && members[other].isFolder
      if areFolders, paths[other] != path { continue }
      throw ZipFault(
        file: file, member: members[index].path,
        paths[other] == path ? .duplicate : .collision(with: members[other].path))
    }
    for path in paths {
      var folder = path.parent
      while let now = folder {
        if let other = seen[now.text.lowercased()], !members[other].isFolder {
          throw ZipFault(
            file: file, member: members[other].path,
            paths[other] == now ? .fileAndFolder : .collision(with: now.text + "/"))
        }
        folder = now.parent
      }
    }
  }

  // MARK: places

  private static func checkOverlaps(_ members: [ZipMember], _ file: String) throws(ZipFault) {
    var order = Array(members.indices)
    order.sort { (members[$0].headerOffset, $0) < (members[$1].headerOffset, $1) }
    var end = 0
    var last: Int?
    for index in order {
      let member = members[index]
      guard member.headerOffset >= end else {
        throw ZipFault(
          file: file, member: member.path, .overlap(with: last.map { members[$0].path } ?? ""))
      }
      let (dataEnd, overflow) = member.dataOffset.addingReportingOverflow(member.compressedSize)
      guard !overflow, member.dataOffset >= member.headerOffset else {
        throw ZipFault(file: file, member: member.path, .malformed("lies nowhere"))
      }
      end = dataEnd
      last = index
    }
  }
}
