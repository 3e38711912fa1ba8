public import EnvlockModel

/// What installing a wheel puts where: the plan, not the deed.
///
/// The files are those that `pip install` and `uv pip install` put there, apart from what belongs to an installation on
/// a day: no `REQUESTED`, no `direct_url.json`, no byte code but what the wheel itself brings; `INSTALLER` says envlock,
/// RECORD lists what lands. Folders of the zip file that hold no file do not land.
///
/// Source: PyPA specifications, "Binary distribution format" (PEP 427, PEP 491), "Recording installed projects" (PEP 376,
/// PEP 627), "Entry points".
public struct WheelInstall: Hashable, Sendable {
  /// A file to land.
  public struct File: Hashable, Sendable {
    /// Where, below the root of the image.
    public let path: ImagePath
    /// Its permission bits: 0o755 or 0o644.
    public let mode: UInt16
    /// What is in it.
    public let content: Content
    /// What RECORD says of it, for a member; whoever copies the member verifies it. Nil where RECORD says nothing: its own
    /// signatures, and what `RecordRule.noted` let pass.
    public let expected: ContentHash?
  }

  /// What is in a file.
  public enum Content: Hashable, Sendable {
    /// The content of this member of the wheel: an index of `members`.
    case member(Int)
    /// These bytes.
    case bytes([UInt8])
  }

  /// The wheel.
  public let wheel: WheelName
  /// All members of the wheel.
  public let members: [ZipMember]
  /// The files by ascending path.
  public let files: [File]
  /// In what RECORD and the members disagree; empty under `RecordRule.strict`.
  public let disagreements: [RecordDisagreement]

  /// Bytes that RECORD, WHEEL and `entry_points.txt` have at most, and a script whose first line is rewritten.
  public static let textLimit = 1 << 26

  /// Plans an installation.
  ///
  /// - Parameters:
  ///   - wheel: the wheel's name.
  ///   - members: its members, as `ZipDirectory` lists them.
  ///   - scheme: where things land.
  ///   - interpreter: what scripts run on.
  ///   - rule: how much RECORD has to agree.
  ///   - read: gives the first bytes of the content of the member with this index, at most so many and as many as there
  ///     are. It is asked for WHEEL, RECORD and `entry_points.txt`, whose content is verified here, and for the first
  ///     bytes of each script, the rest too where its first line is to be rewritten.
  /// - Throws: `ZipFault`, `WheelFault`, and what `read` throws.
  public init(
    wheel: WheelName, members: [ZipMember], scheme: InstallScheme, interpreter: Interpreter,
    rule: RecordRule = .strict, read: (Int, Int) throws -> [UInt8]
  ) throws {
    let paths = try ZipChecks.paths(of: members, file: wheel.fileName)
    let source = WheelSource(wheel: wheel, members: members, paths: paths)
    let info = try source.findInfo()
    let header = try WheelHeader(
      try source.text(info.required("WHEEL"), read), wheel: wheel.fileName)
    let record = try WheelRecord(
      try source.text(info.required("RECORD"), read), wheel: wheel.fileName)
    let listing = try RecordListing(record, of: source, info: info, rule: rule)
    let root = header.rootIsPurelib ? scheme.purelib : scheme.platlib
    var landing = Landing(wheel: wheel.fileName, root: root, count: members.count + 4)

    var entryPoints: [EntryPoint] = []
    if let index = info.files["entry_points.txt"] {
      entryPoints = try EntryPoints(try source.text(index, read), wheel: wheel.fileName).scripts
    }
    for name in ["WHEEL", "entry_points.txt"] {
      if let index = info.files[name] {
        try source.verify(try source.text(index, read), index, listing.rows[index]?.hash)
      }
    }
    let commands = Set(entryPoints.map(\.name))
    // INSTALLER and RECORD are written anew; the others tell of an installation that this one is not.
    let dropped = Set(
      ["RECORD", "INSTALLER", "REQUESTED", "direct_url.json"].compactMap { info.files[$0] })
    for (index, member) in members.enumerated() where !member.isFolder && !dropped.contains(index) {
      let expected = listing.rows[index]?.hash
      let mode: UInt16 = member.isExecutable ? 0o755 : 0o644
      guard let part = try source.part(index, info) else {
        try landing.add(
          root, paths[index].text, isASCII: paths[index].isASCII, mode: mode, .member(index), expected,
          size: member.size)
        continue
      }
      let folder = part.folder(of: scheme, for: wheel.project)
      guard part.key == .scripts else {
        try landing.add(
          folder, part.rest, isASCII: paths[index].isASCII, mode: mode, .member(index), expected,
          size: member.size)
        continue
      }
      // A command that an entry point makes is made by it.
      if commands.contains(part.rest) { continue }
      var content = Content.member(index)
      let placeholder = Interpreter.placeholder
      if member.size >= placeholder.count,
        try read(index, placeholder.count).starts(with: placeholder)
      {
        let script = try source.text(index, read)
        try source.verify(script, index, expected)
        if let rewritten = interpreter.rewritten(script) { content = .bytes(rewritten) }
      }
      try landing.add(
        folder, part.rest, isASCII: paths[index].isASCII, mode: 0o755, content, expected, size: member.size)
    }
    for entryPoint in entryPoints {
      try landing.add(
        scheme.scripts, entryPoint.name, isASCII: false, mode: 0o755,
        .bytes(entryPoint.script(for: interpreter)), nil, size: 0)
    }
    try landing.add(
      root, info.folder + "/INSTALLER", isASCII: false, mode: 0o644, .bytes(Array("envlock\n".utf8)), nil,
      size: 0)
    self.wheel = wheel
    self.members = members
    disagreements = listing.disagreements
    files = try landing.finish(record: info.folder + "/RECORD")
  }

  /// The paths of the files that the planned installation lands, with their places in a wheel, as entries of a layer.
  ///
  /// - Parameter source: the number by which the layer's plan refers to this wheel's file.
  /// - Returns: an entry for each file, owned by root.
  public func entries(source: Int) -> [LayerEntry] {
    files.map { file in
      let content: LayerEntry.Content
      switch file.content {
      case .bytes(let bytes): content = .bytes(bytes)
      case .member(let index):
        content = .splice(Splice(members[index], source: source, expected: file.expected))
      }
      return LayerEntry(file.path, content, mode: file.mode)
    }
  }
}
