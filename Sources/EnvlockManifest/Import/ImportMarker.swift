import EnvlockModel

/// What a marker depends on in a lock that was made for several choices at once.
struct ImportEnvironment {
  let environment: MarkerEnvironment
  /// The extras that are chosen; in a uv.lock with conflicts also names such as `extra-3-app-cpu`, by which it tells
  /// extras and groups of several projects apart.
  let extras: Set<ExtraName>
  let groups: Set<ExtraName>

  /// Whether a marker holds; nil holds always.
  ///
  /// `extra == "x"` asks whether `x` is among those chosen, as in uv.lock; `"x" in extras` and
  /// `"x" in dependency_groups` likewise (PEP 751).
  func holds(_ marker: Marker?) -> Bool {
    switch marker {
    case nil: true
    case .and(let terms)?: terms.allSatisfy(holds)
    case .or(let terms)?: terms.contains(where: holds)
    case .comparison(let comparison)?:
      chosen(comparison) ?? Marker.comparison(comparison).evaluate(environment)
    }
  }

  private func chosen(_ comparison: MarkerComparison) -> Bool? {
    comparison.isChosen(extras: extras, groups: groups)
  }
}

extension MarkerComparison {
  /// Whether a comparison with extras or groups holds for those that are chosen; nil for any other comparison.
  func isChosen(extras: Set<ExtraName>, groups: Set<ExtraName>) -> Bool? {
    for (variable, literal) in [(left, right), (right, left)] {
      guard case .variable(let name) = variable, case .literal(let text) = literal else { continue }
      let isMember: Bool
      switch name {
      case .extra, .extras: isMember = extras.contains { $0.text == text }
      case .dependencyGroups: isMember = groups.contains { $0.text == text }
      default: continue
      }
      switch `operator` {
      case .equal, .in: return isMember
      case .notEqual, .notIn: return !isMember
      default: return false
      }
    }
    return nil
  }
}

/// What is left of a marker once the extras are chosen.
enum MarkerRest: Equatable {
  case always
  case never
  case sometimes(Marker)

  /// The marker of a requirement of which this is left; nil for always.
  var marker: Marker? { if case .sometimes(let marker) = self { marker } else { nil } }

  /// Answers what of `marker` is about extras and groups.
  init(_ marker: Marker?, extras: Set<ExtraName>, groups: Set<ExtraName>) {
    switch marker {
    case nil: self = .always
    case .comparison(let comparison)?:
      switch comparison.isChosen(extras: extras, groups: groups) {
      case nil: self = .sometimes(.comparison(comparison))
      case true?: self = .always
      case false?: self = .never
      }
    case .and(let terms)?:
      let rests = terms.map { MarkerRest($0, extras: extras, groups: groups) }
      guard !rests.contains(.never) else {
        self = .never
        return
      }
      self = .joined(rests.compactMap(\.marker), or: .always) { .and($0) }
    case .or(let terms)?:
      let rests = terms.map { MarkerRest($0, extras: extras, groups: groups) }
      guard !rests.contains(.always) else {
        self = .always
        return
      }
      self = .joined(rests.compactMap(\.marker), or: .never) { .or($0) }
    }
  }

  private static func joined(
    _ markers: [Marker], or empty: MarkerRest, _ join: ([Marker]) -> Marker
  ) -> MarkerRest {
    if markers.isEmpty { return empty }
    return .sometimes(markers.count == 1 ? markers[0] : join(markers))
  }
}
