import EnvlockModel

/// What lands in an image of one package of Debian, unpacked without its scripts.
///
/// Files, modes, owners and links are as the package has them, on a merged /usr. The package is noted in
/// `var/lib/dpkg/status.d`, a file for each, where the scanners of images look for what is installed without dpkg's own
/// database.
public struct DebianTree: Hashable, Sendable {
  /// The package's name.
  public let package: String
  /// The entries by ascending path.
  public let entries: [LayerEntry]
  /// The packages whose files this one may replace.
  let replaces: Set<String>
  /// The texts of which the system makes others: certificates, what is copied to /etc.
  let texts: [ImagePath: [UInt8]]

  /// Reads the members of a package.
  ///
  /// - Parameters:
  ///   - package: the package's name.
  ///   - members: the members of its tree in the archive's order.
  ///   - source: the number by which the layer's plan refers to the pack that holds their content.
  ///   - control: the package's control file.
  ///   - md5sums: the package's list of sums; nil where it has none.
  ///   - read: gives the content of a member; it is asked for a few small texts of some packages.
  /// - Throws: `TreeFault`, and what `read` throws.
  public init(
    package: String, members: [ArchiveEntry], source: Int, control: [UInt8], md5sums: [UInt8]?,
    read: (PackedContent) throws -> [UInt8]
  ) throws {
    var tree = TreeBuilder(
      origin: "the package \(package)", relocation: .mergedUsr, source: source, ownedByRoot: false)
    var texts: [ImagePath: [UInt8]] = [:]
    for member in members {
      guard let place = try tree.add(member), case .file(let content) = member.kind,
        DebianSystem.isRead(place)
      else { continue }
      texts[place] = try read(content)
    }
    self.package = package
    self.texts = texts
    replaces = Self.replaced(package, control)
    entries = (tree.entries + (try Self.status(package, control, md5sums))).sorted { $0.path < $1.path }
  }

  /// The packages over whose files this one's go, without regard to versions: those that it says, and those whose files
  /// its scripts move out of the way (dpkg-divert).
  ///
  /// Source: Debian Policy 7.6.1; preinst of vim-runtime.
  private static func replaced(_ package: String, _ control: [UInt8]) -> Set<String> {
    let field = DebianParagraph(String(decoding: paragraph(control), as: UTF8.self))["Replaces"] ?? ""
    // A field that cannot be read allows nothing.
    let relations = (try? DebianDependency.list(field)) ?? []
    let diverted = package == "vim-runtime" ? ["vim-tiny"] : []
    return Set(relations.flatMap(\.alternatives).map(\.name) + diverted)
  }

  /// The entries by which scanners know the package.
  ///
  /// - Throws: `TreeFault` where its name is no file name.
  private static func status(
    _ package: String, _ control: [UInt8], _ md5sums: [UInt8]?
  ) throws(TreeFault) -> [LayerEntry] {
    func path(_ suffix: String) throws(TreeFault) -> ImagePath {
      do throws(PathProblem) {
        return try ImagePath("var/lib/dpkg/status.d/\(package)\(suffix)")
      } catch {
        throw TreeFault("the package \(package)", path: package, .path(error))
      }
    }
    var entries = [LayerEntry(try path(""), .bytes(paragraph(control)), mode: 0o644)]
    if let md5sums { entries.append(LayerEntry(try path(".md5sums"), .bytes(md5sums), mode: 0o644)) }
    return entries
  }

  /// A control file as dpkg's status has it: the first paragraph, with the line that says that the package is installed
  /// behind its name.
  ///
  /// Source: dpkg-query(1), deb-control(5).
  static func paragraph(_ control: [UInt8]) -> [UInt8] {
    let lineFeed = UInt8(ascii: "\n")
    var result: [UInt8] = []
    let status = Array("Status: install ok installed\n".utf8)
    var hasStatus = false
    for line in control.split(separator: lineFeed, omittingEmptySubsequences: false) {
      let isBlank = line.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
      if isBlank {
        if result.isEmpty { continue }
        break
      }
      if line.starts(with: Array("Status:".utf8)) { continue }
      result += line + [lineFeed]
      if !hasStatus {
        result += status
        hasStatus = true
      }
    }
    return result
  }
}
