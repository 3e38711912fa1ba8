/// A table for people: columns two spaces apart, nothing behind the last.
enum TextTable {
  /// The lines of a table.
  ///
  /// - Parameters:
  ///   - header: What stands over the columns.
  ///   - rows: The cells, as many in each row as columns; fewer leave the last ones empty.
  ///   - indentation: How many spaces stand in front of each line.
  /// - Returns: The header's line, then one for each row.
  static func lines(_ header: [String], _ rows: [[String]], indentation: Int = 0) -> [String] {
    let all = [header] + rows
    let widths = header.indices.map { column in
      all.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
    }
    let front = String(repeating: " ", count: indentation)
    return all.map { cells in
      var line = front
      for (column, cell) in cells.enumerated() where column < widths.count {
        line += (column > 0 ? "  " : "") + cell.padded(to: widths[column])
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
