public import EnvlockModel

/// Two wheels that land different files at one path. Which of them an image has, its order of layers would decide.
public struct InstallClash: Hashable, Sendable {
  /// The path.
  public let path: ImagePath
  /// The wheel that comes first by name.
  public let first: WheelName
  /// The other.
  public let second: WheelName

  /// Finds where wheels land different files at one path. Files of the same content and mode, such as an empty
  /// `__init__.py` that several wheels of a family bring, are no clash.
  ///
  /// - Parameter installs: what is to be installed together, in any order.
  /// - Returns: the clashes by ascending path; of three wheels at one path, each with the first.
  public static func all(in installs: [WheelInstall]) -> [InstallClash] {
    var owners: [ImagePath: (install: Int, file: Int)] = [:]
    var clashes: [InstallClash] = []
    let order = sorted(installs)
    for (index, install) in order.enumerated() {
      for (place, file) in install.files.enumerated() {
        guard let owner = owners[file.path] else {
          owners[file.path] = (index, place)
          continue
        }
        let other = order[owner.install]
        if !other.files[owner.file].isSame(in: other, as: file, in: install) {
          clashes.append(InstallClash(path: file.path, first: other.wheel, second: install.wheel))
        }
      }
    }
    return clashes.sorted { $0.path < $1.path }
  }

  /// The entries of a layer of several wheels. Where they land files at one path, the wheel that comes first by name
  /// keeps its file.
  ///
  /// - Parameter installs: what is in the layer, each with the number by which the plan refers to its file, in any order.
  /// - Returns: the entries, each path once.
  public static func entries(_ installs: [(install: WheelInstall, source: Int)]) -> [LayerEntry] {
    guard installs.count > 1 else { return installs.flatMap { $0.install.entries(source: $0.source) } }
    var taken: Set<ImagePath> = []
    var entries: [LayerEntry] = []
    for (install, source) in installs.sorted(by: { precedes($0.install, $1.install) }) {
      for entry in install.entries(source: source) where taken.insert(entry.path).inserted {
        entries.append(entry)
      }
    }
    return entries
  }

  private static func sorted(_ installs: [WheelInstall]) -> [WheelInstall] { installs.sorted(by: precedes) }

  private static func precedes(_ a: WheelInstall, _ b: WheelInstall) -> Bool {
    (a.wheel.project, a.wheel.fileName) < (b.wheel.project, b.wheel.fileName)
  }
}

extension WheelInstall.File {
  /// Whether two files have the same content, as far as CRC, size and hashes tell, and the same mode.
  fileprivate func isSame(
    in install: WheelInstall, as other: WheelInstall.File, in otherInstall: WheelInstall
  ) -> Bool {
    guard mode == other.mode else { return false }
    switch (content, other.content) {
    case (.bytes(let a), .bytes(let b)): return a == b
    case (.member(let a), .member(let b)):
      let (x, y) = (install.members[a], otherInstall.members[b])
      guard x.size == y.size, x.crc == y.crc else { return false }
      if let left = expected?.digest, let right = other.expected?.digest { return left == right }
      return x.size == 0
    case (.bytes(let bytes), .member(let index)):
      return other.expected?.digest == SmallSHA256.of(bytes)
        && otherInstall.members[index].size == bytes.count
    case (.member(let index), .bytes(let bytes)):
      return expected?.digest == SmallSHA256.of(bytes) && install.members[index].size == bytes.count
    }
  }
}
