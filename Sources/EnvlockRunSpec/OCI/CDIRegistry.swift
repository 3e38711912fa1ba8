import EnvlockModel

/// The CDI documents of a node, and which device of which document a name means.
public struct CDIRegistry: Hashable, Sendable {
  /// A document, and where it is from.
  public struct File: Hashable, Sendable {
    /// Its path on the node.
    public var path: String
    /// What stands in it.
    public var specification: CDISpecification

    /// A document.
    public init(_ path: String, _ specification: CDISpecification) {
      self.path = path
      self.specification = specification
    }

    /// The folder that it lies in.
    var folder: Substring { path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex) }
  }

  /// The folders of the system (SPEC.md, "CDI JSON Specification"): a file in /run wins over one in /etc. Only root
  /// writes there, so that what their files run on the node as root is root's own.
  public static let systemFolders = ["/etc/cdi", "/var/run/cdi", "/run/cdi"]

  /// The documents.
  public var files: [File]

  /// These documents.
  public init(_ files: [File] = []) { self.files = files }

  /// Whether a file lies in a folder of the system.
  static func isOfSystem(_ file: File) -> Bool { systemFolders.contains { $0 == file.folder } }

  /// Which files win: /etc, then /run, then one that was named and lies elsewhere.
  private static func rank(_ file: File) -> Int {
    if !isOfSystem(file) { return 2 }
    return file.folder == "/etc/cdi" ? 0 : 1
  }

  /// The edits that devices need, those of each document once and before its devices'.
  ///
  /// - Parameters:
  ///   - names: Devices by vendor, class and name: "nvidia.com/gpu=0".
  ///   - hooks: Whether programs that the documents name are run on the node.
  /// - Returns: The edits.
  /// - Throws: A name that is none, that no document has, or that two of equal rank have; a document outside of
  ///   ``systemFolders`` that wants something run.
  func edits(for names: [String], hooks: Bool) throws(RunSpecError) -> CDIEdits {
    var result = CDIEdits()
    var used: Set<File> = []
    var given: Set<String> = []
    for name in names where given.insert(name).inserted {
      let (file, device) = try resolve(name)
      let isFirst = used.insert(file).inserted
      for var edits in (isFirst ? [file.specification.edits] : []) + [device.edits] {
        if !hooks {
          edits.hooks = []
        } else if let hook = edits.hooks.first, !Self.isOfSystem(file) {
          throw RunSpecError(
            "\(file.path) wants \(hook.path) to be run on the node, and it does not lie in a folder of the system",
            hints: ["put it in /etc/cdi, where only root writes", "or leave its hooks out"])
        }
        result.append(edits)
      }
    }
    return result
  }

  private func resolve(_ name: String) throws(RunSpecError) -> (File, CDISpecification.Device) {
    let parts = name.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, CDIName.isKind(parts[0]), CDIName.isDevice(parts[1]) else {
      throw RunSpecError(
        "“\(name)” is not the name of a CDI device", hints: ["it has to look like nvidia.com/gpu=0"])
    }
    let candidates = files.filter { $0.specification.kind == parts[0] }.compactMap { file in
      file.specification.devices.first { $0.name == parts[1] }.map { (file, $0) }
    }
    let best = candidates.map { Self.rank($0.0) }.max()
    let winners = candidates.filter { Self.rank($0.0) == best }
    guard let winner = winners.first else {
      let known = self.names(ofKind: String(parts[0]))
      let hint =
        known.isEmpty
        ? "no CDI file has devices of the kind \(parts[0])" : "there are \(known.joined(separator: ", "))"
      throw RunSpecError("no CDI file has the device \(name)", hints: [hint], kind: .answerIsNo)
    }
    guard winners.count == 1 else {
      let paths = winners.map(\.0.path).joined(separator: " and ")
      throw RunSpecError("the device \(name) is in \(paths)", hints: ["leave it in one of them"])
    }
    return winner
  }

  /// The names of the devices of a kind, each once, in the order of the documents.
  func names(ofKind kind: String) -> [String] {
    var names: [String] = []
    for file in files where file.specification.kind == kind {
      for device in file.specification.devices where !names.contains(device.name) {
        names.append(device.name)
      }
    }
    return names
  }
}
