import EnvlockModel

extension JSONValue {
  /// This value with a JSON merge patch applied (RFC 7396, section 2): members of objects are set one by one, `null`
  /// removes a member, and anything else, lists included, takes the place of what was there.
  func merged(_ patch: JSONValue) -> JSONValue {
    guard case .object(let changes) = patch else { return patch }
    var result = objectValue ?? [:]
    for member in changes.members {
      result[member.key] = member.value == .null ? nil : (result[member.key] ?? .null).merged(member.value)
    }
    return .object(result)
  }
}
