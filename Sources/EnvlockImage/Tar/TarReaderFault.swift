/// Why bytes are no tar archive that is read here, and where.
public struct TarFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong.
  public enum Problem: Hashable, Sendable {
    /// A header's sum is another: these bytes are no header, or a damaged one.
    case checksum
    /// A field of a header holds no number, or one that cannot be used.
    case number(field: String)
    /// A name is no UTF-8.
    case text(field: String)
    /// A member has no name.
    case noName
    /// A pax record is broken, or says something that cannot be used.
    case record(String)
    /// A header that stands before another one holds more than so many bytes.
    case tooLong(limit: Int)
    /// Something that is no file has content.
    case content
    /// A kind of member that is not read: its letter.
    case kind(UInt8)
    /// A header belongs to a member that does not follow.
    case alone
    /// The archive ends in the middle of a member, or without its closing blocks.
    case cutShort
    /// Something stands behind the closing blocks.
    case trailing
  }

  /// What is wrong.
  public let problem: Problem
  /// Where in the archive, in bytes.
  public let offset: Int
  /// The member at fault, where its name was read already.
  public let path: String?

  /// Describes a fault.
  public init(_ problem: Problem, offset: Int, path: String? = nil) {
    self.problem = problem
    self.offset = offset
    self.path = path
  }

  /// A clause about the archive: "at byte 1024 stands no header".
  public var description: String {
    let place = path.map { "byte \(offset) (\(Quoted.text($0)))" } ?? "byte \(offset)"
    switch problem {
    case .checksum: return "at \(place) stands no header, or a damaged one: its sum is another"
    case .number(let field): return "the header at \(place) has no usable \(field)"
    case .text(let field): return "the header at \(place) has a \(field) that is no UTF-8"
    case .noName: return "the header at \(place) has no name"
    case .record(let reason): return "the pax header at \(place) \(reason)"
    case .tooLong(let limit): return "the header at \(place) holds more than \(limit) bytes"
    case .content: return "the member at \(place) has content and is no file"
    case .kind(let letter):
      return "the member at \(place) is of the kind \(TarFault.shown(letter)), which is not read"
    case .alone: return "the header at \(place) belongs to no member"
    case .cutShort: return "it is cut off at \(place)"
    case .trailing: return "something stands behind its end, at \(place)"
    }
  }

  private static func shown(_ letter: UInt8) -> String {
    letter > 0x20 && letter < 0x7F ? "`\(Character(UnicodeScalar(letter)))`" : "number \(letter)"
  }
}
