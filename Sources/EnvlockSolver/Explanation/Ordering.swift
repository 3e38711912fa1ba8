/// The order of premises within a sentence.
///
/// What leads on from another comes after it: "torch is built with CUDA 13.2 and CUDA 13.2 needs driver 580".
/// Otherwise hardware comes first, what the user requires last, and names decide ties.
enum Ordering {
  struct Item {
    let text: String
    /// The sentence that it cites, if it does.
    let cites: Int?
    /// What the source said, unless it cites a sentence.
    let leaf: Leaf?
    let terms: [Term]

    /// The package that it speaks of.
    var subject: PackageID? { leaf?.package ?? terms.first(where: \.isPositive)?.package }

    /// The package that it leads to.
    var object: PackageID? { terms.first { !$0.isPositive }?.package }

    var isRequirement: Bool { subject == .root || subject == nil }
  }

  static func ordered(_ items: [Item], rank: (PackageID) -> Int) -> [Item] {
    guard items.count > 1 else { return items }
    var open = items.sorted { left, right in key(left, rank) < key(right, rank) }
    var result: [Item] = []
    while !open.isEmpty {
      let place =
        open.indices.first { place in !open.indices.contains { leads(open[$0], to: open[place]) } } ?? 0
      result.append(open.remove(at: place))
    }
    return result
  }

  private static func leads(_ item: Item, to other: Item) -> Bool {
    guard let object = item.object, object == other.subject, item.subject != other.subject else {
      return false
    }
    // "You require torch" goes before what is the matter with torch only where nothing else is said.
    if item.isRequirement, case .dependency? = other.leaf { return false }
    return other.object != item.subject || item.subject == nil
  }

  private static func key(_ item: Item, _ rank: (PackageID) -> Int) -> (Int, Int, String) {
    let package = item.isRequirement ? item.object : item.subject
    return (package.map(rank) ?? 0, item.isRequirement ? 1 : 0, item.text)
  }
}
