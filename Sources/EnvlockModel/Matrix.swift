/// The compatibility data: which framework build needs which CUDA, which driver and which GPUs, each statement
/// with its source.
///
/// A file is read when it is first asked for, and a row when it is needed, so that a matrix costs nothing to have.
public struct Matrix: Sendable {
  /// The names of its files, sorted: "cuda.json" and so on.
  public let fileNames: [String]
  private let read: @Sendable (String) -> [UInt8]?
  /// Whether rows are known to have no unknown fields, so that nobody has to look.
  private let isTrusted: Bool

  let cudaTable = Memo<CUDATable>()
  let gpuTable = Memo<GPUTable>()
  let indexTable = Memo<IndexTable>()
  let strataTable = Memo<StrataTable>()
  let torchTable = Memo<FrameworkTable>()
  let tensorflowTable = Memo<FrameworkTable>()
  let driverBranchMemo = Memo<[DriverBranchRow]>()
  let compilerTargetsMemo = Memo<[CompilerTargetsRow]>()
  let forwardMemo = Memo<[ForwardCompatibilityRow]>()
  let cudnnMemo = Memo<[CuDNNRow]>()
  let pairingMemo = Memo<[PairingRow]>()
  let interpreterMemo = Memo<[InterpreterBuildRow]>()
  let debianMemo = Memo<[DebianSuiteRow]>()
  let migMemo = Memo<[MIGRow]>()
  let vgpuMemo = Memo<VGPUTable>()
  let sharingMemo = Memo<SharingTable>()
  let jaxMemo = Memo<[JAXBuildRow]>()
  let ruleMemo = Memo<[MatrixRuleRow]>()

  /// A matrix of files that somebody supplies, such as a folder given with `--matrix`; all are checked at once.
  ///
  /// - Parameter files: the bytes of each file by its name, without a folder; files that no query reads are only
  ///   checked for being JSON whose rows have a source.
  /// - Throws: `MatrixError` for a missing file and for the first fault in a file.
  public init(files: [String: [UInt8]]) throws(MatrixError) {
    self.init(Array(files.keys), isTrusted: false) { files[$0] }
    for name in fileNames { try checkSources(of: document(name)) }
    let cuda = try CUDATable(document("cuda.json"))
    let gpus = try GPUTable(document("gpus.json"))
    let indexes = try IndexTable(document("indexes.json"))
    let strata = try StrataTable(document("strata.json"))
    let torch = try FrameworkTable(document("torch.json"))
    let tensorflow = try FrameworkTable(document("tensorflow.json"))
    try torch.check()
    try tensorflow.check()
    try checkRows(driverBranchMemo, "drivers.json", "branches", DriverBranchRow.read)
    try checkRows(cudnnMemo, "cudnn.json", "releases", CuDNNRow.read)
    try checkRows(pairingMemo, "pairings.json", "pairings", PairingRow.read)
    try checkRows(interpreterMemo, "python-builds.json", "builds", InterpreterBuildRow.read)
    try checkRows(debianMemo, "python-builds.json", "debian", DebianSuiteRow.read)
    try checkRows(compilerTargetsMemo, "cuda.json", "targets", CompilerTargetsRow.read)
    try checkRows(forwardMemo, "cuda.json", "forward_compatibility", ForwardCompatibilityRow.read)
    try checkMIG()
    try checkVGPU()
    try checkSharing()
    _ = cudaTable.value { cuda }
    _ = gpuTable.value { gpus }
    _ = indexTable.value { indexes }
    _ = strataTable.value { strata }
    _ = torchTable.value { torch }
    _ = tensorflowTable.value { tensorflow }
    try checkJAX()
    try checkRules()
  }

  /// A matrix of files that are known to be whole, as those compiled in are: a test reads every row of them.
  ///
  /// - Parameters:
  ///   - names: the names of the files, in any order.
  ///   - read: gives the bytes of a file; called when the file is first needed, perhaps more than once.
  package init(trusted names: [String], read: @escaping @Sendable (String) -> [UInt8]?) {
    self.init(names, isTrusted: true, read)
  }

  private init(_ names: [String], isTrusted: Bool, _ read: @escaping @Sendable (String) -> [UInt8]?) {
    fileNames = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    self.read = read
    self.isTrusted = isTrusted
  }

  /// The bytes of a file; nil where the matrix has none of this name.
  public func bytes(of file: String) -> [UInt8]? { read(file) }

  /// What a digest of the whole matrix is taken over: of each file, by ascending name, the name, a zero byte, the
  /// number of bytes in decimal, a zero byte, and the bytes.
  public var digestInput: [UInt8] {
    var input: [UInt8] = []
    for name in fileNames {
      let bytes = read(name) ?? []
      input.append(contentsOf: name.utf8)
      input.append(0)
      input.append(contentsOf: String(bytes.count).utf8)
      input.append(0)
      input.append(contentsOf: bytes)
    }
    return input
  }

  /// A file, split into rows.
  ///
  /// - Throws: `MatrixError` when the file is missing or broken.
  func document(_ file: String) throws(MatrixError) -> MatrixDocument {
    guard let bytes = read(file) else {
      throw MatrixError(file: file, place: "", reason: "the file is missing")
    }
    return try MatrixDocument(file, bytes, isTrusted: isTrusted)
  }

  /// The tables whose rows are read, and so checked, by the queries.
  private static let queriedTables: [String: [String]] = [
    "cuda.json": ["toolkits", "minor_compatibility"], "gpus.json": ["gpus"], "indexes.json": ["indexes"],
    "strata.json": ["wheels"], "torch.json": ["builds"], "tensorflow.json": ["builds"],
  ]

  private func checkSources(of document: MatrixDocument) throws(MatrixError) {
    let queried = Self.queriedTables[document.file] ?? []
    for table in document.tableNames where !queried.contains(table) {
      for index in 0..<document.count(table) {
        let row = try document.row(table, at: index)
        guard case .object = row.cursor.value else { continue }
        _ = try row.source(named: "")
      }
    }
  }
}
