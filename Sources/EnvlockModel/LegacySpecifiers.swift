package import EnvlockVersions

/// Version specifiers as metadata of earlier years wrote them, before tools insisted on PEP 440.
///
/// What is plainly meant is read; the rest stays an error. Read so are `>=3.6.*` (as `>=3.6`), `!=3.0*` (as
/// `!=3.0.*`), `>=2.7 !=3.0.*` (a comma is missing), quotes round a version, and `*` for any version. Only for metadata of wheels that
/// exist: what a person writes today is held to the standard.
package enum LegacySpecifiers {
  /// Reads specifiers, strictly if possible.
  ///
  /// - Throws: `MalformedText` where even leniency does not help: the error of the strict reading.
  package static func read(_ text: some StringProtocol) throws(MalformedText) -> SpecifierSet {
    do {
      return try SpecifierSet(text)
    } catch {
      guard let repaired = try? SpecifierSet(repair(Array(text.utf8))),
        !repaired.isEmpty || text.contains("*")
      else { throw error }
      return repaired
    }
  }

  /// The same text with a comma before each operator and without what never belonged there.
  private static func repair(_ bytes: [UInt8]) -> String {
    var clauses: [[UInt8]] = [[]]
    var inVersion = false
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "("), UInt8(ascii: ")"): break
      case UInt8(ascii: ","):
        clauses.append([])
        inVersion = false
      case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "="), UInt8(ascii: "!"), UInt8(ascii: "~"):
        if inVersion { clauses.append([]) }
        inVersion = false
        clauses[clauses.count - 1].append(byte)
      case UInt8(ascii: " "), UInt8(ascii: "\t"):
        clauses[clauses.count - 1].append(byte)
      default:
        inVersion = true
        clauses[clauses.count - 1].append(byte)
      }
    }
    return clauses.map(repairStar).joined(separator: ",")
  }

  private static func repairStar(_ clause: [UInt8]) -> String {
    let text = String(decoding: clause, as: UTF8.self)
    let body = text.drop { $0 == " " || $0 == "\t" }
    guard let star = body.firstIndex(of: "*") else { return String(body) }
    guard body[star...].dropFirst().allSatisfy({ $0 == " " || $0 == "\t" }) else { return String(body) }
    let head = body[..<star]
    let base = head.hasSuffix(".") ? head.dropLast() : head
    return body.hasPrefix("==") || body.hasPrefix("!=") ? "\(base).*" : String(base)
  }
}

extension Requirement {
  /// Reads a requirement whose version specifiers are of earlier years.
  ///
  /// - Throws: `MalformedText` where even leniency does not help.
  init(lenient scanner: inout ByteScanner) throws(MalformedText) {
    scanner.skipBlanks()
    let name = ProjectName(unchecked: try Self.parseName(&scanner, "a project name"))
    scanner.skipBlanks()
    let extras = try Self.parseExtras(&scanner)
    let range = scanner.takeWhile { $0 != UInt8(ascii: ";") }
    let specifiers: SpecifierSet
    do {
      specifiers = try LegacySpecifiers.read(scanner.text(range))
    } catch {
      throw scanner.fault(error.reason, at: range.lowerBound + (error.offset ?? 0))
    }
    let marker = scanner.take(UInt8(ascii: ";")) ? try Marker.parse(&scanner) : nil
    guard scanner.isAtEnd else { throw scanner.fault("the end is expected here") }
    self.init(name: name, extras: extras, specifiers: specifiers, marker: marker)
  }
}
