/// An element of an XML document; all that it holds is escaped when it is written.
public struct XMLElement: Hashable, Sendable {
  /// One attribute.
  public struct Attribute: Hashable, Sendable {
    /// Its name.
    public let name: String
    /// Its value, unescaped.
    public let value: String
  }

  /// Its name.
  public let name: String
  /// Its attributes, in their order.
  public let attributes: [Attribute]
  /// What stands in it, where that is text.
  public let text: String?
  /// What stands in it, where that is elements.
  public let children: [XMLElement]

  /// An element of elements, or an empty one.
  init(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ children: [XMLElement] = []
  ) {
    self.name = name
    self.attributes = attributes.map { Attribute(name: $0.key, value: $0.value) }
    self.children = children
    text = nil
  }

  /// An element of text.
  init(_ name: String, _ attributes: KeyValuePairs<String, String> = [:], text: String) {
    self.name = name
    self.attributes = attributes.map { Attribute(name: $0.key, value: $0.value) }
    self.text = text
    children = []
  }
}

/// Writes XML 1.0 (Extensible Markup Language, fifth edition).
enum XMLText {
  /// A document, two spaces a level.
  ///
  /// - Throws: A character that no XML document can hold (2.2, "Characters").
  static func text(of root: XMLElement) throws(RunSpecError) -> String {
    var text = ""
    try write(root, to: &text, margin: "")
    return text
  }

  private static func write(
    _ element: XMLElement, to text: inout String, margin: String
  ) throws(RunSpecError) {
    text += "\(margin)<\(element.name)"
    for attribute in element.attributes {
      text += " \(attribute.name)=\"\(try escaped(attribute.value))\""
    }
    if let content = element.text {
      text += ">\(try escaped(content))</\(element.name)>\n"
    } else if element.children.isEmpty {
      text += "/>\n"
    } else {
      text += ">\n"
      for child in element.children { try write(child, to: &text, margin: margin + "  ") }
      text += "\(margin)</\(element.name)>\n"
    }
  }

  private static func escaped(_ value: String) throws(RunSpecError) -> String {
    var text = ""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      // As they are, readers would take them for spaces, or for one line end.
      case "\t", "\n", "\r": text += "&#\(scalar.value);"
      case "\u{0}"..<" ", "\u{FFFE}"..."\u{FFFF}":
        throw RunSpecError("“\(value)” has a character that XML cannot hold")
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
