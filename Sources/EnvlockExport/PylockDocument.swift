public import EnvlockModel
import EnvlockVersions

/// A lock's wheels as pylock.toml, for every installer that reads the standard lock.
///
/// Source: PEP 751, "pylock.toml Specification".
public struct PylockDocument: Hashable, Sendable {
  /// Where an installer finds a wheel: the format wants one for each.
  public enum Place: Hashable, Sendable {
    /// An address, without credentials.
    case url(String)
    /// A file, relative to the document or absolute.
    case path(String)
  }

  private let table: TOMLTable

  /// Puts a document together.
  ///
  /// - Parameters:
  ///   - answers: What the lock says, one answer for each platform, all for one Python.
  ///   - lock: The digest of the lock's text.
  ///   - places: Where the wheels are, and the sources of those that were built, by the digest of the file.
  /// - Throws: `ExportError` for answers of several Pythons, and a wheel without a place.
  public init(_ answers: [PlatformLock], lock: Digest, places: [Digest: Place]) throws(ExportError) {
    let pythons = Set(answers.map(\.python)).sorted()
    guard let python = pythons.first, pythons.count == 1 else {
      throw ExportError(
        "a pylock.toml is for one Python, and the lock has \(pythons.map(\.description).joined(separator: " and "))",
        hints: ["choose one with `--platform \(answers.first?.platform.description ?? "")`"])
    }
    let packages = Package.list(answers)
    let ambiguous = Set(
      Dictionary(grouping: packages, by: \.name).filter { $0.value.count > 1 }.keys)
    table = TOMLTable(
      members: [
        .init("lock-version", .string("1.0")),
        .init("environments", .array(answers.map { .string(Self.marker($0)) })),
        .init("requires-python", .string(Self.requiresPython(python))),
        .init("created-by", .string(ExportTool.name)),
      ],
      parts: try packages.map { package throws(ExportError) in
        TOMLTable.Part(
          name: ["packages"], isElement: true,
          members: try package.members(answers.map(\.platform), places, ambiguous))
      } + [
        TOMLTable.Part(
          name: ["tool", ExportTool.name], isElement: false,
          members: [.init("lock", .string(lock.description))])
      ])
  }

  /// The file's text.
  public var text: String { table.text }

  private static func requiresPython(_ python: PythonVersion) -> String {
    ">=\(python.major).\(python.minor)" + (python.patch.map { ".\($0)" } ?? "")
      + ",<\(python.major).\(python.minor + 1)"
  }

  private static func marker(_ answer: PlatformLock) -> String {
    "sys_platform == 'linux' and platform_machine == '\(answer.platform.machine)' and "
      + "implementation_name == 'cpython' and python_version == '\(answer.python.major).\(answer.python.minor)'"
  }
}

/// An entry of `[[packages]]`: a version of a project, with its wheel for each platform that has this version.
private struct Package {
  let name: ProjectName
  let wheels: [(platform: Platform, wheel: LockedWheel)]
  let dependencies: [(name: ProjectName, version: String)]

  /// The entries of answers, sorted by name and platform.
  static func list(_ answers: [PlatformLock]) -> [Package] {
    struct Key: Hashable { let name: ProjectName, version: String, url: String? }
    var order: [Key] = []
    var wheels: [Key: [(platform: Platform, wheel: LockedWheel)]] = [:]
    var needs: [Key: [ProjectName: Set<String>]] = [:]
    for answer in answers {
      for wheel in answer.wheels {
        let key = Key(name: wheel.name, version: wheel.version.description, url: wheel.url)
        if wheels[key] == nil { order.append(key) }
        wheels[key, default: []].append((answer.platform, wheel))
        for edge in wheel.dependencies where edge.name != wheel.name {
          guard let needed = answer.wheel(edge.name) else { continue }
          needs[key, default: [:]][edge.name, default: []].insert(needed.version.description)
        }
      }
    }
    // Sorting by name alone would leave the order of several entries to the sort.
    return order.enumerated().sorted { ($0.element.name, $0.offset) < ($1.element.name, $1.offset) }.map {
      let key = $0.element
      let dependencies = (needs[key] ?? [:]).sorted { $0.key < $1.key }.flatMap { name, versions in
        versions.sorted().map { (name: name, version: $0) }
      }
      return Package(name: key.name, wheels: wheels[key] ?? [], dependencies: dependencies)
    }
  }

  /// - Throws: `ExportError` for a wheel without a place.
  func members(
    _ platforms: [Platform], _ places: [Digest: PylockDocument.Place], _ ambiguous: Set<ProjectName>
  ) throws(ExportError) -> [TOMLTable.Member] {
    var members: [TOMLTable.Member] = [.init("name", .string(name.text))]
    guard let first = wheels.first?.wheel else { return members }
    members.append(.init("version", .string(first.version.description)))
    if wheels.count < platforms.count {
      let machines = wheels.map { "platform_machine == '\($0.platform.machine)'" }
      members.append(.init("marker", .string(machines.joined(separator: " or "))))
    }
    if !dependencies.isEmpty {
      members.append(
        .init(
          "dependencies",
          .array(
            dependencies.map { name, version in
              let isClear = !ambiguous.contains(name)
              return .inline(
                [.init("name", .string(name.text))] + (isClear ? [] : [.init("version", .string(version))]))
            })))
    }
    if first.url != nil {
      members.append(.init("archive", .inline(try file(first, places))))
      return members
    }
    if let built = wheels.lazy.map(\.wheel).first(where: { $0.built != nil && places[$0.sha256] == nil }),
      let build = built.built
    {
      // Nobody has the wheel but this lock's own store: an installer builds one of its own.
      let file = try file(build.fileName, build.sha256, build.size, places)
      members.append(.init("sdist", .inline([.init("name", .string(build.fileName))] + file)))
      return members
    }
    var listed: Set<String> = []
    var files: [TOMLTable.Value] = []
    for (_, wheel) in wheels where listed.insert(wheel.fileName).inserted {
      files.append(.inline([.init("name", .string(wheel.fileName))] + (try file(wheel, places))))
    }
    members.append(.init("wheels", .array(files)))
    return members
  }

  private func file(
    _ wheel: LockedWheel, _ places: [Digest: PylockDocument.Place]
  ) throws(ExportError) -> [TOMLTable.Member] {
    try file(wheel.fileName, wheel.sha256, wheel.size, places)
  }

  private func file(
    _ name: String, _ digest: Digest, _ size: Int?, _ places: [Digest: PylockDocument.Place]
  ) throws(ExportError) -> [TOMLTable.Member] {
    var members: [TOMLTable.Member]
    switch places[digest] {
    case .url(let url): members = [.init("url", .string(url))]
    case .path(let path): members = [.init("path", .string(path))]
    case nil:
      throw ExportError(
        "nothing says where \(name) is, and a pylock.toml says it of every file",
        kind: .couldNotFindOut)
    }
    if let size { members.append(.init("size", .integer(size))) }
    members.append(.init("hashes", .inline([.init("sha256", .string(digest.hex))])))
    return members
  }
}
