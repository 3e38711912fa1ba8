public import EnvlockVersions

/// The packages of a suite, for one architecture: what an archive's `Packages` files say, one or several together.
///
/// Packages are read when they are asked for: a suite has 60,000 of them, and a closure needs some dozens.
public struct DebianPackageIndex: Sendable {
  private let parts: [DebianIndexPart]

  /// Takes the parts of several archives or suites; each may have versions of the same packages.
  package init(_ parts: [DebianIndexPart]) { self.parts = parts }

  /// One file of the main archive.
  ///
  /// - Parameter bytes: the file, decompressed; what is no paragraph with a name is passed over.
  public init(_ bytes: [UInt8]) {
    parts = [DebianIndexPart(packages: bytes, archive: .main)].compactMap(\.self)
  }

  /// How many names of real packages there are.
  public var count: Int { names.count }

  /// The names of all real packages, sorted, each once.
  public var names: [String] {
    var names: [String] = []
    for name in parts.flatMap(\.names).sorted() where name != names.last { names.append(name) }
    return names
  }

  /// The packages of a name, newest first; of equal versions the one of the first part.
  ///
  /// - Throws: `MalformedText` where one of them is malformed.
  public func packages(named name: String) throws(MalformedText) -> [DebianPackage] {
    var found: [DebianPackage] = []
    for part in parts { found += try part.packages(named: name) }
    return Self.newestFirst(found)
  }

  /// The packages that stand in for a name, sorted by their own name, the newest of one name first.
  ///
  /// - Throws: `MalformedText` where one of them is malformed.
  public func providers(of name: String) throws(MalformedText) -> [DebianPackage] {
    var found: [DebianPackage] = []
    for part in parts { found += try part.providers(of: name) }
    return Self.newestFirst(found)
  }

  /// Sorted by name, then newest first, else as they came.
  private static func newestFirst(_ packages: [DebianPackage]) -> [DebianPackage] {
    packages.enumerated().sorted { one, other in
      if one.element.name != other.element.name { return one.element.name < other.element.name }
      if one.element.version != other.element.version { return one.element.version > other.element.version }
      return one.offset < other.offset
    }
    .map(\.element)
  }
}
