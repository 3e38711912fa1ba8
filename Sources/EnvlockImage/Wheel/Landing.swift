/// Collects the files that land, and their lines for RECORD.
struct Landing {
  private let wheel: String
  private let root: ImagePath?
  private var files: [WheelInstall.File] = []
  private var rows: [WheelRecord.Row] = []

  init(wheel: String, root: ImagePath?, count: Int) {
    self.wheel = wheel
    self.root = root
    files.reserveCapacity(count)
    rows.reserveCapacity(count)
  }

  /// Adds a file at `rest` below `folder`, nil for the root of the image; `isASCII` says that `rest` is known to be.
  /// `size` is that of a member's content.
  ///
  /// - Throws: `WheelFault` where the path is none.
  mutating func add(
    _ folder: ImagePath?, _ rest: String, isASCII: Bool, mode: UInt16, _ content: WheelInstall.Content,
    _ expected: ContentHash?, size: Int
  ) throws(WheelFault) {
    let text = folder.map { "\($0.text)/\(rest)" } ?? rest
    let path: ImagePath
    if isASCII, folder?.isASCII ?? true, text.utf8.count <= 4095 {
      path = ImagePath(unchecked: text, isASCII: true)
    } else {
      do {
        path = try ImagePath(text)
      } catch {
        throw WheelFault(wheel: wheel, .landing(member: rest, error))
      }
    }
    let listed = folder == root ? rest : RelativePath.from(root, to: path)
    switch content {
    case .member:
      append(path, mode, content, expected, WheelRecord.Row(path: listed, hash: expected, size: size))
    case .bytes(let bytes):
      let row = WheelRecord.Row(path: listed, hash: .sha256(SmallSHA256.of(bytes)), size: bytes.count)
      append(path, mode, content, nil, row)
    }
  }

  private mutating func append(
    _ path: ImagePath, _ mode: UInt16, _ content: WheelInstall.Content, _ expected: ContentHash?,
    _ row: WheelRecord.Row
  ) {
    files.append(WheelInstall.File(path: path, mode: mode, content: content, expected: expected))
    rows.append(row)
  }

  /// Adds RECORD, and gives the files by ascending path.
  ///
  /// - Throws: `WheelFault` where two files would land at one path.
  mutating func finish(record: String) throws(WheelFault) -> [WheelInstall.File] {
    let path: ImagePath
    do {
      path = try ImagePath(root.map { "\($0.text)/\(record)" } ?? record)
    } catch {
      throw WheelFault(wheel: wheel, .landing(member: record, error))
    }
    // Its content follows below, when all lines are known.
    append(path, 0o644, .bytes([]), nil, WheelRecord.Row(path: record, hash: nil, size: nil))
    // Numbers and paths are quicker to move about than files.
    var order = files.indices.map { (path: files[$0].path, index: $0) }
    order.sort { $0.path < $1.path }
    for (one, next) in zip(order, order.dropFirst()) where one.path == next.path {
      throw WheelFault(wheel: wheel, .landsTwice(one.path))
    }
    // Lines in this order are almost in their own.
    let bytes = WheelRecord(rows: order.map { rows[$0.index] }).bytes
    return order.map { place in
      let file = files[place.index]
      guard place.index == files.count - 1 else { return file }
      return WheelInstall.File(path: file.path, mode: file.mode, content: .bytes(bytes), expected: nil)
    }
  }
}

/// Paths as seen from a folder.
enum RelativePath {
  /// The way from a folder to a path: "../../../bin/tool".
  static func from(_ folder: ImagePath?, to path: ImagePath) -> String {
    guard let folder else { return path.text }
    let start = folder.text.split(separator: "/")
    let end = path.text.split(separator: "/")
    let common = zip(start, end).prefix { $0 == $1 }.count
    return (repeatElement("..", count: start.count - common) + end[common...]).joined(separator: "/")
  }
}
