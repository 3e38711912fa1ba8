/// What lands in an image of a python-build-standalone archive: its folder `python` at `/opt/python`.
///
/// Files, folders and links are as the archive has them, apart from their owner, which is root. Python marks such a build
/// as managed from outside (PEP 668, `EXTERNALLY-MANAGED`), and that stays.
public enum InterpreterTree {
  /// Reads the members of an archive.
  ///
  /// - Parameters:
  ///   - members: the members in the archive's order.
  ///   - source: the number by which the layer's plan refers to the pack that holds their content.
  ///   - archive: the archive's file name, for errors.
  /// - Returns: the entries by ascending path.
  /// - Throws: `TreeFault`.
  public static func entries(
    _ members: [ArchiveEntry], source: Int, archive: String
  ) throws(TreeFault) -> [LayerEntry] {
    var tree = TreeBuilder(
      origin: archive, relocation: .folder(from: "python", to: EnvironmentLayout.buildFolder),
      source: source, ownedByRoot: true)
    for member in members { try tree.add(member) }
    return tree.entries
  }
}
