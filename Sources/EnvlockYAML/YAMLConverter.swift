import EnvlockModel
import Yams

/// Makes JSON values of what Yams parsed.
struct YAMLConverter {
  private var count = 0

  mutating func value(of node: Node, depth: Int = 0) throws(YAMLFault) -> JSONValue {
    count += 1
    guard count <= YAMLDocuments.valueLimit else {
      throw Self.fault("there are more than \(YAMLDocuments.valueLimit) values", node)
    }
    guard depth <= YAMLDocuments.depthLimit else {
      throw Self.fault("it is more than \(YAMLDocuments.depthLimit) levels deep", node)
    }
    switch node {
    case .scalar(let scalar): return try YAMLScalar(scalar).value
    case .sequence(let sequence):
      try Self.check(sequence.tag, is: .seq, node)
      var elements: [JSONValue] = []
      for element in sequence { elements.append(try value(of: element, depth: depth + 1)) }
      return .array(elements)
    case .mapping(let mapping):
      try Self.check(mapping.tag, is: .map, node)
      var object = JSONObject()
      for (key, member) in mapping {
        let name = try Self.key(key)
        guard object[name] == nil else { throw Self.fault("the key “\(name)” comes twice", key) }
        object[name] = try value(of: member, depth: depth + 1)
      }
      return .object(object)
    case .alias: throw Self.fault("an alias stands for nothing", node)
    }
  }

  /// The text of a key. Numbers and truth values are keys by what was written, as in JSON.
  private static func key(_ node: Node) throws(YAMLFault) -> String {
    guard case .scalar(let scalar) = node else { throw fault("a key has to be a text", node) }
    guard scalar.anchor == nil else { throw fault("a key can be no alias and have no anchor", node) }
    // The parser has looked for keys that come twice, and taken every plain key for a text.
    try check(scalar.tag, is: .str, node)
    if scalar.style == .plain {
      if scalar.string.isEmpty || YAMLScalar.nulls.contains(scalar.string) {
        throw fault("a key has to be a text", node)
      }
      if scalar.string == "<<" {
        throw fault("merge keys are not read, as YAML 1.2 has none: write out what is merged", node)
      }
    }
    return scalar.string
  }

  private static func check(_ tag: Tag, is name: Tag.Name, _ node: Node) throws(YAMLFault) {
    let text = tag.description
    guard [Tag.Name.implicit.rawValue, Tag.Name.nonSpecific.rawValue, name.rawValue].contains(text) else {
      throw fault("the tag \(text) is not read", node)
    }
  }

  static func fault(_ reason: String, _ node: Node) -> YAMLFault {
    YAMLFault(reason: reason, line: node.mark?.line, column: node.mark?.column)
  }
}
