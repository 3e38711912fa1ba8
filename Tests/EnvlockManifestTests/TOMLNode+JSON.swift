import EnvlockModel

@testable import EnvlockManifest

extension TOMLNode {
  /// The value as JSON; dates and times become strings.
  var json: JSONValue {
    switch content {
    case .string(let text), .time(let text): .string(text)
    case .integer(let number): .integer(number)
    case .number(let number): .number(number)
    case .boolean(let flag): .bool(flag)
    case .array(let elements): .array(elements.map(\.json))
    case .table(let members): .object(JSONObject(members.map { ($0.key, $0.value.json) }))
    }
  }
}
