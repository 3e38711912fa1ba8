import EnvlockModel
import EnvlockNative
import Glibc

/// The files of the machine, as far as configuration is looked up in them; a test puts others in their place.
package struct MachineFiles: Sendable {
  /// The text of a file; nil where it is missing or cannot be read.
  package var read: @Sendable (_ path: String) -> String?
  /// The names in a folder, in any order; none where it is missing or cannot be read.
  package var list: @Sendable (_ folder: String) -> [String]
  /// Whether something is there.
  package var exists: @Sendable (_ path: String) -> Bool
  /// The path behind symbolic links; nil where it leads nowhere.
  package var resolve: @Sendable (_ path: String) -> String?
  /// The text of a member of a zip file; nil where it is missing or cannot be read.
  package var readMember: @Sendable (_ path: String, _ member: String) -> String?

  /// Takes all five.
  package init(
    read: @escaping @Sendable (String) -> String?, list: @escaping @Sendable (String) -> [String],
    exists: @escaping @Sendable (String) -> Bool, resolve: @escaping @Sendable (String) -> String?,
    readMember: @escaping @Sendable (String, String) -> String?
  ) {
    self.read = read
    self.list = list
    self.exists = exists
    self.resolve = resolve
    self.readMember = readMember
  }

  /// The disk.
  package static let disk = MachineFiles(
    read: { path in
      (try? LocalFiles.read(path, limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) }
    },
    list: { (try? LocalFiles.list($0)) ?? [] }, exists: { access($0, F_OK) == 0 },
    resolve: { path in
      guard let target = realpath(path, nil) else { return nil }
      defer { free(target) }
      return String(cString: target)
    },
    readMember: { path, member in
      guard let file = try? LocalFiles.read(path, limit: 16 << 20) else { return nil }
      return zipMember(member, of: file).map { String(decoding: $0, as: UTF8.self) }
    })
}

/// A member of a zip file that is in memory; nil where it is missing, damaged or larger than 1 MiB.
func zipMember(_ path: String, of file: [UInt8]) -> [UInt8]? {
  let bytes = ZipBytes(file, start: 0)
  guard case .found(let end) = ZipEnd.find(in: bytes, long: nil),
    let member = ZipMember.members(bytes, end.directory, where: { $0.elementsEqual(path.utf8) })?.first
  else { return nil }
  let (header, overflow) = member.offset.addingReportingOverflow(end.shift)
  guard !overflow, let pathLength = bytes.number(header + 26, 2),
    let extraLength = bytes.number(header + 28, 2),
    let data = bytes.slice(header + 30 + pathLength + extraLength, member.compressedSize)
  else { return nil }
  switch member.method {
  case 0: return Array(data)
  case 8:
    let compressed = Array(data)
    return try? inflateRaw(compressed.span, expectedSize: member.size, limit: 1 << 20)
  default: return nil
  }
}

/// The first line that a shell command prints; nil when it prints none or fails.
func outputLine(of command: String) -> String? {
  guard let pipe = popen(command, "r") else { return nil }
  var buffer = [UInt8](repeating: 0, count: 4096)
  var output: [UInt8] = []
  // To the end: a command that is cut off while it writes fails.
  while true {
    let count = fread(&buffer, 1, buffer.count, pipe)
    if count == 0 { break }
    if output.count < 1 << 16 { output += buffer.prefix(count) }
  }
  guard pclose(pipe) == 0 else { return nil }
  let line = String(decoding: output.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self).trimmed
  return line.isEmpty ? nil : String(line)
}
