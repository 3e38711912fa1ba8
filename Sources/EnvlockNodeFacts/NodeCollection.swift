public import EnvlockModel

/// Nodes as they are read, those that are alike counted together, so that a fleet of a million fits in memory.
public struct NodeCollection: Sendable {
  /// Nodes whose facts are of one kind.
  private struct Kind {
    /// The facts of one of them in full, and which node that is.
    var full: NodeFacts
    var owner: Int
    /// What they share.
    let facts: NodeFacts
  }

  private struct Node {
    let name: String
    var kind: Int32
  }

  private var kinds: [Kind] = []
  private var places: [NodeFacts: Int32] = [:]
  /// In the order in which they were first met.
  private var nodes: [Node] = []
  private var indexes: [String: Int32] = [:]
  /// What each source says of a node that several speak of, or whose facts come in parts.
  private var parts: [Int: [NodeFacts]] = [:]

  /// No nodes.
  public init() {}

  /// How many nodes there are.
  public var count: Int { nodes.count }

  /// Adds what one source knows of a node.
  ///
  /// Facts of a name that is already there are merged where they are from different sources; what they say
  /// differently becomes a contradiction. So does what one source says of a node twice, apart from resource slices,
  /// of which a node may have several. Nodes without a name are all different.
  ///
  /// - Parameters:
  ///   - name: the node's name; empty where nobody named it.
  ///   - facts: what is known of it.
  public mutating func add(name: String, facts: NodeFacts) {
    guard let node = index(of: name) else {
      append(name: name, kind: place(of: facts))
      if facts.origin == .resourceSlice { parts[nodes.count - 1] = [facts] }
      return
    }
    var known = parts[node] ?? [current(node)]
    if let place = known.firstIndex(where: { $0.origin == facts.origin }) {
      known[place] = known[place].joined(with: facts)
    } else {
      known.append(facts)
    }
    parts[node] = known
    nodes[node].kind = place(of: NodeFacts.merged(known), owner: node)
  }

  /// Whether a node of this name is there.
  func contains(_ name: String) -> Bool { index(of: name) != nil }

  /// The place of facts, for ``add(newName:place:)``; the next node that is added has to be theirs.
  mutating func place(of facts: NodeFacts) -> Int32 { place(of: facts, owner: nodes.count) }

  /// Adds a node by the place of its facts; for a reader that meets the same facts again and again.
  mutating func add(newName name: String, place: Int32) { append(name: name, kind: place) }

  /// The nodes by kind, in the order of the first node of each. A group of one keeps its full facts.
  public var groups: [NodeGroup] {
    var groups: [NodeGroup] = []
    var order = [Int32](repeating: -1, count: kinds.count)
    var owners: [Bool] = []
    for (index, node) in nodes.enumerated() {
      let kind = Int(node.kind)
      let isOwner = kinds[kind].owner == index
      if order[kind] >= 0 {
        let group = Int(order[kind])
        groups[group].names.append(node.name)
        owners[group] = false
      } else {
        order[kind] = Int32(groups.count)
        groups.append(NodeGroup(names: [node.name], facts: kinds[kind].facts))
        owners.append(isOwner)
      }
    }
    for (kind, group) in order.enumerated() where group >= 0 && owners[Int(group)] {
      groups[Int(group)].facts = kinds[kind].full
    }
    return groups
  }

  private func index(of name: String) -> Int? {
    name.isEmpty ? nil : indexes[name].map { Int($0) }
  }

  private mutating func append(name: String, kind: Int32) {
    if !name.isEmpty { indexes[name] = Int32(truncatingIfNeeded: nodes.count) }
    nodes.append(Node(name: name, kind: kind))
  }

  /// What is known of a node; in full where nobody shares its kind.
  private func current(_ node: Int) -> NodeFacts {
    let kind = kinds[Int(nodes[node].kind)]
    return kind.owner == node ? kind.full : kind.facts
  }

  private mutating func place(of facts: NodeFacts, owner: Int) -> Int32 {
    let kind = facts.kind
    if let place = places[kind] {
      // The owner of a kind is the node whose full facts are kept; a node that speaks again replaces its own.
      if kinds[Int(place)].owner == owner { kinds[Int(place)].full = facts }
      return place
    }
    let place = Int32(truncatingIfNeeded: kinds.count)
    places[kind] = place
    kinds.append(Kind(full: facts, owner: owner, facts: kind))
    return place
  }
}
