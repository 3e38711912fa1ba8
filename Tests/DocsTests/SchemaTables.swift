import EnvlockModel
import Foundation

/// The rows that a page's tables have for the keys of a schema.
struct SchemaTables {
  private let root: JSONValue

  init(_ name: String) throws {
    let path = "\(MarkdownPage.root)/docs/schemas/envlock-\(name).schema.json"
    root = try JSONValue(parsing: Array(Data(contentsOf: URL(fileURLWithPath: path))))
  }

  /// "| `split` | true or false | `false` | … | |": kind, default, meaning, examples.
  func manifestRows() -> Set<String> {
    rows { key, schema, isRequired in
      let initial = isRequired == true ? "required" : schema["default"].map { code(toml($0)) } ?? ""
      let words = schema["enum"]?.arrayValue ?? schema["examples"]?.arrayValue ?? []
      return "| `\(key)` | \(kind(schema)) | \(initial) | \(meaning(schema)) | "
        + words.map { code(toml($0)) }.joined(separator: ", ") + " |"
    }
  }

  /// "| `size` | whole number, optional | … |": kind and meaning.
  func lockRows() -> Set<String> {
    rows { key, schema, isRequired in
      "| `\(key)` | \(kind(schema))\(isRequired == false ? ", optional" : "") | \(meaning(schema)) |"
    }
  }

  /// A row for each key of each table. `isRequired` is nil in tables that say nothing of it.
  private func rows(_ row: (_ key: String, _ schema: JSONValue, _ isRequired: Bool?) -> String) -> Set<String>
  {
    var rows: Set<String> = []
    func walk(_ schema: JSONValue) {
      let required = schema["required"]?.arrayValue?.compactMap(\.stringValue)
      for member in schema["properties"]?.objectValue?.members ?? [] {
        rows.insert(row(member.key, member.value, required?.contains(member.key)))
      }
      for (key, value) in schema.objectValue?.members.map({ ($0.key, $0.value) }) ?? [] {
        switch key {
        case "properties", "$defs": for inner in value.objectValue?.members ?? [] { walk(inner.value) }
        case "items": walk(value)
        case "anyOf": for choice in value.arrayValue ?? [] { walk(choice) }
        default: break
        }
      }
    }
    walk(root)
    return rows
  }

  private func meaning(_ schema: JSONValue) -> String {
    (schema["description"] ?? resolved(schema)["description"])?.stringValue ?? ""
  }

  private func resolved(_ schema: JSONValue) -> JSONValue {
    guard let name = schema["$ref"]?.stringValue?.split(separator: "/").last else { return schema }
    return root["$defs"]?[String(name)] ?? schema
  }

  private func kind(_ schema: JSONValue) -> String {
    if schema["$ref"] == "#/$defs/size" { return "size" }
    let schema = resolved(schema)
    if let choices = schema["anyOf"]?.arrayValue, schema["type"] == nil {
      return choices.map(kind).first ?? ""
    }
    switch schema["type"]?.stringValue {
    case "array": return schema["items"].map { kind($0) + "s" } ?? ""
    case "boolean": return "true or false"
    case "integer", nil: return "whole number"
    case "object": return schema["properties"] == nil ? "table of strings" : "table"
    case let other?: return other
    }
  }

  private func code(_ text: String) -> String { text.isEmpty ? "" : "`\(text)`" }

  /// A value as a manifest has it.
  private func toml(_ value: JSONValue) -> String {
    switch value {
    case .array(let elements): "[" + elements.map(toml).joined(separator: ", ") + "]"
    case .object(let object):
      object.members.isEmpty
        ? "{}"
        : "{ " + object.members.map { "\(name($0.key)) = \(toml($0.value))" }.joined(separator: ", ") + " }"
    default: value.canonical().trimmingCharacters(in: .newlines)
    }
  }

  private func name(_ key: String) -> String {
    key.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" } ? key : "\"\(key)\""
  }
}
