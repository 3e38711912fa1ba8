import EnvlockModel
import EnvlockNative
import EnvlockVersions

/// The few files of an image that tell what system it is, as a container would see them.
///
/// Layers are met from the topmost down: what an upper one has or removes hides what lies below.
///
/// Source: OCI image-spec 1.1, "Image Layer Filesystem Changeset", for whiteouts and opaque folders.
struct SystemTree {
  /// A file whose content is wanted.
  enum Wanted {
    case library
    case release
  }

  /// What lies at a path.
  enum Item: Hashable {
    /// A C library; its version where it is GNU's.
    case library(Version?)
    /// A description of the system; its name.
    case release(String?)
    /// Another path, from the root.
    case link(String)
  }

  /// How much of `os-release` is read.
  static let releaseLimit = 1 << 16

  /// Folders that the linkers of 64-bit systems look into, with the most specific first; `/lib` and `/usr/lib` count as
  /// one, since on most systems they are.
  private static let libraryFolders = [
    "usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "usr/lib64", "usr/lib",
  ]
  private static let library = "libc.so.6"
  private static let releases = ["etc/os-release", "usr/lib/os-release"]

  /// By the path below the root, with `lib` moved below `usr`.
  private var items: [String: Item] = [:]
  private var layerItems: [String: Item] = [:]
  private var hasMusl = false
  /// Whether the layer has had a member so far.
  private(set) var hasMembers = false
  /// Paths, as they are written, that are hidden in the layers below with all that lies below them.
  private var hidden: Set<String> = []
  private var layerHidden: Set<String> = []
  /// Folders whose content is hidden in the layers below.
  private var opaque: Set<String> = []
  private var layerOpaque: Set<String> = []

  /// Takes a member of the layer.
  ///
  /// - Returns: what has to be read of it; then `put` says what it is.
  mutating func meet(_ path: String, _ kind: ArchiveMember.Kind) -> Wanted? {
    hasMembers = true
    guard let parts = Self.parts(path), let name = parts.last else { return nil }
    let folder = parts.dropLast().joined(separator: "/")
    if name == ".wh..wh..opq" {
      layerOpaque.insert(folder)
      return nil
    }
    if name.hasPrefix(".wh.") {
      layerHidden.insert((parts.dropLast() + [String(name.dropFirst(4))]).joined(separator: "/"))
      return nil
    }
    let plain = parts.joined(separator: "/")
    if kind != .directory, parts.count < 4 { layerHidden.insert(plain) }
    guard isVisible(parts) else { return nil }
    if name.hasPrefix("ld-musl-"), folder == "lib" || folder == "usr/lib" { hasMusl = true }
    let place = Self.place(parts)
    guard let wanted = Self.wanted(place), items[place] == nil else { return nil }
    switch kind {
    case .file: return wanted
    case .symbolicLink(let target):
      let start = target.hasPrefix("/") ? [] : Array(parts.dropLast())
      layerItems[place] = Self.resolved(target, from: start).map { .link($0) }
    case .hardLink(let target): layerItems[place] = Self.parts(target).map { .link(Self.place($0)) }
    case .directory, .special: break
    }
    return nil
  }

  /// Says what a file is that `meet` wanted.
  mutating func put(_ item: Item, at path: String) {
    guard let parts = Self.parts(path) else { return }
    layerItems[Self.place(parts)] = item
  }

  /// Says that all of the layer was met.
  mutating func endLayer() {
    items.merge(layerItems) { upper, _ in upper }
    hidden.formUnion(layerHidden)
    opaque.formUnion(layerOpaque)
    layerItems = [:]
    layerHidden = []
    layerOpaque = []
    hasMembers = false
  }

  /// What is known after the layers so far.
  var facts: ImageSystem.Facts {
    var facts = ImageSystem.Facts()
    for folder in Self.libraryFolders {
      if case .library(let version?) = item(at: "\(folder)/\(Self.library)") {
        facts.glibc = version
        break
      }
    }
    facts.hasMusl = facts.glibc == nil && hasMusl
    for path in Self.releases {
      if case .release(let name?) = item(at: path) {
        facts.name = name
        break
      }
    }
    return facts
  }

  private func item(at path: String) -> Item? {
    var path = path
    for _ in 0..<8 {
      switch items[path] {
      case .link(let target): path = target
      case let item: return item
      }
    }
    return nil
  }

  /// Whether no layer above hides it.
  private func isVisible(_ parts: [String]) -> Bool {
    if hidden.isEmpty && opaque.isEmpty { return true }
    var path = ""
    if opaque.contains(path) { return false }
    for (index, part) in parts.enumerated() {
      path += path.isEmpty ? part : "/" + part
      if hidden.contains(path) || (index < parts.count - 1 && opaque.contains(path)) { return false }
    }
    return true
  }

  // MARK: paths

  private static func wanted(_ place: String) -> Wanted? {
    if releases.contains(place) { return .release }
    guard let slash = place.utf8.lastIndex(of: UInt8(ascii: "/")),
      libraryFolders.contains(String(place[..<slash]))
    else { return nil }
    let name = place[place.utf8.index(after: slash)...]
    // What `libc.so.6` is a link to, until glibc 2.33.
    return name == library || (name.hasPrefix("libc-2.") && name.hasSuffix(".so")) ? .library : nil
  }

  /// The parts of a path below the root; nil for one that leads out, and for the root.
  private static func parts(_ path: String) -> [String]? {
    let parts = path.split(separator: "/").filter { $0 != "." }.map(String.init)
    return parts.isEmpty || parts.contains("..") ? nil : parts
  }

  private static func place(_ parts: [String]) -> String {
    let isMerged = ["lib", "lib64"].contains(parts.first ?? "")
    return (isMerged ? ["usr"] + parts : parts).joined(separator: "/")
  }

  private static func resolved(_ target: String, from start: [String]) -> String? {
    var parts = start
    for part in target.split(separator: "/") where part != "." {
      if part == ".." { parts = parts.dropLast() } else { parts.append(String(part)) }
    }
    return parts.isEmpty ? nil : place(parts)
  }

  /// The value of PRETTY_NAME. Source: os-release(5).
  static func prettyName(_ text: String) -> String? {
    for line in text.split(whereSeparator: \.isNewline).reversed() {
      guard line.hasPrefix("PRETTY_NAME=") else { continue }
      var value = line.dropFirst("PRETTY_NAME=".count)
      for quote in ["\"", "'"] where value.count >= 2 && value.hasPrefix(quote) && value.hasSuffix(quote) {
        value = value.dropFirst().dropLast()
      }
      let shown = value.filter {
        $0 != "\\" && !$0.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
      }
      return shown.isEmpty ? nil : String(shown)
    }
    return nil
  }
}
