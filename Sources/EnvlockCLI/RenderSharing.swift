import EnvlockModel
import EnvlockRunSpec

/// How GPUs could be shared and which way was picked, for people and for programs.
enum RenderSharing {
  /// A table of the ways for each kind of GPU, what was picked with its places, and why the others were not.
  static func text(_ comparison: SharingComparison, _ style: Style) -> String {
    var lines: [String] = []
    let kinds = comparison.options.map(\.kind).removingRepetition()
    for kind in kinds {
      let options = comparison.options.filter { $0.kind == kind }
      lines += [style.strong("\(comparison.request.words) on \(kind.name)")]
      lines += table(options, pick: comparison.pick) + [""]
    }
    if let pick = comparison.pick, let share = pick.share {
      lines.append(style.strong("picked: \(pick.mode.title), \(share.form), on \(pick.kind.name)"))
      lines += share.layouts.map { "  " + layout($0) }
      lines += comparison.choices.filter { $0.topic != "sharing" }.map {
        "  \($0.topic) \($0.choice): \($0.reason)"
      }
      lines.append("")
    } else {
      lines += [style.strong("nothing serves"), ""]
    }
    let refused = comparison.options.filter { $0.share == nil }
    if !refused.isEmpty { lines.append(style.strong("not possible:")) }
    for option in refused {
      let whose = kinds.count > 1 ? " on \(option.kind.name)" : ""
      lines.append(
        "  \(option.mode.title)\(whose): \(Printable.line(option.refusals.joined(separator: "; ")))")
    }
    while lines.last == "" { lines.removeLast() }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func table(_ options: [SharingOption], pick: SharingOption?) -> [String] {
    let header = [
      "", "isolation", "resources", "at once", "predictability", "overhead", "reconfiguration", "licence",
      "GPUs",
      "each gets", "GPUs needed", "",
    ]
    return TextTable.lines(
      header,
      options.map { option in
        let mode = option.mode
        let each = option.share.map { share in
          share.memoryMiB.map { RenderPacking.gib($0) } ?? (share.form == .shared ? "in common" : "unknown")
        }
        return [
          mode.title, mode.isolation.rawValue, mode.hasFixedResources ? "fixed" : "shared", mode.atOnce,
          mode.predictability.rawValue, mode.overhead.rawValue, mode.reconfiguration, mode.licence,
          mode.supported, each ?? "-", option.share.map { "\($0.gpuCount)" } ?? "-",
          option == pick ? "picked" : option.share == nil ? "no" : "possible",
        ]
      })
  }

  /// "GPU 0: 7 users, 1g.10gb at 0, 1, 2; memory 56 of 80 GiB (70 %)".
  private static func layout(_ layout: GPULayout) -> String {
    let gpus =
      layout.gpus.count == 1
      ? "GPU \(layout.gpus.lowerBound)"
      : "GPUs \(layout.gpus.lowerBound) to \(layout.gpus.upperBound - 1), each"
    var words = "\(gpus): \(Quantity.count(layout.users, "user"))"
    if let first = layout.instances.first {
      let places = layout.instances.compactMap { $0.placement.map { "\($0.start)" } }
      words += ", \(first.profile.name)"
      if !places.isEmpty { words += " at memory slice \(places.joined(separator: ", "))" }
    }
    let used = RenderPacking.parts(layout.utilisation)
    return words + (used.isEmpty ? "" : "; " + used.joined(separator: ", "))
  }

  // MARK: JSON

  /// The comparison for programs.
  static func json(_ comparison: SharingComparison) -> String {
    let request = comparison.request
    var wanted: JSONObject = [
      "gpus": .array(request.gpus.map { .string($0) }), "users": .integer(request.users),
      "virtual-machines": .bool(request.needsVirtualMachines),
    ]
    wanted["count"] = request.count.map { .integer($0) }
    wanted["gpu-memory-mib"] = request.memory.map { .integer($0.mebibytes) }
    wanted["isolation"] = request.isolation.map { .string($0.rawValue) }
    wanted["licence"] = request.licence.map { .string($0) }
    let object: JSONObject = [
      "envlock-sharing": 1, "request": .object(wanted),
      "options": .array(comparison.options.map { option($0, isPicked: $0 == comparison.pick) }),
      "choices": .array(
        comparison.choices.map {
          ["topic": .string($0.topic), "choice": .string($0.choice), "reason": .string($0.reason)]
        }),
    ]
    return RenderCheckJSON.plain(JSONValue.object(object).canonical())
  }

  private static func option(_ option: SharingOption, isPicked: Bool) -> JSONValue {
    let mode = option.mode
    var object: JSONObject = [
      "mode": .string(mode.mode.rawValue), "models": .array(option.kind.models.map { .string($0.name) }),
      "isolation": .string(mode.isolation.rawValue), "fixed": .bool(mode.hasFixedResources),
      "at-once": .string(mode.atOnce), "predictability": .string(mode.predictability.rawValue),
      "overhead": .string(mode.overhead.rawValue), "reconfiguration": .string(mode.reconfiguration),
      "licence": .string(mode.licence), "supported": .string(mode.supported),
      "source": .string(mode.source.description), "serves": .bool(option.share != nil),
      "picked": .bool(isPicked),
      "refusals": .array(option.refusals.map { .string($0) }),
    ]
    guard let share = option.share else { return .object(object) }
    object["gpu"] = .string(share.form.description)
    object["users-per-gpu"] = .integer(share.perGPU)
    object["gpus-needed"] = .integer(share.gpuCount)
    object["memory-mib"] = share.memoryMiB.map { .integer($0) }
    object["layouts"] = .array(
      share.layouts.map { layout in
        [
          "first-gpu": .integer(layout.gpus.lowerBound), "gpus": .integer(layout.gpus.count),
          "users": .integer(layout.users),
          "instances": .array(layout.instances.map { .object(RenderPacking.instance($0)) }),
          "utilisation": RenderPacking.json(layout.utilisation),
        ]
      })
    return .object(object)
  }
}
