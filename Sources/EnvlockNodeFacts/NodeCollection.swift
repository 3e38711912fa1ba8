public import EnvlockModel

/// Nodes as they are read, those that are alike counted together, so that a fleet of a million fits in memory.
public struct NodeCollection: Sendable {
  /// Nodes whose facts are of one kind.
  private struct Kind {
    /// The facts of the first of them, in full.
    var full: NodeFacts
    var kind: NodeFacts
    var count: Int
  }

  private var kinds: [Kind] = []
  private var places: [NodeFacts: Int] = [:]
  /// The nodes in the order in which they were first met, with the kind of each.
  private var nodes: [(name: String, kind: Int)] = []
  private var indexes: [String: Int] = [:]

  /// No nodes.
  public init() {}

  /// How many nodes there are.
  public var count: Int { nodes.count }

  /// Adds what one source knows of a node.
  ///
  /// Facts of a name that is already there are merged where they are from different sources; what they say
  /// differently becomes a contradiction. Nodes without a name are all different.
  ///
  /// - Parameters:
  ///   - name: the node's name; empty where nobody named it.
  ///   - facts: what is known of it.
  public mutating func add(name: String, facts: NodeFacts) {
    let kind = place(of: facts)
    kinds[kind].count += 1
    if !name.isEmpty { indexes[name] = nodes.count }
    nodes.append((name, kind))
  }

  /// The nodes by kind, in the order in which the kinds were first met. A group of one keeps its full facts.
  public var groups: [NodeGroup] {
    var groups: [NodeGroup] = []
    var order = [Int?](repeating: nil, count: kinds.count)
    for node in nodes {
      if let index = order[node.kind] {
        groups[index].names.append(node.name)
      } else {
        let kind = kinds[node.kind]
        order[node.kind] = groups.count
        groups.append(NodeGroup(names: [node.name], facts: kind.count == 1 ? kind.full : kind.kind))
      }
    }
    return groups
  }

  private mutating func place(of facts: NodeFacts) -> Int {
    let kind = facts.kind
    if let place = places[kind] { return place }
    places[kind] = kinds.count
    kinds.append(Kind(full: facts, kind: kind, count: 0))
    return kinds.count - 1
  }
}
