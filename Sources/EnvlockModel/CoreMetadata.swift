public import EnvlockVersions

/// What the METADATA file of a wheel says that matters to a resolver.
///
/// Source: core metadata specifications, all versions. Requirements are kept as text and parsed when they are
/// asked for: large projects have hundreds, most of them for extras that nobody wants.
public struct CoreMetadata: Sendable {
  /// The project's name.
  public let name: ProjectName
  /// Its version.
  public let version: Version
  /// The Pythons that it runs on; nil where it does not say, or not readably.
  public let requiresPython: SpecifierSet?
  /// Why `Requires-Python` could not be read; nil nearly always. Such a line restricts nothing.
  public let unreadableRequiresPython: MalformedText?
  /// The extras that it offers, in the order of the file, each once.
  public let providesExtra: [ExtraName]

  /// The values of all `Requires-Dist` lines, one behind the other.
  private let text: [UInt8]
  private let lines: [Line]

  /// One `Requires-Dist` line.
  private struct Line: Sendable {
    /// Where it lies in `text`.
    let range: Range<Int>
    /// The extra without which it cannot apply; nil where that takes parsing to know.
    let onlyForExtra: ExtraName?
  }

  /// Requirements of a project, in the order of the file.
  public struct Dependencies: Hashable, Sendable {
    /// Those that can be read; whether their markers hold remains to be seen.
    public let requirements: [Requirement]
    /// Those that cannot.
    public let unreadable: [MalformedText]
  }

  /// Reads the headers up to the blank line before the description.
  ///
  /// Broken requirements do not fail the file: they are told by `dependencies(extra:)` when they matter.
  ///
  /// - Parameter bytes: The file; UTF-8, but other bytes do no harm where they do not matter.
  /// - Throws: `MalformedText` if the name or the version is missing or broken.
  public init(parsing bytes: [UInt8]) throws(MalformedText) {
    var name: ProjectName?
    var version: Version?
    var requiresPython: SpecifierSet?
    var unreadable: MalformedText?
    var seenRequiresPython = false
    var extras: [ExtraName] = []
    var text: [UInt8] = []
    var lines: [Line] = []
    var headers = MetadataHeaders(bytes)
    while let header = headers.next() {
      switch header.field {
      case .name where name == nil: name = try ProjectName(header.text)
      case .version where version == nil: version = try Version(header.text)
      case .requiresPython where !seenRequiresPython:
        seenRequiresPython = true
        do {
          requiresPython = try LegacySpecifiers.read(header.text)
        } catch {
          unreadable = error
        }
      case .providesExtra:
        if let extra = try? ExtraName(header.text), !extras.contains(extra) { extras.append(extra) }
      case .requiresDist:
        let start = text.count
        header.append(to: &text)
        let range = start..<text.count
        lines.append(Line(range: range, onlyForExtra: ExtraHint.find(text, range)))
      case .name, .version, .requiresPython, .other: break
      }
    }
    guard let name else {
      throw MalformedText(what: "metadata file", text: "", reason: "it has no Name", offset: nil)
    }
    guard let version else {
      throw MalformedText(what: "metadata file", text: name.text, reason: "it has no Version", offset: nil)
    }
    self.name = name
    self.version = version
    self.requiresPython = requiresPython
    unreadableRequiresPython = unreadable
    providesExtra = extras
    self.text = text
    self.lines = lines
  }

  /// All requirements that can be read, in the order of the file.
  public var requiresDist: [Requirement] { read(lines).requirements }

  /// All requirements that cannot be read.
  public var unreadable: [MalformedText] { read(lines).unreadable }

  /// The requirements that can matter when `extra` is asked for: those of the project itself, and those of this
  /// extra. Markers still have to be evaluated; lines for other extras are not even parsed.
  ///
  /// - Parameter extra: The extra; nil for the project itself.
  /// - Returns: The requirements, and those of them that cannot be read.
  public func dependencies(extra: ExtraName?) -> Dependencies {
    read(lines.lazy.filter { $0.onlyForExtra == nil || $0.onlyForExtra == extra })
  }

  private func read(_ lines: some Sequence<Line>) -> Dependencies {
    var requirements: [Requirement] = []
    var unreadable: [MalformedText] = []
    for line in lines {
      do {
        requirements.append(try read(line))
      } catch {
        unreadable.append(error)
      }
    }
    return Dependencies(requirements: requirements, unreadable: unreadable)
  }

  private func read(_ line: Line) throws(MalformedText) -> Requirement {
    do {
      var scanner = ByteScanner(text, line.range, what: "requirement")
      return try Requirement(&scanner)
    } catch {
      var scanner = ByteScanner(text, line.range, what: "requirement")
      guard let requirement = try? Requirement(lenient: &scanner) else { throw error }
      return requirement
    }
  }
}
