import EnvlockModel
import EnvlockVersions

extension RunRecord {
  /// What is different about a run now, a sentence each: the node below it, the lock, the image, the variables.
  ///
  /// - Parameter now: The run as it would be recorded now; when it starts and ends does not count.
  /// - Returns: The sentences; none for a run that is the same.
  public func differences(from now: RunRecord) -> [String] {
    var lines: [String] = []
    func compare(_ what: String, _ old: String?, _ new: String?) {
      if old != new { lines.append("\(what): \(old ?? "not known") then, \(new ?? "not known") now") }
    }
    compare("lock", lock.description, now.lock.description)
    compare("image", imageDigest?.description ?? image, now.imageDigest?.description ?? now.image)
    compare("platform", platform.description, now.platform.description)
    compare("driver", node.driver?.description, now.node.driver?.description)
    compare("driver libraries", node.driverLibrary?.description, now.node.driverLibrary?.description)
    compare("GPUs handed over", Self.titles(devices, node), Self.titles(now.devices, now.node))
    if devices != now.devices, Self.titles(devices, node) == Self.titles(now.devices, now.node) {
      lines.append(
        "GPUs handed over: of the same kind, but others: \(devices.joined(separator: ", ")) then, \(now.devices.joined(separator: ", ")) now"
      )
    }
    compare("kernel", node.system?.kernel, now.node.system?.kernel)
    compare(
      "engine", [engine, engineVersion].compactMap { $0 }.joined(separator: " "),
      [now.engine, now.engineVersion].compactMap { $0 }.joined(separator: " "))
    if environment != now.environment {
      let names = inherited.joined(separator: ", ")
      lines.append(
        names.isEmpty
          ? "variables: their values differ"
          : "variables: the values of \(names), taken from the environment, differ")
    }
    return lines
  }

  /// What GPUs of a node are, in a few words: "2 × NVIDIA A100-SXM4-80GB".
  private static func titles(_ devices: [String], _ node: NodeFacts) -> String {
    var counts: [(title: String, count: Int)] = []
    for device in devices {
      let title = title(device, node)
      if let place = counts.firstIndex(where: { $0.title == title }) {
        counts[place].count += 1
      } else {
        counts.append((title, 1))
      }
    }
    let texts = counts.map { $0.count == 1 ? $0.title : "\($0.count) × \($0.title)" }
    return texts.isEmpty ? "none" : texts.joined(separator: ", ")
  }

  private static func title(_ device: String, _ node: NodeFacts) -> String {
    for gpu in node.gpus {
      let product = gpu.product ?? "a GPU"
      if gpu.uuid == device { return product }
      if let instance = gpu.mig?.instances.first(where: { $0.uuid == device }) {
        return "\(instance.profile) of \(product)"
      }
    }
    return "a GPU of unknown kind"
  }
}
