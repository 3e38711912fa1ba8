import EnvlockImage
import EnvlockModel
import EnvlockNative
import EnvlockStore

/// The files that a container of an image sees, with the content of those that say what is installed.
///
/// Source: OCI image-spec 1.1, "Image Layer Filesystem Changeset", for whiteouts and opaque folders.
struct ImageFiles {
  /// Bytes of each file, by its path below the root.
  private(set) var sizes: [String: Int] = [:]
  /// Where symbolic links point, by their path.
  private(set) var links: [String: String] = [:]
  /// Contents of the files that were wanted.
  private(set) var contents: [String: [UInt8]] = [:]
  /// How many bytes of contents are kept; the rest stays unread.
  private var room = 512 << 20

  init() {}

  /// Reads an image's layers, the lowest first.
  ///
  /// - Throws: `BadRequest` for an image that lacks layers, or has a damaged one.
  static func read(_ image: LayoutReader.Image, path: String) throws -> ImageFiles {
    var files = ImageFiles()
    for layer in image.layers {
      guard let place = layer.place else {
        throw BadRequest("\(path) lacks the layer \(layer.name)", hints: ["copy the image there once more"])
      }
      do throws(ArchiveFault) {
        try files.add(place)
      } catch {
        // Some tools write layers without their end, and every runtime takes them.
        guard error == .cutOff else {
          throw BadRequest("the layer \(layer.name) of \(path) \(error.clause)", hints: error.hints)
        }
      }
    }
    return files
  }

  private mutating func add(_ layer: LayoutReader.Place) throws(ArchiveFault) {
    let reader = try ArchiveReader(layer.path, .tar, part: layer.offset..<layer.offset + layer.size)
    // What a layer hides lies below it, wherever in the layer it says so.
    var added = ImageFiles()
    while let member = try reader.next() {
      guard let path = Self.plain(member.path) else { continue }
      let name = path.split(separator: "/").last ?? ""
      let folder = path.utf8.count > name.utf8.count ? path.dropLast(name.count + 1) : ""
      if name == ".wh..wh..opq" {
        removeAll(below: String(folder))
      } else if name.hasPrefix(".wh.") {
        remove(folder.isEmpty ? String(name.dropFirst(4)) : "\(folder)/\(name.dropFirst(4))")
      } else {
        switch member.kind {
        case .file(let size):
          added.sizes[path] = size
          guard Self.isWanted(path), size <= room else { continue }
          added.contents[path] = try reader.content(limit: size)
          room -= size
        case .symbolicLink(let target): added.links[path] = target
        case .hardLink(let target):
          // It is counted once, where its content stands.
          added.sizes[path] = 0
          guard let target = Self.plain(target) else { continue }
          added.contents[path] = added.contents[target] ?? contents[target]
        case .directory, .special: break
        }
      }
    }
    for path in added.sizes.keys { take(path) }
    for path in added.links.keys { take(path) }
    sizes.merge(added.sizes) { $1 }
    links.merge(added.links) { $1 }
    contents.merge(added.contents) { $1 }
  }

  /// Forgets what another file takes the place of.
  private mutating func take(_ path: String) {
    sizes[path] = nil
    links[path] = nil
    contents[path] = nil
  }

  private mutating func remove(_ path: String) {
    take(path)
    removeAll(below: path)
  }

  private mutating func removeAll(below folder: String) {
    let prefix = folder.isEmpty ? "" : folder + "/"
    for path in sizes.keys where path.hasPrefix(prefix) { take(path) }
    for path in links.keys where path.hasPrefix(prefix) { take(path) }
  }

  /// A path below the root; nil for the root itself and for one that leads out.
  private static func plain(_ path: String) -> String? {
    let parts = path.split(separator: "/").filter { $0 != "." }
    guard !parts.isEmpty, !parts.contains("..") else { return nil }
    return parts.joined(separator: "/")
  }

  /// Whether a file says something of what is installed.
  private static func isWanted(_ path: String) -> Bool {
    if path.hasPrefix("var/lib/dpkg/") {
      return path == "var/lib/dpkg/status" || path.hasPrefix("var/lib/dpkg/status.d/")
        || path.hasPrefix("var/lib/dpkg/info/") && path.hasSuffix(".list")
    }
    if path == "etc/os-release" || path == "usr/lib/os-release" || path == "var/lib/apt/extended_states" {
      return true
    }
    guard path.contains(".dist-info/") else { return false }
    let name = path.split(separator: "/").last ?? ""
    return ["METADATA", "RECORD", "INSTALLER", "direct_url.json"].contains(name)
  }
}
