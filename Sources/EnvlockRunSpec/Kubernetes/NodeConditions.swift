import EnvlockModel

/// A condition on a label of a node (API reference, NodeSelectorRequirement v1).
struct LabelCondition: Hashable {
  let key: String
  let comparison: String
  let values: [String]

  /// The label has one of these values.
  static func `in`(_ key: String, _ values: [String]) -> LabelCondition {
    LabelCondition(key: key, comparison: "In", values: values)
  }

  /// The label is missing or has another value.
  static func notIn(_ key: String, _ values: [String]) -> LabelCondition {
    LabelCondition(key: key, comparison: "NotIn", values: values)
  }

  /// The label is missing.
  static func missing(_ key: String) -> LabelCondition {
    LabelCondition(key: key, comparison: "DoesNotExist", values: [])
  }

  /// The label holds a whole number of at least `least`. `Gt` is the only comparison that there is, and takes integers.
  static func atLeast(_ key: String, _ least: Int) -> LabelCondition {
    LabelCondition(key: key, comparison: "Gt", values: ["\(least - 1)"])
  }

  /// The label holds a whole number below `limit`.
  static func below(_ key: String, _ limit: Int) -> LabelCondition {
    LabelCondition(key: key, comparison: "Lt", values: ["\(limit)"])
  }

  var json: JSONValue {
    var object: JSONObject = ["key": .string(key), "operator": .string(comparison)]
    if !values.isEmpty { object["values"] = .strings(values) }
    return .object(object)
  }
}

/// What the labels of a node must say: one of several lists of conditions, as Kubernetes has them
/// (`nodeSelectorTerms` are alternatives, `matchExpressions` hold together).
struct NodeConditions: Hashable {
  var alternatives: [[LabelCondition]]

  /// Any node.
  static let none = NodeConditions(alternatives: [[]])

  /// All of these.
  init(_ conditions: [LabelCondition]) { alternatives = [conditions] }

  init(alternatives: [[LabelCondition]]) { self.alternatives = alternatives }

  /// Both.
  func and(_ other: NodeConditions) -> NodeConditions {
    NodeConditions(alternatives: alternatives.flatMap { ours in other.alternatives.map { ours + $0 } })
  }

  /// Either.
  func or(_ other: NodeConditions) -> NodeConditions {
    NodeConditions(alternatives: alternatives + other.alternatives)
  }

  /// `nodeAffinity`; nil where any node does.
  var affinity: JSONValue? {
    guard !alternatives.contains([]) else { return nil }
    let terms = alternatives.map { conditions -> JSONValue in
      ["matchExpressions": .array(conditions.map(\.json))]
    }
    return ["requiredDuringSchedulingIgnoredDuringExecution": ["nodeSelectorTerms": .array(terms)]]
  }
}
