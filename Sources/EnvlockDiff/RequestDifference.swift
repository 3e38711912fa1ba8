public import EnvlockModel

/// An entry of what is asked for that differs.
public struct RequestDifference: Hashable, Sendable {
  /// What happened to it.
  public enum Kind: Hashable, Sendable {
    /// A single value; nil where it is not said.
    case value(old: JSONValue?, new: JSONValue?)
    /// A list: what is in it no more, and what is in it now. Both are empty where only the order is another.
    case list(removed: [JSONValue], added: [JSONValue])
  }

  /// The manifest's key: "requirements".
  public let key: String
  /// What happened.
  public let kind: Kind

  /// Compares what two locks were asked for, by ascending key.
  ///
  /// - Parameters:
  ///   - old: The old ``Lockfile/request``, or a manifest's canonical form.
  ///   - new: The new one.
  /// - Returns: The entries that differ.
  public static func all(from old: JSONValue, to new: JSONValue) -> [RequestDifference] {
    let (before, after) = (old.objectValue ?? [:], new.objectValue ?? [:])
    return Set(before.keys + after.keys).sorted().compactMap { key in
      guard before[key] != after[key] else { return nil }
      guard let one = before[key]?.arrayValue, let other = after[key]?.arrayValue else {
        return RequestDifference(key: key, kind: .value(old: before[key], new: after[key]))
      }
      return RequestDifference(
        key: key,
        kind: .list(
          removed: one.filter { !other.contains($0) }, added: other.filter { !one.contains($0) }))
    }
  }
}
