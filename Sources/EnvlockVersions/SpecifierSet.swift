/// Specifiers joined by commas, all of which a version must satisfy: `>=1.2,!=1.5.*,<2`. None at all hold every
/// version.
///
/// Two sets are equal when they have equal specifiers in the same order; whether they mean the same, their
/// `versionSet`s tell.
public struct SpecifierSet: Hashable, Sendable {
  /// The clauses in the order in which they were written.
  public let specifiers: [Specifier]

  /// The set that holds every version.
  public static let any = SpecifierSet([])

  /// Collects clauses.
  public init(_ specifiers: [Specifier]) { self.specifiers = specifiers }

  /// Reads specifiers joined by commas; empty text means every version, and a comma too many does no harm.
  ///
  /// - Parameter text: such as `>=1.2, <2`.
  /// - Throws: `MalformedText` unless every clause is a specifier; `offset` points into `text`.
  public init(_ text: some StringProtocol) throws(MalformedText) {
    let bytes = Array(text.utf8)
    var specifiers: [Specifier] = []
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: ",")) ?? bytes.count
      if !bytes[start..<end].allSatisfy(isSpace) {
        do throws(Specifier.Fault) {
          specifiers.append(try Specifier(bytes, start..<end))
        } catch {
          throw MalformedText(
            what: "version specifier", text: String(text), reason: error.reason, offset: error.offset)
        }
      }
      start = end + 1
    }
    self.specifiers = specifiers
  }

  /// Whether it has no clause.
  public var isEmpty: Bool { specifiers.isEmpty }

  /// Whether `candidate` satisfies every clause.
  public func contains(_ candidate: Version) -> Bool { specifiers.allSatisfy { $0.contains(candidate) } }

  /// The versions that satisfy every clause; see `Specifier.versionSet`.
  public var versionSet: VersionSet {
    guard let first = specifiers.first else { return .all }
    return specifiers.dropFirst().reduce(first.versionSet) { $0.intersection($1.versionSet) }
  }

  /// Whether some clause asks for a pre-release by naming one, in any way but `!=`.
  public var mentionsPrerelease: Bool { specifiers.contains { $0.mentionsPrerelease } }

  /// Whether some clause names a local version.
  public var mentionsLocal: Bool { specifiers.contains { $0.mentionsLocal } }
}

extension SpecifierSet: CustomStringConvertible {
  /// The clauses as written, joined by commas without white space.
  public var description: String { specifiers.map(\.description).joined(separator: ",") }
}
