import Envlock
import EnvlockDiff
import EnvlockModel
import EnvlockVersions

/// What is newer than a lock, for people.
enum RenderOutdated {
  /// A table of wheels for each answer, one of Debian packages, one for each framework; then what to do.
  static func text(_ report: OutdatedReport, _ lock: Lockfile, path: String, _ style: Style) -> String {
    var blocks: [String] = []
    for (answer, title) in zip(report.answers, lock.titledAnswers.map(\.title)) {
      let tables =
        [
          wheels(answer, hasAnswer: report.refusal == nil), directReferences(answer), packages(answer),
          base(answer),
        ].compactMap { $0 } + answer.frameworks.map(framework)
      guard !tables.isEmpty else { continue }
      blocks.append(style.strong(Printable.text(title)) + "\n" + tables.map(lines).joined(separator: "\n"))
    }
    if let refusal = report.refusal {
      blocks.append("An upgrade of everything has no answer: \(Printable.text(refusal))\n")
    }
    blocks.append(summary(report, path: path, style))
    return blocks.joined(separator: "\n")
  }

  private static func lines(_ lines: [String]) -> String { lines.map { $0 + "\n" }.joined() }

  private static func wheels(_ answer: OutdatedReport.Answer, hasAnswer: Bool) -> [String]? {
    let rows = answer.wheels.filter { $0.withdrawal != nil || $0.hasNewer || $0.hasNewerFitting }.map {
      wheel in
      [
        wheel.locked.name.text, "\(wheel.locked.version)",
        hasAnswer ? fitting(wheel) : "?", wheel.latest?.description ?? "?",
        wheel.withdrawal.map(words) ?? "",
      ]
    }
    return rows.isEmpty
      ? nil : TextTable.lines(["wheel", "locked", "fits", "latest", ""], rows, indentation: 2)
  }

  private static func fitting(_ wheel: OutdatedReport.Wheel) -> String {
    guard let fitting = wheel.fitting else { return "none" }
    return fitting == wheel.locked.version ? "the same" : "\(fitting)"
  }

  /// "yanked: broken metadata".
  static func words(_ withdrawal: OutdatedReport.Withdrawal) -> String {
    switch withdrawal {
    case .yanked(let reason): "yanked" + (reason.map { ": \(Printable.text($0))" } ?? "")
    case .fileGone: "withdrawn: the index has the file no more"
    case .projectGone: "withdrawn: the index has the project no more"
    case .otherBytes(let digest): "other bytes on the index: sha256:\(digest.hex.prefix(12))…"
    }
  }

  private static func directReferences(_ answer: OutdatedReport.Answer) -> [String]? {
    let rows = answer.directReferences.map { wheel in
      [wheel.name.text, "\(wheel.version)", Printable.text(wheel.url ?? wheel.fileName)]
    }
    return rows.isEmpty
      ? nil : TextTable.lines(["direct reference", "locked", "where it is"], rows, indentation: 2)
  }

  private static func packages(_ answer: OutdatedReport.Answer) -> [String]? {
    let rows = answer.packages.filter { $0.change == .upgraded || $0.change == .otherBytes }.map { package in
      [
        package.name, package.old?.version.description ?? "", package.new?.version.description ?? "",
        package.change == .otherBytes ? package.change.words : "",
      ]
    }
    guard !rows.isEmpty else { return nil }
    return TextTable.lines(
      ["Debian package", "locked", "in the archive", ""], rows.map { $0.map { Printable.text($0) } },
      indentation: 2)
  }

  private static func base(_ answer: OutdatedReport.Answer) -> [String]? {
    guard let base = answer.base else { return nil }
    return ["  base image  \(Printable.text(base.old))", "  now         \(Printable.text(base.new))"]
  }

  private static func framework(_ outlook: FrameworkOutlook) -> [String] {
    let rows = outlook.releases.map { release in
      [
        "\(release.version)", release.cuda.map { "\($0)" } ?? "none",
        release.driver.map { "\($0)" + (release.needsNewerDriver ? " (newer than now)" : "") } ?? "any",
        release.lostCapabilities.isEmpty
          ? "none" : release.lostCapabilities.map(\.description).joined(separator: " "),
        Printable.text(release.unfitTargets.joined(separator: ", ")),
      ]
    }
    let hasTargets = outlook.releases.contains { !$0.unfitTargets.isEmpty }
    return TextTable.lines(
      [
        "\(outlook.name) after \(outlook.locked)", "CUDA", "driver", "GPUs lost",
        hasTargets ? "does not run on" : "",
      ],
      rows, indentation: 2)
  }

