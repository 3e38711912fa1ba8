/// A table while its document is being read.
///
/// It knows how it came to be, because TOML allows few tables to be added to later (TOML 1.0, "Table" and "Keys").
final class TOMLTable {
  /// How a table came to be.
  enum Origin {
    /// As a step of a header: `a` of `[a.b]`. A header of its own may follow.
    case implied
    /// By a header, or as the top level.
    case header
    /// As a step of a dotted key: `a` of `a.b = 1`.
    case dotted
  }

  /// What a key stands for.
  enum Entry {
    /// A value that is complete, inline tables and arrays included.
    case value(TOMLNode)
    case table(TOMLTable)
    /// `[[a]]`, once for each table.
    case tables([TOMLTable])
  }

  /// One key.
  struct Member {
    let key: TOMLKey
    var entry: Entry
  }

  var origin: Origin
  /// Where it begins: its header, or the key that implied it.
  var range: Range<Int>
  private(set) var members: [Member] = []
  private var places: [String: Int] = [:]

  init(_ origin: Origin, range: Range<Int>) {
    self.origin = origin
    self.range = range
  }

  /// What stands under `name`; setting it keeps the place of the first key.
  func entry(_ name: String) -> Entry? { places[name].map { members[$0].entry } }

  /// Adds a key, or replaces what it stands for.
  func set(_ key: TOMLKey, _ entry: Entry) {
    if let place = places[key.text] {
      members[place].entry = entry
    } else {
      places[key.text] = members.count
      members.append(Member(key: key, entry: entry))
    }
  }

  /// The finished value.
  var node: TOMLNode {
    let members = members.map { member in
      switch member.entry {
      case .value(let node): TOMLMember(key: member.key.text, keyRange: member.key.range, value: node)
      case .table(let table): TOMLMember(key: member.key.text, keyRange: table.range, value: table.node)
      case .tables(let tables):
        TOMLMember(
          key: member.key.text, keyRange: tables.first?.range ?? member.key.range,
          value: TOMLNode(content: .array(tables.map(\.node)), range: tables.first?.range ?? member.key.range)
        )
      }
    }
    return TOMLNode(content: .table(members), range: range)
  }
}

/// One step of a key, and where it stands.
struct TOMLKey {
  let text: String
  /// UTF-8 offsets, quotes included.
  let range: Range<Int>
}
