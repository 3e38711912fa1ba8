import EnvlockVersions

/// Sentences made of a vocabulary's phrases.
struct Wording<Words: Vocabulary> {
  let vocabulary: Words
  /// Versions that do not exist, and of which a proof speaks all the same.
  let absent: [PackageID: VersionSet]

  // MARK: What is left out

  /// Whether a premise goes without saying.
  func isSilent(_ leaf: Leaf) -> Bool { isProxyLink(leaf) || phrase(leaf).isEmpty }

  /// Whether a step of a proof only says that a package depends on what it stands for.
  func isProxyLink(_ step: Unsolvable.Step) -> Bool {
    guard case .leaf(let leaf) = step.origin else { return false }
    return isProxyLink(leaf)
  }

  private func isProxyLink(_ leaf: Leaf) -> Bool {
    guard case .dependency(let package, _, let on, _) = leaf, package != .root else { return false }
    return vocabulary.isProxy(package) == on
  }

  // MARK: Phrases

  /// A premise, without "because".
  func phrase(_ leaf: Leaf) -> String {
    switch leaf {
    case .dependency(.root, let versions, let on, let required):
      return vocabulary.dependency(.root, versions, on: on, required)
    case .dependency(let package, let versions, let on, let required):
      return vocabulary.dependency(package, simplified(package, versions), on: on, required)
    case .fact(let package, let versions, let fact):
      return vocabulary.fact(package, simplified(package, versions), fact)
    }
  }

  /// What a step says, given that its terms must not all be true.
  func conclusion(_ terms: [Term]) -> String {
    // What stands on hardware comes before it, and what is needed of hardware before anything else.
    let subjects = ordered(terms.filter(\.isPositive)) { -$0 }.map { term($0) }
    let needs = ordered(terms.filter { !$0.isPositive }) { $0 }.map {
      vocabulary.term($0.package, $0.versions)
    }
    switch (subjects.count, needs.count) {
    case (0, 0): return "there is no solution"
    case (0, _): return "\(Self.list(needs, "or")) is required"
    case (1, 0): return "\(subjects[0]) cannot be used"
    case (2, 0): return "\(subjects[0]) cannot be used with \(subjects[1])"
    case (_, 0): return "\(Self.list(subjects, "and")) cannot be used together"
    case (1, 1): return dependency(terms)
    case (1, _): return "\(subjects[0]) requires \(Self.list(needs, "or"))"
    default:
      let company = Self.list(Array(subjects.dropFirst()), "and")
      return "\(subjects[0]) with \(company) requires \(Self.list(needs, "or"))"
    }
  }

  private func dependency(_ terms: [Term]) -> String {
    guard let subject = terms.first(where: \.isPositive), let need = terms.first(where: { !$0.isPositive })
    else {
      return ""
    }
    let versions = simplified(subject.package, subject.versions)
    let phrase = vocabulary.dependency(subject.package, versions, on: need.package, need.versions)
    return phrase.isEmpty
      ? "\(term(subject)) requires \(vocabulary.term(need.package, need.versions))" : phrase
  }

  private func term(_ term: Term) -> String {
    vocabulary.term(term.package, simplified(term.package, term.versions))
  }

  private func simplified(_ package: PackageID, _ versions: VersionSet) -> VersionSet {
    let simple = vocabulary.simplify(package, shorter(package, versions))
    // That none of them exist may be the very point.
    return simple.isEmpty ? versions : simple
  }

  /// The set with those that do not exist or without them, whichever is simpler.
  private func shorter(_ package: PackageID, _ versions: VersionSet) -> VersionSet {
    guard let absent = absent[package] else { return versions }
    let existing = versions.subtracting(absent)
    return !existing.isEmpty && existing.ranges.count < versions.ranges.count ? existing : versions
  }

  /// By rank, and by name where that is the same: never by number, which means nothing.
  func ordered(_ terms: [Term], by key: (Int) -> Int) -> [Term] {
    guard terms.count > 1 else { return terms }
    return terms.map { (key: key(vocabulary.rank($0.package)), name: term($0), term: $0) }
      .sorted { ($0.key, $0.name) < ($1.key, $1.name) }
      .map(\.term)
  }

  /// "a", "a and b", "a, b and c".
  static func list(_ phrases: [String], _ conjunction: String) -> String {
    guard let last = phrases.last, phrases.count > 1 else { return phrases.first ?? "" }
    return "\(phrases.dropLast().joined(separator: ", ")) \(conjunction) \(last)"
  }
}