  private static func summary(_ report: OutdatedReport, path: String, _ style: Style) -> String {
    let wheels = report.answers.reduce(0) { $0 + $1.wheels.count(where: \.hasNewerFitting) }
    let packages = report.answers.reduce(0) { $0 + $1.packages.count { $0.change == .upgraded } }
    let withdrawn = report.answers.reduce(0) { $0 + $1.wheels.count { $0.withdrawal != nil } }
    let direct = Set(report.answers.flatMap(\.directReferences).map(\.name)).count
    var text = ""
    if withdrawn > 0 {
      text +=
        style.error(
          "\(Quantity.count(withdrawn, "wheel")) of \(Printable.text(path)) should not be used any more")
        + "\n"
    }
    let newer = [(wheels, "wheel"), (packages, "Debian package")].filter { $0.0 > 0 }
      .map { Quantity.count($0.0, $0.1) }
    if !newer.isEmpty {
      text +=
        "\(newer.joined(separator: " and ")) can be newer: `envlock resolve --upgrade`, or `-P NAME` for one\n"
    } else if report.refusal == nil {
      text += "Nothing newer fits what \(Printable.text(path)) was asked for\n"
    }
    if direct > 0 {
      text +=
        "\(Quantity.count(direct, "direct reference")): no index tells what is newer than \(direct == 1 ? "it" : "they")\n"
    }
    return text
  }
}

/// What is newer than a lock, for programs.
enum RenderOutdatedJSON {
  /// One object with every wheel that was looked up.
  static func text(_ report: OutdatedReport, lock: String) -> String {
    var object: JSONObject = [
      "envlock-outdated": 1, "lock": .string(lock), "outdated": .bool(report.isOutdated),
      "answers": .array(report.answers.map(answer)), "notes": .array(report.notes.map { .string($0) }),
    ]
    object["refusal"] = report.refusal.map { .string($0) }
    return RenderCheckJSON.plain(JSONValue.object(object).canonical())
  }

  private static func answer(_ answer: OutdatedReport.Answer) -> JSONValue {
    var object: JSONObject = [
      "platform": .string(answer.locked.platform.rawValue),
      "targets": .array(answer.locked.targets.map { .string($0.name) }),
      "wheels": .array(answer.wheels.map(wheel)),
      "packages": .array(
        answer.packages.map { package in
          var object: JSONObject = [
            "name": .string(package.name), "change": .string(package.change.rawValue),
          ]
          object["locked"] = package.old.map { .string($0.version.description) }
          object["latest"] = package.new.map { .string($0.version.description) }
          return .object(object)
        }),
      "frameworks": .array(answer.frameworks.map(framework)),
    ]
    if !answer.directReferences.isEmpty {
      object["direct-references"] = .array(
        answer.directReferences.map { wheel in
          [
            "name": .string(wheel.name.text), "locked": .string(wheel.version.description),
            "url": .string(wheel.url ?? wheel.fileName),
          ]
        })
    }
    object["base"] = answer.base.map { ["locked": .string($0.old), "latest": .string($0.new)] }
    return .object(object)
  }

  private static func wheel(_ wheel: OutdatedReport.Wheel) -> JSONValue {
    var object: JSONObject = [
      "name": .string(wheel.locked.name.text), "locked": .string(wheel.locked.version.description),
    ]
    object["fits"] = wheel.fitting.map { .string($0.description) }
    object["latest"] = wheel.latest.map { .string($0.description) }
    object["withdrawn"] = wheel.withdrawal.map { withdrawal in
      var object: JSONObject = ["text": .string(RenderOutdated.words(withdrawal))]
      switch withdrawal {
      case .yanked(let reason):
        object["kind"] = "yanked"
        object["reason"] = reason.map { .string($0) }
      case .fileGone: object["kind"] = "file-gone"
      case .projectGone: object["kind"] = "project-gone"
      case .otherBytes(let digest):
        object["kind"] = "other-bytes"
        object["sha256"] = .string(digest.hex)
      }
      return .object(object)
    }
    return .object(object)
  }

  private static func framework(_ outlook: FrameworkOutlook) -> JSONValue {
    [
      "name": .string(outlook.name.text), "locked": .string(outlook.locked.description),
      "releases": .array(
        outlook.releases.map { release in
          var object: JSONObject = [
            "version": .string(release.version.description),
            "needs-newer-driver": .bool(release.needsNewerDriver),
            "lost": .array(release.lostCapabilities.map { .string($0.description) }),
            "unfit-targets": .array(release.unfitTargets.map { .string($0) }),
          ]
          object["cuda"] = release.cuda.map { .string($0.description) }
          object["driver"] = release.driver.map { .string($0.description) }
          return .object(object)
        }),
    ]
  }
}
