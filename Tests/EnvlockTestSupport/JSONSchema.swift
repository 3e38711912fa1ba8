public import EnvlockModel

/// The part of JSON Schema (draft 2020-12) that the project's own schemas use.
public struct JSONSchema {
  private let root: JSONValue
  private var patterns: [String: Regex<AnyRegexOutput>] = [:]
  /// "toolkits[3].driver: does not match …".
  public private(set) var faults: [String] = []

  /// A validator that knows this schema.
  public init(_ root: JSONValue) { self.root = root }

  /// Collects the faults of a document, and words of the schema that this validator does not know.
  public mutating func validate(_ document: JSONValue) { check(document, root, "") }

  private mutating func fault(_ path: String, _ reason: String) { faults.append("\(path): \(reason)") }

  private mutating func check(_ value: JSONValue, _ schema: JSONValue, _ path: String) {
    for member in schema.objectValue?.members ?? [] {
      switch member.key {
      case "$schema", "title", "description", "$defs", "properties", "required", "propertyNames", "default",
        "examples":
        break
      case "$ref":
        let name = member.value.stringValue?.split(separator: "/").last.map(String.init) ?? ""
        if let target = root["$defs"]?[name] { check(value, target, path) } else { fault(path, "no \(name)") }
      case "type":
        if !isType(value, member.value.stringValue ?? "") { fault(path, "is no \(member.value)") }
      case "enum":
        if member.value.arrayValue?.contains(value) != true { fault(path, "is none of \(member.value)") }
      case "const":
        if member.value != value { fault(path, "is not \(member.value)") }
      case "anyOf": checkAny(value, member.value.arrayValue ?? [], path)
      case "pattern":
        if let text = value.stringValue, !matches(text, member.value.stringValue ?? "") {
          fault(path, "“\(text)” does not match \(member.value.stringValue ?? "")")
        }
      case "minLength":
        if let text = value.stringValue, text.count < member.value.integerValue ?? 0 {
          fault(path, "is too short")
        }
      case "minimum":
        if let number = value.numberValue, number < member.value.numberValue ?? 0 {
          fault(path, "is too small")
        }
      case "maximum":
        if let number = value.integerValue, number > member.value.integerValue ?? 0 {
          fault(path, "is too large")
        }
      case "minItems":
        if let list = value.arrayValue, list.count < member.value.integerValue ?? 0 {
          fault(path, "is too short")
        }
      case "uniqueItems":
        if let list = value.arrayValue, Set(list).count != list.count { fault(path, "has an element twice") }
      case "items":
        for (index, element) in (value.arrayValue ?? []).enumerated() {
          check(element, member.value, "\(path)[\(index)]")
        }
      case "minProperties":
        if let object = value.objectValue, object.members.count < member.value.integerValue ?? 0 {
          fault(path, "has too few members")
        }
      case "additionalProperties": break
      default: fault(path, "the schema says \(member.key), which is not understood")
      }
    }
    if let object = value.objectValue { checkMembers(object, schema, path) }
  }

  private mutating func checkMembers(_ object: JSONObject, _ schema: JSONValue, _ path: String) {
    for name in schema["required"]?.arrayValue ?? [] where object[name.stringValue ?? ""] == nil {
      fault(path, "lacks \(name.stringValue ?? "")")
    }
    for member in object.members {
      let inner = path.isEmpty ? member.key : "\(path).\(member.key)"
      if let names = schema["propertyNames"] { check(.string(member.key), names, inner) }
      if let known = schema["properties"]?[member.key] {
        check(member.value, known, inner)
      } else if schema["additionalProperties"] == .bool(false) {
        fault(inner, "is not allowed")
      } else if let other = schema["additionalProperties"], other.objectValue != nil {
        check(member.value, other, inner)
      }
    }
  }

  private mutating func checkAny(_ value: JSONValue, _ choices: [JSONValue], _ path: String) {
    let before = faults
    for choice in choices {
      check(value, choice, path)
      let fits = faults.count == before.count
      faults = before
      if fits { return }
    }
    fault(path, "fits no choice")
  }

  private func isType(_ value: JSONValue, _ type: String) -> Bool {
    switch (value, type) {
    case (.object, "object"), (.array, "array"), (.string, "string"), (.integer, "integer"),
      (.integer, "number"), (.number, "number"), (.bool, "boolean"):
      true
    default: false
    }
  }

  private mutating func matches(_ text: String, _ pattern: String) -> Bool {
    if patterns[pattern] == nil { patterns[pattern] = try? Regex(pattern) }
    guard let regex = patterns[pattern] else { return false }
    return text.firstMatch(of: regex) != nil
  }
}
