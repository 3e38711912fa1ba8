public import EnvlockVersions

/// A wheel index that the matrix knows by name, such as one of PyTorch's.
public struct IndexRow: Hashable, Sendable {
  /// Its name in manifests and locks: "pytorch-cu128".
  public let name: String
  /// The local part of the versions that it serves: "cu128" or "cpu".
  public let variant: String
  /// The CUDA release that its wheels are built with; nil for the CPU.
  public let cuda: CUDAVersion?
  /// Where it is.
  public let url: String
  /// Where this is from.
  public let source: MatrixSource
}

extension Matrix {
  private var indexRows: IndexTable {
    indexTable.value { (try? IndexTable(document("indexes.json"))) ?? IndexTable() }
  }

  /// All named indexes, those for the newest CUDA first, that for the CPU last.
  public var indexes: [IndexRow] { indexRows.indexes }

  /// The projects that the named indexes serve.
  public var indexedProjects: [ProjectName] { indexRows.projects }

  /// The index of this name.
  public func index(named name: String) -> IndexRow? { indexes.first { $0.name == name } }

  /// The index whose wheels are built with a CUDA release, whatever the patch, or for the CPU.
  public func index(for request: CUDARequest) -> IndexRow? {
    switch request {
    case .cpu: indexes.first { $0.cuda == nil }
    case .version(let cuda):
      indexes.first { $0.cuda.map { ($0.major, $0.minor) == (cuda.major, cuda.minor) } ?? false }
    }
  }
}

/// The rows of indexes.json.
struct IndexTable: Sendable {
  let indexes: [IndexRow]
  let projects: [ProjectName]

  init() { (indexes, projects) = ([], []) }

  /// Reads the wheel indexes.
  ///
  /// - Throws: `MatrixError` for the first row that is broken.
  init(_ document: MatrixDocument) throws(MatrixError) {
    var indexes: [IndexRow] = []
    for row in try document.rows("indexes") {
      try row.allow(["name", "variant", "cuda", "url"])
      let name = try row.required("name", row.text("name"))
      indexes.append(
        IndexRow(
          name: name, variant: try row.required("variant", row.text("variant")), cuda: try row.cuda("cuda"),
          url: try row.required("url", row.text("url")), source: try row.source(named: name)))
    }
    self.indexes = indexes
    var projects: [ProjectName] = []
    for (place, text) in try document.texts("packages").enumerated() {
      do throws(MalformedText) {
        projects.append(try ProjectName(text))
      } catch {
        throw MatrixError(file: document.file, place: "packages[\(place)]", reason: "\(error)")
      }
    }
    self.projects = projects
  }
}
