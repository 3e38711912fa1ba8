public import EnvlockModel
import Yams

/// Reads YAML 1.2 with the core schema (YAML 1.2.2, section 10.3), as strictly as `JSONValue` reads JSON.
public enum YAMLDocuments {
  /// The largest text, in bytes.
  public static let sizeLimit = 1 << 20
  /// How deep collections may lie in one another.
  static let depthLimit = 100
  /// How many values there may be once aliases are followed.
  static let valueLimit = 200_000
  /// How many aliases there may be, and how large a text with aliases. Yams follows them while it parses: so few, in a
  /// text so small, cannot grow beyond what is done in a moment.
  static let aliasLimit = 16
  static let aliasedSizeLimit = 1 << 16

  /// The documents of a text, in order; none for an empty text.
  ///
  /// - Throws: `YAMLFault` for what is not YAML, and for what is not read: see the room's README.
  public static func read(_ text: String) throws(YAMLFault) -> [JSONValue] {
    guard text.utf8.count <= sizeLimit else {
      throw YAMLFault(reason: "it has more than \(sizeLimit) bytes")
    }
    try checkAliases(text)
    var converter = YAMLConverter()
    var documents: [JSONValue] = []
    do {
      let parser = try Parser(yaml: text, resolver: .basic)
      while let root = try parser.nextRoot() { documents.append(try converter.value(of: root)) }
    } catch let error as YAMLFault {
      throw error
    } catch let error as YamlError {
      throw YAMLFault(error)
    } catch {
      throw YAMLFault(reason: "\(error)")
    }
    return documents
  }

  /// - Throws: Where there could be too many aliases. What only looks like one, in a text or a comment, counts, too.
  private static func checkAliases(_ text: String) throws(YAMLFault) {
    let bytes = Array(text.utf8)
    var anchors: Set<ArraySlice<UInt8>> = []
    var count = 0
    for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*") {
      // A node begins behind a blank, or in a flow collection behind its signs.
      guard index == 0 || bytes[index - 1] <= 0x20 || "[{,:-?".utf8.contains(bytes[index - 1]) else {
        continue
      }
      let name = bytes[(index + 1)...].prefix { isOfName($0) }
      if byte == UInt8(ascii: "&") {
        anchors.insert(name)
      } else if anchors.contains(name) {
        count += 1
      }
    }
    guard count > 0 else { return }
    guard count <= aliasLimit else {
      throw YAMLFault(reason: "it has more than \(aliasLimit) aliases: write out what they stand for")
    }
    guard bytes.count <= aliasedSizeLimit else {
      throw YAMLFault(
        reason: "it has aliases and more than \(aliasedSizeLimit) bytes: write out what they stand for")
    }
  }

  /// libyaml's letters of names of anchors.
  private static func isOfName(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
      || byte == UInt8(ascii: "-")
  }
}

extension YAMLFault {
  /// What Yams says.
  fileprivate init(_ error: YamlError) {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let reason = [context?.text, problem].compactMap { $0 }.joined(separator: ": ")
      self.init(reason: reason, line: mark.line, column: mark.column)
    case .duplicatedKeysInMapping(let keys, let context):
      self.init(
        reason: "the key “\(keys.first ?? "")” comes twice", line: context.mark.line,
        column: context.mark.column)
    case .reader(let problem, _, _, _): self.init(reason: problem)
    default: self.init(reason: "it cannot be read")
    }
  }
}
