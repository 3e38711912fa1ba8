import EnvlockModel
import EnvlockVersions

/// JAX: METADATA of jax, jaxlib and the plugins. Kernels are compiled on the node; what few the plugins hold are only told.
enum JAXSurvey {
  private static let metadata = "METADATA"
  private static let source = SurveyedRow.Source("metadata", "METADATA of the wheels of the release")

  static func scan(of release: SurveyedRelease, paths: [String]) -> Survey.Scan? {
    guard cudaMajor(release.project) != nil else { return nil }
    return .fatbins(paths: paths.filter { $0.hasSuffix(".so") }.sorted())
  }

  /// 12 of jax-cuda12-plugin; nil for another project.
  private static func cudaMajor(_ project: ProjectName) -> Int? {
    let text = project.text
    guard text.hasPrefix("jax-cuda"), text.hasSuffix("-plugin") else { return nil }
    return Int(text.dropFirst("jax-cuda".count).dropLast("-plugin".count))
  }

  static func rows(_ release: SurveyedRelease, document: [UInt8]?) -> [SurveyedRow] {
    if release.project.text == "jax" { return [own(release)] + builds(release) }
    if let major = cudaMajor(release.project) { return plugin(release, major, document) }
    return [wheel(release, table: "jaxlib", more: requirements("requires", release.requirements()))]
  }

  private static func own(_ release: SurveyedRelease) -> SurveyedRow {
    let extra = release.requirements(extra: "cuda").compactMap { cudaMajor($0.name) }.first
    let numpy = release.requirements().filter { $0.name.text == "numpy" }.map { requirement in
      JSONValue.string(
        requirement.specifiers.description + (requirement.marker.map { "; \($0)" } ?? ""))
    }
    return SurveyedRow(
      table: "releases", identity: ["version"],
      fields: [
        release.field("version", release.version, "file name"),
        release.uploaded.map { .init("uploaded", $0, "the index") },
        requiresPython(release),
        release.requirements().first { $0.name.text == "jaxlib" }
          .flatMap { specifiers("jaxlib", $0) },
        numpy.isEmpty ? nil : .init("numpy", .array(numpy), metadata, .requirements),
        extra.map { .init("cuda_extra", .integer($0), "\(metadata): the extra `cuda`") },
        release.isYanked ? .init("yanked", true, "the index") : nil,
      ],
      sources: [source])
  }

  /// What its extras cuda12, cuda13, … require.
  private static func builds(_ release: SurveyedRelease) -> [SurveyedRow] {
    release.metadata.providesExtra.compactMap { extra in
      let name = extra.text
      guard name.hasPrefix("cuda"), let major = Int(name.dropFirst("cuda".count)) else { return nil }
      let required = release.requirements(extra: name)
      guard let plugin = required.first(where: { cudaMajor($0.name) == major }) else { return nil }
      return SurveyedRow(
        table: "builds", identity: ["version", "extra"],
        fields: [
          release.field("version", release.version, "file name"),
          release.field("extra", name, metadata),
          .init("cuda_major", .integer(major), metadata),
          required.first { $0.name.text == "jaxlib" }.flatMap { specifiers("jaxlib", $0) },
          specifiers("plugin", plugin),
        ],
        sources: [source])
    }
  }

  /// A plugin, and the row of what it needs where the matrix has none like it.
  private static func plugin(_ release: SurveyedRelease, _ major: Int, _ document: [UInt8]?) -> [SurveyedRow]
  {
    let needed = release.requirements(extra: "with-cuda").filter { $0.name.text.hasPrefix("nvidia-") }
      .sorted { $0.name.text < $1.name.text }
    let requires = requirements("requires", needed)
    let needs = document.flatMap { try? JSONValue(parsing: $0) }?["needs"]?.arrayValue ?? []
    let known = needs.first { row in
      guard let theirs = row["requires"], let ours = requires, row["cuda_major"] == .integer(major) else {
        return false
      }
      return Agreement.holds(ours, theirs)
    }
    let name = known?["name"]?.stringValue ?? "cuda\(major)-\(release.version)"
    var rows = [
      wheel(
        release, table: "plugins", major: major, more: release.field("needs", name, "\(metadata): with-cuda"))
    ]
    if known == nil, let requires {
      rows.append(
        SurveyedRow(
          table: "needs", identity: ["name"],
          fields: [
            .init("name", .string(name), metadata), .init("cuda_major", .integer(major), metadata), requires,
          ],
          sources: [source]))
    }
    return rows
  }

  private static func wheel(
    _ release: SurveyedRelease, table: String, major: Int? = nil, more: SurveyedRow.Field?
  ) -> SurveyedRow {
    SurveyedRow(
      table: table, identity: ["version"] + (major == nil ? [] : ["cuda_major"]),
      fields: [
        release.field("version", release.version, "file name"),
        major.map { .init("cuda_major", .integer($0), "file name") },
        .init("arch", release.machines, "file names", .elements),
        .init("python", release.pythonTags, "file names", .elements),
        release.field("glibc", release.glibcOfName, "file name"),
        requiresPython(release), more,
        release.uploaded.map { .init("uploaded", $0, "the index") },
        release.isYanked ? .init("yanked", true, "the index") : nil,
      ],
      sources: [source])
  }

  private static func requiresPython(_ release: SurveyedRelease) -> SurveyedRow.Field? {
    release.metadata.requiresPython.map {
      .init("requires_python", .string($0.description), metadata, .requirements)
    }
  }

  private static func specifiers(_ name: String, _ requirement: Requirement) -> SurveyedRow.Field? {
    requirement.specifiers.isEmpty
      ? nil : .init(name, .string(requirement.specifiers.description), metadata, .requirements)
  }

  private static func requirements(_ name: String, _ list: [Requirement]) -> SurveyedRow.Field? {
    guard !list.isEmpty else { return nil }
    // Without the extra that they belong to, which the row says.
    let texts = list.map { requirement -> JSONValue in
      let isExtra = requirement.marker?.mentionsExtra ?? false
      let marker = isExtra ? "" : requirement.marker.map { "; \($0)" } ?? ""
      return .string("\(requirement.name)\(requirement.specifiers)\(marker)")
    }
    return .init(name, .array(texts), metadata, .requirements)
  }
}
