/// The move of `/bin`, `/lib` and their like below `/usr`, which every image has, whether its packages know of it or not.
///
/// Debian up to 12 ships files below `/lib` in its packages, and the system has a link there; from 13 on the packages
/// themselves ship them below `/usr/lib`. Files that a layer has at `lib/…` would replace the link by a folder, so that
/// they are moved here. `/var/run` and `/var/lock` likewise have been links to `/run` for long.
///
/// Source: Debian's usrmerge, DEP 17; hier(7); postinst of base-files.
enum MergedUsr {
  /// The links at the root, each to the same name below `usr`.
  static let links = ["bin", "lib", "lib32", "lib64", "libo32", "libx32", "sbin"]

  /// What is moved where, beside those.
  private static let others = [("var/lock", "run/lock"), ("var/run", "run")]

  /// Where a path is in a merged system.
  static func moved(_ path: ImagePath) -> ImagePath {
    let text = path.text
    let first = text.utf8.firstIndex(of: UInt8(ascii: "/")).map { text[..<$0] } ?? text[...]
    if links.contains(where: { $0 == first }) {
      return ImagePath(unchecked: "usr/" + text, isASCII: path.isASCII)
    }
    guard first == "var" else { return path }
    for (old, new) in others {
      if text == old { return ImagePath(unchecked: new, isASCII: path.isASCII) }
      if text.hasPrefix(old + "/") {
        return ImagePath(unchecked: new + text.dropFirst(old.utf8.count), isASCII: path.isASCII)
      }
    }
    return path
  }

  /// Whether a link of a merged system stands at a path, and so nothing else may.
  static func isLink(_ path: ImagePath) -> Bool {
    links.contains(path.text) || others.contains { $0.0 == path.text }
  }

  /// The text of a symbolic link so that it means in a merged system what the package means.
  ///
  /// An absolute text goes through the links at the root and stays. So does a relative one, unless the link has moved
  /// and the text climbs out of what has moved with it: `lib/modules/x -> ../../usr/y` is one folder deeper now.
  ///
  /// - Parameters:
  ///   - text: the text as the package has it.
  ///   - original: where the package has the link.
  /// - Returns: the text for where the link is now.
  static func text(_ text: String, at original: ImagePath) -> String {
    let place = moved(original)
    guard place != original, text.utf8.first != UInt8(ascii: "/") else { return text }
    let wanted = through(resolved(text, from: parts(original).dropLast()))
    let now = through(resolved(text, from: parts(place).dropLast()))
    if wanted == now { return text }
    return relative(to: wanted, from: Array(parts(place).dropLast()))
  }

  /// Whether a symbolic link means the very place where it stands.
  static func isSelf(_ text: String, at original: ImagePath) -> Bool {
    let base: ArraySlice<Substring> = text.utf8.first == UInt8(ascii: "/") ? [] : parts(original).dropLast()
    return through(resolved(text, from: base)) == parts(moved(original))
  }

  private static func parts(_ path: ImagePath) -> [Substring] { path.text.split(separator: "/") }

  /// Where a text leads; at the root, `..` leads nowhere.
  private static func resolved(_ text: String, from folder: ArraySlice<Substring>) -> [Substring] {
    var result = Array(folder)
    for part in text.split(separator: "/") where part != "." {
      if part == ".." { _ = result.popLast() } else { result.append(part) }
    }
    return result
  }

  /// The parts of a path behind the links of a merged system.
  private static func through(_ parts: [Substring]) -> [Substring] {
    if let first = parts.first, links.contains(where: { $0 == first }) { return ["usr"] + parts }
    for (old, new) in others where parts.starts(with: old.split(separator: "/")) {
      return new.split(separator: "/") + parts.dropFirst(2)
    }
    return parts
  }

  private static func relative(to target: [Substring], from folder: [Substring]) -> String {
    let common = zip(target, folder).prefix { $0 == $1 }.count
    let climb = Array(repeating: Substring(".."), count: folder.count - common)
    let text = (climb + target[common...]).joined(separator: "/")
    return text.isEmpty ? "." : text
  }
}
