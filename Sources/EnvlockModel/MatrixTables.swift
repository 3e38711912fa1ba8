/// The rows of one table, and what becomes of a row that is broken.
extension Matrix {
  /// The rows of a table that queries ask for, read once; none where the file is missing.
  func rows<Row>(
    _ memo: Memo<[Row]>, _ file: String, _ table: String,
    _ read: (MatrixRow) throws(MatrixError) -> Row
  ) -> [Row] {
    memo.value { (try? document(file).decoded(table, read)) ?? [] }
  }

  /// Reads the rows of a table that a matrix may lack, and keeps them.
  ///
  /// - Throws: `MatrixError` for the first row that is broken.
  func checkRows<Row>(
    _ memo: Memo<[Row]>, _ file: String, _ table: String,
    _ read: (MatrixRow) throws(MatrixError) -> Row
  ) throws(MatrixError) {
    guard fileNames.contains(file) else { return }
    let document = try document(file)
    guard document.tableNames.contains(table) else { return }
    let rows = try document.decoded(table, read)
    _ = memo.value { rows }
  }
}

extension MatrixDocument {
  /// A value of each row of a table.
  ///
  /// - Throws: `MatrixError` when the table is missing, or for the first row that is broken.
  func decoded<Row>(
    _ table: String, _ read: (MatrixRow) throws(MatrixError) -> Row
  ) throws(MatrixError) -> [Row] {
    var values: [Row] = []
    for row in try rows(table) { values.append(try read(row)) }
    return values
  }
}
