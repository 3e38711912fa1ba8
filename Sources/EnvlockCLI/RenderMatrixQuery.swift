import EnvlockCheck
import EnvlockModel
import EnvlockVersions

/// What runs on a node, for people and for programs.
enum RenderMatrixQuery {
  /// A line for each release and way of running it, with the builds that run so.
  static func text(_ answer: QueryAnswer, _ query: MatrixQuery) -> String {
    var lines = [node(answer) + " (\(query.platform))"]
    for ambiguity in answer.ambiguities {
      lines.append(
        "\(Printable.text(ambiguity.name)) stands for \(ambiguity.words); listed is what runs on all of them")
    }
    if answer.frameworks.isEmpty { lines.append("the matrix has no such builds for \(query.platform)") }
    let isAnswered = answer.frameworks.contains { $0.known > 0 }
    for framework in answer.frameworks where framework.known > 0 || !isAnswered {
      lines += self.lines(framework, answer, query)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// "driver 535.104.05 with V100-SXM2-16GB".
  private static func node(_ answer: QueryAnswer) -> String {
    var parts = answer.facts.driver.map { ["driver \($0)"] } ?? []
    if let gpus = NodeText.gpus(answer.facts, elseSay: nil) { parts.append(gpus) }
    return parts.joined(separator: " with ")
  }

  private static func lines(
    _ framework: FrameworkAnswer, _ answer: QueryAnswer, _ query: MatrixQuery
  ) -> [String] {
    let name = framework.project.text
    guard framework.known > 0 else { return ["", "\(name): no release meets the other conditions"] }
    let running = framework.running == 0 ? "none" : String(framework.running)
    let verb = framework.running == 1 ? "runs" : "run"
    var lines = ["", "\(name): \(running) of \(Quantity.count(framework.known, "release")) \(verb)"]
    var header = ["release", "driver"]
    let hasGPUs = !answer.facts.gpus.isEmpty
    if hasGPUs { header.append("GPU") }
    header.append("CUDA (index)")
    var rows: [[String]] = []
    for release in framework.releases {
      var groups: [(way: [String], builds: [String])] = []
      for build in release.builds {
        var way = [driver(build)]
        if hasGPUs { way.append(code(build, answer.facts)) }
        if let place = groups.firstIndex(where: { $0.way == way }) {
          groups[place].builds.append(self.build(build.build))
        } else {
          groups.append((way, [self.build(build.build)]))
        }
      }
      for (place, group) in groups.enumerated() {
        rows.append(
          [place == 0 ? release.version.description : ""] + group.way + [group.builds.joined(separator: ", ")]
        )
      }
    }
    if !rows.isEmpty { lines += TextTable.lines(header, rows, indentation: 2) }
    if framework.running == 0, !query.includesAll { lines.append("  add `--all` to see why") }
    return lines
  }

  // MARK: cells

  /// How the driver runs it: "full", "minor version", "with cuda-compat-13-0", or which driver it needs.
  private static func driver(_ build: BuildAnswer) -> String {
    guard build.runs else { return "no: " + rules(build).joined(separator: ", ") }
    switch build.report.compatibility {
    case .full?: return "full"
    case .minorVersion?: return "minor version"
    case .forward?: return build.package.map { "with \($0)" } ?? "forward"
    case nil:
      if build.report.facts.driver != nil { return "not known" }
      switch (build.need?.minorCompatibility, build.need?.full) {
      case (let minor?, let full?): return "from \(minor), in full from \(full)"
      case (nil, let full?): return "from \(full)"
      case (let minor?, nil): return "from \(minor)"
      case (nil, nil): return "not known"
      }
    }
  }

  /// The rules that speak against it.
  private static func rules(_ build: BuildAnswer) -> [String] {
    build.report.findings.filter { $0.severity == .error }.map(\.rule.rawValue).removingRepetition()
  }

  /// How the GPUs run it: "compiled for 7.0", "compiled for 7.5, 8.6"; else each by its name.
  private static func code(_ build: BuildAnswer, _ facts: NodeFacts) -> String {
    let words = build.code.map(code)
    if words.removingRepetition().count == 1, let first = words.first { return first }
    let compiled = build.code.compactMap { code in
      if case .compiled(let capability) = code { capability } else { nil }
    }
    if compiled.count == build.code.count {
      return "compiled for " + compiled.removingRepetition().map(\.description).joined(separator: ", ")
    }
    return zip(facts.gpus, words).map { "\(NodeText.model($0)) \($1)" }.joined(separator: ", ")
  }

  private static func code(_ code: CodePath) -> String {
    switch code {
    case .compiled(let capability): "compiled for \(capability)"
    case .ptx(let capability): "PTX \(capability)"
    case .compiledThere: "compiled there"
    case .none: "no code"
    case .unknown: "not known"
    }
  }

  /// "12.8", "12.6 (pytorch-cu126)", "12.1 or newer (jax[cuda12])".
  private static func build(_ build: MatrixBuild) -> String {
    var text = build.cuda?.description ?? "CPU"
    if build.isLowestCUDA { text += " or newer" }
    if let index = build.indexName { text += " (\(Printable.text(index)))" }
    if let extra = build.extra { text += " (\(build.project)[\(extra)])" }
    return text
  }

  // MARK: JSON

  /// The answer for programs.
  static func json(_ answer: QueryAnswer, _ query: MatrixQuery) -> String {
    var object: JSONObject = [
      "envlock-query": 1, "platform": .string(query.platform.description),
      "gpus": .array(
        answer.facts.gpus.map { gpu in
          var object: JSONObject = [:]
          object["product"] = gpu.product.map { .string($0) }
          object["capability"] = gpu.capability.map { .string($0.description) }
          return .object(object)
        }),
      "ambiguities": .array(
        answer.ambiguities.map { ambiguity in
          [
            "name": .string(ambiguity.name),
            "models": .array(
              ambiguity.models.map {
                [
                  "capability": .string($0.capability.description),
                  "names": .array($0.names.map { .string($0) }),
                ]
              }),
          ]
        }),
      "frameworks": .array(answer.frameworks.map(framework)),
    ]
    object["driver"] = answer.facts.driver.map { .string($0.description) }
    return RenderCheckJSON.plain(JSONValue.object(object).canonical())
  }

  private static func framework(_ framework: FrameworkAnswer) -> JSONValue {
    [
      "name": .string(framework.project.text), "releases-known": .integer(framework.known),
      "releases-running": .integer(framework.running),
      "releases": .array(
        framework.releases.map { release in
          [
            "version": .string(release.version.description), "builds": .array(release.builds.map(buildJSON)),
          ]
        }),
    ]
  }

  private static func buildJSON(_ answer: BuildAnswer) -> JSONValue {
    let build = answer.build
    var object: JSONObject = [
      "runs": .bool(answer.runs), "verdict": .string(answer.report.verdict.rawValue),
      "kernels": .array(build.kernels.map { .string($0.description) }),
      "code": .array(answer.code.map(codeJSON)), "row": .string(build.source.description),
      "python": .array(build.pythonTags.map { .string($0) }),
    ]
    object["cuda"] = build.cuda.map { .string($0.description) }
    if build.isLowestCUDA { object["cuda-is-lowest"] = true }
    object["cudnn"] = build.cudnn.map { .string($0.description) }
    object["index"] = build.indexName.map { .string($0) }
    object["extra"] = build.extra.map { .string($0) }
    object["ptx"] = build.ptx.map { .array($0.map { .string($0.description) }) }
    object["compatibility"] = answer.report.compatibility.map { .string($0.rawValue) }
    object["package"] = answer.package.map { .string($0) }
    object["driver-full"] = answer.need?.full.map { .string($0.description) }
    object["driver-minor-version"] = answer.need?.minorCompatibility.map { .string($0.description) }
    let errors = answer.report.findings.filter { $0.severity == .error }
    if !errors.isEmpty {
      object["errors"] = .array(
        errors.map { ["rule": .string($0.rule.rawValue), "summary": .string($0.summary)] })
    }
    return .object(object)
  }

  private static func codeJSON(_ code: CodePath) -> JSONValue {
    switch code {
    case .compiled(let capability): ["kind": "compiled", "capability": .string(capability.description)]
    case .ptx(let capability): ["kind": "ptx", "capability": .string(capability.description)]
    case .compiledThere: ["kind": "compiled-there"]
    case .none: ["kind": "none"]
    case .unknown: ["kind": "unknown"]
    }
  }
}
