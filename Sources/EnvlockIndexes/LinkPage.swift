import EnvlockModel

/// The wheels of a flat page or folder, sorted by project: compact bytes, of which each project's part is a
/// `ProjectPage`.
struct LinkPage: Sendable {
  /// Names the form; its last byte is the version.
  private static let magic = Array("envlklp".utf8) + [1]
  /// What is made of a page for the cache.
  static let kind = "links-\(magic.last ?? 0)-\(ProjectPage.formatVersion)"

  private let bytes: [UInt8]
  private let places: [String: Range<Int>]

  /// The compact bytes of these files; those that are no wheels are left out.
  static func compact(_ files: [IndexFile]) -> [UInt8] {
    var projects: [ProjectName: [IndexFile]] = [:]
    for file in files {
      guard let name = try? WheelName(file.fileName) else { continue }
      projects[name.project, default: []].append(file)
    }
    var bytes = magic
    for (project, files) in projects.sorted(by: { $0.key < $1.key }) {
      let page = ProjectPage.compact(name: project, baseURL: "", files: files)
      for part in [Array(project.text.utf8), page] {
        for shift in stride(from: 0, to: 32, by: 8) {
          bytes.append(UInt8(truncatingIfNeeded: part.count >> shift))
        }
        bytes += part
      }
    }
    return bytes
  }

  /// Nil when the bytes are damaged, or of another version.
  init?(compact bytes: [UInt8]) {
    guard bytes.starts(with: LinkPage.magic) else { return nil }
    var places: [String: Range<Int>] = [:]
    var position = LinkPage.magic.count
    func part() -> Range<Int>? {
      guard bytes.count - position >= 4 else { return nil }
      var length = 0
      for index in (position..<position + 4).reversed() { length = length << 8 | Int(bytes[index]) }
      position += 4
      guard length <= bytes.count - position else { return nil }
      defer { position += length }
      return position..<position + length
    }
    while position < bytes.count {
      guard let name = part(), let page = part() else { return nil }
      places[String(decoding: bytes[name], as: UTF8.self)] = page
    }
    self.bytes = bytes
    self.places = places
  }

  /// The wheels of one project; nil where there are none.
  func page(of project: ProjectName) -> ProjectPage? {
    places[project.text].flatMap { try? ProjectPage(compact: Array(bytes[$0])) }
  }
}
