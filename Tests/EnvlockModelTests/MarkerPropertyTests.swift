import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockModel

/// Random markers, as text and with the answer that a plain reading of the specification gives.
struct MarkerGenerator {
  var random: SplitMix64
  let environment: MarkerEnvironment
  let extra: ExtraName?

  private static let versions = [
    "3.8", "3.11", "3.11.7", "3.11.*", "3.1", "3", "4.0", "3.12.0rc1", "3.11.8.dev1", "3.11.7+local",
    "2.7 3.11",
    "", "v3.11", "1!3.11", "3.11.7.0.0", "3.11.post1", "surprise", "3.70000", "3.11.7.0.0.0.1",
  ]
  private static let texts = [
    "posix", "nt", "linux", "Linux", "CPython", "x86_64", "lin", "", "Foo_Bar", "foo-bar", "x",
  ]
  private static let variables = MarkerVariable.allCases.filter { !$0.isSet }

  /// A comparison or several joined, and whether it holds.
  mutating func marker(depth: Int) -> (text: String, answer: Bool) {
    switch depth == 0 ? 0 : Int.random(in: 0..<4, using: &random) {
    case 0: return comparison()
    case 1:
      let inner = marker(depth: depth - 1)
      return ("(\(blank())\(inner.text)\(blank()))", inner.answer)
    case 2:
      // Each side in parentheses, so that the answer does not depend on precedence; `joins` tests that.
      let (a, b) = (marker(depth: depth - 1), marker(depth: depth - 1))
      return ("(\(a.text)) and (\(b.text))", a.answer && b.answer)
    default:
      let (a, b) = (marker(depth: depth - 1), marker(depth: depth - 1))
      return ("(\(a.text))or(\(b.text))", a.answer || b.answer)
    }
  }

  private mutating func blank() -> String { ["", " ", "  ", "\t"].pick(&random) }

  private mutating func comparison() -> (text: String, answer: Bool) {
    let variable = Self.variables.pick(&random)
    let literal = (variable.isVersion ? Self.versions : Self.texts).pick(&random)
    let comparator = MarkerOperator.allCases.pick(&random)
    let quote = ["\"", "'"].pick(&random)
    let sign = "\(blank()) \(comparator.rawValue) \(blank())"
    let value = variable == .extra ? extra?.text ?? "" : environment[variable]
    let other = variable == .extra ? MarkerOperand.normalisedName(literal) : literal
    if Int.random(in: 0..<4, using: &random) == 0 {
      return (
        "\(quote)\(literal)\(quote)\(sign)\(variable)",
        Self.answer(other, comparator, value, versions: variable.isVersion)
      )
    }
    return (
      "\(variable)\(sign)\(quote)\(literal)\(quote)",
      Self.answer(value, comparator, other, versions: variable.isVersion)
    )
  }

  /// The specification, word by word.
  private static func answer(_ a: String, _ comparator: MarkerOperator, _ b: String, versions: Bool) -> Bool {
    let sign = comparator.rawValue
    if versions, comparator != .in, comparator != .notIn, let specifier = try? Specifier("\(sign) \(b)") {
      if comparator == .arbitrary { return a == b }
      guard let version = try? Version(a) else { return false }
      return specifier.contains(version)
    }
    switch comparator {
    case .equal, .atMost, .atLeast: return a == b
    case .notEqual: return a != b
    case .in: return b.contains(a)
    case .notIn: return !b.contains(a)
    case .less, .greater, .compatible, .arbitrary: return false
    }
  }
}

@Suite struct MarkerPropertyTests {
  @Test func `evaluation agrees with a plain reading of the specification, and printing keeps the meaning`()
    throws
  {
    let environment = MarkerEnvironment(python: try PythonVersion("3.11.7"), platform: .linuxAMD64)
      .replacing(.platformRelease, with: "5.10.0-8-generic")
    for extra in [nil, try ExtraName("foo-bar")] {
      var generator = MarkerGenerator(random: SplitMix64(seed: 4), environment: environment, extra: extra)
      for _ in 0..<2000 {
        let (text, answer) = generator.marker(depth: 4)
        let marker = try Marker(text)
        #expect(marker.evaluate(environment, extra: extra) == answer, "\(text)")
        #expect(try Marker(marker.description) == marker, "\(text)")
      }
    }
  }

  @Test func `no mutation traps, and what can be read can be printed and read again`() throws {
    let environment = MarkerEnvironment(python: try PythonVersion("3.11"), platform: .linuxARM64)
    var generator = MarkerGenerator(random: SplitMix64(seed: 5), environment: environment, extra: nil)
    var random = SplitMix64(seed: 6)
    for _ in 0..<4000 {
      let text = Mutation.text(of: generator.marker(depth: 2).text, &random)
      do {
        let marker = try Marker(text)
        #expect(try Marker(marker.description) == marker, "\(text)")
        _ = marker.evaluate(environment)
      } catch {
        let offset = try #require(error.offset)
        #expect((0...text.utf8.count).contains(offset))
      }
    }
  }
}
