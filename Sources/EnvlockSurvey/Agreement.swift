public import EnvlockModel
import EnvlockVersions

/// A field in which the matrix and the wheels are not the same.
public struct Disagreement: Hashable, Sendable {
  /// The field, as the wheels say it.
  public let field: SurveyedRow.Field
  /// What the matrix says; nil where it says nothing.
  public let matrix: JSONValue?
}

/// What became of comparing one row.
public struct RowOutcome: Hashable, Sendable {
  /// How it stands in the matrix.
  public enum State: Hashable, Sendable {
    /// It is there, and says the same.
    case agrees
    /// It is there, and says something else.
    case differs([Disagreement])
    /// It is not there.
    case missing
  }

  /// The row as the wheels say it.
  public let row: SurveyedRow
  /// How it stands in the matrix.
  public let state: State

  /// Compares a row with a file of the matrix.
  ///
  /// - Parameters:
  ///   - row: as the wheels say it.
  ///   - document: the file.
  public init(_ row: SurveyedRow, in document: JSONValue) {
    self.row = row
    let rows = (document[row.table]?.arrayValue ?? []).compactMap(\.objectValue)
    guard let theirs = rows.first(where: { row.isAbout($0) }) else {
      state = .missing
      return
    }
    let differences = row.fields.filter { field in
      if let value = theirs[field.name] { return !Agreement.holds(field, value) }
      // A yank that the matrix does not note is one; what a table elsewhere says it need not repeat.
      return !row.isHearsay
    }
    let serious = differences.filter { !row.isHearsay || !RowOutcome.knows($0.name, row, document) }
    state =
      serious.isEmpty
      ? .agrees : .differs(serious.map { Disagreement(field: $0, matrix: theirs[$0.name]) })
  }

  /// Whether the matrix knows that there is a conflict about a field of a release.
  private static func knows(_ field: String, _ row: SurveyedRow, _ document: JSONValue) -> Bool {
    guard case .string(let version)? = row["version"] else { return false }
    return (document["conflicts"]?.arrayValue ?? []).contains { conflict in
      conflict["field"]?.stringValue == field
        && (conflict["versions"]?.arrayValue ?? []).contains(.string(version))
        && (conflict["arch"] == nil || conflict["arch"] == row["arch"])
    }
  }
}

/// When two values of a field mean the same.
enum Agreement {
  static func holds(_ field: SurveyedRow.Field, _ value: JSONValue) -> Bool {
    switch field.comparison {
    case .exact: return field.value == value
    case .elements:
      guard let ours = field.value.arrayValue, let theirs = value.arrayValue else {
        return field.value == value
      }
      return Set(ours) == Set(theirs)
    case .prefix:
      guard let ours = field.value.stringValue, let theirs = value.stringValue else { return false }
      let (one, other) = (ours.split(separator: "."), theirs.split(separator: "."))
      return one.starts(with: other) || other.starts(with: one)
    case .floor:
      guard let ours = field.value.stringValue.flatMap({ try? Version($0) }),
        let theirs = value.stringValue.flatMap({ try? Version($0) })
      else { return false }
      return ours <= theirs
    case .requirements:
      return requirements(field.value) == requirements(value)
    }
  }

  /// The parts of requirements without their order, blanks, and spelling of names.
  private static func requirements(_ value: JSONValue) -> Set<String> {
    let texts = value.arrayValue?.compactMap(\.stringValue) ?? [value.stringValue].compactMap { $0 }
    return Set(
      texts.map { text in
        let (specifiers, marker) = halves(text.filter { $0 != " " })
        let parts = specifiers.split(separator: ",").map { part in
          String(part.map { $0 == "_" ? "-" : $0 }).lowercased()
        }
        // The name stands before the first of several bounds, so that these cannot simply be sorted.
        guard let first = parts.first else { return marker }
        let name = first.prefix { !"<>=!~".contains($0) }
        let bounds = [String(first.dropFirst(name.count))] + parts.dropFirst()
        return name + bounds.sorted().joined(separator: ",") + ";" + marker.map { $0 == "'" ? "\"" : $0 }
      })
  }

  private static func halves(_ text: String) -> (String, String) {
    guard let semicolon = text.firstIndex(of: ";") else { return (text, "") }
    return (String(text[..<semicolon]), String(text[text.index(after: semicolon)...]))
  }
}
