import EnvlockModel
import Foundation

/// As much of JSON Schema, draft 4, as the OCI's schemas use.
struct JSONSchema {
  let folder: URL

  /// The folder of the schemas beside the checkout; nil where there is none.
  static let folder: URL? = {
    var root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    for _ in 0..<4 { root.deleteLastPathComponent() }
    let folder = root.appendingPathComponent("shared/schemas/oci-image")
    return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
  }()

  /// What is wrong with a document, each with its place.
  func faults(in document: JSONValue, schema file: String) throws -> [String] {
    try check(document, try load(file), file, "")
  }

  private func load(_ file: String) throws -> JSONValue {
    try JSONValue(parsing: Array(try Data(contentsOf: folder.appendingPathComponent(file))))
  }

  private func check(_ value: JSONValue, _ schema: JSONValue, _ file: String, _ place: String) throws
    -> [String]
  {
    if let reference = schema["$ref"]?.stringValue { return try follow(reference, value, file, place) }
    var faults: [String] = []
    if let type = schema["type"]?.stringValue, !isOf(type, value) { faults.append("\(place): no \(type)") }
    if let values = schema["enum"]?.arrayValue, !values.contains(value) {
      faults.append("\(place): not in enum")
    }
    if let alternatives = schema["oneOf"]?.arrayValue {
      let fitting = try alternatives.count { try check(value, $0, file, place).isEmpty }
      if fitting != 1 { faults.append("\(place): \(fitting) alternatives") }
    }
    if let pattern = schema["pattern"]?.stringValue, let text = value.stringValue {
      if try Regex(pattern).firstMatch(in: text) == nil { faults.append("\(place): pattern") }
    }
    if let minimum = schema["minimum"]?.numberValue, let number = value.numberValue, number < minimum {
      faults.append("\(place): minimum")
    }
    if let maximum = schema["maximum"]?.numberValue, let number = value.numberValue, number > maximum {
      faults.append("\(place): maximum")
    }
    for key in schema["required"]?.arrayValue ?? [] where value[key.stringValue ?? ""] == nil {
      faults.append("\(place): no \(key)")
    }
    for (index, element) in (value.arrayValue ?? []).enumerated() {
      if let items = schema["items"] { faults += try check(element, items, file, "\(place)[\(index)]") }
    }
    if let least = schema["minItems"]?.integerValue, let elements = value.arrayValue, elements.count < least {
      faults.append("\(place): too few")
    }
    for member in value.objectValue?.members ?? [] {
      if let property = schema["properties"]?[member.key] {
        faults += try check(member.value, property, file, "\(place).\(member.key)")
      }
      for pattern in schema["patternProperties"]?.objectValue?.members ?? []
      where try Regex(pattern.key).firstMatch(in: member.key) != nil {
        faults += try check(member.value, pattern.value, file, "\(place).\(member.key)")
      }
    }
    return faults
  }

  private func follow(_ reference: String, _ value: JSONValue, _ file: String, _ place: String) throws
    -> [String]
  {
    let parts = reference.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map {
      String($0)
    }
    let target = parts[0].isEmpty ? file : parts[0]
    var schema = try load(target)
    for step in (parts.count > 1 ? parts[1] : "").split(separator: "/") {
      guard let next = schema[String(step)] else { return ["\(place): no schema \(reference)"] }
      schema = next
    }
    return try check(value, schema, target, place)
  }

  private func isOf(_ type: String, _ value: JSONValue) -> Bool {
    switch (type, value) {
    case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array), ("object", .object),
      ("integer", .integer), ("number", .integer), ("number", .number):
      true
    default: false
    }
  }
}
