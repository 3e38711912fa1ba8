import EnvlockModel
import EnvlockResolve
import EnvlockVersions

/// What a manifest means for all its platforms: which of the matrix's named indexes the framework comes from.
struct Plan {
  /// Indexes of the matrix that are used, with the projects pinned to them.
  let namedIndexes: [IndexDeclaration]
  /// What is to be said about that.
  let notes: [String]

  /// - Parameters:
  ///   - manifest: What is asked for.
  ///   - matrix: The compatibility data.
  ///   - isPlaced: Whether something outside of the manifest says where an index of this name is.
  /// - Throws: `BadRequest` for an index that is neither declared with a URL nor known to the matrix.
  init(_ manifest: Manifest, matrix: Matrix, isPlaced: (String) -> Bool) throws(BadRequest) {
    var indexes: [IndexDeclaration] = []
    for declared in manifest.indexes where declared.url == nil {
      guard let row = matrix.index(named: declared.name) else {
        if isPlaced(declared.name) { continue }
        throw BadRequest(
          "nothing says where the index “\(declared.name)” is",
          hints: [
            "declare it with `--index \(declared.name)=URL`, or with its URL in the manifest's [[index]] table",
            "the matrix knows \(matrix.indexes.map(\.name).joined(separator: ", "))",
          ])
      }
      indexes.append(
        IndexDeclaration(
          name: row.name, url: row.url,
          packages: declared.packages.isEmpty ? matrix.indexedProjects : declared.packages))
    }
    var notes: [String] = []
    if let row = Self.indexForCUDA(manifest, matrix) {
      notes.append("torch comes from the index \(row.name), whose builds are \(Self.what(row))")
      let declared = manifest.indexes.first { $0.name == row.name }
      if declared == nil {
        indexes.append(IndexDeclaration(name: row.name, url: row.url, packages: matrix.indexedProjects))
      }
    }
    namedIndexes = indexes
    self.notes = notes
  }

  private static func what(_ row: IndexRow) -> String {
    row.cuda.map { "made with CUDA \($0.major).\($0.minor)" } ?? "for the CPU"
  }

  /// The named index that `cuda` of the manifest asks for: none where the default index's build is that already.
  private static func indexForCUDA(_ manifest: Manifest, _ matrix: Matrix) -> IndexRow? {
    guard let request = manifest.cuda, let row = matrix.index(for: request) else { return nil }
    let torch = ([manifest.framework].compactMap { $0 } + manifest.requirements).map(\.requirement)
      .first { $0.name.text == "torch" && $0.url == nil }
    guard let torch else { return nil }
    if let version = torch.specifiers.versionSet.singleton {
      let defaults = manifest.platforms.compactMap { platform in
        matrix.frameworkBuilds(project: torch.name, version: version, platform: platform).first {
          $0.isDefault
        }
      }
      let fits = defaults.allSatisfy { build in
        switch request {
        case .cpu: build.cuda == nil
        case .version(let cuda): build.cuda.map { ($0.major, $0.minor) == (cuda.major, cuda.minor) } ?? false
        }
      }
      if fits, !defaults.isEmpty { return nil }
    }
    return row
  }
}
