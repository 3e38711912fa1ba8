import EnvlockVersions

extension Marker {
  /// Whether it holds.
  ///
  /// Values are compared as versions where the variable is one of those that hold versions and the other side is
  /// a version; otherwise as texts, where `<` and `>` hold for none and `<=` and `>=` for equal ones only. A
  /// comparison that the specification leaves undefined (`os_name ~= "2"`) does not hold;
  /// `undefinedComparisons` finds it.
  ///
  /// - Parameters:
  ///   - environment: The interpreter and its system.
  ///   - extra: The extra for whose sake the requirement is considered; nil for the project itself.
  /// - Returns: Whether the requirement applies.
  public func evaluate(_ environment: MarkerEnvironment, extra: ExtraName? = nil) -> Bool {
    evaluate(MarkerContext(environment: environment, extra: extra?.text ?? "", extras: nil))
  }

  /// Whether it holds for one of several extras that are asked for together; without any, for the project itself.
  public func holds(_ environment: MarkerEnvironment, extras: Set<ExtraName>) -> Bool {
    if extras.isEmpty { return evaluate(environment, extra: nil) }
    return extras.contains { extra in
      evaluate(MarkerContext(environment: environment, extra: extra.text, extras: extras))
    }
  }

  /// The comparisons for which the specification defines no answer, in any environment, as they are written.
  public var undefinedComparisons: [String] {
    var found: [String] = []
    visit { if $0.isUndefined { found.append($0.description) } }
    return found
  }

  private func evaluate(_ context: MarkerContext) -> Bool {
    switch self {
    case .comparison(let comparison): comparison.holds(in: context)
    case .and(let terms): terms.allSatisfy { $0.evaluate(context) }
    case .or(let terms): terms.contains { $0.evaluate(context) }
    }
  }
}

/// What variables stand for.
private struct MarkerContext {
  let environment: MarkerEnvironment
  let extra: String
  /// nil: just `extra`.
  let extras: Set<ExtraName>?

  func value(of variable: MarkerVariable) -> String {
    variable == .extra ? extra : environment[variable]
  }

  func set(_ variable: MarkerVariable, contains name: String) -> Bool {
    guard variable == .extras, !name.isEmpty else { return false }
    guard let extras else { return name == extra }
    return extras.contains(ExtraName(unchecked: name))
  }
}

extension MarkerComparison {
  fileprivate func holds(in context: MarkerContext) -> Bool {
    if let set = right.variable, set.isSet {
      guard case .literal(let name) = left else { return false }
      switch `operator` {
      case .in: return context.set(set, contains: name)
      case .notIn: return !context.set(set, contains: name)
      default: return false
      }
    }
    if left.variable?.isSet == true { return false }
    let (a, b) = (value(of: left, in: context), value(of: right, in: context))
    if comparesVersions, let answer = versionAnswer(a, b) { return answer }
    switch `operator` {
    case .equal, .atMost, .atLeast: return a == b
    case .notEqual: return a != b
    case .in: return a.isPart(of: b)
    case .notIn: return !a.isPart(of: b)
    case .less, .greater, .compatible, .arbitrary: return false
    }
  }

  /// Whether no environment gives it an answer.
  fileprivate var isUndefined: Bool {
    if left.variable?.isSet == true { return true }
    if right.variable?.isSet == true { return !(`operator` == .in || `operator` == .notIn) }
    guard `operator` == .compatible || `operator` == .arbitrary else { return false }
    guard comparesVersions else { return true }
    guard case .literal(let text) = right else { return false }
    return (try? Specifier("\(`operator`.rawValue)\(text)")) == nil
  }

  private var comparesVersions: Bool {
    left.variable?.isVersion == true || right.variable?.isVersion == true
  }

  private func value(of operand: MarkerOperand, in context: MarkerContext) -> String {
    switch operand {
    case .variable(let variable): context.value(of: variable)
    case .literal(let text): text
    }
  }

  /// The answer of PEP 440; nil where the right side is not something to compare a version with.
  private func versionAnswer(_ a: String, _ b: String) -> Bool? {
    if `operator` == .in || `operator` == .notIn { return nil }
    if let a = PlainRelease(a), let b = PlainRelease(b) {
      switch `operator` {
      case .equal: return a == b
      case .notEqual: return a != b
      case .less: return a < b
      case .atMost: return a <= b
      case .greater: return a > b
      case .atLeast: return a >= b
      case .compatible, .arbitrary, .in, .notIn: break
      }
    }
    guard let specifier = try? Specifier("\(`operator`.rawValue) \(b)") else { return nil }
    if `operator` == .arbitrary { return a.lowercased() == specifier.versionText.lowercased() }
    guard let version = try? Version(a) else { return false }
    return specifier.contains(version)
  }
}

/// A version that is numbers and dots only, as nearly all in markers are, packed so that comparing is one step.
private struct PlainRelease: Comparable {
  private let packed: UInt64

  /// nil for anything but one to four numbers below 65,536.
  init?(_ text: String) {
    var packed: UInt64 = 0
    var number: UInt64 = 0
    var hasDigit = false
    var segments = 1
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        number = number * 10 + UInt64(byte - UInt8(ascii: "0"))
        guard number < 0x1_0000 else { return nil }
        hasDigit = true
      case UInt8(ascii: "."):
        guard hasDigit, segments < 4 else { return nil }
        packed = packed << 16 | number
        number = 0
        hasDigit = false
        segments += 1
      default: return nil
      }
    }
    guard hasDigit else { return nil }
    packed = packed << 16 | number
    self.packed = packed << UInt64(16 * (4 - segments))
  }

  static func < (a: PlainRelease, b: PlainRelease) -> Bool { a.packed < b.packed }
}

extension String {
  /// Whether it occurs in `other`, byte for byte.
  fileprivate func isPart(of other: String) -> Bool {
    if isEmpty { return true }
    let (needle, hay) = (utf8, other.utf8)
    var start = hay.startIndex
    while start != hay.endIndex {
      if hay[start...].starts(with: needle) { return true }
      start = hay.index(after: start)
    }
    return false
  }
}
